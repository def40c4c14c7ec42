/* script.c - the slot script: a text of several statements.  The worker's thread.
 *
 * The statements are sent one by one: as one text they would be one transaction, and in a pipeline those after an error
 * would still be executed.                                                                                           */
#include "script.h"
#include "conn.h"
#include "error.h"
#include "outcome.h"
#include "wait.h"
#include <string.h>

/* The error of statement `index`, which begins at byte `begin` of the script. */
static void set_place(dusq_error *error, int64_t index, size_t begin)
{
  int64_t at = dusq_error_position(error);
  dusq_error_set_number(error, DUSQ_ERROR_INDEX, index);
  dusq_error_set_number(error, DUSQ_ERROR_POSITION, (int64_t)begin + (at > 0 ? at : 0));
}

static void run_one(dusq__pg_conn *conn, const char *sql, size_t n, dusq_sink *sink, dusq__pg_outcome *out)
{
  char *text = dusq__pg_grow(&conn->buffers.texts, n + 1);
  if (!text) {
    out->error = dusq__pg_nomem();
    return;
  }
  if (dusq_stop_asked(conn->call.stop)) {
    out->error = dusq__pg_canceled();
    return;
  }
  memcpy(text, sql, n);
  text[n] = '\0';
  const dusq__pg_traits is = dusq__pg_describe(text);
  dusq__pg_note_sent(conn, is);
  out->lasting = is.alone;
  dusq__pg_begin_result(conn);
  dusq_sink_sent(sink);
  bool complete = false;
  if (PQsendQuery(conn->pg, text))
    complete = dusq__pg_take_results(conn, text, sink, out);
  else
    out->error = dusq__pg_conn_error(conn);
  dusq__pg_check_lost(conn, complete, out);
}

dusq_status dusq__pg_script(void *arg, const char *sql, size_t len, dusq_sink *sink)
{
  dusq__pg_conn *conn = arg;
  dusq__pg_outcome outcome = {0};
  size_t at = 0, begin, n;
  outcome.error = dusq__pg_begin_call(conn, dusq_sink_stop(sink));
  conn->receiving.limit = conn->instance->receive_limit;
  for (int64_t i = 0; !outcome.error && !outcome.refused; i++) {
    if (!dusq_sql_next(DUSQ_DIALECT_POSTGRESQL, sql, len, &at, &begin, &n, &outcome.error))
      break;
    if (outcome.error)
      begin = 0; /* the error then has a position in the whole script */
    else
      run_one(conn, sql + begin, n, sink, &outcome);
    if (outcome.error)
      set_place(outcome.error, i, begin);
  }
  dusq_status status = dusq__pg_end_call(conn);
  dusq__pg_report(sink, &outcome);
  return status;
}
