/* transaction.c - beginning, ending and cleaning up.  The worker's thread. */
#include "internal.h"

int dusq__sqlite_run_control(dusq__sqlite_conn *conn, dusq__sqlite_control which)
{
  conn->busy_until = 0;
  conn->controlling = true;
  int rc = sqlite3_step(conn->controls[which]);
  sqlite3_reset(conn->controls[which]);
  conn->controlling = false;
  return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

bool dusq__sqlite_undo(dusq__sqlite_conn *conn)
{
  if (!sqlite3_get_autocommit(conn->db))
    dusq__sqlite_run_control(conn, DUSQ__SQLITE_ROLLBACK);
  return sqlite3_get_autocommit(conn->db) != 0;
}

static int allow_writes(dusq__sqlite_conn *conn, bool allow)
{
  conn->only_reads = !allow;
  return sqlite3_exec(conn->db, allow ? "PRAGMA query_only=0" : "PRAGMA query_only=1", NULL, NULL, NULL);
}

/* After the transaction is over: the state that it had before it. */
static void end(dusq__sqlite_conn *conn)
{
  if (conn->only_reads)
    allow_writes(conn, true);
  dusq__sqlite_leave(conn);
  dusq__sqlite_unwatch(conn);
}

/* Immediately, if nothing else is said: a transaction that turns to writing later cannot wait for its lock. */
static dusq__sqlite_control how_to_begin(bool reads, const dusq_tx_opts *opts)
{
  switch (reads ? DUSQ_TX_LOCK_DEFERRED : opts->lock) {
  case DUSQ_TX_LOCK_DEFERRED:
    return DUSQ__SQLITE_BEGIN;
  case DUSQ_TX_LOCK_EXCLUSIVE:
    return DUSQ__SQLITE_BEGIN_EXCLUSIVE;
  default:
    return DUSQ__SQLITE_BEGIN_IMMEDIATE;
  }
}

dusq_status dusq__sqlite_begin(void *arg, const dusq_tx_opts *opts, const dusq_stop *stop, dusq_error **error)
{
  dusq__sqlite_conn *conn = arg;
  bool reads = conn->reader || opts->flags & DUSQ_TX_READ_ONLY;
  dusq__sqlite_control how = how_to_begin(reads, opts);
  dusq__sqlite_watch(conn, stop);
  dusq_error *why = NULL;
  int rc = dusq__sqlite_enter(conn, how == DUSQ__SQLITE_BEGIN ? DUSQ__GATE_SHARED : DUSQ__GATE_EXCLUSIVE);
  if (rc != SQLITE_OK)
    why = dusq__sqlite_error(conn, rc, "database is locked");
  if (rc == SQLITE_OK)
    rc = dusq__sqlite_run_control(conn, how);
  if (rc == SQLITE_OK && reads && !conn->reader)
    rc = allow_writes(conn, false);
  if (rc != SQLITE_OK && !why)
    why = dusq__sqlite_error(conn, rc, NULL);
  if (!why) {
    dusq__sqlite_unwatch(conn);
    return DUSQ_OK;
  }
  end(conn);
  return dusq__sqlite_give(error, why);
}

dusq_status dusq__sqlite_commit(void *arg, dusq_sink *sink, dusq_error **error)
{
  dusq__sqlite_conn *conn = arg;
  if (sqlite3_get_autocommit(conn->db)) {
    end(conn);
    return dusq__sqlite_give(error, dusq_error_new(DUSQ_E_TX_ABORTED, NULL, 0,
                                                   "the transaction has been rolled back after an error"));
  }
  dusq__sqlite_watch(conn, dusq_sink_stop(sink));
  dusq_error *why = NULL;
  dusq_sink_sent(sink);
  int rc = dusq__sqlite_run_control(conn, DUSQ__SQLITE_COMMIT);
  if (rc != SQLITE_OK) {
    why = dusq__sqlite_error(conn, rc, NULL);
    if (dusq__sqlite_uncertain(rc))
      dusq_error_set_number(why, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
    dusq__sqlite_undo(conn);
  }
  end(conn);
  return why ? dusq__sqlite_give(error, why) : DUSQ_OK;
}

dusq_status dusq__sqlite_rollback(void *arg, const dusq_stop *stop, dusq_error **error)
{
  dusq__sqlite_conn *conn = arg;
  (void)stop; /* it waits for nothing */
  dusq__sqlite_watch(conn, NULL);
  dusq_error *why = dusq__sqlite_undo(conn) ? NULL : dusq__sqlite_error(conn, sqlite3_extended_errcode(conn->db), NULL);
  end(conn);
  return why ? dusq__sqlite_give(error, why) : DUSQ_OK;
}

/* A blob that a job has not closed: it holds on to an old snapshot, and only its owner can end it. */
static bool has_open_blob(dusq__sqlite_conn *conn)
{
  sqlite3_stmt *stmt = NULL;
  while (conn->lent && (stmt = sqlite3_next_stmt(conn->db, stmt)))
    if (sqlite3_stmt_busy(stmt))
      return true;
  return false;
}

static dusq_error *clean(dusq__sqlite_conn *conn)
{
  int rc = dusq__sqlite_undo(conn) ? SQLITE_OK : SQLITE_BUSY;
  if (rc == SQLITE_OK && has_open_blob(conn))
    return dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "a job has left a blob open");
  if (rc == SQLITE_OK && conn->unsettled)
    rc = dusq__sqlite_settle(conn);
  if (rc != SQLITE_OK)
    return dusq__sqlite_error(conn, rc, NULL);
  if (conn->objects && dusq__sqlite_enter(conn, DUSQ__GATE_SHARED) != SQLITE_OK) /* the schema may have to be read */
    return dusq__sqlite_error(conn, SQLITE_BUSY, "database is locked");
  const char *leftover = dusq__sqlite_leftover(conn);
  return leftover ? dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "%s", leftover) : NULL;
}

