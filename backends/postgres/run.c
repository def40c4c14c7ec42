/* run.c - one statement, or a script of several.  The worker's thread.
 *
 * The outcome of a statement is known when the server is ready for the next one: its commit comes after its rows.    */
#include "internal.h"
#include <stdlib.h>
#include <string.h>

dusq_error *dusq__pg_send(dusq__pg_conn *conn, const dusq_execution *execution, const dusq_value *values, size_t *bytes)
{
  dusq__pg_statement *statement = execution->prepared;
  dusq__pg_args args;
  const Oid *declared;
  const dusq__pg_form *form = dusq__pg_form_for(conn, statement, values, execution->count, &declared);
  if (!form)
    return dusq__pg_nomem();
  dusq_error *error = dusq__pg_encode(conn, declared ? declared : form->types, values, execution->count, &args);
  if (error)
    return error;
  *bytes = args.bytes + (form->number ? DUSQ__PG_NAME_SIZE : strlen(statement->sql));
  conn->unsettled |= statement->unsettles;
  dusq_sink_sent(execution->sink);
  int sent;
  if (form->number) {
    char name[DUSQ__PG_NAME_SIZE];
    dusq__pg_name_of(form->number, name);
    sent = PQsendQueryPrepared(conn->pg, name, args.n, args.values, args.lengths, args.formats, form->binary);
  } else {
    sent = PQsendQueryParams(conn->pg, statement->sql, args.n, args.types, args.values, args.lengths, args.formats, 0);
  }
  if (sent && execution->flags & DUSQ_EXECUTION_STREAM)
    PQsetSingleRowMode(conn->pg); /* not in chunks: libpq drops the rows before an error from the last one */
  return sent ? NULL : dusq__pg_conn_error(conn);
}

/* ---- what comes back ----------------------------------------------------------------------------------------------- */

/* Only what changes rows has a count; the one of SELECT is that of the result. */
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

/* What a statement has changed stays, though its rows could not be read. */
static bool may_have_changed(const dusq__pg_conn *conn, const char *sql)
{
  bool reads, alone, unsettles;
  dusq__pg_describe(sql, &reads, &alone, &unsettles);
  return !reads && !conn->transacting;
}

static void take_rows(dusq__pg_conn *conn, const PGresult *result, const char *sql, dusq_sink *sink,
                      dusq__pg_outcome *out)
{
  bool one = PQresultStatus(result) == PGRES_SINGLE_TUPLE; /* more come, and at last a result of none */
  if (one || PQresultStatus(result) == PGRES_TUPLES_OK) {
    out->error = dusq__pg_decode(conn, result, sink, out->begun, &out->refused);
    if (out->error && may_have_changed(conn, sql))
      dusq_error_set_number(out->error, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  }
  out->begun = one;
  conn->enough |= one && (out->error || out->refused);
  if (!one && !out->error && !out->refused)
    dusq_sink_counts(sink, affected_rows(result), 0);
}

void dusq__pg_collect(dusq__pg_conn *conn, PGresult *result, const char *sql, dusq_sink *sink, dusq__pg_outcome *out)
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
    if (open)
      out->error = dusq__pg_result_error(conn, result, sql);
    if (open && conn->by_size && dusq__pg_is_too_large(conn) && dusq__pg_is_cancel(out->error)) {
      dusq_error_unref(out->error);
      out->error = dusq__pg_too_large();
    }
  }
  PQclear(result);
}

/* The connection broke while a statement was under way: that is what counts, whatever came before it (an error that
 * ends the session comes with a code of its own; see drivers' notes on 57P01).                                       */
