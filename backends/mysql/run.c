/* run.c - running one statement, and several one after another. */
#include "run.h"
#include "bind.h"
#include "check.h"
#include "error.h"
#include "fetch.h"
#include "session.h"
#include "slot.h"
#include "text.h"

/* ---- the prepared protocol --------------------------------------------------------------------------------------- */

/* Reads and drops the rest of the results.  After an error of the server there is no rest. */
static void drain(dusq__my_conn *conn, dusq__my_statement *statement, const dusq__my_outcome *out)
{
  if (out->refused || !dusq_error_native(out->error))
    dusq__my_call_kill(&conn->call);
  int rc = 0;
  while (!conn->broken && !rc) {
    mysql_stmt_free_result(statement->stmt);
    rc = mysql_stmt_next_result(statement->stmt);
  }
  if (rc > 0 || mysql_stmt_errno(statement->stmt))
    dusq_error_unref(dusq__my_stmt_error(conn, statement)); /* the error of the kill, or of the connection */
}

/* Reads one result.  A CALL ends with one that only says that there are no more. */
static void take_result(dusq__my_conn *conn, dusq__my_statement *statement, dusq_sink *sink, bool had_rows,
                        dusq__my_outcome *out)
{
  MYSQL_STMT *stmt = statement->stmt;
  size_t rows = 0;
  if (mysql_stmt_field_count(stmt)) {
    out->reads = !statement->scan.changes && !statement->scan.calls && !statement->scan.alone;
    dusq__my_fetch(conn, statement, sink, &rows, out);
    if (!out->error && !out->refused)
      dusq_sink_counts(sink, statement->scan.changes ? (int64_t)rows : 0, 0); /* RETURNING */
  } else if (!had_rows || !statement->scan.calls) {
    dusq__my_settings_track(&conn->settings, conn->mysql);
    dusq_sink_counts_uint(sink, (int64_t)mysql_stmt_affected_rows(stmt), mysql_stmt_insert_id(stmt));
  } else {
    dusq__my_settings_track(&conn->settings, conn->mysql);
  }
}

static void take_results(dusq__my_conn *conn, dusq__my_statement *statement, dusq_sink *sink, dusq__my_outcome *out)
{
  bool had_rows = false;
  int more;
  do {
    take_result(conn, statement, sink, had_rows, out);
    had_rows = true;
    if (out->error || out->refused) {
      if (!conn->broken)
        drain(conn, statement, out);
      return;
    }
    more = mysql_stmt_next_result(statement->stmt);
  } while (!more);
  if (more > 0)
    out->error = dusq__my_stmt_error(conn, statement);
}

static dusq_error *failed(dusq__my_conn *conn, dusq__my_statement *statement)
{
  if (mysql_stmt_errno(statement->stmt) != MY_CR_NEW_STMT_METADATA)
    return dusq__my_stmt_error(conn, statement);
  dusq__my_statement_close(statement);
  return dusq_error_new(DUSQ_E_PROTOCOL, NULL, MY_CR_NEW_STMT_METADATA,
                        "the statement was executed, but its result is lost: it has other columns than before");
}

/* False: nothing was done, and the statement can be tried again. */
static bool execute_once(dusq__my_conn *conn, dusq__my_statement *statement, const dusq_value *values, dusq_sink *sink,
                         bool again, dusq__my_outcome *out)
{
  size_t bytes;
  out->error = dusq__my_bind(statement, values, &bytes);
  if (!out->error)
    out->error = dusq__my_check_values(conn, &statement->scan, values, statement->values);
  if (!out->error && bytes > conn->max_packet)
    out->error = dusq__my_too_large(conn->max_packet);
  if (!out->error && statement->nslots && mysql_stmt_bind_param(statement->stmt, statement->binds))
    out->error = dusq__my_stmt_error(conn, statement);
  if (!out->error && dusq_stop_asked(dusq_sink_stop(sink)))
    out->error = dusq__my_canceled();
  if (out->error)
    return true;
  dusq__my_settings_expect(&conn->settings, &statement->scan); /* again, because the checks may have asked the server */
  dusq__my_sent(conn, sink);
  if (!mysql_stmt_execute(statement->stmt)) {
    take_results(conn, statement, sink, out);
    statement->never_run = false;
    dusq__my_row_trim(&conn->row);
    return true;
  }
  if (again && dusq__my_statement_is_lost(statement)) {
    dusq__my_statement_close(statement);
    return false;
  }
  out->error = failed(conn, statement);
  conn->settings.stale = true; /* settings that a trigger or function changed before the error are not reported */
  return true;
}

