/* session.h - a session: a worker that is held, and the calls that wait for it; see <dusq/session.h>.
 *
 *   state     entered by                                    effect on a new call
 *   NEW       creation; or no connection could be had       it waits, and a lease is queued in the lane: LEASING
 *   LEASING   the first call                                it waits
 *   PINNED    a worker that took the lease                  it waits, and the worker is woken
 *   LOST      the worker, when the connection broke         CONNECTION_LOST
 *   ENDED     the worker; or a close while NEW              CLOSED
 *
 * The queue, the state and all fields that say nothing else are guarded by the lane's lock.  A call in the queue has
 * one more reference, the queue's.  A call that was cancelled or timed out has settled, but stays in the queue, OUT:
 * when its turn comes, the transaction fails with it.
 *
 * A call that could not be queued (wrong values, no memory, a full queue) fails the transaction that it would have been
 * in: the call before it is marked, or the session if no call waits.  If the refused call was a begin, commit or
 * rollback, the session is unusable, because the transaction that later calls belong to is no longer known.
 *
 * There are two counts: handles, which the callers hold; and references, held by all handles together (one), by each
 * request, and by the worker.                                                                                        */
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
  unsigned generation;     /* constant, as the next four                                                            */
  dusq_pool *pool;
  dusq__home *home;        /* a reference; keeps the pool's memory                                                  */
  dusq__lane *lane;
  const dusq__kind *lease_kind;
  dusq__request *first, *last;
  size_t waiting;          /* calls in the queue that have not settled                                              */
  uint8_t state;
  bool closed;             /* accepts no more calls                                                                 */
  bool failed_before;      /* a refused call has failed the transaction before the next call                        */
  bool unusable;
  uint32_t failed_depth;   /* transactions whose begin failed for want of a connection, and which are not ended yet */
  dusq__request *lease;    /* while LEASING; borrowed                                                               */
  dusq__seat *seat;        /* while PINNED                                                                          */
  atomic_int transaction;  /* the result of dusq_session_transaction                                                */
};

/* ---- any thread -------------------------------------------------------------------------------------------------- */
/* NULL when memory is short. */
dusq_session *dusq__session_new(dusq_pool *pool, dusq__lane *lane, const dusq__kind *lease_kind);
void dusq__session_drop(dusq_session *session); /* drops a reference; accepts NULL */
/* Makes the request a call of the session, with a reference to it. */
void dusq__session_own(dusq_session *session, dusq__request *request);
/* Queues a call, or settles it with an error.  Takes the producer's reference; the caller keeps its own. */
void dusq__session_submit(dusq_session *session, dusq__request *request);
/* The same for the end of the session, after which no call is accepted; NULL: there was no memory for the request. */
void dusq__session_end(dusq_session *session, dusq__request *end);
/* A call has failed before it was queued: fails the transaction that it would have been in. */
void dusq__session_fail_transaction(dusq_session *session, bool control);
/* Takes a waiting call out, also one that a cancel leaves alone; the caller settles it.  False: it does not wait. */
bool dusq__session_forget_locked(dusq__request *request);
/* Hooks of the kind `lease`. */
dusq_error *dusq__session_lease_settling(dusq__request *lease, dusq_error *take_error);
void dusq__session_lease_drop(dusq__request *lease);
/* The worker of a seat is stuck or ends: settles the calls that wait in its session. */
void dusq__session_abandon(dusq__seat *seat);

/* ---- the worker's thread ----------------------------------------------------------------------------------------- */
/* The worker has taken the lease.  False: the session or the pool has given up waiting for it. */
bool dusq__session_pin(dusq__seat *seat, dusq__request *lease);
/* The worker leaves the session; waiting calls fail. */
void dusq__session_unpin(dusq__seat *seat, dusq_session *session, bool lost);
/* Waits for the next call and takes it, with the queue's reference, into the room as the next share; NULL: the session
 * is over.  *skipped: the call has settled, and is not in the room.  *failed_before: the transaction has failed before
 * it.                                                                                                                */
dusq__request *dusq__session_next(dusq__seat *seat, dusq_session *session, bool *skipped, bool *failed_before);
/* Takes the next call as a further part of the share, under the lane's lock; NULL: none waits, or `fits` says no. */
dusq__request *dusq__session_join_locked(dusq__seat *seat, dusq_session *session,
                                         bool (*fits)(void *arg, dusq__request *request), void *arg);

#endif
