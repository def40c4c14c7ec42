/* cancel.h - cancels and deadlines of requests: everything that happens to one while somebody else has it.
 *
 * A cancel marks and wakes, on whatever thread it comes; what may take time - the backend's interrupt - happens on the
 * timer thread.  After the interrupt the outcome is waited for until the grace is over; then the request settles
 * without it, and the worker throws its connection away as soon as it gets out of the driver.  A cancel that meets an
 * outcome which has been told does nothing: see the verdict in request.h.                                            */
#ifndef DUSQ_QUEUE_CANCEL_H
#define DUSQ_QUEUE_CANCEL_H
#include "queue/lane.h"

/* For the class of requests. */
int dusq__request_cancel(dusq_future *future);
void dusq__request_fired(dusq__timer *timer);
/* Arms the deadline, once it is queued, under the lane's lock. */
void dusq__request_arm_locked(dusq__request *request);
/* Asks one that is TAKEN to stop, and interrupts its worker. */
void dusq__request_stop_locked(dusq__request *request, dusq_status reason);
/* Takes one out of wherever it waits, to be settled; false: it does not wait. */
bool dusq__request_remove_locked(dusq__request *request);
/* Locks the lane that the request is in; NULL if it is in none yet. */
dusq__lane *dusq__request_lock(dusq__request *request);
/* Tells all of a share (0: of whatever it is) that has not been told, without an outcome, and waits for those that the
 * worker is about to settle.  `why` may be NULL.                                                                     */
void dusq__seat_abandon(dusq__seat *seat, uint64_t share, dusq_status status, const char *why);

#endif
