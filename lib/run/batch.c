/* batch.c - see batch.h. */
#include "run/batch.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "run/connect.h"
#include "run/query.h"

enum { SETTLE_EVERY_NS = 200000 };

typedef struct entry {
  size_t i; /* its index in the share */
  dusq__prepared *prepared;
  bool again;
} entry;

typedef struct batch {
  dusq__worker *worker;
  size_t n;
  size_t settled;   /* entries before this one have been told */
  int64_t last;     /* when the previous entry was complete   */
  bool answered;    /* there was one                          */
  int64_t last_settle;
  dusq_sink *sinks;
  dusq_execution *executions;
  entry *entries;
} batch;

void dusq__batch_free(void *memory)
{
  batch *all = memory;
  if (!all)
    return;
  dusq__free(all->sinks);
  dusq__free(all->executions);
  dusq__free(all->entries);
  dusq__free(all);
}

static batch *batch_of(dusq__worker *worker)
{
  if (worker->batch_room)
    return worker->batch_room;
  size_t max = dusq__setup_of(worker)->options.batch_max;
  batch *all = dusq__zalloc(sizeof *all);
  if (!all)
    return NULL;
  all->worker = worker;
  all->sinks = dusq__zalloc(max * sizeof *all->sinks);
  all->executions = dusq__zalloc(max * sizeof *all->executions);
  all->entries = dusq__zalloc(max * sizeof *all->entries);
  if (!all->sinks || !all->executions || !all->entries) {
    dusq__batch_free(all);
    return NULL;
  }
  worker->batch_room = all;
  return all;
}

/* ---- settling ---------------------------------------------------------------------------------------------------- */

static void tell(batch *all, size_t k, int64_t now, dusq__wakes *wakes)
{
  dusq_sink *sink = &all->sinks[k];
  sink->told = true;
  dusq_error *error;
  dusq_result *result = dusq__sink_end(sink, &error);
  dusq__worker_finish(all->worker, all->entries[k].i, result, error, now, wakes);
}

static void completed(dusq_sink *sink)
{
  batch *all = sink->batch;
  size_t k = (size_t)(sink - all->sinks);
  int64_t now = dusq__now();
  dusq__statement_took(all->worker->seat.share.requests[all->entries[k].i]->task.statement, now - all->last);
  if (!all->answered)
    dusq__note_quickest(all->worker, now - all->last);
  all->answered = true;
  all->last = now;
  if (now - all->last_settle < SETTLE_EVERY_NS)
    return;
  all->last_settle = now;
  dusq__wakes wakes = {NULL, NULL};
  for (; all->settled < all->n && all->sinks[all->settled].done && !all->sinks[all->settled].error; all->settled++)
    tell(all, all->settled, now, &wakes);
  dusq__wake_all(&wakes);
}

/* ---- gathering the entries --------------------------------------------------------------------------------------- */

/* Adds request i to the batch; false if it was settled instead, or has to run by itself (*alone). */
static void add(batch *all, size_t i, bool *alone)
{
  dusq__worker *worker = all->worker;
  dusq__request *request = worker->seat.share.requests[i];
  dusq_error *error = dusq__stopped_error(&request->stop);
  dusq__prepared *prepared;
  uint32_t fresh = 0;
  *alone = request->task.statement->mode_dependent && dusq__backend_of(worker)->reading;
  if (!error && *alone)
    return;
  const dusq__task *task = &request->task;
  if (!error)
    dusq__connection_prepare(worker->connection, task->statement, !(task->flags & DUSQ_NO_CACHE), &request->stop,
                             &prepared, &fresh, &error);
  dusq__count(&worker->counters.prepared, fresh);
  if (!error && !dusq__request_release(request)) {
    dusq__connection_done(worker->connection, prepared);
    error = dusq__stopped_error(&request->stop);
  }
  bool reader = worker->seat.lane->number > 0 && !(request->task.flags & DUSQ_READ_ONLY) && !request->moved;
  if (error && !dusq_stop_asked(&request->stop) &&
      (reader || dusq_error_status(error) == DUSQ_E_CONNECTION_LOST)) {
    dusq_error_unref(error);
    *alone = true; /* which connects anew, or hands it to the writer */
    return;
  }
  if (error) {
    dusq__worker_finish(worker, i, NULL, dusq__stop_reworded(&request->stop, error), 0, NULL);
    return;
  }
  if (prepared->flags & DUSQ_STATEMENT_ALONE ||
      (!request->moved && dusq__is_elsewhere(worker->seat.lane, prepared->flags, request->task.flags))) {
    dusq__request_take_back(request);
    dusq__connection_done(worker->connection, prepared);
    *alone = true;
    return;
  }
  size_t k = all->n++;
  dusq_sink *sink = &all->sinks[k];
  dusq__sink_init(sink, &request->stop, &request->sent, dusq__setup_of(worker)->options.max_result_bytes);
  sink->on_complete = completed;
  sink->batch = all;
  all->entries[k] = (entry){i, prepared, false};
  all->executions[k] = (dusq_execution){.size = sizeof(dusq_execution), .prepared = prepared->handle,
                                        .values = task->values, .count = task->cols, .flags = task->flags,
                                        .sink = sink};
}

