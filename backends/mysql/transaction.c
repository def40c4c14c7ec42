/* transaction.c - transactions, savepoints, and the reset of a session, by the text protocol. */
#include "transaction.h"
#include "error.h"
#include "session.h"
#include "slot.h"
#include <stdio.h>

static bool is_open(const dusq__my_conn *conn)
{
  return (conn->mysql->server_status & SERVER_STATUS_IN_TRANS) != 0;
}

static dusq_error *roll_back(dusq__my_conn *conn)
{
  dusq_error *error = dusq__my_session_run(conn, "ROLLBACK");
  if (!error)
    conn->unknown_tx = false;
  return error;
}

/* The isolation level applies to the next transaction only. */
static dusq_error *begin(dusq__my_conn *conn, const dusq_tx_opts *opts)
{
  static const char *const levels[] = {NULL, "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
                                       "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
                                       "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                                       "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"};
  bool reads = opts->flags & DUSQ_TX_READ_ONLY;
  dusq_error *why = levels[opts->isolation] ? dusq__my_session_run(conn, levels[opts->isolation]) : NULL;
  if (!why) {
    why = dusq__my_session_run(conn, reads ? "START TRANSACTION READ ONLY" : "START TRANSACTION");
    conn->settings.changed |= why && opts->isolation; /* else the level would apply to another user's transaction */
    conn->undone = false;
  }
  return why;
}

dusq_status dusq__my_begin(void *arg, const dusq_tx_opts *opts, const dusq_stop *stop, dusq_error **error)
{
  dusq__my_conn *conn = arg;
  dusq_error *why = NULL;
  if (dusq__my_slot_enter(conn, stop))
    why = begin(conn, opts);
  else
    why = dusq__my_canceled();
  return dusq__my_slot_finish(conn, why, error);
}

int dusq__my_transaction(void *arg)
{
  const dusq__my_conn *conn = arg;
  return is_open(conn) ? DUSQ_TX_OPEN : DUSQ_TX_NONE;
}

static dusq_error *run_savepoint(dusq__my_conn *conn, const char *what, uint32_t level)
{
  char sql[64];
  snprintf(sql, sizeof sql, "%sSAVEPOINT dusq_%u", what, level);
  return dusq__my_session_run(conn, sql);
}

/* The savepoint has ended with its transaction, which the server has rolled back, or a statement has committed. */
static dusq_error *savepoint_is_gone(bool undone)
{
  dusq_error *error = dusq_error_new(DUSQ_E_TX_ABORTED, NULL, MY_ER_NO_SUCH_SAVEPOINT, "%s", undone
                                         ? "the server has rolled back the whole transaction, not only to the savepoint"
                                         : "the savepoint is gone: a statement has ended it or its transaction");
  if (undone)
    dusq_error_set_number(error, DUSQ_ERROR_RETRYABLE, 1);
  return error;
}

dusq_status dusq__my_savepoint(void *arg, int what, uint32_t level, const dusq_stop *stop, dusq_error **error)
{
  static const char *const texts[] = {"", "RELEASE ", "ROLLBACK TO "};
  dusq__my_conn *conn = arg;
  bool undone = conn->undone;
  dusq_error *why = NULL;
  if (!dusq__my_slot_enter(conn, stop) && what == DUSQ_SAVEPOINT_SET)
    why = dusq__my_canceled();
  if (!why)
    why = run_savepoint(conn, texts[what], level);
  if (!why && what == DUSQ_SAVEPOINT_UNDO)
    why = run_savepoint(conn, texts[DUSQ_SAVEPOINT_RELEASE], level);
  conn->undone = undone && what != DUSQ_SAVEPOINT_SET;
  if (dusq_error_native(why) == MY_ER_NO_SUCH_SAVEPOINT) {
    dusq_error_unref(why);
    why = savepoint_is_gone(undone);
  }
  return dusq__my_slot_finish(conn, why, error);
}

/* A commit that failed with an error was undone, except for two errors after which its outcome is unknown. */
static dusq_error *commit_now(dusq__my_conn *conn, dusq_sink *sink)
{
  dusq__my_sent(conn, sink);
  dusq_error *why = dusq__my_session_run(conn, "COMMIT");
  if (!why) {
    conn->unknown_tx = false;
    return NULL;
  }
  if (dusq_error_native(why) == MY_ER_COMMIT || dusq_error_status(why) == DUSQ_E_SHUTDOWN)
    dusq_error_set_number(why, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  return why;
}

dusq_status dusq__my_commit(void *arg, dusq_sink *sink, dusq_error **error)
{
  dusq__my_conn *conn = arg;
  dusq_error *why = dusq__my_slot_enter(conn, dusq_sink_stop(sink)) ? commit_now(conn, sink) : dusq__my_canceled();
  if (why && !conn->broken)
    dusq_error_unref(roll_back(conn)); /* if that fails, the connection is broken */
  return dusq__my_slot_finish(conn, why, error);
}

dusq_status dusq__my_rollback(void *arg, const dusq_stop *stop, dusq_error **error)
{
  dusq__my_conn *conn = arg;
  (void)dusq__my_slot_enter(conn, stop); /* its deadline applies, but a stop does not prevent a rollback */
  return dusq__my_slot_finish(conn, roll_back(conn), error);
}

/* ---- the reset --------------------------------------------------------------------------------------------------- */

static dusq_error *clean(dusq__my_conn *conn)
{
  if (conn->settings.stale && !conn->settings.changed && !conn->lent) {
    dusq_error *error = dusq__my_session_ask(conn); /* a function may have changed a setting, though few do */
    if (error)
      return error;
  }
  bool plain = conn->mysql->server_status & SERVER_STATUS_AUTOCOMMIT;
  if (!conn->settings.changed && !conn->lent && plain && !conn->instance->options.reset_full)
    return is_open(conn) || conn->unknown_tx ? roll_back(conn) : NULL;
  const char *database = conn->instance->options.database;
  if (database && *database)
    return dusq__my_session_reset(conn);
  return dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "a session without a database cannot be had back");
}

dusq_status dusq__my_reset(void *arg, const dusq_stop *stop, bool *dirty, dusq_error **error)
{
  dusq__my_conn *conn = arg;
  bool open = is_open(conn);
  (void)dusq__my_slot_enter(conn, stop);
  dusq_status status = dusq__my_slot_finish(conn, clean(conn), error);
  if (!status)
    *dirty = open;
  return status;
}