void dusq__pg_judge(dusq__pg_conn *conn, bool complete, dusq__pg_outcome *out)
{
  if (complete || !dusq__pg_lost(conn))
    return;
  dusq_error *why = conn->broken ? dusq__pg_conn_error(conn) : NULL;
  if (!why && out->error)
    why = dusq_error_new(DUSQ_E_CONNECTION_LOST, dusq_error_sqlstate(out->error), 0, "%s",
                         dusq_error_message(out->error));
  if (!why)
    why = dusq__pg_conn_error(conn);
  dusq_status status = dusq_error_status(why);
  if (status == DUSQ_E_CANCELED || status == DUSQ_E_LIMIT) /* it was sent, and nobody knows what became of it */
    dusq_error_set_number(why, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  dusq_error_unref(out->error);
  out->error = why;
  out->refused = false;
}

void dusq__pg_tell(dusq_sink *sink, dusq__pg_outcome *outcome)
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

/* ---- one statement ------------------------------------------------------------------------------------------------- */

/* Until the server is ready again.  True when it is. */
static bool collect_all(dusq__pg_conn *conn, const char *sql, dusq_sink *sink, dusq__pg_outcome *out)
{
  PGresult *result;
  while ((result = dusq__pg_next(conn)) != NULL)
    dusq__pg_collect(conn, result, sql, sink, out);
  return !dusq__pg_lost(conn);
}

static void run(dusq__pg_conn *conn, const dusq_execution *execution, dusq__pg_outcome *out)
{
  dusq__pg_statement *statement = execution->prepared;
  size_t bytes;
  out->error = dusq__pg_fit(conn, statement, execution->values, execution->count);
  if (out->error) {
    dusq__pg_judge(conn, false, out);
    return;
  }
  bool streams = execution->flags & DUSQ_EXECUTION_STREAM;
  conn->receive_limit = streams ? 0 : conn->instance->receive_limit;
  if (execution->flags & DUSQ_EXECUTION_PATIENT && conn->patience < conn->instance->connect_timeout)
    conn->patience = conn->instance->connect_timeout;
  out->error = dusq__pg_send(conn, execution, execution->values, &bytes);
  if (out->error && !dusq__pg_lost(conn))
    return; /* nothing was sent */
  bool complete = !out->error && collect_all(conn, statement->sql, execution->sink, out);
  dusq__pg_judge(conn, complete, out);
}

dusq_status dusq__pg_execute(void *arg, const dusq_execution *execution)
{
  dusq__pg_conn *conn = arg;
  dusq__pg_outcome outcome = {NULL, false, false};
  outcome.error = dusq__pg_watch(conn, dusq_sink_stop(execution->sink));
  if (!outcome.error)
    run(conn, execution, &outcome);
  if (outcome.error)
    dusq__pg_suspect(conn, execution->prepared, outcome.error);
  if (outcome.error && dusq__pg_outdated(conn, execution->prepared, outcome.error)) {
    dusq_error_unref(outcome.error);
    outcome.error = dusq_error_new(DUSQ_E_STALE_STATEMENT, NULL, 0, "the types of the parameters have changed");
  }
  dusq_status status = dusq__pg_unwatch(conn);
  dusq__pg_tell(execution->sink, &outcome);
  return status;
}

/* ---- scripts ------------------------------------------------------------------------------------------------------- */

static void place(dusq_error *error, int64_t index, size_t begin)
{
  int64_t at = dusq_error_position(error);
  dusq_error_set_number(error, DUSQ_ERROR_INDEX, index);
  dusq_error_set_number(error, DUSQ_ERROR_POSITION, (int64_t)begin + (at > 0 ? at : 0));
}

/* One by one: as one text they would be one transaction, and in a pipeline those behind an error would run. */
static void run_one(dusq__pg_conn *conn, const char *sql, size_t n, dusq_sink *sink, dusq__pg_outcome *out)
{
  char *text = dusq__pg_grow(&conn->texts, n + 1);
  if (!text) {
    out->error = dusq__pg_nomem();
    return;
  }
  if (dusq_stop_asked(conn->stop)) {
    out->error = dusq__pg_canceled();
    return;
  }
  memcpy(text, sql, n);
  text[n] = '\0';
  bool reads, alone, unsettles;
  dusq__pg_describe(text, &reads, &alone, &unsettles);
  conn->unsettled |= unsettles;
  dusq__pg_next_result(conn);
  dusq_sink_sent(sink);
  bool complete = false;
  if (PQsendQuery(conn->pg, text))
    complete = collect_all(conn, text, sink, out);
  else
    out->error = dusq__pg_conn_error(conn);
  dusq__pg_judge(conn, complete, out);
}

dusq_status dusq__pg_script(void *arg, const char *sql, size_t len, dusq_sink *sink)
{
  dusq__pg_conn *conn = arg;
  dusq__pg_outcome outcome = {NULL, false, false};
  size_t at = 0, begin, n;
  outcome.error = dusq__pg_watch(conn, dusq_sink_stop(sink));
  conn->receive_limit = conn->instance->receive_limit;
  for (int64_t i = 0; !outcome.error && !outcome.refused; i++) {
    if (!dusq_sql_next(DUSQ_DIALECT_POSTGRESQL, sql, len, &at, &begin, &n, &outcome.error))
      break;
    if (outcome.error)
      begin = 0; /* it tells the place itself */
    else
      run_one(conn, sql + begin, n, sink, &outcome);
    if (outcome.error)
      place(outcome.error, i, begin);
  }
  dusq_status status = dusq__pg_unwatch(conn);
  dusq__pg_tell(sink, &outcome);
  return status;
}
