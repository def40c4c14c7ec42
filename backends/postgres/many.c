/* many.c - the slot execute_many: one statement for many rows of values.  The worker's thread.
 *
 * The rows go into one pipeline, with a Sync after each ROWS_A_SYNC of them.  The pipeline is ended when something must
 * be learned before the next row.                                                                                    */
#include "many.h"
#include "changed.h"
#include "conn.h"
#include "learn.h"
#include "outcome.h"
#include "pipeline.h"
#include "receive.h"
#include "send.h"
#include "variant.h"
#include "wait.h"

enum { ROWS_A_SYNC = 256, MAX_ROWS = 4 * ROWS_A_SYNC };

typedef struct rows {
  const dusq_execution *execution;
  size_t n, sent, answered; /* rows                          */
  size_t syncs;             /* Syncs that have not come back */
  bool stopped;             /* no more rows are sent         */
  dusq__pg_outcome outcome;
} rows;

static void fail_row(dusq__pg_conn *conn, rows *all, size_t row)
{
  dusq__pg_judge(conn, all->execution->prepared, &all->outcome);
  if (all->outcome.error)
    dusq_error_set_number(all->outcome.error, DUSQ_ERROR_INDEX, (int64_t)row);
  all->stopped = true;
}

static const dusq_value *row_of(const rows *all, size_t row)
{
  return all->execution->values + row * all->execution->count;
}

/* Whether a row can be sent without a round trip first.  It cannot if its kinds are new, or were sent often without a
 * name.                                                                                                              */
static bool is_ready(const rows *all, size_t row)
{
  enum { OFTEN = 16 };
  const dusq__pg_statement *statement = all->execution->prepared;
  const dusq_value *values = row_of(all, row);
  size_t n = all->execution->count;
  return dusq__pg_is_ready(statement, values, n) && !dusq__pg_wants_name(statement, values, n, OFTEN);
}

static void put_row(dusq__pg_conn *conn, rows *all)
{
  size_t bytes;
  size_t row = all->sent;
  dusq_error *error = dusq__pg_send(conn, all->execution, row_of(all, row), &bytes);
  if (!error) {
    all->sent++;
    return;
  }
  if (all->outcome.error || all->outcome.refused)
    dusq_error_unref(error);
  else
    all->outcome.error = error;
  fail_row(conn, all, row);
}

static void put_rows(dusq__pg_conn *conn, rows *all)
{
  while (!all->stopped && all->sent < all->n && all->sent - all->answered < MAX_ROWS && is_ready(all, all->sent)) {
    size_t until = all->sent + ROWS_A_SYNC < all->n ? all->sent + ROWS_A_SYNC : all->n;
    do
      put_row(conn, all);
    while (!all->stopped && all->sent < until && is_ready(all, all->sent));
    if (dusq__pg_pipe_sync(conn->pg))
      all->syncs++;
    else
      all->stopped = conn->broken = true; /* what was sent would never be answered */
  }
}

static void take_answer(dusq__pg_conn *conn, rows *all)
{
  const dusq__pg_statement *statement = all->execution->prepared;
  PGresult *result = dusq__pg_get_result(conn);
  ExecStatusType status = result ? PQresultStatus(result) : PGRES_NONFATAL_ERROR;
  if (!result) {
    all->answered += !dusq__pg_lost(conn);
  } else if (status == PGRES_PIPELINE_SYNC || status == PGRES_PIPELINE_ABORTED) {
    all->syncs -= status == PGRES_PIPELINE_SYNC;
    PQclear(result);
  } else {
    bool open = !all->outcome.error && !all->outcome.refused;
    dusq__pg_take_result(conn, result, statement->sql, all->execution->sink, &all->outcome);
    if (open && (all->outcome.error || all->outcome.refused))
      fail_row(conn, all, all->answered);
  }
}

/* Runs rows up to the first one that is not ready. */
static void run_rows(dusq__pg_conn *conn, rows *all)
{
  if (!PQenterPipelineMode(conn->pg)) {
    all->outcome.error = dusq__pg_conn_error(conn);
    all->stopped = true;
    return;
  }
  do {
    put_rows(conn, all);
    if (all->syncs)
      take_answer(conn, all);
  } while (all->syncs && !dusq__pg_lost(conn));
  if (!dusq__pg_lost(conn) && !PQexitPipelineMode(conn->pg))
    conn->broken = true;
}

/* What is no query is not for a pipeline: libpq cannot get out of a COPY there. */
static void run_alone(dusq__pg_conn *conn, rows *all)
{
  const dusq__pg_statement *statement = all->execution->prepared;
  for (; !all->stopped && all->sent < all->n && !dusq__pg_lost(conn); all->sent++) {
    size_t bytes;
    dusq__pg_outcome *out = &all->outcome;
    out->error = dusq__pg_make_ready(conn, all->execution->prepared, row_of(all, all->sent), all->execution->count);
    if (!out->error)
      out->error = dusq__pg_send(conn, all->execution, row_of(all, all->sent), &bytes);
    if (!out->error)
      dusq__pg_take_results(conn, statement->sql, all->execution->sink, out);
    if (out->error || out->refused)
      fail_row(conn, all, all->sent);
  }
}

/* The types of each row are those of its own kinds, as if it were sent by itself. */
static void run_all(dusq__pg_conn *conn, rows *all)
{
  do {
    const dusq_execution *execution = all->execution;
    all->outcome.error = dusq__pg_make_ready(conn, execution->prepared, row_of(all, all->sent), execution->count);
    if (all->outcome.error)
      fail_row(conn, all, all->sent);
    else
      run_rows(conn, all);
  } while (!all->stopped && all->sent < all->n && !dusq__pg_lost(conn));
}

dusq_status dusq__pg_execute_many(void *arg, const dusq_execution *execution, size_t n)
{
  dusq__pg_conn *conn = arg;
  rows all = {.execution = execution, .n = n};
  all.outcome.error = dusq__pg_begin_call(conn, dusq_sink_stop(execution->sink));
  const dusq__pg_statement *statement = execution->prepared;
  if (!all.outcome.error)
    (statement->is.alone ? run_alone : run_all)(conn, &all);
  if (!all.outcome.error)
    dusq__pg_judge(conn, execution->prepared, &all.outcome);
  dusq__pg_check_lost(conn, false, &all.outcome);
  dusq_status status = dusq__pg_end_call(conn);
  dusq__pg_report(execution->sink, &all.outcome);
  return status;
}
