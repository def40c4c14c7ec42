/* transaction.c - see transaction.h. */
#include "transaction.h"
#include "error.h"
#include "operation.h"
#include <string.h>

/* An operation that is recorded in the history. */
static dusq_status perform(dusq__fake_conn *conn, dusq__fake_target target, const char *name, const dusq_stop *stop,
                           bool *happened, dusq_error **error)
{
  dusq__fake_entry entry;
  *happened = false;
  if (!dusq__fake_reserve(conn->fake, (dusq__fake_text){name, strlen(name)}, NULL, 0, &entry))
    return dusq__fake_fail_with(error, DUSQ_E_NOMEM);
  dusq_status status = dusq__fake_operate(conn, target, dusq__fake_no_text, stop, happened, error);
  pthread_mutex_lock(&conn->fake->mtx);
  dusq__fake_note_locked(conn->fake, &conn->state.mark, &entry, *happened);
  if (*happened && target == DUSQ__FAKE_ON_BEGIN)
    dusq__fake_tx_begin_locked(conn->fake, &conn->state.mark);
  else if (*happened)
    dusq__fake_tx_end_locked(conn->fake, &conn->state.mark, target == DUSQ__FAKE_ON_COMMIT);
  pthread_mutex_unlock(&conn->fake->mtx);
  return status;
}

dusq_status dusq__fake_begin(void *given, const dusq_tx_opts *opts, const dusq_stop *stop, dusq_error **error)
{
  dusq__fake_conn *conn = given;
  bool happened = false;
  dusq__fake_begin_call(conn);
  dusq__fake_count(conn->fake, DUSQ_FAKE_BEGINS, 1);
  dusq_status status = conn->tx.open ? dusq__fake_fail_with(error, DUSQ_E_TX_STATE)
                                   : perform(conn, DUSQ__FAKE_ON_BEGIN, "@begin", stop, &happened, error);
  if (happened) {
    conn->tx.open = true;
    conn->tx.read_only = opts && (opts->flags & DUSQ_TX_READ_ONLY);
  }
  dusq__fake_end_call(conn);
  return status;
}

dusq_status dusq__fake_commit(void *given, dusq_sink *sink, dusq_error **error)
{
  dusq__fake_conn *conn = given;
  bool happened = false;
  dusq__fake_begin_call(conn);
  dusq__fake_count(conn->fake, DUSQ_FAKE_COMMITS, 1);
  conn->committing = sink;
  dusq_status status =
      conn->tx.open ? perform(conn, DUSQ__FAKE_ON_COMMIT, "@commit", dusq_sink_stop(sink), &happened, error)
                  : dusq__fake_fail_with(error, DUSQ_E_TX_STATE);
  conn->committing = NULL;
  bool lost = !status && conn->tx.lose_at_commit;
  pthread_mutex_lock(&conn->fake->mtx);
  dusq__fake_tx_end_locked(conn->fake, &conn->state.mark, false); /* in any case, none is left */
  if (lost)
    dusq__fake_break_locked(conn);
  pthread_mutex_unlock(&conn->fake->mtx);
  conn->tx = (dusq__fake_tx){0};
  if (lost)
    status = dusq__fake_fail_with(error, DUSQ_E_CONNECTION_LOST);
  if (status && happened)
    dusq_error_set_number(*error, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  dusq__fake_end_call(conn);
  return status;
}

dusq_status dusq__fake_rollback(void *given, const dusq_stop *stop, dusq_error **error)
{
  dusq__fake_conn *conn = given;
  bool happened = false;
  dusq__fake_begin_call(conn);
  dusq__fake_count(conn->fake, DUSQ_FAKE_ROLLBACKS, 1);
  dusq_status status = perform(conn, DUSQ__FAKE_ON_ROLLBACK, "@rollback", stop, &happened, error);
  if (happened) {
    conn->tx = (dusq__fake_tx){0};
  }
  dusq__fake_end_call(conn);
  return status;
}

int dusq__fake_transaction(void *given)
{
  return ((const dusq__fake_conn *)given)->tx.open ? DUSQ_TX_OPEN : DUSQ_TX_NONE;
}

dusq_status dusq__fake_savepoint(void *given, int what, uint32_t level, const dusq_stop *stop, dusq_error **error)
{
  static const char *const names[] = {"@savepoint", "@release", "@rollback to"};
  dusq__fake_conn *conn = given;
  dusq__fake_entry entry;
  (void)stop;
  dusq__fake_text name = {names[what], strlen(names[what])};
  dusq__fake_begin_call(conn);
  dusq_status status = DUSQ_OK;
  if (!dusq__fake_reserve(conn->fake, name, NULL, 0, &entry)) {
    status = dusq__fake_fail_with(error, DUSQ_E_NOMEM);
  } else {
    pthread_mutex_lock(&conn->fake->mtx);
    dusq__fake_note_locked(conn->fake, &conn->state.mark, &entry, true);
    if (what == DUSQ_SAVEPOINT_SET)
      dusq__fake_tx_savepoint_locked(&conn->state.mark, level);
    else
      dusq__fake_tx_leave_locked(conn->fake, &conn->state.mark, level, what == DUSQ_SAVEPOINT_RELEASE);
    pthread_mutex_unlock(&conn->fake->mtx);
  }
  dusq__fake_end_call(conn);
  return status;
}

dusq_status dusq__fake_reset(void *given, const dusq_stop *stop, bool *dirty, dusq_error **error)
{
  dusq__fake_conn *conn = given;
  bool happened = false;
  dusq__fake_begin_call(conn);
  dusq__fake_count(conn->fake, DUSQ_FAKE_RESETS, 1);
  *dirty = conn->tx.open;
  dusq_status status = dusq__fake_operate(conn, DUSQ__FAKE_ON_RESET, dusq__fake_no_text, stop, &happened, error);
  if (happened) {
    pthread_mutex_lock(&conn->fake->mtx);
    dusq__fake_tx_end_locked(conn->fake, &conn->state.mark, false);
    pthread_mutex_unlock(&conn->fake->mtx);
    conn->tx = (dusq__fake_tx){0};
  }
  dusq__fake_end_call(conn);
  return status;
}
