/* linger.c - a worker that looks for work before it sleeps, or lets some of it gather before it takes any; see lane.c.
 *
 * Lingering.  A caller with one quick request in flight would pay two wakes for each.  So both sides look for the other
 * for a moment before they sleep: the worker if its last request was alone in the lane, the caller if its request is.
 * With more in flight nobody does.  In a session, where one call at a time is waited for as a rule, the worker looks
 * for the next one.
 *
 * Gathering.  Where a job costs less than handing it over, a worker that takes what there is takes one at a time, and
 * the two cores spend their time on passing the queue to and fro.  So it leaves the queue alone while that grows, until
 * there is a worthwhile share.                                                                                       */
#include "base/clock.h"
#include "pool/pool.h"
#include <sched.h>

enum {
  LINGER_NS = 50000,                /* a wake on another core takes about as long             */
  GATHER_NS = 30000,
  GROWS_NS = 5000,                  /* a queue that has not grown meanwhile will not          */
  WORTHWHILE = 4 * DUSQ__AHEAD_MAX,
  MAX_FAILURES = 4                  /* in vain so often in a row: not again before 2^4 shares */
};

/* Whether it is time to try; after a failure, not every time. */
static bool is_due(dusq__patience *patience)
{
  if (!patience->skip)
    return true;
  patience->skip--;
  return false;
}

static void learn(dusq__patience *patience, bool good)
{
  patience->failures = good ? 0 : patience->failures + (patience->failures < MAX_FAILURES);
  patience->skip = good ? 0 : 1u << patience->failures;
}

bool dusq__linger_locked(dusq__lane *lane, dusq__worker *worker)
{
  bool lone = worker->lone;
  worker->lone = false;
  if (!lone || lane->lingering || dusq__lane_busy(lane) != 1 || !is_due(&worker->linger))
    return false;
  lane->lingering = true;
  pthread_mutex_unlock(&lane->mtx);
  bool came;
  int64_t end = dusq__deadline(LINGER_NS);
  do {
    sched_yield();
    came = atomic_load_explicit(&lane->came, memory_order_relaxed);
  } while (!came && dusq__now() < end);
  pthread_mutex_lock(&lane->mtx);
  lane->lingering = false;
  atomic_store_explicit(&lane->came, false, memory_order_relaxed);
  learn(&worker->linger, lane->first);
  return true;
}

void dusq__linger_in_session(dusq__worker *worker)
{
  if (!is_due(&worker->linger))
    return;
  bool came;
  int64_t end = dusq__deadline(LINGER_NS);
  do {
    sched_yield();
    came = dusq__is_called(&worker->parker);
  } while (!came && dusq__now() < end);
  learn(&worker->linger, came);
}

static size_t depth_of(const dusq__lane *lane)
{
  return atomic_load_explicit(&lane->depth, memory_order_relaxed);
}

void dusq__linger_gather(dusq__lane *lane, dusq__worker *worker)
{
  unsigned service = atomic_load_explicit(&lane->service_ns, memory_order_relaxed);
  size_t depth = depth_of(lane), before;
  if (!worker->jobs || !service || service >= DUSQ__CHEAP_NS || worker->lone)
    return;
  if (depth >= WORTHWHILE || !is_due(&worker->gather))
    return;
  if (atomic_exchange_explicit(&lane->gathering, true, memory_order_relaxed))
    return; /* one is enough */
  int64_t now = dusq__now(), end = now + GATHER_NS;
  do {
    int64_t look = now + GROWS_NS;
    before = depth;
    do
      sched_yield();
    while ((now = dusq__now()) < look);
    depth = depth_of(lane);
  } while (depth > before && depth < WORTHWHILE && now < end);
  atomic_store_explicit(&lane->gathering, false, memory_order_relaxed);
  learn(&worker->gather, depth > DUSQ__AHEAD_MAX);
}
