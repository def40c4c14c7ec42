/* session.h - a worker that is held, and the calls that wait for it; see <dusq/session.h>.
 *
 *   state     entered by                                    what a call finds
 *   NEW       made; or no connection could be had           it waits, and a lease is queued in the lane: LEASING
 *   LEASING   the first call                                it waits
 *   PINNED    a worker, which took the lease                it waits, and the worker is woken
 *   LOST      the worker, when the connection broke         CONNECTION_LOST
 *   ENDED     the worker, or a close of what is NEW         CLOSED
 *
 * The queue, the state and all that is not marked otherwise are guarded by the lane's lock.  A call in the queue has
 * one reference more, the queue's.  One that was cancelled or came too late has settled, and stays in the queue, OUT:
 * when its turn comes, the transaction fails with it.
 *
 * A call that could not even be queued (wrong values, no memory, a full queue) spoils the transaction that it would
 * have been in: the call before it is marked, or the session where none waits.  If that was a begin, commit or
 * rollback, the session is doomed, for nobody knows any more what those behind it were meant for.
 *
 * A session is counted twice: handles are the callers'; references are the handles' one, those of its requests, and the
 * worker's.                                                                                                          */
#ifndef DUSQ_QUEUE_SESSION_H
#define DUSQ_QUEUE_SESSION_H
#include "queue/lane.h"

typedef enum dusq__session_state {
  DUSQ__SESSION_NEW,
  DUSQ__SESSION_LEASING,
  DUSQ__SESSION_PINNED,
  DUSQ__SESSION_LOST,
  DUSQ__SESSION_ENDED
} dusq__session_state;

struct dusq_session {
  dusq__refs handles, refs;
  unsigned generation;     /* constant, as the next four */
  dusq_pool *pool;
  dusq__home *home;        /* counted: it keeps the pool's memory */
  dusq__lane *lane;
  const dusq__kind *lease_kind;
  dusq__request *first, *last;
  size_t waiting;          /* calls in the queue that have not settled */
  uint8_t state;
  bool closed;             /* takes no more calls                 */
  bool spoilt;             /* before the next call                */
  bool doomed;
  uint32_t failed_depth;   /* transactions that were begun in vain, for want of a connection, and are not ended yet */
  dusq__request *lease;    /* while LEASING; borrowed             */
  dusq__seat *seat;        /* while PINNED                        */
  atomic_int transaction;  /* what dusq_session_transaction says  */
};

/* ---- any thread -------------------------------------------------------------------------------------------------- */
/* NULL when memory is short. */
dusq_session *dusq__session_new(dusq_pool *pool, dusq__lane *lane, const dusq__kind *lease_kind);
void dusq__session_drop(dusq_session *session); /* a reference; accepts NULL */
/* Makes it a request of the session's, which is counted by it. */
void dusq__session_own(dusq_session *session, dusq__request *request);
/* Queues a call, or settles it with the reason why not.  Takes the producer's reference; the caller keeps its own. */
void dusq__session_submit(dusq_session *session, dusq__request *request);
/* The same for the end of it, after which it takes no more; NULL: there was no memory for one. */
void dusq__session_end(dusq_session *session, dusq__request *end);
/* A call has failed before it was queued. */
void dusq__session_spoil(dusq_session *session, bool control);
/* Takes out whatever waits, also what a cancel leaves alone: it is to be settled.  False: it does not wait. */
bool dusq__session_forget_locked(dusq__request *request);
/* Hooks of the kind that is a lease. */
dusq_error *dusq__session_lease_settling(dusq__request *lease, dusq_error *take_error);
void dusq__session_lease_drop(dusq__request *lease);
/* The worker of a seat is stuck or leaves: settles what waits in its session. */
void dusq__session_abandon(dusq__seat *seat);

/* ---- the worker's thread ----------------------------------------------------------------------------------------- */
/* It has taken the lease.  False: the session has given up waiting for it, or the pool has. */
bool dusq__session_pin(dusq__seat *seat, dusq__request *lease);
/* It lets go; what waits fails. */
void dusq__session_unpin(dusq__seat *seat, dusq_session *session, bool lost);
/* Waits for the next call and takes it, with the queue's reference, into the room as the next share; NULL: the session
 * is over.  *skipped: it has settled, and is not in the room.  *spoilt: the transaction has failed before it.         */
dusq__request *dusq__session_next(dusq__seat *seat, dusq_session *session, bool *skipped, bool *spoilt);
/* Takes the next call, under the lane's lock, as another part of the share; NULL: none waits, or `fits` says no. */
dusq__request *dusq__session_join_locked(dusq__seat *seat, dusq_session *session,
                                         bool (*fits)(void *arg, dusq__request *request), void *arg);

#endif
