/* sequence.c - the slot sequence: a transaction, or a part of it, in one round trip.  The worker's thread.
 *
 * BEGIN, the statements and COMMIT go into one pipeline with one Sync at its end.  After the first error the server
 * executes nothing more (PG:protocol-flow, pipelining), and the transaction is open and has failed.                  */
#include "sequence.h"
#include "changed.h"
#include "conn.h"
#include "error.h"
#include "outcome.h"
#include "receive.h"
#include "send.h"
#include "transaction.h"
#include "variant.h"
#include "wait.h"
#include <string.h>

typedef struct part {
  const dusq_execution *execution; /* NULL: it is a text */
  dusq_sink *sink;
  dusq__pg_outcome outcome;
  char tag[16];
  bool sent, skipped, reported;
} part;

typedef struct sequence {
  part *parts;
  size_t n, current; /* current: the part that the server executes */
  bool synced;
} sequence;

/* Any stop ends the transaction, no matter which of its statements the server executes; see dusq__pg_call. */
static const void *reason_of_sequence(dusq__pg_conn *conn, bool *size)
{
  const sequence *all = conn->call.pipeline;
  size_t from = all->current < all->n ? all->current : all->n - 1; /* all are known: only a stop of the last counts */
  for (size_t i = from; i < all->n; i++)
    if (dusq_stop_asked(dusq_sink_stop(all->parts[i].sink)))
      return dusq_sink_stop(all->parts[i].sink);
  const part *one = all->current < all->n ? &all->parts[all->current] : NULL;
  const dusq__pg_statement *statement = one && one->execution ? one->execution->prepared : NULL;
  *size = true; /* statements without rows return only notices, and a commit may follow */
  return statement && !statement->preparation.rowless && dusq__pg_is_too_large(conn) ? one : NULL;
}

static bool is_ready(const dusq_sequence *given)
{
  for (size_t i = 0; i < given->n; i++) {
    const dusq_execution *one = &given->executions[i];
    if (!dusq__pg_is_ready(one->prepared, one->values, one->count))
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

/* Sends parts up to the first that cannot be sent.  After a flush request the server answers at once, not at the Sync. */
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
    dusq__pg_take_result(conn, result, statement->sql, one->sink, &one->outcome);
    return;
  }
  if (status == PGRES_PIPELINE_ABORTED)
    one->skipped = true;
  else if (status != PGRES_COMMAND_OK && !one->outcome.error)
    one->outcome.error = dusq__pg_result_error(result, NULL);
  else
    strncpy(one->tag, PQcmdStatus(result), sizeof one->tag - 1);
  PQclear(result);
}

static void report(part *one)
{
  one->reported = true;
  dusq__pg_report(one->sink, &one->outcome);
}

/* All results of a part have come.  Nothing is reported for a part that was not executed. */
static void end_part(dusq__pg_conn *conn, part *one)
{
  if (!one->execution && !one->outcome.error && !strcmp(one->tag, "ROLLBACK"))
    one->outcome.error = dusq_error_new(DUSQ_E_TX_ABORTED, NULL, 0, "the transaction has been rolled back");
  bool stopped = conn->cancel.reason && dusq__pg_is_cancel(one->outcome.error);
  if (stopped && !dusq_stop_asked(dusq_sink_stop(one->sink))) {
    dusq_error_unref(one->outcome.error);
    one->outcome.error = dusq_error_new(DUSQ_E_TX_ABORTED, NULL, 0, "another call of the transaction was stopped");
  }
  if (one->execution && !one->skipped)
    dusq__pg_judge(conn, one->execution->prepared, &one->outcome);
  if (!one->skipped)
    report(one);
}

static void receive_all(dusq__pg_conn *conn, sequence *all)
{
  while (!all->synced && !dusq__pg_lost(conn)) {
    PGresult *result = dusq__pg_get_result(conn);
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
      dusq__pg_begin_result(conn);
      if (all->current == all->n)
        dusq__pg_expect_ready(conn);
    }
  }
}

static void run(dusq__pg_conn *conn, const dusq_sequence *given, sequence *all)
{
  conn->call.reason = reason_of_sequence;
  conn->call.pipeline = all;
  conn->receiving.limit = conn->instance->receive_limit;
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
  all->parts = dusq__pg_grow(&conn->buffers.items, most * sizeof *all->parts);
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

/* Reports the parts that could not be sent, or whose outcome is unknown. */
static void report_rest(dusq__pg_conn *conn, sequence *all)
{
  bool lost = dusq__pg_lost(conn);
  for (size_t i = 0; i < all->n; i++) {
    part *one = &all->parts[i];
    if (one->reported || one->skipped || (!lost && !one->outcome.error))
      continue;
    dusq__pg_set_lost_by(conn, i == all->current, one->sink, &one->outcome);
    report(one);
  }
}

dusq_status dusq__pg_sequence(void *arg, const dusq_sequence *given)
{
  dusq__pg_conn *conn = arg;
  sequence all = {0};
  if (!is_ready(given) || !lay_out(conn, given, &all))
    return DUSQ_E_NOTSUP;
  dusq_error *error = dusq__pg_begin_call(conn, NULL);
  if (!error)
    run(conn, given, &all);
  dusq_error_unref(error); /* every part is told that the connection is lost */
  bool unfinished = given->committed && PQtransactionStatus(conn->pg) != PQTRANS_IDLE;
  const part *last = &all.parts[all.n - 1];
  if (unfinished && last->reported && !dusq__pg_lost(conn))
    conn->broken = true; /* a commit that has failed leaves no transaction behind */
  report_rest(conn, &all);
  return dusq__pg_end_call(conn);
}
