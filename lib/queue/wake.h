/* wake.h - which seat is woken for the work that waits in a lane.
 *
 * A wake costs more than a quick statement, and every further worker makes the lane's lock more expensive.  So at most
 * one seat is being woken at any time; that seat wakes the next one if it finds more than it can take.  While a busy
 * seat comes back quickly, no other is woken for work that is worth less than a wake.  "Quickly" is a guess from the
 * past, so a watchdog checks on a queue that was left to the busy seats.
 *
 * Crowding.  A server on the same machine competes with the workers for the processors.  So no more workers than
 * processors run quick statements at a time.  A worker that is late from one is stuck, does not count, and another one
 * may take its place.
 *
 * Cheap jobs, which cost less than taking them from the queue, are left to one worker: a second one would be in its
 * way.                                                                                                               */
#ifndef DUSQ_QUEUE_WAKE_H
#define DUSQ_QUEUE_WAKE_H
#include "queue/lane.h"

enum { DUSQ__WORTH_A_WAKE_NS = 200000, DUSQ__OVERDUE_NS = 1000000 /* a worker that is late by that much is stuck */ };

void dusq__wake_init(dusq__lane *lane);
/* Chooses one more seat if there is work for it; the caller unparks it, without the lock. */
dusq__seat *dusq__wake_one_locked(dusq__lane *lane, int64_t now);
/* The idle seat that went to sleep last, of those with a connection; if there is none and `any`, of all idle seats. */
dusq__seat *dusq__wake_idle_locked(dusq__lane *lane, bool any);
/* Whether enough of the other seats run something quick, so that one more would only be in their way. */
bool dusq__wake_is_crowded_locked(const dusq__lane *lane, const dusq__seat *but, int64_t now);
/* Arms the watchdog's timer if it is not armed.  An armed timer holds a reference to the home. */
void dusq__watchdog_arm_locked(dusq__lane *lane, int64_t now);
void dusq__watchdog_off(dusq__lane *lane);
/* For a seat, before it does something that takes long: puts its prefetched requests back. */
void dusq__wake_return_own(dusq__seat *seat);

#endif
