/* spin.h - a worker that looks for work for a moment before it sleeps, or lets some of it gather before it takes any.
 *
 * Spinning.  A caller with one quick request in flight would pay two wakes for each.  So both sides look for the other
 * for a moment before they sleep: the worker if its last request was alone in the lane, the caller if its request is.
 * With more in flight nobody does.  In a session, where one call at a time is waited for as a rule, the worker looks
 * for the next one.
 *
 * Gathering.  Where a job costs less than handing it over, a worker that takes what there is takes one at a time, and
 * the two cores spend their time on passing the queue to and fro.  So it leaves the queue alone while that grows, until
 * there is a worthwhile share.
 *
 * The worker's thread.                                                                                               */
#ifndef DUSQ_QUEUE_SPIN_H
#define DUSQ_QUEUE_SPIN_H
#include "queue/lane.h"

/* Looks for work, and lets others run meanwhile.  True: it did, and the lane has changed. */
bool dusq__spin_locked(dusq__lane *lane, dusq__seat *seat);
/* The same between two calls of a session, before it parks.  Without the lock. */
void dusq__spin_in_session(dusq__seat *seat);
/* Before it takes anything: lets cheap jobs become a share.  Without the lock. */
void dusq__gather(dusq__lane *lane, dusq__seat *seat);

#endif
