/* operation.c - see operation.h. */
#include "operation.h"
#include "error.h"
#include "outcome.h"
#include "pause.h"

/* The status of an operation, by how the wait ended and what the outcome says. */
static dusq_status result_of(const dusq__fake_outcome *outcome, dusq__fake_pause ended, dusq__fake_target target,
                             bool *happened, dusq_error **error)
{
  if (ended == DUSQ__FAKE_STOPPED)
    return dusq__fake_fail_with(error, DUSQ_E_CANCELED);
  if (ended == DUSQ__FAKE_BROKEN) {
    dusq_status status = dusq__fake_fail_with(error, DUSQ_E_CONNECTION_LOST);
    dusq_error_set_number(*error, DUSQ_ERROR_UNKNOWN_OUTCOME, target == DUSQ__FAKE_ON_COMMIT);
    return status;
  }
  bool fails = outcome->lose || outcome->status;
  *happened = !fails || outcome->lose > DUSQ_FAKE_LOSE_BEFORE_SEND;
  return fails ? dusq__fake_fail(error, dusq__fake_error(outcome)) : DUSQ_OK;
}

dusq_status dusq__fake_operate(dusq__fake_conn *conn, dusq__fake_target target, dusq__fake_text text,
                               const dusq_stop *stop, bool *happened, dusq_error **error)
{
  *happened = false;
  if (dusq__fake_is_broken(conn))
    return dusq__fake_fail_with(error, DUSQ_E_CONNECTION_LOST);
  dusq__fake_outcome outcome = dusq__fake_decide(conn, target, text);
  if (conn->committing && outcome.lose != DUSQ_FAKE_LOSE_BEFORE_SEND)
    dusq_sink_sent(conn->committing);
  dusq__fake_pause ended = dusq__fake_pause_for(conn, &conn->worker, stop, outcome.delay, outcome.flags);
  dusq_status status = result_of(&outcome, ended, target, happened, error);
  pthread_mutex_lock(&conn->fake->mtx);
  if (outcome.lose && ended == DUSQ__FAKE_OVER)
    dusq__fake_break_locked(conn);
  dusq__fake_outcome_fini_locked(&outcome);
  pthread_mutex_unlock(&conn->fake->mtx);
  return status;
}
