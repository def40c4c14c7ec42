/* backoff.h - when a lane may try to connect again, so that nobody hammers at a closed door.
 *
 * After a failure, no connect for 50 ms, twice as long after each further one, at most 2 s, and somewhat less or more
 * so that pools do not come together.  Until one has succeeded, one at a time tries.  A success ends it for all.      */
#ifndef DUSQ_QUEUE_BACKOFF_H
#define DUSQ_QUEUE_BACKOFF_H
#include "queue/lane.h"

/* A seat has a connection; `enough`: how many of the lane are enough for quick statements. */
void dusq__backoff_end(dusq__lane *lane, dusq__seat *seat, uint32_t enough);
/* It could not have one; the error stays the caller's. */
void dusq__backoff_begin(dusq__lane *lane, dusq_error *error, uint32_t random);
/* A seat has none any more. */
void dusq__backoff_disconnected(dusq__lane *lane, dusq__seat *seat);

/* Whether a seat without a connection must wait. */
static inline bool dusq__must_back_off_locked(const dusq__lane *lane, const dusq__seat *seat, int64_t now)
{
  return !seat->standing.connected && lane->backoff.until > now &&
         !dusq__setup_is(lane->setup, DUSQ__POOL_CANCELING);
}

#endif
