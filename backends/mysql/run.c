/* run.c - one run of one statement, and of several one after another.  The worker's thread. */
#include "internal.h"
#include <stdlib.h>

void dusq__my_note(dusq__my_conn *conn, const dusq__my_scan *scan)
{
  conn->unsettled |= scan->unsettles;
  conn->blind |= scan->tracking;
  conn->stale |= scan->settings;
}

/* ---- the prepared protocol ----------------------------------------------------------------------------------------- */

/* Reads and drops what is left of a result that was given up; what the server ended with an error has no rest. */
static void drain(dusq__my_conn *conn, dusq__my_statement *statement, const dusq__my_outcome *out)
{
  if (out->refused || !dusq_error_native(out->error))
    dusq__my_stop_it(conn);
  int rc = 0;
  while (!conn->broken && !rc) {
    mysql_stmt_free_result(statement->stmt);
    rc = mysql_stmt_next_result(statement->stmt);
  }
  if (rc > 0 || mysql_stmt_errno(statement->stmt))
    dusq_error_unref(dusq__my_stmt_error(conn, statement)); /* the kill, or the end of the connection */
}

/* One result.  A CALL ends with one that only says that there is no more. */
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
    dusq__my_track(conn);
    dusq_sink_counts_uint(sink, (int64_t)mysql_stmt_affected_rows(stmt), mysql_stmt_insert_id(stmt));
  } else {
    dusq__my_track(conn);
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
  dusq__my_forget(statement);
  return dusq_error_new(DUSQ_E_PROTOCOL, NULL, MY_CR_NEW_STMT_METADATA,
                        "the statement was executed, but its result is lost: it has other columns than before");
}

/* False: nothing came of it, and it is worth another attempt. */
static bool execute_once(dusq__my_conn *conn, dusq__my_statement *statement, const dusq_value *values, dusq_sink *sink,
                         bool again, dusq__my_outcome *out)
{
  size_t bytes;
  out->error = dusq__my_bind(statement, values, &bytes);
  if (!out->error)
    out->error = dusq__my_check_values(conn, &statement->scan, values, statement->values);
  if (!out->error && bytes > conn->max_packet)
    out->error = dusq__my_too_large(conn);
  if (!out->error && statement->nslots && mysql_stmt_bind_param(statement->stmt, statement->binds))
    out->error = dusq__my_stmt_error(conn, statement);
  if (!out->error && dusq_stop_asked(dusq_sink_stop(sink)))
    out->error = dusq__my_canceled();
  if (out->error)
    return true;
  dusq__my_note(conn, &statement->scan); /* again: the checks may have asked, which is of no use from here on */
  dusq__my_sent(conn, sink);
  if (!mysql_stmt_execute(statement->stmt)) {
    take_results(conn, statement, sink, out);
    statement->fresh = false;
    dusq__my_trim(conn);
    return true;
  }
  if (again && dusq__my_forgotten(statement)) {
    dusq__my_forget(statement);
    return false;
  }
  out->error = failed(conn, statement);
  conn->stale = true; /* what a trigger or a function has set before the error is not told */
  return true;
}

static dusq_error *given_up(void)
{
  return dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "the connection was given up");
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
  conn->saw_zone = conn->saw_text = false;
  for (int attempt = 0; attempt < 2; attempt++) {
    out->error = conn->broken ? given_up() : dusq__my_ready(conn, statement, values);
    if (out->error)
      return;
    dusq__my_note(conn, &statement->scan);
    if (statement->plain) {
      run_plain(conn, statement, sink, out);
      break;
    }
    if (execute_once(conn, statement, values, sink, !attempt, out))
      break;
  }
  if (!out->error && !out->refused)
    out->error = dusq__my_check_after(conn);
}

/* The server hangs up on who does not read for net_write_timeout, 60 s by default: a stream's reader may pause longer.
 * The setting stays, for it does nothing else, and to be rid of it would take a reset of the session.               */
static dusq_error *await_reader(dusq__my_conn *conn)
{
  if (conn->patient)
    return NULL;
  dusq_error *error = dusq__my_simple(conn, "SET SESSION net_write_timeout = 86400");
  conn->patient = !error;
  return error;
}

/* ---- the slots ----------------------------------------------------------------------------------------------------- */

dusq_status dusq__my_tell(dusq__my_conn *conn, dusq_sink *sink, dusq__my_outcome *outcome)
{
  if (outcome->error || outcome->refused)
    dusq_sink_fail(sink, outcome->refused ? NULL : outcome->error);
  else
    dusq_sink_complete(sink);
  if (outcome->refused)
    dusq_error_unref(outcome->error);
  outcome->error = NULL;
  return conn->broken ? DUSQ_E_CONNECTION_LOST : DUSQ_OK;
}

