/* list.h - the list of waiting requests in a lane.  Inline, because every request passes through it.  Under the lane's
 * lock.                                                                                                              */
#ifndef DUSQ_QUEUE_LIST_H
#define DUSQ_QUEUE_LIST_H
#include "queue/lane.h"

static inline void dusq__lane_add_depth(dusq__lane *lane, size_t more)
{
  size_t depth = atomic_load_explicit(&lane->queue.depth, memory_order_relaxed);
  atomic_store_explicit(&lane->queue.depth, depth + more, memory_order_relaxed);
}

static inline void dusq__lane_append_locked(dusq__lane *lane, dusq__request *request)
{
  request->wait.next = NULL;
  request->wait.prev = lane->queue.last;
  if (lane->queue.last)
    lane->queue.last->wait.next = request;
  else
    lane->queue.first = request;
  lane->queue.last = request;
  dusq__lane_add_depth(lane, 1);
  request->wait.phase = DUSQ__QUEUED;
}

static inline void dusq__lane_prepend_locked(dusq__lane *lane, dusq__request *request)
{
  request->wait.phase = DUSQ__QUEUED;
  request->wait.prev = NULL;
  request->wait.next = lane->queue.first;
  if (lane->queue.first)
    lane->queue.first->wait.prev = request;
  else
    lane->queue.last = request;
  lane->queue.first = request;
  dusq__lane_add_depth(lane, 1);
}

static inline void dusq__lane_unlink_locked(dusq__lane *lane, dusq__request *request)
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
  dusq__lane_add_depth(lane, (size_t)-1);
}

/* Takes the first request out for a seat, as part of the share of that number. */
static inline dusq__request *dusq__lane_take_first_locked(dusq__lane *lane, dusq__seat *seat, uint64_t share)
{
  dusq__request *one = lane->queue.first;
  dusq__lane_unlink_locked(lane, one);
  one->wait.phase = DUSQ__TAKEN;
  one->wait.seat = seat;
  one->wait.share = share;
  return one;
}

#endif
