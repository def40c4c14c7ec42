/* script.c - see script.h. */
#include "script.h"
#include "error.h"
#include "run.h"
#include "words.h"
#include <stdlib.h>
#include <string.h>

/* The position of a statement in the script, for its error. */
typedef struct place {
  int64_t index;
  int64_t offset; /* of its first byte that is not a blank or in a comment */
} place;

static void locate(dusq_error *error, place at, int inside)
{
  dusq_error_set_number(error, DUSQ_ERROR_INDEX, at.index);
  dusq_error_set_number(error, DUSQ_ERROR_POSITION, at.offset + (inside > 0 ? inside : 0));
}

static void run_one(dusq__sqlite_conn *conn, dusq__sqlite_statement *statement, dusq_sink *sink, place at,
                    dusq__sqlite_outcome *out)
{
  const dusq_execution execution = {.size = sizeof execution, .prepared = statement, .sink = sink};
  if (dusq_stop_asked(conn->call.stop))
    *out = (dusq__sqlite_outcome){.error = dusq__sqlite_canceled()};
  else
    dusq__sqlite_run_alone(conn, statement, &execution, out);
  if (out->error)
    locate(out->error, at, 0);
}

/* Runs the script up to the first error, which is then in *out. */
static void run_text(dusq__sqlite_conn *conn, const char *text, dusq_sink *sink, dusq__sqlite_outcome *out)
{
  place at = {0};
  const char *rest = dusq__sqlite_skip_blanks(text);
  while (*rest && !out->error && !out->refused) {
    dusq__sqlite_statement statement;
    const char *tail = rest;
    at.offset = rest - text;
    conn->call.busy_until = 0;
    int rc = dusq__sqlite_compile(conn, rest, -1, 0, &statement, &tail);
    if (rc != SQLITE_OK) {
      out->code = rc;
      out->error = dusq__sqlite_error(conn, rc, NULL);
      locate(out->error, at, dusq__sqlite_offset(conn));
    } else if (statement.stmt) {
      run_one(conn, &statement, sink, at, out);
    }
    sqlite3_finalize(statement.stmt);
    at.index++;
    rest = dusq__sqlite_skip_blanks(tail);
  }
}

dusq_status dusq__sqlite_script(void *arg, const char *sql, size_t len, dusq_sink *sink)
{
  dusq__sqlite_conn *conn = arg;
  dusq__sqlite_outcome outcome = {0};
  char *text = len < SIZE_MAX ? malloc(len + 1) : NULL; /* with a NUL, SQLite does not copy the rest each time */
  if (!text) {
    dusq_sink_fail(sink, dusq_error_new(DUSQ_E_NOMEM, NULL, 0, "no memory for the script"));
    return DUSQ_OK;
  }
  memcpy(text, sql, len);
  text[len] = '\0';
  dusq__sqlite_set_stop(conn, dusq_sink_stop(sink));
  int rc = dusq__sqlite_lock(conn, conn->reader ? DUSQ__SQLITE_SHARED : DUSQ__SQLITE_EXCLUSIVE);
  if (rc == SQLITE_OK)
    run_text(conn, text, sink, &outcome);
  else
    dusq__sqlite_not_locked(conn, rc, &outcome);
  dusq__sqlite_unlock(conn);
  dusq__sqlite_clear_stop(conn);
  free(text);
  const dusq_execution execution = {.size = sizeof execution, .sink = sink};
  dusq_status status = dusq__sqlite_status_after(outcome.code);
  dusq__sqlite_report(&execution, &outcome);
  return status;
}
