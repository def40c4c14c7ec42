/* sequence.c - a transaction, or a part of it, in one trip.  The worker's thread.
 *
 * BEGIN, the statements and COMMIT go into one pipeline with one Sync at its end.  After the first error the server
 * executes nothing of the rest (PG:protocol-flow, pipelining), and the transaction is open and has failed.           */
#include "internal.h"
#include <string.h>

typedef struct part {
  const dusq_execution *execution; /* NULL: a text */
  dusq_sink *sink;
  dusq__pg_outcome outcome;
  char tag[16];
  bool sent, skipped, told;
} part;

typedef struct sequence {
  part *parts;
  size_t n, current; /* current: the one that the server is at */
  bool synced;
} sequence;

/* Whoever is to stop ends the transaction, whichever of its statements the server is at. */
static const void *any_asked(dusq__pg_conn *conn, bool *size)
{
  const sequence *all = conn->batch;
  size_t from = all->current < all->n ? all->current : all->n - 1; /* all have been told: whoever waits for the last */
  for (size_t i = from; i < all->n; i++)
    if (dusq_stop_asked(dusq_sink_stop(all->parts[i].sink)))
      return dusq_sink_stop(all->parts[i].sink);
  const part *one = all->current < all->n ? &all->parts[all->current] : NULL;
  const dusq__pg_statement *statement = one && one->execution ? one->execution->prepared : NULL;
  *size = true; /* what has no rows has but notices, and a commit may stand behind it */
  return statement && !statement->form.rowless && dusq__pg_is_too_large(conn) ? one : NULL;
}

static bool is_fit(const dusq_sequence *given)
{
  for (size_t i = 0; i < given->n; i++) {
    const dusq_execution *one = &given->executions[i];
    if (!dusq__pg_is_fit(one->prepared, one->values, one->count))
      return false;
  }
  return true;
}

/* ---- sending ------------------------------------------------------------------------------------------------------- */

static void send_part(dusq__pg_conn *conn, part *one, const char *text)
{
  size_t bytes;
  if (!one->execution)
    one->outcome.error = PQsendQueryParams(conn->pg, text, 0, NULL, NULL, NULL, NULL, 0) ? NULL
                                                                                         : dusq__pg_conn_error(conn);
  else
    one->outcome.error = dusq__pg_send(conn, one->execution, one->execution->values, &bytes);
  one->sent = !one->outcome.error;
}

/* Up to the first that cannot be sent.  The server is to answer each at once, and not when it comes to the Sync. */
static void send_all(dusq__pg_conn *conn, const dusq_sequence *given, sequence *all)
{
  char text[DUSQ__PG_BEGIN_SIZE];
  for (size_t i = 0; i < all->n && (!i || all->parts[i - 1].sent); i++) {
    part *one = &all->parts[i];
    bool begins = given->begin && !i;
    if (begins)
      dusq__pg_begin_text(given->begin, text);
    if (!one->execution && !begins)
      dusq_sink_sent(one->sink); /* the commit */
    send_part(conn, one, begins ? text : "COMMIT");
    if (one->sent && i + 1 < all->n && !PQsendFlushRequest(conn->pg))
      conn->broken = true;
  }
  if (!PQpipelineSync(conn->pg))
    conn->broken = true;
}

/* ---- receiving ----------------------------------------------------------------------------------------------------- */

static void take(dusq__pg_conn *conn, part *one, PGresult *result)
{
  ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_PIPELINE_ABORTED && one->execution) {
    const dusq__pg_statement *statement = one->execution->prepared;
    dusq__pg_collect(conn, result, statement->sql, one->sink, &one->outcome);
    return;
  }
  if (status == PGRES_PIPELINE_ABORTED)
    one->skipped = true;
  else if (status != PGRES_COMMAND_OK && !one->outcome.error)
    one->outcome.error = dusq__pg_result_error(conn, result, NULL);
  else
    strncpy(one->tag, PQcmdStatus(result), sizeof one->tag - 1);
  PQclear(result);
}

static void tell(part *one)
{
  one->told = true;
  dusq__pg_tell(one->sink, &one->outcome);
}

