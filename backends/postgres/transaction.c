/* transaction.c - transactions, savepoints, and the reset of a session.  The worker's thread. */
#include "transaction.h"
#include "conn.h"
#include "error.h"
#include "receive.h"
#include "wait.h"
#include <stdio.h>
#include <string.h>

/* Runs a text in a call of its own. */
static dusq_error *run(dusq__pg_conn *conn, const dusq_stop *stop, const char *sql, char tag[64])
{
  dusq_error *error = dusq__pg_begin_call(conn, stop);
  if (!error)
    error = dusq__pg_simple(conn, sql, tag);
  if (dusq__pg_end_call(conn) && !error)
    error = dusq__pg_conn_error(conn);
  return error;
}

/* Returns the error.  The status is DUSQ_E_CONNECTION_LOST for any error, if the connection must be closed. */
static dusq_status give(dusq__pg_conn *conn, dusq_error *take_error, dusq_error **out)
{
  if (!take_error)
    return DUSQ_OK;
  dusq_status status = dusq__pg_give(out, take_error);
  return dusq__pg_lost(conn) ? DUSQ_E_CONNECTION_LOST : status;
}

void dusq__pg_begin_text(const dusq_tx_opts *opts, char sql[DUSQ__PG_BEGIN_SIZE])
{
  static const char *const levels[] = {"", " ISOLATION LEVEL READ UNCOMMITTED", " ISOLATION LEVEL READ COMMITTED",
                                       " ISOLATION LEVEL REPEATABLE READ", " ISOLATION LEVEL SERIALIZABLE"};
  snprintf(sql, DUSQ__PG_BEGIN_SIZE, "BEGIN%s%s%s", levels[opts->isolation],
           opts->flags & DUSQ_TX_READ_ONLY ? " READ ONLY" : "", opts->flags & DUSQ_TX_DEFERRABLE ? " DEFERRABLE" : "");
}

dusq_status dusq__pg_begin(void *arg, const dusq_tx_opts *opts, const dusq_stop *stop, dusq_error **error)
{
  dusq__pg_conn *conn = arg;
  char sql[DUSQ__PG_BEGIN_SIZE];
  dusq__pg_begin_text(opts, sql);
  return give(conn, run(conn, stop, sql, NULL), error);
}

int dusq__pg_transaction(void *arg)
{
  const dusq__pg_conn *conn = arg;
  switch (PQtransactionStatus(conn->pg)) {
  case PQTRANS_IDLE:
    return DUSQ_TX_NONE;
  case PQTRANS_INERROR:
    return DUSQ_TX_FAILED;
  default:
    return DUSQ_TX_OPEN;
  }
}

dusq_status dusq__pg_savepoint(void *arg, int what, uint32_t level, const dusq_stop *stop, dusq_error **error)
{
  dusq__pg_conn *conn = arg;
  char sql[96];
  if (what == DUSQ_SAVEPOINT_UNDO)
    dusq__pg_note_undone(conn);
  if (what == DUSQ_SAVEPOINT_UNDO)
    snprintf(sql, sizeof sql, "ROLLBACK TO SAVEPOINT dusq_%u; RELEASE SAVEPOINT dusq_%u", level, level);
  else
    snprintf(sql, sizeof sql, "%sSAVEPOINT dusq_%u", what == DUSQ_SAVEPOINT_RELEASE ? "RELEASE " : "", level);
  return give(conn, run(conn, stop, sql, NULL), error);
}

/* The server answers a COMMIT of a failed transaction with success and the tag ROLLBACK (R8 of the drivers' rules). */
dusq_status dusq__pg_commit(void *arg, dusq_sink *sink, dusq_error **error)
{
  dusq__pg_conn *conn = arg;
  char tag[64] = "";
  const dusq_stop *stop = dusq_sink_stop(sink);
  dusq_error *why = NULL;
  if (dusq_stop_asked(stop)) {
    why = dusq__pg_canceled();
  } else {
    dusq_sink_sent(sink);
    why = run(conn, stop, "COMMIT", tag);
    if (!why && !strcmp(tag, "ROLLBACK"))
      why = dusq_error_new(DUSQ_E_TX_ABORTED, NULL, 0, "the transaction has been rolled back after an error");
    if (dusq__pg_lost(conn) && dusq_error_status(why) == DUSQ_E_CANCELED)
      dusq_error_set_number(why, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  }
  if (why && PQtransactionStatus(conn->pg) != PQTRANS_IDLE)
    conn->broken = true; /* closing the connection rolls back what was not committed */
  return give(conn, why, error);
}

dusq_status dusq__pg_rollback(void *arg, const dusq_stop *stop, dusq_error **error)
{
  dusq__pg_conn *conn = arg;
  dusq__pg_note_undone(conn);
  return give(conn, run(conn, stop, "ROLLBACK", NULL), error);
}

/* Resets settings, locks, listens, cursors, temporary objects.  Prepared statements stay, unless the option reset is
 * full.                                                                                                              */
static dusq_error *reset_session(dusq__pg_conn *conn, const dusq_stop *stop)
{
  static const char clean[] = "SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; "
                              "SET SESSION AUTHORIZATION DEFAULT; RESET ALL; DISCARD TEMP; DISCARD SEQUENCES";
  dusq_error *error = run(conn, stop, conn->instance->reset_all ? "DISCARD ALL" : clean, NULL);
  if (!error && conn->instance->reset_all)
    dusq__pg_forget_names(&conn->names);
  if (!error && conn->settings)
    error = run(conn, stop, conn->settings, NULL);
  for (PGnotify *one; !error && (one = PQnotifies(conn->pg)) != NULL;) /* they were for the last user */
    PQfreemem(one);
  return error;
}

dusq_status dusq__pg_reset(void *arg, const dusq_stop *stop, bool *dirty, dusq_error **error)
{
  dusq__pg_conn *conn = arg;
  dusq_error *why = NULL;
  PGTransactionStatusType state = PQtransactionStatus(conn->pg);
  if (state == PQTRANS_ACTIVE || state == PQTRANS_UNKNOWN)
    why = dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "something is still running on it");
  bool open = state == PQTRANS_INTRANS || state == PQTRANS_INERROR;
  if (open)
    why = run(conn, stop, "ROLLBACK", NULL);
  if (!why && (conn->unsettled || conn->instance->reset_all) && !conn->instance->params.pooler)
    why = reset_session(conn, stop);
  if (why)
    return dusq__pg_give(error, why);
  conn->unsettled = false;
  *dirty = open;
  return DUSQ_OK;
}
