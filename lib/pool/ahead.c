/* ahead.c - jobs that a worker has pulled out of the queue before it begins them; see pool.h.
 *
 * A quick job costs less than the lane's lock when two cores take turns with it, so a worker takes several jobs at one
 * go.  But a job may wait for another one, and nobody knows that beforehand.  So what has been pulled ahead and not
 * begun still counts as queued: it is cancelled, it expires and it is drained like the rest, and when the worker does
 * not come back from the job before it, the lane's nudge puts it back to the front of the queue for somebody else.
 *
 * The list is guarded by the worker's lock; it grows and is put back under the lane's as well.  Its requests are in
 * phase TAKEN, with a future that is pending.                                                                        */
#include "base/clock.h"
#include "pool/pool.h"

static void set_count(dusq__worker *worker, uint32_t n)
{
  atomic_store_explicit(&worker->nahead, n, memory_order_relaxed);
}

static uint32_t count(const dusq__worker *worker)
{
  return atomic_load_explicit(&worker->nahead, memory_order_relaxed);
}

size_t dusq__ahead_wanted_locked(const dusq__lane *lane, const dusq__worker *worker)
{
  unsigned service = atomic_load_explicit(&lane->service_ns, memory_order_relaxed);
  if (lane->first->kind != DUSQ__JOB || !worker->connected || !service || service >= DUSQ__CHEAP_NS)
    return 0;
  return DUSQ__AHEAD_MAX;
}

void dusq__ahead_add_locked(dusq__worker *worker, dusq__request *const *requests, size_t n)
{
  pthread_mutex_lock(&worker->mtx);
  for (size_t i = 0; i < n; i++)
    worker->ahead[i] = requests[n - 1 - i];
  set_count(worker, (uint32_t)n);
  pthread_mutex_unlock(&worker->mtx);
}

bool dusq__ahead_next_locked(dusq__worker *worker)
{
  uint32_t n = count(worker);
  if (!n)
    return false;
  worker->room[0] = worker->ahead[n - 1];
  set_count(worker, n - 1);
  return true;
}

bool dusq__ahead_remove_locked(dusq__request *request)
{
  dusq__worker *worker = request->worker;
  bool found = false;
  pthread_mutex_lock(&worker->mtx);
  uint32_t n = count(worker);
  for (uint32_t i = 0; i < n; i++) {
    if (found)
      worker->ahead[i - 1] = worker->ahead[i];
    found = found || worker->ahead[i] == request;
  }
  set_count(worker, n - found);
  pthread_mutex_unlock(&worker->mtx);
  return found;
}

static void put_back_locked(dusq__lane *lane, dusq__worker *worker, bool only_if_stuck)
{
  pthread_mutex_lock(&worker->mtx);
  bool stuck = worker->nudged_share == worker->share;
  worker->nudged_share = worker->share;
  uint32_t n = stuck || !only_if_stuck ? count(worker) : 0;
  for (uint32_t i = 0; i < n; i++) /* the last one first, so that the next one comes to the front */
    dusq__lane_prepend_locked(lane, worker->ahead[i]);
  set_count(worker, count(worker) - n);
  pthread_mutex_unlock(&worker->mtx);
}

void dusq__ahead_return_locked(dusq__lane *lane, bool only_if_stuck)
{
  for (uint32_t i = 0; i < lane->max; i++)
    if (count(&lane->workers[i]))
      put_back_locked(lane, &lane->workers[i], only_if_stuck);
}

void dusq__ahead_return_own(dusq__worker *worker)
{
  if (!count(worker))
    return;
  dusq__lane *lane = worker->lane;
  pthread_mutex_lock(&lane->mtx);
  put_back_locked(lane, worker, false);
  dusq__lane_watch_locked(lane);
  dusq__worker *call = dusq__lane_call_locked(lane, dusq__now());
  pthread_mutex_unlock(&lane->mtx);
  if (call)
    dusq__unpark(&call->parker);
}

size_t dusq__ahead_count_locked(const dusq__lane *lane)
{
  size_t n = 0;
  for (uint32_t i = 0; i < lane->max; i++)
    n += count(&lane->workers[i]);
  return n;
}