/* SLEEP() and BENCHMARK() end early when they are killed, with 1 and with 0, and the statement may end well with these:
 * so the rows of a query that was killed are not believed.  What has changed something has done so.                  */
dusq_status dusq__my_execute(void *arg, const dusq_execution *execution)
{
  dusq__my_conn *conn = arg;
  dusq__my_outcome outcome = {0};
  if (!dusq__my_begin(conn, dusq_sink_stop(execution->sink)))
    outcome.error = dusq__my_canceled();
  else if (execution->flags & DUSQ_EXECUTION_STREAM && !conn->broken)
    outcome.error = await_reader(conn);
  if (execution->flags & DUSQ_EXECUTION_PATIENT)
    dusq__my_be_patient(conn);
  if (!outcome.error)
    dusq__my_run(conn, execution->prepared, execution->values, execution->sink, &outcome);
  if (dusq__my_end(conn) && outcome.reads && !outcome.error && !outcome.refused)
    outcome.error = dusq__my_killed();
  return dusq__my_tell(conn, execution->sink, &outcome);
}

/* One round trip each: the clients cannot send the second before the first is answered, with prepared statements.  What
 * is left when the connection is lost has not been sent, and fails as lost, so that it is run again elsewhere.       */
dusq_status dusq__my_execute_batch(void *arg, const dusq_execution *executions, size_t n)
{
  dusq__my_conn *conn = arg;
  for (size_t i = 0; i < n; i++)
    (void)dusq__my_execute(conn, &executions[i]);
  return conn->broken ? DUSQ_E_CONNECTION_LOST : DUSQ_OK;
}

/* ---- scripts ------------------------------------------------------------------------------------------------------- */

static void run_portion(dusq__my_conn *conn, const dusq__my_portion *portion, const dusq__my_scan *scan,
                        dusq_sink *sink, size_t *results, dusq__my_outcome *out)
{
  conn->saw_zone = conn->saw_text = false;
  if (dusq_stop_asked(dusq_sink_stop(sink)))
    out->error = dusq__my_canceled();
  if (!out->error)
    out->error = dusq__my_check_sql(conn, portion->sql, portion->len);
  if (!out->error)
    dusq__my_run_text(conn, portion, scan, sink, results, out);
  if (!out->error && !out->refused)
    out->error = dusq__my_check_after(conn);
}

/* The text goes out as it was written, and the server splits it, which it can do best: it knows its modes, and where
 * the body of a procedure ends.  It is one portion but for what scan.c says.  The results come in the order of the
 * statements, one for each but for a CALL and the like, which bring several.                                         */
static void run_script(dusq__my_conn *conn, const char *sql, size_t len, dusq_sink *sink, dusq__my_outcome *out)
{
  dusq__my_script_text script;
  dusq__my_portion portion = {.sql = sql};
  dusq__my_scan scan;
  size_t results = 0;
  dusq__my_open_script(&script, sql, len);
  out->error = dusq__my_know_reading(conn, &script);
  dusq__my_reading how = dusq__my_reading_of(conn);
  dusq__my_scan_text(sql, len, &how, &scan);
  while (!out->error && !out->refused && dusq__my_next_portion(&script, &how, &portion)) {
    dusq__my_note(conn, &scan);
    run_portion(conn, &portion, &scan, sink, &results, out);
    if (!out->error && !out->refused)
      out->error = dusq__my_know_reading(conn, &script);
    how = dusq__my_reading_of(conn);
  }
  if (!out->error)
    return;
  if (!scan.calls || !results)
    dusq_error_set_number(out->error, DUSQ_ERROR_INDEX, (int64_t)results);
  if (dusq_error_position(out->error) >= 0)
    dusq_error_set_number(out->error, DUSQ_ERROR_POSITION, dusq_error_position(out->error) + (portion.sql - sql));
}

static dusq_error *check_whole(const char *sql, size_t len)
{
  size_t good = dusq__my_utf8_prefix(sql, len);
  if (good == len)
    return NULL;
  dusq_error *error = dusq_error_new(DUSQ_E_DATA, "22021", 0, "the SQL text is not UTF-8");
  dusq_error_set_number(error, DUSQ_ERROR_POSITION, (int64_t)good);
  return error;
}

dusq_status dusq__my_script(void *arg, const char *sql, size_t len, dusq_sink *sink)
{
  dusq__my_conn *conn = arg;
  dusq__my_outcome outcome = {0};
  if (!dusq__my_begin(conn, dusq_sink_stop(sink)))
    outcome.error = dusq__my_canceled();
  else if (conn->broken)
    outcome.error = given_up();
  else
    outcome.error = check_whole(sql, len);
  if (!outcome.error)
    run_script(conn, sql, len, sink, &outcome);
  dusq__my_end(conn);
  return dusq__my_tell(conn, sink, &outcome);
}
