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
#ifndef DUSQ_POOL_SESSION_H
#define DUSQ_POOL_SESSION_H
#include "pool/pool.h"

typedef enum dusq__session_state {
  DUSQ__SESSION_NEW,
  DUSQ__SESSION_LEASING,
  DUSQ__SESSION_PINNED,
  DUSQ__SESSION_LOST,
  DUSQ__SESSION_ENDED
} dusq__session_state;

struct dusq_session {
  dusq__refs handles, refs;
  unsigned generation;    /* constant, as the next three */
  dusq_pool *pool;
  dusq__home *home;       /* counted: it keeps the pool's memory */
  dusq__lane *lane;
  dusq__request *first, *last;
  size_t waiting;         /* calls in the queue that have not settled */
  uint8_t state;
  bool closed;            /* takes no more calls                 */
  bool spoilt;            /* before the next call                */
  bool doomed;
  uint32_t failed_depth;  /* transactions that were begun in vain, for want of a connection, and are not ended yet */
  dusq__request *lease;   /* while LEASING; borrowed             */
  dusq__worker *worker;   /* while PINNED                        */
  atomic_int transaction; /* what dusq_session_transaction says  */
};

/* ---- session.c: any thread --------------------------------------------------------------------------------------- */
dusq_session *dusq__session_new(dusq_pool *pool, uint32_t lane);
void dusq__session_drop(dusq_session *session); /* a reference; accepts NULL */
/* Queues a call, or settles it with the reason why not.  Takes the producer's reference; the caller keeps its own. */
void dusq__session_submit(dusq_session *session, dusq__request *request);
/* A call has failed before it was queued. */
void dusq__session_spoil(dusq_session *session, bool control);
/* Takes a call that waits out: it is to be settled, and fails its transaction.  False: it does not wait, or goes on. */
bool dusq__session_remove_locked(dusq__request *request);
/* The same for whatever waits. */
bool dusq__session_forget_locked(dusq__request *request);
/* The lease has failed; the calls that wait fail with the same error, which stays the caller's. */
void dusq__session_unleased(dusq__request *lease, dusq_error *error);
/* Takes all that waits out, as a list of the queue's references. */
dusq__request *dusq__session_drain_locked(dusq_session *session);
/* Settles such a list with one error, which stays the caller's; an END with success. */
void dusq__session_fail_list(dusq_session *session, dusq__request *list, dusq_error *error);
/* A worker that is stuck or leaves: settles what waits in its session. */
void dusq__session_abandon(dusq__worker *worker);

/* ---- session_run.c: the worker's thread -------------------------------------------------------------------------- */
void dusq__run_session(dusq__worker *worker, size_t i);
/* Runs call i of the share by itself, and settles it. */
void dusq__session_call(dusq__worker *worker, size_t i);
/* Settles it with what is in the sink.  `alone`: its transaction fails with it, also when it was told too late. */
void dusq__session_finish(dusq__worker *worker, size_t i, dusq_sink *sink, bool alone);
/* Why it cannot be begun: it is to stop, or the server has gone.  Owned, or NULL. */
dusq_error *dusq__session_obstacle(dusq__worker *worker, const dusq__request *request);

/* ---- session_sequence.c ------------------------------------------------------------------------------------------ */
/* Runs a call that has been taken, and is in the room, together with those that wait behind it, and settles them.
 * Takes the queue's references.  False: nothing was done, for it has to run by itself.                               */
bool dusq__session_sequence(dusq__worker *worker, dusq_session *session, dusq__request *first);

#endif
