/* run.c - the slot execute: one statement.  The worker's thread. */
#include "run.h"
#include "changed.h"
#include "conn.h"
#include "learn.h"
#include "outcome.h"
#include "send.h"
#include "wait.h"

static void run(dusq__pg_conn *conn, const dusq_execution *execution, dusq__pg_outcome *out)
{
  dusq__pg_statement *statement = execution->prepared;
  size_t bytes;
  out->lasting = statement->is.alone;
  out->error = dusq__pg_make_ready(conn, statement, execution->values, execution->count);
  if (out->error) {
    dusq__pg_check_lost(conn, false, out);
    return;
  }
  bool streams = execution->flags & DUSQ_EXECUTION_STREAM;
  conn->receiving.limit = streams ? 0 : conn->instance->receive_limit;
  if (execution->flags & DUSQ_EXECUTION_PATIENT && conn->call.grace < conn->instance->connect_timeout)
    conn->call.grace = conn->instance->connect_timeout;
  out->error = dusq__pg_send(conn, execution, execution->values, &bytes);
  if (out->error && !dusq__pg_lost(conn))
    return; /* nothing was sent */
  bool complete = !out->error && dusq__pg_take_results(conn, statement->sql, execution->sink, out);
  dusq__pg_check_lost(conn, complete, out);
}

dusq_status dusq__pg_execute(void *arg, const dusq_execution *execution)
{
  dusq__pg_conn *conn = arg;
  dusq__pg_outcome outcome = {0};
  outcome.error = dusq__pg_begin_call(conn, dusq_sink_stop(execution->sink));
  if (!outcome.error)
    run(conn, execution, &outcome);
  dusq__pg_judge(conn, execution->prepared, &outcome);
  dusq__pg_ask_types(conn, execution->prepared, &outcome);
  dusq_status status = dusq__pg_end_call(conn);
  dusq__pg_report(execution->sink, &outcome);
  return status;
}
