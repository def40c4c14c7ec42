/* stop.h - whether a request is to stop, and why: see <dusq/backend.h> for what backends see of it.  Any thread. */
#ifndef DUSQ_QUEUE_STOP_H
#define DUSQ_QUEUE_STOP_H
#include "data/error.h"
#include <dusq/backend.h>
#include <stdatomic.h>

/* Reasons are statuses: CANCELED, TIMEDOUT, CLOSED, CONNECT; 0 while no stop was asked for.  The first reason stays. */
struct dusq_stop {
  atomic_int reason;
  int64_t deadline; /* constant once other threads see it; INT64_MAX: none */
};

/* Asks for a stop; false if one was asked for already. */
bool dusq__stop_ask(dusq_stop *stop, dusq_status reason);
/* Why it is to stop now, which may be its deadline; DUSQ_OK: it need not stop. */
dusq_status dusq__stop_why(const dusq_stop *stop);
/* The error for a request that was asked to stop and was not begun, or NULL; owned. */
dusq_error *dusq__stopped_error(const dusq_stop *stop);
/* Replaces the "cancelled" of a driver that was stopped by the reason that the stop was asked for. */
dusq_error *dusq__stop_reworded(const dusq_stop *stop, dusq_error *take_error);
/* The error for a request whose deadline has passed while there was no connection, so that it may be tried again.
 * `cause`: why there is none; NULL: one was being made.                                                              */
dusq_error *dusq__late_error(const dusq_error *cause);
static inline dusq_status dusq__stop_reason(const dusq_stop *stop)
{
  return (dusq_status)atomic_load_explicit(&stop->reason, memory_order_acquire);
}

#endif
