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

dusq__request *dusq__lane_empty_locked(dusq__lane *lane)
{
  dusq__request *list = lane->queue.first;
  for (dusq__request *one = list; one; one = one->wait.next)
    one->wait.phase = DUSQ__OUT;
  lane->queue.first = lane->queue.last = NULL;
  atomic_store_explicit(&lane->queue.depth, 0, memory_order_relaxed);
  return list;
}
