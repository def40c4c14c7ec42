/* tx_run.c - see tx_run.h. */
#include "run/tx_run.h"
#include "data/error.h"
#include "run/execute.h"
#include "run/tx.h"
#include <string.h>

static dusq__tx *tx_of(const dusq__worker *worker)
{
  return &worker->connection->tx;
}

static bool was_begun_by_text(const dusq__worker *worker)
{
  return worker->connection && tx_of(worker)->adopted && tx_of(worker)->depth == 1;
}

/* The control of the script's first statement, if a transaction is open that was begun by one; else NONE. */
static dusq__sql_control first_control(const dusq__worker *worker, const char *script)
{
  bool looks = was_begun_by_text(worker);
  return looks ? dusq__sql_script_control(dusq__backend_of(worker)->dialect, script, strlen(script))
               : DUSQ__CONTROL_NONE;
}

/* For dusq__tx_note, after the script: ENDS if it, or what has failed in it, was to end the transaction. */
static dusq__sql_control control_so_far(const dusq__worker *worker, const char *script, const dusq_error *error)
{
  int64_t index = dusq_error_index(error);
  if (!error || index < 0 || !was_begun_by_text(worker))
    return DUSQ__CONTROL_NONE;
  bool ends = dusq__sql_script_ends(dusq__backend_of(worker)->dialect, script, strlen(script), (size_t)index);
  return ends ? DUSQ__CONTROL_ENDS : DUSQ__CONTROL_NONE;
}

/* A script that begins with ROLLBACK may run in a transaction that has failed. */
static dusq_error *script_obstacle(const dusq__worker *worker, const char *script, const dusq_stop *stop)
{
  uint32_t dialect;
  dusq__sql_control first = first_control(worker, script);
  bool mends = first == DUSQ__CONTROL_MENDS || first == DUSQ__CONTROL_UNDOES;
  dusq_error *why = mends ? NULL : dusq__tx_obstacle(worker, NULL);
  if (why || !tx_of(worker)->depth || dusq__connection_reading(worker->connection, stop, &dialect, &why))
    return why;
  bool begins = dusq__sql_script_begins(dialect, script, strlen(script), was_begun_by_text(worker));
  return begins ? dusq__tx_begins_again() : NULL;
}

bool dusq__tx_execute(dusq__worker *worker, dusq__statement *statement, const dusq_value *values, size_t n,
                      uint32_t flags, dusq_sink *sink)
{
  dusq__sql_control control = dusq__tx_control_of(worker, statement);
  if (dusq__tx_must_not_commit(worker, control))
    return dusq__tx_refuse_commit(worker, sink);
  dusq_error *why = dusq__tx_obstacle(worker, statement);
  if (why) {
    dusq__tx_fail(worker, why);
    dusq_sink_fail(sink, why);
    return true;
  }
  worker->connection->touched = true;
  bool counts = dusq__tx_counts(worker, statement);
  bool usable = dusq__execute(worker, statement, values, n, flags, sink, NULL);
  bool reads = dusq__statement_learned(statement) & DUSQ_STATEMENT_READS;
  dusq__judge(sink, statement, atomic_load(sink->sent) && !reads && counts);
  if (usable)
    dusq__tx_note(worker, sink->error, control);
  return usable;
}

/* On PostgreSQL a cancel fails the whole transaction, so the statement runs after a savepoint. */
static bool end_stream_savepoint(dusq__worker *worker, bool undo, dusq_sink *sink)
{
  dusq_error *error = NULL;
  int what = undo ? DUSQ_SAVEPOINT_UNDO : DUSQ_SAVEPOINT_RELEASE;
  const dusq_stop *stop = dusq__worker_own_stop(worker);
  dusq_status status = dusq__tx_savepoint(worker, what, tx_of(worker)->depth + 1, stop, &error);
  if (status && !sink->error)
    dusq_sink_fail(sink, dusq_error_ref(error));
  if (status)
    dusq__tx_fail(worker, error);
  dusq_error_unref(error);
  return status != DUSQ_E_CONNECTION_LOST;
}

bool dusq__tx_stream(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  dusq__sql_control control = dusq__tx_control_of(worker, request->task.statement);
  if (dusq__tx_must_not_commit(worker, control))
    return dusq__tx_refuse_commit(worker, sink);
  dusq_error *why = dusq__tx_obstacle(worker, request->task.statement);
  bool guarded = tx_of(worker)->depth && dusq__backend_of(worker)->savepoint;
  if (!why && guarded)
    dusq__tx_savepoint(worker, DUSQ_SAVEPOINT_SET, tx_of(worker)->depth + 1, dusq__worker_own_stop(worker), &why);
  if (why) {
    dusq_status status = dusq_error_status(why);
    dusq__tx_fail(worker, why);
    dusq_sink_fail(sink, why);
    return status != DUSQ_E_CONNECTION_LOST;
  }
  worker->connection->touched = true;
  bool counts = dusq__tx_counts(worker, request->task.statement);
  const dusq__task *task = &request->task;
  uint32_t flags = task->flags | DUSQ_EXECUTION_STREAM | (request->stream->alone ? 0 : DUSQ_EXECUTION_PATIENT);
  bool usable = dusq__execute(worker, task->statement, task->values, task->cols, flags, sink, NULL);
  bool closed = sink->error && dusq__stream_closed(request->stream);
  bool reads = dusq__statement_learned(request->task.statement) & DUSQ_STATEMENT_READS;
  dusq__judge(sink, request->task.statement, atomic_load(sink->sent) && !reads && counts);
  bool there = dusq__tx_server_state(worker) != DUSQ_TX_NONE; /* the statement may have been a COMMIT */
  if (usable && guarded && there && (closed || !sink->error))
    usable = end_stream_savepoint(worker, closed, sink);
  if (usable)
    dusq__tx_note(worker, closed ? NULL : sink->error, control);
  return usable;
}

bool dusq__tx_script(dusq__worker *worker, const char *script, dusq_sink *sink)
{
  if (dusq__tx_must_not_commit(worker, first_control(worker, script)))
    return dusq__tx_refuse_commit(worker, sink);
  dusq_error *why = script_obstacle(worker, script, sink->stop);
  if (why) {
    dusq__tx_fail(worker, why);
    dusq_sink_fail(sink, why);
    return true;
  }
  bool usable = dusq__execute_script(worker, script, sink);
  dusq__judge(sink, NULL, atomic_load(sink->sent)); /* the script may contain COMMIT */
  if (usable)
    dusq__tx_note(worker, sink->error, control_so_far(worker, script, sink->error));
  return usable;
}
