/* outcome.c - the outcome of an execution.  The worker's thread. */
#include "outcome.h"
#include "decode.h"
#include "error.h"
#include "text.h"
#include <string.h>

/* Only statements that change rows have a count; that of SELECT is the number of rows in the result. */
static int64_t affected_rows(const PGresult *result)
{
  static const char *const reading[] = {"SELECT", "FETCH", "SHOW", "EXPLAIN", "MOVE", NULL};
  PGresult *unconst = (PGresult *)(uintptr_t)result;
  const char *tag = PQcmdStatus(unconst);
  if (PQresultStatus(result) == PGRES_TUPLES_OK)
    for (const char *const *one = reading; *one; one++)
      if (!strncmp(tag, *one, strlen(*one)))
        return 0;
  dusq_value count = dusq_text(PQcmdTuples(unconst));
  int64_t n;
  return dusq_value_to_int(&count, &n) ? 0 : n;
}

/* Whether the statement may have had a lasting effect, though its rows could not be read. */
static bool may_have_changed(const dusq__pg_conn *conn, const char *sql)
{
  return !dusq__pg_describe(sql).reads && !conn->transacting;
}

static void take_rows(dusq__pg_conn *conn, const PGresult *result, const char *sql, dusq_sink *sink,
                      dusq__pg_outcome *out)
{
  bool one = PQresultStatus(result) == PGRES_SINGLE_TUPLE; /* more rows follow, and at the end a result without rows */
  if (one || PQresultStatus(result) == PGRES_TUPLES_OK) {
    out->error = dusq__pg_decode(&conn->buffers, result, sink, out->begun, &out->refused);
    if (out->error && may_have_changed(conn, sql))
      dusq_error_set_number(out->error, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  }
  out->begun = one;
  conn->call.discards |= one && (out->error || out->refused);
  if (!one && !out->error && !out->refused)
    dusq_sink_counts(sink, affected_rows(result), 0);
}

void dusq__pg_take_result(dusq__pg_conn *conn, PGresult *result, const char *sql, dusq_sink *sink,
                          dusq__pg_outcome *out)
{
  ExecStatusType status = PQresultStatus(result);
  bool open = !out->error && !out->refused;
  switch (status) {
  case PGRES_SINGLE_TUPLE:
  case PGRES_TUPLES_OK:
  case PGRES_COMMAND_OK:
    if (open)
      take_rows(conn, result, sql, sink, out);
    break;
  case PGRES_EMPTY_QUERY:
    if (open)
      out->error = dusq_error_new(DUSQ_E_SYNTAX, NULL, 0, "empty statement");
    break;
  case PGRES_COPY_IN:
  case PGRES_COPY_OUT:
  case PGRES_COPY_BOTH:
    dusq__pg_refuse_copy(conn, status);
    if (open)
      out->error = dusq_error_new(DUSQ_E_NOTSUP, NULL, 0, "COPY needs a job with the native handle");
    break;
  default:
    if (open) {
      out->error = dusq__pg_result_error(result, sql);
      out->origin = dusq__pg_origin_of(result);
      if (conn->unfit && dusq_error_status(out->error) == DUSQ_E_READ_ONLY)
        dusq_error_set_number(out->error, DUSQ_ERROR_RETRYABLE, 1); /* on the server that is asked for */
    }
    if (open && conn->cancel.by_size && dusq__pg_is_too_large(conn) && dusq__pg_is_cancel(out->error)) {
      dusq_error_unref(out->error);
      out->error = dusq__pg_too_large();
    }
  }
  PQclear(result);
}

/* Where the server ends the session because the transaction has lasted too long (25P04), or was idle for too long when
 * the statement came (25P03), it rolls back.                                                                          */
static dusq_error *ended_error(const dusq__pg_outcome *out)
{
  const char *state = dusq_error_sqlstate(out->error);
  bool late = !strcmp(state, "25P04") || !strcmp(state, "25P03");
  dusq_error *error = dusq_error_new(late ? DUSQ_E_TIMEDOUT : DUSQ_E_CONNECTION_LOST, state, 0, "%s",
                                     dusq_error_message(out->error));
  if (late && out->lasting)
    dusq_error_set_number(error, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  return error;
}

/* An error that ends the session comes with a code of its own, which is kept (57P01; see drivers' notes). */
void dusq__pg_set_lost(const dusq__pg_conn *conn, dusq__pg_outcome *out)
{
  dusq_error *why = conn->broken || conn->unreached ? dusq__pg_conn_error(conn) : NULL;
  if (!why && out->error)
    why = ended_error(out);
  if (!why)
    why = dusq__pg_conn_error(conn);
  dusq_status status = dusq_error_status(why);
  if (status == DUSQ_E_CANCELED || status == DUSQ_E_LIMIT) /* the statement was sent, and its effect is unknown */
    dusq_error_set_number(why, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  dusq_error_unref(out->error);
  out->error = why;
  out->refused = false;
}

void dusq__pg_set_lost_by(const dusq__pg_conn *conn, bool own, dusq_sink *sink, dusq__pg_outcome *out)
{
  dusq__pg_check_lost(conn, false, out);
  dusq_status status = dusq_error_status(out->error);
  bool of_another = status == DUSQ_E_LIMIT ? !own : status == DUSQ_E_CANCELED;
  if (!of_another || dusq_stop_asked(dusq_sink_stop(sink)))
    return;
  dusq_error_unref(out->error);
  out->error = dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "the connection was given up");
}

void dusq__pg_report(dusq_sink *sink, dusq__pg_outcome *outcome)
{
  if (outcome->refused)
    dusq_sink_fail(sink, NULL);
  else if (outcome->error)
    dusq_sink_fail(sink, outcome->error);
  else
    dusq_sink_complete(sink);
  if (outcome->refused)
    dusq_error_unref(outcome->error);
  outcome->error = NULL;
}
