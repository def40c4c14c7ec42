/* prefetch.c - see prefetch.h. */
#include "queue/prefetch.h"
#include "queue/list.h"

static void set_count(dusq__seat *seat, uint32_t n)
{
  atomic_store_explicit(&seat->prefetched.n, n, memory_order_relaxed);
}

static uint32_t count(const dusq__seat *seat)
{
  return atomic_load_explicit(&seat->prefetched.n, memory_order_relaxed);
}

size_t dusq__prefetch_wanted_locked(const dusq__lane *lane, const dusq__seat *seat)
{
  unsigned service = dusq__lane_service(lane);
  bool suits = lane->queue.first->kind->flags & DUSQ__KIND_PREFETCHED;
  return suits && seat->standing.connected && service && service < DUSQ__CHEAP_NS ? DUSQ__PREFETCH_MAX : 0;
}

bool dusq__prefetch_locked(dusq__lane *lane, dusq__seat *seat, size_t most)
{
  dusq__request *some[DUSQ__PREFETCH_MAX];
  size_t n = 0;
  for (; n < most && lane->queue.first && lane->queue.first->kind->flags & DUSQ__KIND_PREFETCHED; n++)
    some[n] = dusq__lane_take_first_locked(lane, seat, seat->share.number + 2 + n);
  if (!n)
    return false;
  pthread_mutex_lock(&seat->share.mtx);
  for (size_t i = 0; i < n; i++)
    seat->prefetched.requests[i] = some[n - 1 - i];
  set_count(seat, (uint32_t)n);
  pthread_mutex_unlock(&seat->share.mtx);
  return true;
}

bool dusq__prefetch_next_locked(dusq__seat *seat)
{
  uint32_t n = count(seat);
  if (!n)
    return false;
  seat->room[0] = seat->prefetched.requests[n - 1];
  set_count(seat, n - 1);
  return true;
}

bool dusq__prefetch_remove_locked(dusq__request *request)
{
  dusq__seat *seat = request->wait.seat;
  dusq__request **list = seat->prefetched.requests;
  bool found = false;
  pthread_mutex_lock(&seat->share.mtx);
  uint32_t n = count(seat);
  for (uint32_t i = 0; i < n; i++) {
    if (found)
      list[i - 1] = list[i];
    found = found || list[i] == request;
  }
  set_count(seat, n - found);
  pthread_mutex_unlock(&seat->share.mtx);
  return found;
}

static void put_back_locked(dusq__lane *lane, dusq__seat *seat, bool only_if_stuck)
{
  pthread_mutex_lock(&seat->share.mtx);
  bool stuck = seat->prefetched.watched_share == seat->share.number;
  seat->prefetched.watched_share = seat->share.number;
  uint32_t n = stuck || !only_if_stuck ? count(seat) : 0;
  for (uint32_t i = 0; i < n; i++) /* in reverse order, so that the next request ends up at the front */
    dusq__lane_prepend_locked(lane, seat->prefetched.requests[i]);
  set_count(seat, count(seat) - n);
  pthread_mutex_unlock(&seat->share.mtx);
}

void dusq__prefetch_return_locked(dusq__lane *lane, dusq__seat *seat)
{
  put_back_locked(lane, seat, false);
}

void dusq__prefetch_return_all_locked(dusq__lane *lane, bool only_if_stuck)
{
  for (uint32_t i = 0; i < lane->max; i++)
    if (count(lane->seats[i]))
      put_back_locked(lane, lane->seats[i], only_if_stuck);
}

size_t dusq__prefetch_count_locked(const dusq__lane *lane)
{
  size_t n = 0;
  for (uint32_t i = 0; i < lane->max; i++)
    n += count(lane->seats[i]);
  return n;
}
