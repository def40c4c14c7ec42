/* many.c - see many.h. */
#include "run/many.h"
#include "base/clock.h"
#include "data/error.h"
#include "run/connect.h"
#include "run/execute.h"
#include "run/query.h"

static void fail_row(dusq_sink *sink, size_t row, dusq_error *take_error)
{
  dusq_error *error = dusq__error_copy(take_error);
  dusq_error_unref(take_error);
  dusq_error_set_number(error, DUSQ_ERROR_INDEX, (int64_t)row);
  dusq_sink_fail(sink, error);
}

/* Executes row after row inside the open transaction.  False: the connection is lost. */
static bool execute_each(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  for (size_t row = 0; row < request->task.rows; row++) {
    dusq_error *stopped = dusq__stopped_error(&request->stop);
    if (stopped) {
      dusq_sink_fail(sink, stopped);
      return true;
    }
    sink->done = false;
    const dusq__task *task = &request->task;
    bool usable = dusq__execute(worker, task->statement, task->values + row * task->cols, task->cols, task->flags, sink,
                                NULL);
    if (sink->error)
      fail_row(sink, row, dusq_error_ref(sink->error));
    if (!usable || sink->error)
      return usable;
  }
  return true;
}

static bool execute_rows(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  if (!dusq__backend_of(worker)->execute_many)
    return execute_each(worker, request, sink);
  const dusq__task *task = &request->task;
  return dusq__execute_rows(worker, task->statement, task->values, task->cols, task->rows, task->flags, sink);
}

static bool begin_transaction(dusq__worker *worker, const dusq__request *request, dusq_sink *sink)
{
  const dusq_tx_opts opts = DUSQ_TX_OPTS_INIT;
  dusq_error *error = NULL;
  dusq__worker_enter(worker);
  dusq_status status =
      dusq__backend_of(worker)->begin(worker->connection->native, &opts, &request->stop, &error);
  if (status)
    dusq_sink_fail(sink, error);
  return dusq__worker_leave(worker) && status != DUSQ_E_CONNECTION_LOST;
}

static bool end_transaction(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  const dusq_backend *backend = dusq__backend_of(worker);
  const dusq_stop *stop = dusq__worker_own_stop(worker);
  void *native = worker->connection->native;
  dusq_error *error = NULL;
  bool usable;
  if (!sink->error && !dusq__request_release(request))
    dusq_sink_fail(sink, dusq__stopped_error(sink->stop));
  dusq__worker_enter(worker);
  if (sink->error) {
    usable = !backend->rollback(native, stop, &error);
    dusq_error_unref(error);
  } else {
    sink->sent = &request->sent; /* from here on the rows themselves are the lasting effect */
    dusq_status status = backend->commit(native, sink, &error);
    usable = status != DUSQ_E_CONNECTION_LOST;
    if (status)
      dusq_sink_fail(sink, error);
    if (status && !atomic_load(&request->sent))
      dusq__request_take_back(request);
  }
  return dusq__worker_leave(worker) && usable;
}

/* False: the connection is lost, and the transaction with it, though each statement so far may have succeeded. */
static bool transact_rows(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  bool usable = begin_transaction(worker, request, sink);
  if (usable && sink->error)
    return true;
  if (usable && execute_rows(worker, request, sink))
    return end_transaction(worker, request, sink);
  if (!sink->error)
    dusq_sink_fail(sink, dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0,
                                        "the connection was given up before the rows were committed"));
  return false;
}

/* Once more if the statement was stale: nothing is left of the first time. */
static bool transact_rows_healing(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  bool usable = transact_rows(worker, request, sink);
  if (!usable || !sink->error || dusq__stop_why(&request->stop) || !dusq__was_stale(worker, sink->error))
    return usable;
  dusq_sink_restart(sink);
  return transact_rows(worker, request, sink);
}

bool dusq__many(dusq__worker *worker, dusq__request *request, dusq_sink *sink, bool inside)
{
  const dusq_backend *backend = dusq__backend_of(worker);
  bool usable = true;
  if (!backend->begin)
    dusq_sink_fail(sink, dusq_error_new(DUSQ_E_NOTSUP, NULL, 0, "the %s backend has no transactions", backend->name));
  else if (request->task.rows)
    usable = inside ? execute_rows(worker, request, sink) : transact_rows_healing(worker, request, sink);
  if (!usable)
    dusq__judge_loss(sink, request);
  return usable;
}

void dusq__run_many(dusq__worker *worker, size_t i)
{
  dusq__request *request = worker->seat.share.requests[i];
  if (!dusq__ready(worker, i))
    return;
  dusq_sink sink;
  atomic_bool row_sent = false; /* a row has no lasting effect before the commit */
  dusq__sink_init(&sink, &request->stop, &row_sent, dusq__setup_of(worker)->options.max_result_bytes);
  sink.sums = true;
  if (!dusq__many(worker, request, &sink, false))
    dusq__worker_lose(worker, sink.error);
  dusq__worker_reset(worker);
  dusq__finish_sink(worker, i, &sink, dusq__now());
}
