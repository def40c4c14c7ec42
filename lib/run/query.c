/* query.c - see query.h. */
#include "run/query.h"
#include "base/clock.h"
#include "queue/enqueue.h"
#include "run/connect.h"

enum { MAX_ATTEMPTS = 3, SLOWER = 512 };

void dusq__finish_sink(dusq__worker *worker, size_t i, dusq_sink *sink, int64_t now)
{
  dusq_error *error;
  dusq_result *result = dusq__sink_end(sink, &error);
  dusq__worker_finish(worker, i, result, error, now, NULL);
}

dusq_error *dusq__obstacle(dusq__worker *worker, const dusq__request *request)
{
  dusq_error *error = dusq__stopped_error(&request->stop);
  if (!error && !worker->connection)
    dusq__worker_connect(worker, dusq__now(), &error);
  return error;
}

bool dusq__ready(dusq__worker *worker, size_t i)
{
  dusq_error *error = dusq__obstacle(worker, worker->seat.share.requests[i]);
  if (error)
    dusq__worker_finish(worker, i, NULL, error, 0, NULL);
  return !error;
}

/* Moves request i to the other lane; false when it is too late for that. */
static bool move(dusq__worker *worker, size_t i)
{
  dusq__request *request = worker->seat.share.requests[i];
  request->moved = true;
  pthread_mutex_lock(&worker->seat.share.mtx);
  worker->seat.share.requests[i] = NULL;
  pthread_mutex_unlock(&worker->seat.share.mtx);
  if (dusq__lane_adopt(worker->seat.lane->other, request)) {
    dusq__worker_forget(worker, i);
    return true;
  }
  pthread_mutex_lock(&worker->seat.share.mtx);
  worker->seat.share.requests[i] = request;
  pthread_mutex_unlock(&worker->seat.share.mtx);
  return false;
}

/* Repeats attempts until there is an outcome, in the sink.  True: the query belongs to another lane. */
static bool attempt_query(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  bool unsure = dusq__may_have_run(request), elsewhere = false; /* it may have been in a batch before */
  for (int attempt = 1;; attempt++) {
    dusq_error *error = dusq__obstacle(worker, request);
    if (error) {
      dusq_sink_fail(sink, error);
      break;
    }
    const dusq__task *task = &request->task;
    if (dusq__execute(worker, task->statement, task->values, task->cols, task->flags, sink,
                      request->moved || attempt > 1 ? NULL : &elsewhere)) {
      dusq__judge_loss(sink, request);
      break;
    }
    dusq__worker_lose(worker, sink->error);
    if (dusq_error_status(sink->error) != DUSQ_E_CONNECTION_LOST)
      break;
    bool harmless = !atomic_load(&request->sent) || request->task.flags & (DUSQ_IDEMPOTENT | DUSQ_READ_ONLY);
    if (!harmless || attempt == MAX_ATTEMPTS) {
      dusq__judge_loss(sink, request);
      break;
    }
    unsure |= dusq__may_have_run(request);
    dusq_sink_restart(sink);
    atomic_store(&request->sent, unsure);
  }
  if (unsure && sink->error) /* this attempt failed, but an earlier one may have had an effect */
    dusq__mark_unknown(sink);
  return elsewhere;
}

/* The least time grows slowly, because the server may be another one some day. */
void dusq__note_quickest(dusq__worker *worker, int64_t ns)
{
  atomic_uint *quickest = &worker->seat.lane->pace.quickest_ns;
  unsigned now = ns < UINT32_MAX / 2 ? (unsigned)ns + 1 : UINT32_MAX / 2;
  unsigned old = atomic_load_explicit(quickest, memory_order_relaxed);
  unsigned next = old && now > old ? old + old / SLOWER : now;
  if (next != old)
    atomic_store_explicit(quickest, next, memory_order_relaxed);
}

void dusq__run_query(dusq__worker *worker, size_t i)
{
  dusq__request *request = worker->seat.share.requests[i];
  dusq_sink sink;
  dusq__sink_init(&sink, &request->stop, &request->sent, dusq__setup_of(worker)->options.max_result_bytes);
  sink.counts = request;
  int64_t start = dusq__now();
  if (attempt_query(worker, request, &sink)) {
    if (move(worker, i)) {
      dusq__sink_fini(&sink);
      return;
    }
    dusq_sink_restart(&sink);
    attempt_query(worker, request, &sink);
  }
  dusq__worker_reset(worker);
  int64_t now = dusq__now();
  dusq__statement_took(request->task.statement, now - start);
  if (!sink.error)
    dusq__note_quickest(worker, now - start);
  dusq__finish_sink(worker, i, &sink, now);
}

void dusq__run_script(dusq__worker *worker, size_t i)
{
  dusq__request *request = worker->seat.share.requests[i];
  if (!dusq__ready(worker, i))
    return;
  dusq_sink sink;
  dusq__sink_init(&sink, &request->stop, &request->sent, dusq__setup_of(worker)->options.max_result_bytes);
  sink.counts = request;
  bool usable = dusq__execute_script(worker, request->task.script, &sink);
  if (!usable)
    dusq__worker_lose(worker, sink.error);
  dusq__judge_loss(&sink, request);
  dusq__worker_reset(worker);
  dusq__finish_sink(worker, i, &sink, dusq__now());
}
