/* seat.c - see seat.h. */
#include "queue/seat.h"
#include "base/alloc.h"

dusq_status dusq__seat_init(dusq__seat *seat, struct dusq__lane *lane)
{
  seat->lane = lane;
  if (pthread_mutex_init(&seat->share.mtx, NULL))
    return DUSQ_E_NOMEM;
  if (dusq__cond_init(&seat->share.cond)) {
    pthread_mutex_destroy(&seat->share.mtx);
    return DUSQ_E_NOMEM;
  }
  dusq__parker_init(&seat->parker);
  return DUSQ_OK;
}

void dusq__seat_fini(dusq__seat *seat)
{
  dusq__free(seat->room);
  dusq__parker_fini(&seat->parker);
  pthread_cond_destroy(&seat->share.cond);
  pthread_mutex_destroy(&seat->share.mtx);
}

dusq_status dusq__seat_make_room(dusq__seat *seat, size_t n)
{
  if (!seat->room)
    seat->room = dusq__zalloc(n * sizeof(dusq__request *));
  return seat->room ? DUSQ_OK : DUSQ_E_NOMEM;
}

void dusq__seat_interrupt(dusq__seat *seat, const dusq__setup *setup, uint64_t number)
{
  dusq__share *share = &seat->share;
  pthread_mutex_lock(&share->mtx);
  bool hit = share->executing && (!number || share->number == number) && setup->backend->interrupt;
  void *native = share->native;
  share->interrupting += hit;
  pthread_mutex_unlock(&share->mtx);
  if (!hit) {
    dusq__unpark(&seat->parker); /* the worker may pause between two attempts */
    return;
  }
  setup->backend->interrupt(native);
  dusq__unpark(&seat->parker); /* the worker may wait for the reader of a stream */
  pthread_mutex_lock(&share->mtx);
  share->interrupting--;
  pthread_cond_signal(&share->cond);
  pthread_mutex_unlock(&share->mtx);
}