/* What came of a part; of one that was never executed nothing is told. */
static void end_part(dusq__pg_conn *conn, part *one)
{
  if (!one->execution && !one->outcome.error && !strcmp(one->tag, "ROLLBACK"))
    one->outcome.error = dusq_error_new(DUSQ_E_TX_ABORTED, NULL, 0, "the transaction has been rolled back");
  bool hit = conn->cancel_for && dusq__pg_is_cancel(one->outcome.error);
  if (hit && !dusq_stop_asked(dusq_sink_stop(one->sink))) {
    dusq_error_unref(one->outcome.error);
    one->outcome.error = dusq_error_new(DUSQ_E_TX_ABORTED, NULL, 0, "another call of the transaction was stopped");
  }
  if (one->execution && one->outcome.error)
    dusq__pg_suspect(conn, one->execution->prepared, one->outcome.error);
  if (!one->skipped)
    tell(one);
}

static void receive_all(dusq__pg_conn *conn, sequence *all)
{
  while (!all->synced && !dusq__pg_lost(conn)) {
    PGresult *result = dusq__pg_next(conn);
    part *one = all->current < all->n ? &all->parts[all->current] : NULL;
    if (result && PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
      all->synced = true;
      PQclear(result);
    } else if (result && one) {
      take(conn, one, result);
    } else if (result) {
      PQclear(result);
    } else if (one && !dusq__pg_lost(conn)) {
      end_part(conn, one);
      all->current++;
      dusq__pg_next_result(conn);
      if (all->current == all->n)
        dusq__pg_begin_tail(conn);
    }
  }
}

static void run(dusq__pg_conn *conn, const dusq_sequence *given, sequence *all)
{
  conn->asked = any_asked;
  conn->batch = all;
  conn->receive_limit = conn->instance->receive_limit;
  conn->transacting = true;
  if (!PQenterPipelineMode(conn->pg)) {
    conn->broken = true;
    return;
  }
  send_all(conn, given, all);
  receive_all(conn, all);
  if (!dusq__pg_lost(conn) && !PQexitPipelineMode(conn->pg))
    conn->broken = true;
}

/* ---- the slot ------------------------------------------------------------------------------------------------------ */

static bool lay_out(dusq__pg_conn *conn, const dusq_sequence *given, sequence *all)
{
  size_t most = given->n + 2;
  all->parts = dusq__pg_grow(&conn->items, most * sizeof *all->parts);
  if (!all->parts)
    return false;
  memset(all->parts, 0, most * sizeof *all->parts);
  if (given->begin)
    all->parts[all->n++].sink = given->begun;
  for (size_t i = 0; i < given->n; i++)
    all->parts[all->n++] = (part){.execution = &given->executions[i], .sink = given->executions[i].sink};
  if (given->committed)
    all->parts[all->n++].sink = given->committed;
  return true;
}

/* Those that were sent, or could not be, and of which nothing is known. */
static void tell_rest(dusq__pg_conn *conn, sequence *all)
{
  bool lost = dusq__pg_lost(conn);
  for (size_t i = 0; i < all->n; i++) {
    part *one = &all->parts[i];
    if (one->told || one->skipped || (!lost && !one->outcome.error))
      continue;
    if (lost)
      dusq__pg_judge(conn, false, &one->outcome);
    dusq_status status = dusq_error_status(one->outcome.error);
    bool others = status == DUSQ_E_LIMIT ? i != all->current : status == DUSQ_E_CANCELED;
    if (others && !dusq_stop_asked(dusq_sink_stop(one->sink))) { /* it was somebody else's wish that was not heard */
      dusq_error_unref(one->outcome.error);
      one->outcome.error = dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "the connection was given up");
    }
    tell(one);
  }
}

dusq_status dusq__pg_sequence(void *arg, const dusq_sequence *given)
{
  dusq__pg_conn *conn = arg;
  sequence all = {0};
  if (!is_fit(given) || !lay_out(conn, given, &all))
    return DUSQ_E_NOTSUP;
  dusq_error *error = dusq__pg_watch(conn, NULL);
  if (!error)
    run(conn, given, &all);
  dusq_error_unref(error); /* the connection is lost, which everybody is told */
  bool unfinished = given->committed && PQtransactionStatus(conn->pg) != PQTRANS_IDLE;
  const part *last = &all.parts[all.n - 1];
  if (unfinished && last->told && !dusq__pg_lost(conn))
    conn->broken = true; /* a commit that has failed leaves no transaction behind */
  tell_rest(conn, &all);
  return dusq__pg_unwatch(conn);
}
