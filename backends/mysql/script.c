/* script.c - scripts, and how the session reads them. */
#include "script.h"
#include "check.h"
#include "error.h"
#include "session.h"
#include "slot.h"
#include "text.h"
#include "utf8.h"

static dusq__my_reading reading_of(const dusq__my_conn *conn)
{
  return dusq__my_settings_reading(&conn->settings, conn->mysql, conn->mariadb);
}

/* Makes sure that it is known how the session reads the rest of a script, if that matters. */
static dusq_error *know_reading(dusq__my_conn *conn, const dusq__my_script_text *script)
{
  return script->last_ambiguous > script->at ? dusq__my_session_know(conn) : NULL;
}

static void run_portion(dusq__my_conn *conn, const dusq__my_portion *portion, const dusq__my_scan *scan,
                        dusq_sink *sink, size_t *results, dusq__my_outcome *out)
{
  dusq__my_check_begin(conn);
  if (dusq_stop_asked(dusq_sink_stop(sink)))
    out->error = dusq__my_canceled();
  if (!out->error)
    out->error = dusq__my_check_sql(conn, portion->sql, portion->len);
  if (!out->error)
    dusq__my_run_text(conn, portion, scan, sink, results, out);
  if (!out->error && !out->refused)
    out->error = dusq__my_check_after(conn);
}

/* The text is sent as it was written, and the server splits it, because it knows its modes, and where the body of a
 * procedure ends.  Usually it is one portion; scan.c tells the exceptions.  The results come in the order of the
 * statements, one for each, but several for a CALL and the like.                                                     */
static void run_script(dusq__my_conn *conn, const char *sql, size_t len, dusq_sink *sink, dusq__my_outcome *out)
{
  dusq__my_script_text script;
  dusq__my_portion portion = {.sql = sql};
  dusq__my_scan scan;
  size_t results = 0;
  dusq__my_open_script(&script, sql, len);
  out->error = know_reading(conn, &script);
  dusq__my_reading how = reading_of(conn);
  dusq__my_scan_text(sql, len, &how, &scan);
  while (!out->error && !out->refused && dusq__my_next_portion(&script, &how, &portion)) {
    dusq__my_settings_expect(&conn->settings, &scan);
    run_portion(conn, &portion, &scan, sink, &results, out);
    if (!out->error && !out->refused)
      out->error = know_reading(conn, &script);
    how = reading_of(conn);
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
  return good == len ? NULL : dusq__my_not_utf8(good);
}

dusq_status dusq__my_script(void *arg, const char *sql, size_t len, dusq_sink *sink)
{
  dusq__my_conn *conn = arg;
  dusq__my_outcome outcome = {0};
  if (!dusq__my_slot_enter(conn, dusq_sink_stop(sink)))
    outcome.error = dusq__my_canceled();
  else if (conn->broken)
    outcome.error = dusq__my_connection_lost();
  else
    outcome.error = check_whole(sql, len);
  if (!outcome.error)
    run_script(conn, sql, len, sink, &outcome);
  dusq__my_slot_leave(conn);
  dusq__my_outcome_tell(&outcome, sink);
  return dusq__my_slot_status(conn);
}

dusq_status dusq__my_tell_reading(void *arg, const dusq_stop *stop, uint32_t *dialect, dusq_error **error)
{
  dusq__my_conn *conn = arg;
  dusq_error *why = NULL;
  if (dusq__my_settings_are_unsure(&conn->settings)) {
    why = dusq__my_slot_enter(conn, stop) ? dusq__my_session_ask(conn) : dusq__my_canceled();
    dusq__my_slot_leave(conn);
  }
  dusq__my_reading how = reading_of(conn);
  *dialect = DUSQ_DIALECT_MYSQL | (how.escapes ? 0 : DUSQ_DIALECT_NO_ESCAPES) |
             (how.ansi_quotes ? DUSQ_DIALECT_ANSI_QUOTES : 0);
  if (!why)
    return DUSQ_OK;
  dusq_status status = dusq__my_return_error(error, why);
  return conn->broken ? DUSQ_E_CONNECTION_LOST : status;
}
