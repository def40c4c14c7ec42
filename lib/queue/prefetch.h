/* prefetch.h - requests that a seat has taken out of the queue before it can begin them.
 *
 * A quick job costs less than the lane's lock when two cores compete for it, so a worker takes several jobs at once.
 * But a job may wait for another job, and nobody can know that beforehand.  So a prefetched request that is not begun
 * still counts as queued: it can be cancelled, expire, and be drained like the rest.  If the worker does not return
 * from the job before it, the lane's watchdog puts it back to the front of the queue for another seat.
 *
 * The list is guarded by the share's lock; adding to it and putting back need the lane's lock as well.  Its requests
 * are in phase TAKEN, with a future that is pending.                                                                 */
#ifndef DUSQ_QUEUE_PREFETCH_H
#define DUSQ_QUEUE_PREFETCH_H
#include "queue/lane.h"

enum { DUSQ__CHEAP_NS = 2000 }; /* a request that takes less costs no more than handing it over */

/* How many requests besides the first a seat may take from the front of the queue, which is not empty. */
size_t dusq__prefetch_wanted_locked(const dusq__lane *lane, const dusq__seat *seat);
/* Takes up to `most` out of the queue, for a seat that has none prefetched; true if there were some. */
bool dusq__prefetch_locked(dusq__lane *lane, dusq__seat *seat, size_t most);
/* For the worker, under the share's lock: moves the next prefetched request to the room; false if there is none. */
bool dusq__prefetch_next_locked(dusq__seat *seat);
/* Removes a request that is TAKEN from the prefetched ones; false if it has been begun. */
bool dusq__prefetch_remove_locked(dusq__request *request);
/* Puts prefetched requests back into the queue: those of one seat, those of all seats, or those of seats that are at
 * the same share as at the watchdog's last look.                                                                     */
void dusq__prefetch_return_locked(dusq__lane *lane, dusq__seat *seat);
void dusq__prefetch_return_all_locked(dusq__lane *lane, bool only_if_stuck);
size_t dusq__prefetch_count_locked(const dusq__lane *lane);

static inline bool dusq__has_prefetched(const dusq__seat *seat)
{
  return atomic_load_explicit(&seat->prefetched.n, memory_order_relaxed) > 0;
}

#endif
