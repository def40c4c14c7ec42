/* connect.c - see connect.h. */
#include "connect.h"
#include "clock.h"
#include "error.h"
#include "outcome.h"
#include "instance.h"
#include "operation.h"
#include "pause.h"

static dusq_status fail_connect(dusq_error **error, const char *why)
{
  return dusq__fake_fail(error, dusq_error_new(DUSQ_E_CONNECT, NULL, 0, "%s", why));
}

/* Waits as long as the outcome says. */
static dusq_status wait_for_answer(dusq__fake_conn *conn, const dusq__fake_outcome *outcome, const dusq_stop *stop,
                                   dusq_error **error)
{
  int64_t delay = dusq__fake_sum(conn->settings.connect_latency, outcome->delay);
  switch (dusq__fake_pause_for(conn, &conn->worker, stop, delay, outcome->flags)) {
  case DUSQ__FAKE_BROKEN:
    return fail_connect(error, "the connection broke while it was made");
  case DUSQ__FAKE_STOPPED:
    if (stop && dusq__fake_monotonic() >= dusq_stop_deadline(stop))
      return fail_connect(error, "the database did not answer in time");
    return dusq__fake_fail_with(error, DUSQ_E_CANCELED);
  default:
    return outcome->lose || outcome->status ? dusq__fake_fail(error, dusq__fake_error(outcome)) : DUSQ_OK;
  }
}

static dusq_status try_connect(dusq__fake_conn *conn, const dusq_stop *stop, dusq_error **error)
{
  dusq_fake *fake = conn->fake;
  dusq__fake_outcome outcome = dusq__fake_decide(conn, DUSQ__FAKE_ON_CONNECT, dusq__fake_no_text);
  dusq_status status = wait_for_answer(conn, &outcome, stop, error);
  pthread_mutex_lock(&fake->mtx);
  dusq__fake_outcome_fini_locked(&outcome);
  if (!status && conn->state.broken)
    status = DUSQ_E_CONNECT; /* the connection was cut meanwhile */
  if (!status) {
    conn->state.connected = true;
    dusq__fake_count_locked(fake, DUSQ_FAKE_CONNECTING, -1);
    dusq__fake_count_locked(fake, DUSQ_FAKE_CONNECTED, 1);
    dusq__fake_count_locked(fake, DUSQ_FAKE_CONNECTS, 1);
  }
  pthread_mutex_unlock(&fake->mtx);
  return status;
}

dusq_status dusq__fake_connect(void *given, uint32_t lane, const dusq_stop *stop, void **out, dusq_error **error)
{
  const dusq__fake_instance *instance = given;
  dusq__fake_conn *conn = dusq__fake_conn_new(instance->fake, &instance->settings, lane);
  if (!conn)
    return dusq__fake_fail_with(error, DUSQ_E_NOMEM);
  *error = NULL;
  dusq_status status = try_connect(conn, stop, error);
  if (!status) {
    *out = conn;
    return DUSQ_OK;
  }
  if (!*error)
    dusq__fake_fail_with(error, status);
  dusq__fake_conn_free(conn);
  return status;
}

void dusq__fake_disconnect(void *conn)
{
  dusq__fake_conn_free(conn);
}

bool dusq__fake_alive(void *given)
{
  dusq__fake_conn *conn = given;
  dusq__fake_begin_call(conn);
  pthread_mutex_lock(&conn->fake->mtx);
  dusq__fake_outcome outcome = dusq__fake_decide_locked(conn, DUSQ__FAKE_ON_ALIVE, dusq__fake_no_text);
  bool well = !outcome.status && !outcome.lose;
  dusq__fake_outcome_fini_locked(&outcome);
  pthread_mutex_unlock(&conn->fake->mtx);
  return dusq__fake_end_call(conn) && well;
}

void dusq__fake_interrupt(void *given)
{
  dusq__fake_conn *conn = given;
  dusq_fake *fake = conn->fake;
  pthread_mutex_lock(&fake->mtx);
  conn->state.interrupted = true;
  dusq__fake_count_locked(fake, DUSQ_FAKE_INTERRUPTS, 1);
  pthread_cond_signal(&conn->worker.wake);
  dusq__fake_outcome outcome = dusq__fake_decide_locked(conn, DUSQ__FAKE_ON_INTERRUPT, dusq__fake_no_text);
  pthread_mutex_unlock(&fake->mtx);
  dusq__fake_pause_for(conn, &conn->interrupt, NULL, outcome.delay, outcome.flags);
  dusq__fake_outcome_fini(fake, &outcome);
}

void *dusq__fake_native(void *conn)
{
  return ((dusq__fake_conn *)conn)->fake;
}
