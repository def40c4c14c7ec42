/* transaction.c - see transaction.h. */
#include "transaction.h"
#include "connection.h"
#include "error.h"
#include "job_statements.h"
#include "settings.h"

static int allow_writes(dusq__sqlite_conn *conn, bool allow)
{
  conn->only_reads = !allow;
  return sqlite3_exec(conn->db, allow ? "PRAGMA query_only=0" : "PRAGMA query_only=1", NULL, NULL, NULL);
}

/* After the transaction: restores the state before it. */
static void end(dusq__sqlite_conn *conn)
{
  if (conn->only_reads)
    allow_writes(conn, true);
  dusq__sqlite_unlock(conn);
  dusq__sqlite_clear_stop(conn);
}

/* IMMEDIATE by default: a transaction that begins to write later cannot wait for its lock. */
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
  dusq__sqlite_set_stop(conn, stop);
  dusq_error *why = NULL;
  int rc = dusq__sqlite_lock(conn, how == DUSQ__SQLITE_BEGIN ? DUSQ__SQLITE_SHARED : DUSQ__SQLITE_EXCLUSIVE);
  if (rc != SQLITE_OK)
    why = dusq__sqlite_error(conn, rc, dusq__sqlite_lock_text(rc));
  if (rc == SQLITE_OK)
    rc = dusq__sqlite_run_control(conn, how);
  if (rc == SQLITE_OK && reads && !conn->reader)
    rc = allow_writes(conn, false);
  if (rc != SQLITE_OK && !why)
    why = dusq__sqlite_error(conn, rc, NULL);
  if (!why) {
    dusq__sqlite_clear_stop(conn);
    return DUSQ_OK;
  }
  end(conn);
  return dusq__sqlite_fail(error, why);
}

dusq_status dusq__sqlite_commit(void *arg, dusq_sink *sink, dusq_error **error)
{
  dusq__sqlite_conn *conn = arg;
  if (sqlite3_get_autocommit(conn->db)) {
    end(conn);
    return dusq__sqlite_fail(error, dusq_error_new(DUSQ_E_TX_ABORTED, NULL, 0,
                                                   "the transaction has been rolled back after an error"));
  }
  dusq__sqlite_set_stop(conn, dusq_sink_stop(sink));
  dusq_error *why = NULL;
  bool moved = conn->lock.held == DUSQ__SQLITE_EXCLUSIVE && dusq__sqlite_has_moved(conn);
  if (!moved)
    dusq_sink_sent(sink);
  int rc = moved ? SQLITE_READONLY_DBMOVED : dusq__sqlite_run_control(conn, DUSQ__SQLITE_COMMIT);
  if (rc != SQLITE_OK) {
    why = dusq__sqlite_error(conn, rc, moved ? dusq__sqlite_lock_text(rc) : NULL);
    if (dusq__sqlite_may_have_committed(rc))
      dusq_error_set_number(why, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
    dusq__sqlite_undo(conn);
  }
  end(conn);
  return why ? dusq__sqlite_fail(error, why) : DUSQ_OK;
}

dusq_status dusq__sqlite_rollback(void *arg, const dusq_stop *stop, dusq_error **error)
{
  dusq__sqlite_conn *conn = arg;
  (void)stop; /* it never waits */
  dusq__sqlite_set_stop(conn, NULL);
  dusq_error *why = dusq__sqlite_undo(conn) ? NULL : dusq__sqlite_error(conn, sqlite3_extended_errcode(conn->db), NULL);
  end(conn);
  return why ? dusq__sqlite_fail(error, why) : DUSQ_OK;
}

/* A blob that a job has not closed: it keeps an old snapshot open, and only the job can close it. */
static bool has_open_blob(dusq__sqlite_conn *conn)
{
  sqlite3_stmt *stmt = NULL;
  while (conn->handle_given && (stmt = sqlite3_next_stmt(conn->db, stmt)))
    if (sqlite3_stmt_busy(stmt))
      return true;
  return false;
}

static dusq_error *clean(dusq__sqlite_conn *conn)
{
  int rc = dusq__sqlite_undo(conn) ? SQLITE_OK : SQLITE_BUSY;
  if (rc == SQLITE_OK && has_open_blob(conn))
    return dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "a job has left a blob open");
  if (rc == SQLITE_OK && conn->observed.settings_changed)
    rc = dusq__sqlite_apply_settings(conn);
  if (rc != SQLITE_OK)
    return dusq__sqlite_error(conn, rc, NULL);
  /* reading the schema may be necessary */
  if (conn->observed.objects && dusq__sqlite_lock(conn, DUSQ__SQLITE_SHARED) != SQLITE_OK)
    return dusq__sqlite_error(conn, SQLITE_BUSY, "database is locked");
  const char *leftover = dusq__sqlite_leftover(conn);
  return leftover ? dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "%s", leftover) : NULL;
}

/* Resets statements, transaction, handlers and pragmas.  What a new connection solves more easily is refused; with the
 * option reset=full everything is, without an error.                                                                 */
dusq_status dusq__sqlite_reset(void *arg, const dusq_stop *stop, bool *dirty, dusq_error **error)
{
  dusq__sqlite_conn *conn = arg;
  if (conn->instance->config.reset_all)
    return DUSQ_E_CLOSED;
  dusq__sqlite_set_stop(conn, stop);
  dusq__sqlite_install_handlers(conn); /* PRAGMA busy_timeout or a job with the native handle may replace them */
  dusq__sqlite_reset_running(conn->db);
  bool open = !sqlite3_get_autocommit(conn->db);
  dusq_error *why = clean(conn);
  end(conn);
  if (why)
    return dusq__sqlite_fail(error, why);
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
  dusq__sqlite_set_stop(conn, what == DUSQ_SAVEPOINT_SET ? stop : NULL);
  int rc = sqlite3_exec(conn->db, sql, NULL, NULL, NULL);
  dusq_error *why = rc == SQLITE_OK ? NULL : dusq__sqlite_error(conn, rc, NULL);
  dusq__sqlite_clear_stop(conn);
  return why ? dusq__sqlite_fail(error, why) : DUSQ_OK;
}