/* Whether the backend could not run the entry in the batch, so that it runs by itself. */
static bool wants_again(const batch *all, size_t k)
{
  const dusq_sink *sink = &all->sinks[k];
  dusq_status status = dusq_error_status(sink->error);
  bool harmless = !atomic_load(sink->sent) || all->executions[k].flags & (DUSQ_IDEMPOTENT | DUSQ_READ_ONLY);
  return status == DUSQ_E_STALE_STATEMENT || (status == DUSQ_E_CONNECTION_LOST && harmless);
}

/* The error by which the connection was lost, among those that are not told yet; NULL: there is none. */
static const dusq_error *why_lost(const batch *all)
{
  for (size_t k = 0; k < all->n; k++)
    if (!all->sinks[k].told && dusq_error_status(all->sinks[k].error) == DUSQ_E_CONNECTION_LOST)
      return all->sinks[k].error;
  return NULL;
}

/* Unpins the prepared statements, and tells the rest. */
static void end(batch *all, bool usable)
{
  dusq__worker *worker = all->worker;
  for (size_t k = 0; k < all->n; k++) {
    bool stale = !all->sinks[k].told && dusq_error_status(all->sinks[k].error) == DUSQ_E_STALE_STATEMENT;
    (stale ? dusq__connection_drop : dusq__connection_done)(worker->connection, all->entries[k].prepared);
  }
  if (!usable)
    dusq__worker_lose(worker, why_lost(all));
  int64_t now = dusq__now();
  dusq__wakes wakes = {NULL, NULL};
  for (size_t k = 0; k < all->n; k++) {
    dusq_sink *sink = &all->sinks[k];
    if (sink->told)
      continue;
    all->entries[k].again = wants_again(all, k);
    if (all->entries[k].again) {
      if (!atomic_load(sink->sent))
        dusq__request_take_back(worker->seat.share.requests[all->entries[k].i]);
      dusq__sink_fini(sink);
      continue;
    }
    const dusq__request *request = worker->seat.share.requests[all->entries[k].i];
    dusq__place_error(sink, request->task.statement);
    dusq__judge_loss(sink, request);
    tell(all, k, now, &wakes);
  }
  dusq__wake_all(&wakes);
}

static void run(batch *all)
{
  dusq__worker *worker = all->worker;
  const dusq_backend *backend = dusq__backend_of(worker);
  dusq_status status = backend->execute_batch(worker->connection->native, all->executions, all->n);
  dusq__count(&worker->counters.batches, 1);
  dusq__count(&worker->counters.batched, (int64_t)all->n);
  bool usable = dusq__worker_leave(worker) && status != DUSQ_E_CONNECTION_LOST;
  end(all, usable);
}

void dusq__run_batch(dusq__worker *worker, size_t n)
{
  batch *all = batch_of(worker);
  bool *alone = worker->alone;
  for (size_t i = 0; i < n; i++)
    alone[i] = !all;
  if (all) {
    all->n = all->settled = 0;
    all->answered = false;
    all->last = all->last_settle = dusq__now();
    dusq__worker_enter(worker);
    for (size_t i = 0; i < n; i++)
      add(all, i, &alone[i]);
    if (all->n)
      run(all);
    else
      dusq__worker_leave(worker);
    for (size_t k = 0; k < all->n; k++)
      alone[all->entries[k].i] |= all->entries[k].again;
  }
  for (size_t i = 0; i < n; i++)
    if (alone[i])
      dusq__run_query(worker, i);
}