static void run_plain(dusq__my_conn *conn, const dusq__my_statement *statement, dusq_sink *sink, dusq__my_outcome *out)
{
  const dusq__my_portion text = {statement->sql, statement->len, .calls = statement->scan.calls, .single = true};
  size_t results = 0;
  out->error = dusq__my_check_sql(conn, statement->sql, statement->len);
  if (!out->error)
    dusq__my_run_text(conn, &text, &statement->scan, sink, &results, out);
}

void dusq__my_run(dusq__my_conn *conn, dusq__my_statement *statement, const dusq_value *values, dusq_sink *sink,
                  dusq__my_outcome *out)
{
  *out = (dusq__my_outcome){0};
  dusq__my_check_begin(conn);
  for (int attempt = 0; attempt < 2; attempt++) {
    out->error = conn->broken ? dusq__my_connection_lost() : dusq__my_statement_ready(conn, statement, values);
    if (out->error)
      return;
    dusq__my_settings_expect(&conn->settings, &statement->scan);
    if (statement->plain || statement->for_now) {
      run_plain(conn, statement, sink, out);
      break;
    }
    if (execute_once(conn, statement, values, sink, !attempt, out))
      break;
  }
  if (!out->error && !out->refused)
    out->error = dusq__my_check_after(conn);
}

/* The server ends a connection whose client does not read for net_write_timeout, 60 s by default, but the reader of a
 * stream may pause for longer.  The setting is not undone: it has no other effect, and undoing it would need a reset of
 * the session.                                                                                                       */
static dusq_error *allow_slow_reader(dusq__my_conn *conn)
{
  if (conn->slow_reader)
    return NULL;
  dusq_error *error = dusq__my_session_run(conn, "SET SESSION net_write_timeout = 86400");
  conn->slow_reader = !error;
  return error;
}

/* ---- the slots --------------------------------------------------------------------------------------------------- */

/* SLEEP() and BENCHMARK() return early when they are killed, with 1 and with 0, and the statement may succeed.  So the
 * rows of a killed query are not trusted.  A statement that has changed something has done so.                       */
dusq_status dusq__my_execute(void *arg, const dusq_execution *execution)
{
  dusq__my_conn *conn = arg;
  dusq__my_outcome outcome = {0};
  if (!dusq__my_slot_enter(conn, dusq_sink_stop(execution->sink)))
    outcome.error = dusq__my_canceled();
  else if (execution->flags & DUSQ_EXECUTION_STREAM && !conn->broken)
    outcome.error = allow_slow_reader(conn);
  if (execution->flags & DUSQ_EXECUTION_PATIENT)
    dusq__my_call_allow_slow_stop(&conn->call);
  if (!outcome.error)
    dusq__my_run(conn, execution->prepared, execution->values, execution->sink, &outcome);
  if (dusq__my_slot_leave(conn) && outcome.reads && !outcome.error && !outcome.refused)
    outcome.error = dusq__my_killed();
  dusq__my_outcome_tell(&outcome, execution->sink);
  return dusq__my_slot_status(conn);
}

/* One round trip each: with prepared statements the client libraries cannot send the second before the first is
 * answered.  When the connection is lost, the rest was not sent, and fails as lost, so that it is run again elsewhere. */
dusq_status dusq__my_execute_batch(void *arg, const dusq_execution *executions, size_t n)
{
  dusq__my_conn *conn = arg;
  for (size_t i = 0; i < n; i++)
    (void)dusq__my_execute(conn, &executions[i]);
  return dusq__my_slot_status(conn);
}
