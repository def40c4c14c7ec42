/* cancel.h - cancels and deadlines of requests, in every phase.
 *
 * A cancel only marks the request and wakes its worker, on the thread that cancels.  What may take time, the backend's
 * interrupt, happens on the timer thread.  After the interrupt the outcome is awaited until the grace is over.  Then
 * the request settles without an outcome, and the worker discards its connection as soon as the driver returns.  A
 * cancel does nothing to a request whose outcome has been told: see the verdict in request.h.                        */
#ifndef DUSQ_QUEUE_CANCEL_H
#define DUSQ_QUEUE_CANCEL_H
#include "queue/lane.h"

/* For the class of requests. */
int dusq__request_cancel(dusq_future *future);
void dusq__request_fired(dusq__timer *timer);
/* Arms the deadline of a request that has been queued.  Under the lane's lock. */
void dusq__request_arm_locked(dusq__request *request);
/* Asks a request that is TAKEN to stop, and interrupts its worker. */
void dusq__request_stop_locked(dusq__request *request, dusq_status reason);
/* Takes a request out of the queue or place where it waits; the caller settles it.  False: it does not wait. */
bool dusq__request_remove_locked(dusq__request *request);
/* Locks the lane that the request is in; NULL if the request has no lane yet. */
dusq__lane *dusq__request_lock(dusq__request *request);
/* Settles without an outcome all requests of a share that have not been told (share 0: the current one), and waits for
 * those that the worker is about to settle.  `why` may be NULL.                                                      */
void dusq__seat_abandon(dusq__seat *seat, uint64_t share, dusq_status status, const char *why);

#endif
