/* transaction.c - beginning, ending and cleaning up, by the text protocol.  The worker's thread. */
#include "internal.h"
#include <stdio.h>

static bool is_open(const dusq__my_conn *conn)
{
  return (conn->mysql->server_status & SERVER_STATUS_IN_TRANS) != 0;
}

static dusq_error *undo(dusq__my_conn *conn)
{
  dusq_error *error = dusq__my_simple(conn, "ROLLBACK");
  if (!error)
    conn->in_doubt = false;
  return error;
}

static dusq_status finish(dusq__my_conn *conn, dusq_error *take_error, dusq_error **error)
{
  dusq__my_end(conn);
  if (!take_error && conn->broken)
    take_error = dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "the connection was given up");
  if (!take_error)
    return DUSQ_OK;
  dusq_status status = dusq__my_give(error, take_error);
  return conn->broken ? DUSQ_E_CONNECTION_LOST : status;
}

/* The level holds for the next transaction only. */
static dusq_error *start(dusq__my_conn *conn, const dusq_tx_opts *opts)
{
  static const char *const levels[] = {NULL, "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
                                       "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
                                       "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                                       "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"};
  bool reads = opts->flags & DUSQ_TX_READ_ONLY;
  dusq_error *why = levels[opts->isolation] ? dusq__my_simple(conn, levels[opts->isolation]) : NULL;
  if (!why) {
    why = dusq__my_simple(conn, reads ? "START TRANSACTION READ ONLY" : "START TRANSACTION");
    conn->unsettled |= why && opts->isolation; /* the level waits for a transaction of somebody else's */
  }
  return why;
}

dusq_status dusq__my_start(void *arg, const dusq_tx_opts *opts, const dusq_stop *stop, dusq_error **error)
{
  dusq__my_conn *conn = arg;
  dusq_error *why = NULL;
  if (dusq__my_begin(conn, stop))
    why = start(conn, opts);
  else
    why = dusq__my_canceled();
  return finish(conn, why, error);
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
  return dusq__my_simple(conn, sql);
}

dusq_status dusq__my_savepoint(void *arg, int what, uint32_t level, const dusq_stop *stop, dusq_error **error)
{
  static const char *const texts[] = {"", "RELEASE ", "ROLLBACK TO "};
  dusq__my_conn *conn = arg;
  dusq_error *why = NULL;
  if (!dusq__my_begin(conn, stop) && what == DUSQ_SAVEPOINT_SET)
    why = dusq__my_canceled();
  if (!why)
    why = run_savepoint(conn, texts[what], level);
  if (!why && what == DUSQ_SAVEPOINT_UNDO)
    why = run_savepoint(conn, texts[DUSQ_SAVEPOINT_RELEASE], level);
  return finish(conn, why, error);
}

/* A commit that was answered with an error was undone, but for one error, which says that the answer is not known. */
static dusq_error *commit_now(dusq__my_conn *conn, dusq_sink *sink)
{
  dusq__my_sent(conn, sink);
  dusq_error *why = dusq__my_simple(conn, "COMMIT");
  if (!why) {
    conn->in_doubt = false;
    return NULL;
  }
  if (dusq_error_native(why) == MY_ER_COMMIT || dusq_error_status(why) == DUSQ_E_SHUTDOWN)
    dusq_error_set_number(why, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  return why;
}

dusq_status dusq__my_commit(void *arg, dusq_sink *sink, dusq_error **error)
{
  dusq__my_conn *conn = arg;
  dusq_error *why = dusq__my_begin(conn, dusq_sink_stop(sink)) ? commit_now(conn, sink) : dusq__my_canceled();
  if (why && !conn->broken)
    dusq_error_unref(undo(conn)); /* if that fails, the connection is broken */
  return finish(conn, why, error);
}

dusq_status dusq__my_rollback(void *arg, const dusq_stop *stop, dusq_error **error)
{
  dusq__my_conn *conn = arg;
  (void)dusq__my_begin(conn, stop); /* its deadline holds; but who is to stop wants this all the same */
  return finish(conn, undo(conn), error);
}

/* ---- back to how it was -------------------------------------------------------------------------------------------- */

/* Everything that belongs to the session, with its prepared statements; but the database that was chosen stays. */
static dusq_error *reset_session(dusq__my_conn *conn)
{
  const char *database = conn->instance->database;
  conn->generation++;
  if (mysql_reset_connection(conn->mysql))
    return dusq__my_error(conn, NULL, 0);
  conn->in_doubt = conn->unsettled = conn->lent = conn->patient = false;
  dusq_error *error = dusq__my_settle(conn);
  if (error || !database || !*database)
    return error;
  return mysql_select_db(conn->mysql, database) ? dusq__my_error(conn, NULL, 0) : NULL;
}

static dusq_error *clean(dusq__my_conn *conn)
{
  if (conn->stale && !conn->unsettled && !conn->lent) {
    dusq_error *error = dusq__my_ask(conn); /* a function may have set something, which few do */
    if (error)
      return error;
  }
  bool plain = conn->mysql->server_status & SERVER_STATUS_AUTOCOMMIT;
  if (!conn->unsettled && !conn->lent && plain && !conn->instance->reset_all)
    return is_open(conn) || conn->in_doubt ? undo(conn) : NULL;
  const char *database = conn->instance->database;
  if (database && *database)
    return reset_session(conn);
  return dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "a session without a database cannot be had back");
}

dusq_status dusq__my_reset(void *arg, const dusq_stop *stop, bool *dirty, dusq_error **error)
{
  dusq__my_conn *conn = arg;
  bool open = is_open(conn);
  (void)dusq__my_begin(conn, stop);
  dusq_status status = finish(conn, clean(conn), error);
  if (!status)
    *dirty = open;
  return status;
}
