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
/* A connect has failed.  The error stays the caller's.  If it was one without a request, and this will not pass by
 * itself, such as a wrong password, there is no further one for a minute, or until a request is let in.              */
void dusq__backoff_begin(dusq__lane *lane, const dusq__seat *seat, dusq_error *error, uint32_t random);
/* A seat has lost or closed its connection. */
void dusq__backoff_disconnected(dusq__lane *lane, dusq__seat *seat);

/* min_connections: whether the lane has too few connections. */
static inline bool dusq__is_short_locked(const dusq__lane *lane)
{
  uint32_t least = lane->setup->options.min_connections;
  return lane->roster.nconnected + lane->roster.nfilling < (least < lane->max ? least : lane->max) &&
         !lane->queue.closed;
}
/* When one may be made without a request. */
static inline int64_t dusq__fill_at_locked(const dusq__lane *lane)
{
  return lane->backoff.until > lane->roster.fill_at ? lane->backoff.until : lane->roster.fill_at;
}
/* Such an attempt of the seat is over. */
static inline void dusq__filled_locked(dusq__lane *lane, dusq__seat *seat)
{
  lane->roster.nfilling -= seat->standing.filling;
  seat->standing.filling = false;
}

/* Whether a seat without a connection must wait. */
static inline bool dusq__must_back_off_locked(const dusq__lane *lane, const dusq__seat *seat, int64_t now)
{
  return !seat->standing.connected && lane->backoff.until > now &&
         !dusq__setup_is(lane->setup, DUSQ__POOL_CANCELING);
}

#endif
