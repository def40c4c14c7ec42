/* stat.c - see stat.h. */
#include "pool/stat.h"
#include "pool/pool.h"
#include "queue/prefetch.h"
#include <string.h>

typedef struct sums {
  int64_t queued, running, workers, connections, idle;
  int64_t submitted, settled, failed, canceled, refused, batches, batched, connects, connect_errors, prepared, retired;
  int64_t queue_ns, run_ns;
} sums;

static const struct {
  const char *key;
  size_t offset;
} keys[] = {
    {"queued", offsetof(sums, queued)},           {"running", offsetof(sums, running)},
    {"workers", offsetof(sums, workers)},         {"connections", offsetof(sums, connections)},
    {"idle", offsetof(sums, idle)},               {"submitted", offsetof(sums, submitted)},
    {"settled", offsetof(sums, settled)},         {"failed", offsetof(sums, failed)},
    {"canceled", offsetof(sums, canceled)},       {"refused", offsetof(sums, refused)},
    {"batches", offsetof(sums, batches)},         {"batched", offsetof(sums, batched)},
    {"connects", offsetof(sums, connects)},       {"connect_errors", offsetof(sums, connect_errors)},
    {"prepared", offsetof(sums, prepared)},       {"retired", offsetof(sums, retired)},
    {"queue_ns", offsetof(sums, queue_ns)},       {"run_ns", offsetof(sums, run_ns)},
};

static void add_worker(sums *all, const dusq__counters *worker)
{
  all->settled += atomic_load_explicit(&worker->settled, memory_order_relaxed);
  all->failed += atomic_load_explicit(&worker->failed, memory_order_relaxed);
  all->canceled += atomic_load_explicit(&worker->canceled, memory_order_relaxed);
  all->batches += atomic_load_explicit(&worker->batches, memory_order_relaxed);
  all->batched += atomic_load_explicit(&worker->batched, memory_order_relaxed);
  all->connects += atomic_load_explicit(&worker->connects, memory_order_relaxed);
  all->connect_errors += atomic_load_explicit(&worker->connect_errors, memory_order_relaxed);
  all->prepared += atomic_load_explicit(&worker->prepared, memory_order_relaxed);
  all->retired += atomic_load_explicit(&worker->retired, memory_order_relaxed);
  all->queue_ns += atomic_load_explicit(&worker->queue_ns, memory_order_relaxed);
  all->run_ns += atomic_load_explicit(&worker->run_ns, memory_order_relaxed);
}

static void add_lane(sums *all, dusq__lane_threads *set)
{
  dusq__lane *lane = &set->lane;
  const dusq__roster *roster = &lane->roster;
  const dusq__tally *tally = &lane->tally;
  sums own = {0};
  pthread_mutex_lock(&lane->mtx);
  for (uint32_t i = 0; i < lane->max; i++)
    add_worker(&own, &set->threads[i].worker.counters);
  own.settled += tally->settled;
  own.queued = (int64_t)(lane->queue.depth + lane->queue.behind + dusq__prefetch_count_locked(lane));
  own.running = tally->submitted - own.settled - own.queued;
  all->queued += own.queued;
  all->running += own.running > 0 ? own.running : 0;
  all->workers += roster->nlive;
  all->connections += roster->nconnected;
  all->idle += roster->nidle;
  all->submitted += tally->submitted;
  all->settled += own.settled;
  all->failed += own.failed + tally->failed;
  all->canceled += own.canceled + tally->canceled;
  all->refused += tally->refused;
  all->queue_ns += own.queue_ns + tally->queue_ns;
  pthread_mutex_unlock(&lane->mtx);
  all->batches += own.batches;
  all->batched += own.batched;
  all->connects += own.connects;
  all->connect_errors += own.connect_errors;
  all->prepared += own.prepared;
  all->retired += own.retired;
  all->run_ns += own.run_ns;
}

int64_t dusq__pool_unsettled(dusq_pool *pool)
{
  sums all = {0};
  int64_t settling = 0;
  for (uint32_t i = 0; i < pool->nlanes; i++) {
    add_lane(&all, &pool->lane_threads[i]);
    settling += (int64_t)atomic_load(&pool->lane_threads[i].lane.tally.settling);
  }
  return all.submitted - all.settled + settling;
}

dusq_status dusq_pool_stat(const dusq_pool *pool, const char *key, int64_t *out)
{
  if (!pool || !key || !out)
    return DUSQ_E_INVAL;
  if (dusq__forked(pool->generation))
    return DUSQ_E_FORKED;
  dusq_pool *mutable = (dusq_pool *)(uintptr_t)pool; /* for its locks */
  if (!strcmp(key, "statements")) {
    *out = (int64_t)dusq__statements_count(&mutable->setup.statements);
    return DUSQ_OK;
  }
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (!strcmp(keys[i].key, key)) {
      sums all = {0};
      for (uint32_t lane = 0; lane < pool->nlanes; lane++)
        add_lane(&all, &mutable->lane_threads[lane]);
      memcpy(out, (char *)&all + keys[i].offset, sizeof *out);
      return DUSQ_OK;
    }
  return DUSQ_E_INVAL;
}
