/* worker.h - a worker: a seat with a connection, which executes requests and settles them.
 *
 * Only the worker's thread calls the driver on its connection, except for the interrupt.  Between two driver calls the
 * worker waits until every interrupt in progress has returned, so that none can hit the next statement.
 *
 * All fields are the worker's own, except its seat (see queue/seat.h) and those that say otherwise.                  */
#ifndef DUSQ_RUN_WORKER_H
#define DUSQ_RUN_WORKER_H
#include "queue/seat.h"
#include "queue/lane.h"
#include "queue/settle.h"

struct dusq__connection;

/* Written by the worker only, read by any thread. */
typedef struct dusq__counters {
  _Atomic int64_t settled, failed, canceled, batches, batched, connects, connect_errors, prepared, retired, queue_ns,
      run_ns;
} dusq__counters;

typedef struct dusq__worker {
  dusq__seat seat;                   /* first                                                                    */
  struct dusq__connection *connection; /* NULL: none                                               */
  bool *alone;                       /* which requests of a share run by themselves                              */
  void *batch_room;                  /* owned by batch.c                                                         */
  bool from_prefetched;              /* the share was prefetched                                                 */
  uint32_t random;                   /* for jitter                                                               */
  int64_t asked_at;                  /* when the backend was last asked whether the connection is alive          */
  int64_t finished_at;               /* when the worker last settled something                                   */
  dusq_stop own_stop;                /* for a connect, rollback or reset; its reason guarded by: the share's mtx */
  bool refused;                      /* the last connect has failed                                              */
  dusq__timer connect_timer;         /* for a connect that takes too long                                        */
  void (*connected)(const dusq__setup *setup); /* constant: called after each connect */
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
  /* without an atomic addition, for only the worker writes it */
  atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more, memory_order_relaxed);
}

uint32_t dusq__worker_random(dusq__worker *worker);

/* ---- around the driver ------------------------------------------------------------------------------------------- */
/* Before and after every call of the driver: between them interrupts can reach it; after leave none can.  Leave returns
 * false if the connection must not be used again.                                                                    */
void dusq__worker_enter(dusq__worker *worker);
bool dusq__worker_leave(dusq__worker *worker);
/* The stop for the worker's own actions: ends with connect_timeout, or when the pool closes. */
const dusq_stop *dusq__worker_own_stop(dusq__worker *worker);

/* For the close of the pool: asks the share (but not the end of a session) and the worker's own actions to stop, and
 * interrupts the driver.                                                                                             */
void dusq__worker_cancel(dusq__worker *worker, dusq_status reason);

/* ---- its share --------------------------------------------------------------------------------------------------- */
/* Removes request i from the share. */
void dusq__worker_forget(dusq__worker *worker, size_t i);
/* Settling request i takes two steps.  The first claims it for the worker, with this outcome; false: it has been told
 * without one.                                                                                                       */
bool dusq__worker_tell(dusq__worker *worker, size_t i, const dusq_error *error);
/* The second step: settles it, if `told`, with the worker's counters, and removes it from the share in any case.  Takes
 * result and error.  `wakes`: collects the waiters to wake later, or NULL.                                           */
void dusq__worker_settle(dusq__worker *worker, size_t i, bool told, dusq_result *take_result, dusq_error *take_error,
                         int64_t now, dusq__wakes *wakes);
/* Both steps. */
void dusq__worker_finish(dusq__worker *worker, size_t i, dusq_result *take_result, dusq_error *take_error, int64_t now,
                         dusq__wakes *wakes);

#endif
