/* spin.h - a worker that spins for a moment before it sleeps, or lets work gather before it takes any.
 *
 * Spinning.  A caller with one quick request in flight would pay two wakes for each request.  So both sides spin for a
 * moment before they sleep: the worker if its last request was alone in the lane, the caller if its request is.  With
 * more requests in flight neither does.  In a session, where callers mostly wait for each call, the worker spins for
 * the next one.
 *
 * Gathering.  Where a job costs less than its hand-over, a worker that takes whatever is there takes one job at a time,
 * and two cores spend their time on passing the queue between them.  So the worker does not take while the queue grows,
 * until there are enough jobs for a share.
 *
 * The worker's thread.                                                                                               */
#ifndef DUSQ_QUEUE_SPIN_H
#define DUSQ_QUEUE_SPIN_H
#include "queue/lane.h"

/* Spins without the lock, and yields to other threads.  True: it did, and the lane may have changed. */
bool dusq__spin_locked(dusq__lane *lane, dusq__seat *seat);
/* The same between two calls of a session, before the worker parks.  Without the lock. */
void dusq__spin_in_session(dusq__seat *seat);
/* Before the worker takes anything: lets cheap jobs gather.  Without the lock. */
void dusq__gather(dusq__lane *lane, dusq__seat *seat);

#endif
