/* session_call.c - see session_call.h. */
#include "run/session_call.h"
#include "data/error.h"
#include "queue/session.h"
#include "run/connect.h"
#include "run/connection.h"
#include "run/job.h"
#include "run/many.h"
#include "run/tx.h"
#include "run/tx_run.h"

/* ---- common to all calls ----------------------------------------------------------------------------------------- */

bool dusq__call_skip(dusq__worker *worker, const dusq__request *request, const dusq_error *error)
{
  unsigned flags = request->kind->flags;
  if (flags & DUSQ__KIND_BEGINS)
    return dusq__tx_skip_begin(worker, error);
  if (flags & DUSQ__KIND_COMMITS)
    return dusq__tx_skip_commit(worker, error);
  dusq__tx_fail(worker, error);
  return true;
}

/* Before anything is sent, also checks whether the server has closed the connection meanwhile. */
dusq_error *dusq__call_obstacle(dusq__worker *worker, const dusq__request *request)
{
  const dusq_backend *backend = dusq__backend_of(worker);
  if (!worker->connection)
    return dusq__error_static(DUSQ_E_CONNECTION_LOST);
  if (backend->alive && !backend->alive(worker->connection->native))
    return dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "the server has closed the session's connection");
  bool stops = !(request->kind->flags & DUSQ__KIND_CONTROL) || !(request->kind->flags & DUSQ__KIND_GOES_ON);
  return stops ? dusq__stopped_error(&request->stop) : NULL; /* a rollback is always done */
}

static void note_transaction(dusq__worker *worker, dusq_session *session)
{
  atomic_store(&session->transaction, dusq__tx_state(worker));
}

/* The transaction is marked as failed before any caller can see that the call has failed. */
static void settle(dusq__worker *worker, size_t i, dusq_result *take_result, dusq_error *take_error, bool alone)
{
  const dusq__request *request = dusq__request_at(worker, i);
  bool told = dusq__worker_tell(worker, i, take_error);
  if (worker->connection && told && take_error)
    dusq__tx_fail(worker, take_error); /* even if only memory for the result was short */
  else if (!told && alone)
    dusq__tx_lost(worker, request->kind->flags & DUSQ__KIND_BEGINS);
  note_transaction(worker, request->session);
  dusq__worker_settle(worker, i, told, take_result, take_error, 0, NULL);
}

/* Begin, commit and rollback have no result, so that a shortage of memory cannot hide their outcome. */
void dusq__call_finish(dusq__worker *worker, size_t i, dusq_sink *sink, bool alone)
{
  const dusq__request *request = dusq__request_at(worker, i);
  dusq_error *error;
  dusq_result *result = NULL;
  if (request->kind->flags & DUSQ__KIND_CONTROL) {
    error = dusq__sink_take_error(sink);
    dusq__sink_fini(sink);
  } else {
    result = dusq__sink_end(sink, &error);
  }
  settle(worker, i, result, error, alone);
}

/* `counts`: its effect may last without a commit after it. */
static void init_sink(dusq_sink *sink, dusq__worker *worker, dusq__request *request, bool counts, atomic_bool *ignored)
{
  size_t limit = dusq__setup_of(worker)->options.max_result_bytes;
  dusq__sink_init(sink, &request->stop, counts ? &request->sent : ignored, limit);
  sink->counts = counts ? request : NULL;
}

typedef bool operation(dusq__worker *worker, dusq__request *request, dusq_sink *sink);

static void call(dusq__worker *worker, size_t i, operation *what, bool counts, bool sums)
{
  dusq__request *request = dusq__request_at(worker, i);
  dusq_sink sink;
  atomic_bool ignored = false;
  init_sink(&sink, worker, request, counts, &ignored);
  sink.sums = sums;
  dusq_error *why = dusq__call_obstacle(worker, request);
  bool usable = true;
  if (!why) {
    usable = what(worker, request, &sink);
  } else {
    usable = dusq_error_status(why) != DUSQ_E_CONNECTION_LOST && dusq__call_skip(worker, request, why);
    dusq_sink_fail(&sink, why);
  }
  if (!usable)
    dusq__worker_lose(worker, sink.error);
  dusq__call_finish(worker, i, &sink, true);
}

/* ---- statements -------------------------------------------------------------------------------------------------- */

static bool run_query(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  const dusq__task *task = &request->task;
  return dusq__tx_execute(worker, task->statement, task->values, task->cols, task->flags, sink);
}

void dusq__call_query(dusq__worker *worker, size_t i)
{
  call(worker, i, run_query, dusq__tx_counts(worker, dusq__request_at(worker, i)->task.statement), false);
}

