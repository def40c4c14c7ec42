/* lane.c - see lane.h. */
#include "queue/lane.h"

dusq_status dusq__lane_init(dusq__lane *lane, dusq__setup *setup, uint32_t number, uint32_t max, dusq__seat **seats)
{
  if (dusq__mutex_init_busy(&lane->mtx))
    return DUSQ_E_NOMEM;
  lane->setup = setup;
  lane->number = number;
  lane->max = max;
  lane->seats = seats;
  lane->pace.enough = max;
  return DUSQ_OK;
}

void dusq__lane_fini(dusq__lane *lane)
{
  if (!lane->setup)
    return;
  dusq_error_unref(lane->backoff.error);
  pthread_mutex_destroy(&lane->mtx);
}

/* ---- the list ---------------------------------------------------------------------------------------------------- */

static void add_depth(dusq__lane *lane, size_t more)
{
  size_t depth = atomic_load_explicit(&lane->queue.depth, memory_order_relaxed);
  atomic_store_explicit(&lane->queue.depth, depth + more, memory_order_relaxed);
}

void dusq__lane_append_locked(dusq__lane *lane, dusq__request *request)
{
  request->wait.next = NULL;
  request->wait.prev = lane->queue.last;
  if (lane->queue.last)
    lane->queue.last->wait.next = request;
  else
    lane->queue.first = request;
  lane->queue.last = request;
  add_depth(lane, 1);
  request->wait.phase = DUSQ__QUEUED;
}

void dusq__lane_prepend_locked(dusq__lane *lane, dusq__request *request)
{
  request->wait.phase = DUSQ__QUEUED;
  request->wait.prev = NULL;
  request->wait.next = lane->queue.first;
  if (lane->queue.first)
    lane->queue.first->wait.prev = request;
  else
    lane->queue.last = request;
  lane->queue.first = request;
  add_depth(lane, 1);
}

void dusq__lane_unlink_locked(dusq__lane *lane, dusq__request *request)
{
  dusq__request *next = request->wait.next, *prev = request->wait.prev;
  if (prev)
    prev->wait.next = next;
  else
    lane->queue.first = next;
  if (next)
    next->wait.prev = prev;
  else
    lane->queue.last = prev;
  request->wait.next = request->wait.prev = NULL;
  add_depth(lane, (size_t)-1);
}

dusq__request *dusq__lane_take_first_locked(dusq__lane *lane, dusq__seat *seat, uint64_t share)
{
  dusq__request *one = lane->queue.first;
  dusq__lane_unlink_locked(lane, one);
  one->wait.phase = DUSQ__TAKEN;
  one->wait.seat = seat;
  one->wait.share = share;
  return one;
}

dusq__request *dusq__lane_empty_locked(dusq__lane *lane)
{
  dusq__request *list = lane->queue.first;
  for (dusq__request *one = list; one; one = one->wait.next)
    one->wait.phase = DUSQ__OUT;
  lane->queue.first = lane->queue.last = NULL;
  atomic_store_explicit(&lane->queue.depth, 0, memory_order_relaxed);
  return list;
}
