/* backoff.h - when a lane may try to connect again, so that a server that refuses is not flooded with attempts.
 *
 * After a failed connect the lane waits 50 ms, then twice as long after each further failure, up to 2 s. The delay is
 * jittered so that several pools do not retry at the same moment.  Until a connect succeeds, only one seat at a time
 * tries.  A success ends the backoff for all seats.                                                                  */
#ifndef DUSQ_QUEUE_BACKOFF_H
#define DUSQ_QUEUE_BACKOFF_H
#include "queue/lane.h"

/* A seat has got a connection.  `enough`: how many seats of the lane are enough for quick statements. */
void dusq__backoff_end(dusq__lane *lane, dusq__seat *seat, uint32_t enough);
/* A connect has failed.  The error stays the caller's. */
void dusq__backoff_begin(dusq__lane *lane, dusq_error *error, uint32_t random);
/* A seat has lost or closed its connection. */
void dusq__backoff_disconnected(dusq__lane *lane, dusq__seat *seat);

/* Whether a seat without a connection must wait. */
static inline bool dusq__must_back_off_locked(const dusq__lane *lane, const dusq__seat *seat, int64_t now)
{
  return !seat->standing.connected && lane->backoff.until > now &&
         !dusq__setup_is(lane->setup, DUSQ__POOL_CANCELING);
}

#endif