static bool run_script(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  return dusq__tx_script(worker, request->task.script, sink);
}

void dusq__call_script(dusq__worker *worker, size_t i)
{
  call(worker, i, run_script, true, false);
}

static bool run_many(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  dusq_error *why = dusq__tx_obstacle(worker, request->task.statement);
  if (why) {
    dusq_sink_fail(sink, why);
    return true;
  }
  bool usable = dusq__many(worker, request, sink, worker->connection->tx.depth > 0);
  if (usable)
    dusq__tx_note(worker, sink->error, DUSQ__CONTROL_NONE);
  return usable;
}

void dusq__call_many(dusq__worker *worker, size_t i)
{
  call(worker, i, run_many, false, true);
}

/* ---- transactions ------------------------------------------------------------------------------------------------ */

static bool begin(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  if (request->task.tx)
    return dusq__tx_begin(worker, request->task.tx, sink);
  dusq_sink_fail(sink, dusq__error_static(DUSQ_E_INVAL));
  return dusq__tx_skip_begin(worker, sink->error);
}

void dusq__call_begin(dusq__worker *worker, size_t i)
{
  call(worker, i, begin, false, false);
}

static bool commit(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  (void)request;
  return dusq__tx_commit(worker, sink);
}

void dusq__call_commit(dusq__worker *worker, size_t i)
{
  call(worker, i, commit, true, false);
}

static bool roll_back(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  (void)request;
  return dusq__tx_rollback(worker, sink);
}

void dusq__call_rollback(dusq__worker *worker, size_t i)
{
  call(worker, i, roll_back, false, false);
}

/* ---- others ------------------------------------------------------------------------------------------------------ */

void dusq__call_run(dusq__worker *worker, size_t i)
{
  dusq__request *request = dusq__request_at(worker, i);
  dusq_error *why = dusq__call_obstacle(worker, request);
  if (dusq_error_status(why) == DUSQ_E_CONNECTION_LOST)
    dusq__worker_lose(worker, why);
  else if (!why)
    why = dusq__tx_obstacle(worker, NULL);
  dusq_result *result = why ? NULL : dusq__call_job(worker, request, &why);
  settle(worker, i, result, why, true);
}

/* Runs the stream's statement, unless the reader has closed the stream: that is a success, and the reason to stop. */
static bool run_stream(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  if (dusq__stream_closed(request->stream))
    return true;
  dusq_error *why = dusq__call_obstacle(worker, request);
  bool lost = dusq_error_status(why) == DUSQ_E_CONNECTION_LOST;
  if (!why)
    return dusq__tx_stream(worker, request, sink);
  if (!lost && dusq__stream_closed(request->stream)) { /* closed in this moment */
    dusq_error_unref(why);
    return true;
  }
  bool usable = !lost && dusq__call_skip(worker, request, why);
  dusq_sink_fail(sink, why);
  return usable;
}

/* If the reader closed the stream, the error that stopped the statement is dropped; but a lost connection is reported
 * if other calls of the session need it.                                                                             */
static dusq_error *stream_error(const dusq__worker *worker, dusq_stream *stream, dusq_sink *sink)
{
  dusq_error *error = dusq__sink_take_error(sink);
  bool lost = !worker->connection && !stream->alone;
  if (lost || !dusq__stream_closed(stream))
    return error;
  dusq_error_unref(error);
  return NULL;
}

void dusq__call_stream(dusq__worker *worker, size_t i)
{
  dusq__request *request = dusq__request_at(worker, i);
  dusq_stream *stream = request->stream;
  dusq_sink sink;
  atomic_bool ignored = false;
  init_sink(&sink, worker, request, dusq__tx_counts(worker, request->task.statement), &ignored);
  sink.stream = stream;
  sink.seat = &worker->seat;
  if (!run_stream(worker, request, &sink))
    dusq__worker_lose(worker, sink.error);
  if (stream->alone)
    dusq__worker_reset(worker); /* before the close settles, so that the connection is free then */
  dusq__sink_finish_stream(&sink);
  dusq_error *error = stream_error(worker, stream, &sink);
  dusq__sink_fini(&sink);
  bool told = dusq__worker_tell(worker, i, error);
  if (!told && !stream->alone)
    dusq__worker_disconnect(worker); /* it was told that the connection is lost */
  note_transaction(worker, request->session);
  dusq__worker_settle(worker, i, told, NULL, error, 0, NULL);
}

void dusq__call_end(dusq__worker *worker, size_t i)
{
  dusq__worker_reset(worker);
  atomic_store(&dusq__request_at(worker, i)->session->transaction, DUSQ_TX_NONE);
  dusq__worker_finish(worker, i, NULL, NULL, 0, NULL);
}
