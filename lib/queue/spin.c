/* spin.c - see spin.h. */
#include "queue/spin.h"
#include "base/clock.h"
#include "queue/prefetch.h"
#include <sched.h>

enum {
  SPIN_NS = 50000,                /* about as long as a wake on another core takes */
  GATHER_NS = 30000,
  GROWS_NS = 5000,                  /* a queue that has not grown in this time will not                  */
  WORTHWHILE = 4 * DUSQ__PREFETCH_MAX,
  MAX_FAILURES = 4                  /* after so many failures in a row, no new attempt before 2^4 shares */
};

/* Whether to try now; after failures, only now and then. */
static bool is_due(dusq__trial *trial)
{
  if (!trial->skip)
    return true;
  trial->skip--;
  return false;
}

static void learn(dusq__trial *trial, bool good)
{
  trial->failures = good ? 0 : trial->failures + (trial->failures < MAX_FAILURES);
  trial->skip = good ? 0 : 1u << trial->failures;
}

bool dusq__spin_locked(dusq__lane *lane, dusq__seat *seat)
{
  bool lone = seat->lone;
  seat->lone = false;
  if (!lone || lane->pace.spinning || dusq__lane_busy(lane) != 1 || !is_due(&seat->spin))
    return false;
  lane->pace.spinning = true;
  pthread_mutex_unlock(&lane->mtx);
  bool came;
  int64_t end = dusq__deadline(SPIN_NS);
  do {
    sched_yield();
    came = atomic_load_explicit(&lane->pace.came, memory_order_relaxed);
  } while (!came && dusq__now() < end);
  pthread_mutex_lock(&lane->mtx);
  lane->pace.spinning = false;
  atomic_store_explicit(&lane->pace.came, false, memory_order_relaxed);
  learn(&seat->spin, lane->queue.first);
  return true;
}

void dusq__spin_in_session(dusq__seat *seat)
{
  if (!is_due(&seat->spin))
    return;
  bool came;
  int64_t end = dusq__deadline(SPIN_NS);
  do {
    sched_yield();
    came = dusq__is_called(&seat->parker);
  } while (!came && dusq__now() < end);
  learn(&seat->spin, came);
}

static size_t depth_of(const dusq__lane *lane)
{
  return atomic_load_explicit(&lane->queue.depth, memory_order_relaxed);
}

void dusq__gather(dusq__lane *lane, dusq__seat *seat)
{
  unsigned service = dusq__lane_service(lane);
  size_t depth = depth_of(lane), before;
  if (!seat->prefetches || !service || service >= DUSQ__CHEAP_NS || seat->lone)
    return;
  if (depth >= WORTHWHILE || !is_due(&seat->gather))
    return;
  if (atomic_exchange_explicit(&lane->pace.gathering, true, memory_order_relaxed))
    return; /* one spinning seat is enough */
  int64_t now = dusq__now(), end = now + GATHER_NS;
  do {
    int64_t look = now + GROWS_NS;
    before = depth;
    do
      sched_yield();
    while ((now = dusq__now()) < look);
    depth = depth_of(lane);
  } while (depth > before && depth < WORTHWHILE && now < end);
  atomic_store_explicit(&lane->pace.gathering, false, memory_order_relaxed);
  learn(&seat->gather, depth > DUSQ__PREFETCH_MAX);
}
