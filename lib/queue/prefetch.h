/* prefetch.h - requests that a seat has taken out of the queue before it can begin them.
 *
 * A quick job costs less than the lane's lock when two cores take turns with it, so a worker takes several at one go.
 * But a job may wait for another one, and nobody knows that beforehand.  So what has been prefetched and not begun
 * still counts as queued: it is cancelled, it expires and it is drained like the rest; and when the worker does not
 * come back from the job before it, the lane's watchdog puts it back to the front of the queue for somebody else.
 *
 * The list is guarded by the share's lock; it grows and is put back under the lane's as well.  Its requests are in
 * phase TAKEN, with a future that is pending.                                                                        */
#ifndef DUSQ_QUEUE_PREFETCH_H
#define DUSQ_QUEUE_PREFETCH_H
#include "queue/lane.h"

enum { DUSQ__CHEAP_NS = 2000 }; /* what takes less costs no more than handing it over */

/* How many more than one a seat may take from the front of the queue, which is not empty. */
size_t dusq__prefetch_wanted_locked(const dusq__lane *lane, const dusq__seat *seat);
/* Takes up to that many out of the queue, for a seat that has none; true if there were some. */
bool dusq__prefetch_locked(dusq__lane *lane, dusq__seat *seat, size_t most);
/* For the worker, under the share's lock: moves the next one to the room; false if there is none. */
bool dusq__prefetch_next_locked(dusq__seat *seat);
/* Takes a request out that is TAKEN; false if it has been begun. */
bool dusq__prefetch_remove_locked(dusq__request *request);
/* Puts back what a seat has, or what all have, or those that are at the same share as at the watchdog's last look. */
void dusq__prefetch_return_locked(dusq__lane *lane, dusq__seat *seat);
void dusq__prefetch_return_all_locked(dusq__lane *lane, bool only_if_stuck);
size_t dusq__prefetch_count_locked(const dusq__lane *lane);

static inline bool dusq__has_prefetched(const dusq__seat *seat)
{
  return atomic_load_explicit(&seat->prefetched.n, memory_order_relaxed) > 0;
}

#endif
