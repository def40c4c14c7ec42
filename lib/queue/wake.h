/* wake.h - who is to be woken for what waits in a lane.
 *
 * A wake costs more than a quick statement, and every further worker makes the queue's lock dearer.  So at most one
 * seat is on its way at any time; it calls the next one itself if it finds more than it can take.  While somebody is
 * busy and comes back quickly, nobody else is called for work that is worth less than a wake.  Since "quickly" is a
 * guess from the past, a watchdog looks after a queue that was left to the busy ones.
 *
 * Crowding.  A server on the same machine takes the processors that the workers run on.  So there no more workers than
 * processors are about quick statements; who is late from one is stuck, does not count, and has another in its place.
 *
 * Cheap jobs, those that cost less than taking them, are one worker's: a second one would be in its way.             */
#ifndef DUSQ_QUEUE_WAKE_H
#define DUSQ_QUEUE_WAKE_H
#include "queue/lane.h"

enum { DUSQ__WORTH_A_WAKE_NS = 200000, DUSQ__OVERDUE_NS = 1000000 /* who is late by that much is stuck */ };

void dusq__wake_init(dusq__lane *lane);
/* Calls one more seat if there is work for it: to be unparked by the caller, without the lock. */
dusq__seat *dusq__wake_one_locked(dusq__lane *lane, int64_t now);
/* The idle seat that went to sleep last, of those with a connection; if there is none, and any will do, of all. */
dusq__seat *dusq__wake_idle_locked(dusq__lane *lane, bool any);
/* Whether as many of the others as are enough are about something quick: one more would only be in their way. */
bool dusq__wake_is_crowded_locked(const dusq__lane *lane, const dusq__seat *but, int64_t now);
/* Arms the look at those who are busy, if it is not armed.  An armed timer holds a reference to the home. */
void dusq__watchdog_arm_locked(dusq__lane *lane, int64_t now);
void dusq__watchdog_off(dusq__lane *lane);
/* For a seat, before it does something that takes long: puts back what it has prefetched. */
void dusq__wake_return_own(dusq__seat *seat);

#endif
