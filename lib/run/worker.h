/* worker.h - a worker's thread with its connection: what it executes, and how it settles that.
 *
 * Nobody else calls the driver on the worker's connection but for the interrupt, and between two calls the worker
 * waits until every interrupt that is under way has come back, so that none can hit what comes next.
 *
 * Everything is the worker's own, but for its seat, see queue/seat.h, and what is said to be not.                     */
#ifndef DUSQ_RUN_WORKER_H
#define DUSQ_RUN_WORKER_H
#include "queue/seat.h"
#include "queue/lane.h"
#include "queue/settle.h"

struct dusq__connection;

/* Written by the worker only, read by anybody. */
typedef struct dusq__counters {
  _Atomic int64_t settled, failed, canceled, batches, batched, connects, connect_errors, prepared, retired, queue_ns,
      run_ns;
} dusq__counters;

typedef struct dusq__worker {
  dusq__seat seat;                   /* first                                                      */
  struct dusq__connection *connection; /* NULL: none                                               */
  bool *alone;                       /* which of a share run by themselves                         */
  void *batch_room;                  /* of batch.c                                                 */
  bool from_prefetched;              /* the share is one that had been prefetched                  */
  uint32_t random;                   /* for jitter                                                 */
  int64_t asked_at;                  /* when the backend was last asked about the connection       */
  int64_t finished_at;               /* when it last settled something                             */
  dusq_stop own_stop;                /* of a connect, rollback or reset; its reason guarded by: the share's mtx */
  bool connecting;                   /* there is one; guarded by: the share's mtx                  */
  dusq__timer connect_timer;         /* it takes too long                                          */
  void (*connected)(const dusq__setup *setup); /* constant: is told of each connect                */
  dusq__counters counters;
} dusq__worker;

static inline dusq__setup *dusq__setup_of(const dusq__worker *worker)
{
  return worker->seat.lane->setup;
}
static inline const dusq_backend *dusq__backend_of(const dusq__worker *worker)
{
  return worker->seat.lane->setup->backend;
}
/* Request i of the share. */
static inline dusq__request *dusq__request_at(const dusq__worker *worker, size_t i)
{
  return worker->seat.share.requests[i];
}
static inline void dusq__count(_Atomic int64_t *counter, int64_t more)
{
  /* only its worker writes it */
  atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more, memory_order_relaxed);
}

uint32_t dusq__worker_random(dusq__worker *worker);

/* ---- around the driver ------------------------------------------------------------------------------------------- */
/* Around every call of the driver: in between, interrupts reach it; after leave none does any more.  False: something
 * has gone wrong with the connection meanwhile, and it is not to be used again.                                      */
void dusq__worker_enter(dusq__worker *worker);
bool dusq__worker_leave(dusq__worker *worker);
/* The stop for what the worker does of its own: it ends with connect_timeout, or when the pool is closing. */
const dusq_stop *dusq__worker_own_stop(dusq__worker *worker);

/* For the close of the pool: asks the share, but not the end of a session, and what the worker does of its own to stop,
 * and interrupts it.                                                                                                 */
void dusq__worker_cancel(dusq__worker *worker, dusq_status reason);

/* ---- its share --------------------------------------------------------------------------------------------------- */
/* Request i is no longer the worker's. */
void dusq__worker_forget(dusq__worker *worker, size_t i);
/* Settling request i of the share is two steps.  The first decides that the worker settles it, with this outcome;
 * false: it has been told without one.                                                                               */
bool dusq__worker_tell(dusq__worker *worker, size_t i, const dusq_error *error);
/* Settles it, if `told`, with what the worker counts; it leaves the share in any case.  Takes result and error.
 * `wakes`: who is to be woken later, or NULL.                                                                        */
void dusq__worker_settle(dusq__worker *worker, size_t i, bool told, dusq_result *take_result, dusq_error *take_error,
                         int64_t now, dusq__wakes *wakes);
/* Both. */
void dusq__worker_finish(dusq__worker *worker, size_t i, dusq_result *take_result, dusq_error *take_error, int64_t now,
                         dusq__wakes *wakes);

#endif