/* Statements, transaction, handlers and pragmas.  What is easier had with a new connection is refused; without a word
 * if that was asked for.                                                                                             */
dusq_status dusq__sqlite_reset(void *arg, const dusq_stop *stop, bool *dirty, dusq_error **error)
{
  dusq__sqlite_conn *conn = arg;
  if (conn->instance->reset_all)
    return DUSQ_E_CLOSED;
  dusq__sqlite_watch(conn, stop);
  dusq__sqlite_install_handlers(conn); /* PRAGMA busy_timeout, and jobs with the native handle, replace them */
  dusq__sqlite_rewind(conn->db);
  bool open = !sqlite3_get_autocommit(conn->db);
  dusq_error *why = clean(conn);
  end(conn);
  if (why)
    return dusq__sqlite_give(error, why);
  *dirty = open;
  return DUSQ_OK;
}

int dusq__sqlite_transaction(void *arg)
{
  const dusq__sqlite_conn *conn = arg;
  return sqlite3_get_autocommit(conn->db) ? DUSQ_TX_NONE : DUSQ_TX_OPEN;
}

dusq_status dusq__sqlite_savepoint(void *arg, int what, uint32_t level, const dusq_stop *stop, dusq_error **error)
{
  static const char *const texts[] = {"SAVEPOINT dusq_%u", "RELEASE dusq_%u", "ROLLBACK TO dusq_%u; RELEASE dusq_%u"};
  dusq__sqlite_conn *conn = arg;
  char sql[80];
  sqlite3_snprintf(sizeof sql, sql, texts[what], level, level);
  dusq__sqlite_watch(conn, what == DUSQ_SAVEPOINT_SET ? stop : NULL);
  int rc = sqlite3_exec(conn->db, sql, NULL, NULL, NULL);
  dusq_error *why = rc == SQLITE_OK ? NULL : dusq__sqlite_error(conn, rc, NULL);
  dusq__sqlite_unwatch(conn);
  return why ? dusq__sqlite_give(error, why) : DUSQ_OK;
}
