/* future.h - the consumer's end of work that has been submitted.
 *
 * A future settles exactly once: with a result (which may be NULL where there is nothing to say) or with an error.
 * Any number of threads may hold, read, wait for and cancel it at any time.
 *
 *   PENDING  queued, or not begun      ->  RUNNING, SETTLED
 *   RUNNING  a worker has begun it     ->  SETTLED
 *   SETTLED  for ever
 *
 * An error that nobody looked at (get, error, status, a callback, a combinator) is reported to the log when the last
 * reference goes; a cancellation that was asked for is not.                                                          */
#ifndef DUSQ_FUTURE_H
#define DUSQ_FUTURE_H
#include <dusq/cq.h>
#include <dusq/result.h>

DUSQ_BEGIN_DECLS

typedef struct dusq_future dusq_future;

/* Runs once after the last use of `arg`: also when the work was never begun. */
typedef void dusq_free_fn(void *arg);
/* A callback.  `done` is borrowed and settled. */
typedef void dusq_done_fn(dusq_future *done, void *arg);
/* A continuation.  `done` is borrowed and settled; returns an owned future, or NULL. */
typedef dusq_future *dusq_then_fn(dusq_future *done, void *arg);

#define DUSQ_FOREVER INT64_MAX /* all durations are int64_t nanoseconds */
#define DUSQ_MILLISECOND INT64_C(1000000)
#define DUSQ_SECOND INT64_C(1000000000)

DUSQ_API dusq_future *dusq_future_ref(dusq_future *future);
/* Never blocks, never cancels: work whose future nobody holds runs on. */
DUSQ_API dusq_future *dusq_future_unref(dusq_future *future);

/* ---- reading: never waits ---------------------------------------------------------------------------------------- */
enum { DUSQ_STATE_PENDING = 0, DUSQ_STATE_RUNNING = 1, DUSQ_STATE_SETTLED = 2 };
DUSQ_API int dusq_future_state(const dusq_future *future);

/* DUSQ_E_PENDING until it settles; then DUSQ_OK or the status of its error. */
DUSQ_API dusq_status dusq_future_status(const dusq_future *future);

/* DUSQ_OK and an owned result in *out (NULL when the work had nothing to give); else *out is NULL and the answer is
 * DUSQ_E_PENDING or the status of the error.  `out` may be NULL.  May be called many times, by many threads.         */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_future_get(dusq_future *future, dusq_result **out);

/* Borrowed from the future; NULL while it is pending, and when it succeeded. */
DUSQ_API const dusq_error *dusq_future_error(const dusq_future *future);

/* When it was submitted, begun and settled: nanoseconds on CLOCK_MONOTONIC, 0 for what has not happened.  Each pointer
 * may be NULL.                                                                                                       */
DUSQ_API void dusq_future_times(const dusq_future *future, int64_t *submitted, int64_t *started, int64_t *settled);

/* ---- waiting ----------------------------------------------------------------------------------------------------- */
/* DUSQ_OK: it has settled, well or badly.  DUSQ_E_TIMEDOUT after `timeout` ns; the future goes on.  DUSQ_E_DEADLOCK at
 * once on a worker or notifier thread of the library if it has not settled.  DUSQ_E_INVAL for a negative timeout.
 * Signals do not end a wait; it is no cancellation point.                                                            */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_future_wait(dusq_future *future, int64_t timeout);

/* Waits for it, takes what it has and drops it, in one call: consumes the future in every case.  DUSQ_OK and an owned
 * result in *out, as dusq_future_get; or a status and, in *error, an owned error of that status, while *out is NULL.
 * *error is NULL with DUSQ_OK.  Each may be NULL.  DUSQ_E_PENDING: it has not settled within `timeout` ns, and the work
 * goes on; so DUSQ_E_TIMEDOUT is always the work's own deadline.  DUSQ_E_DEADLOCK, DUSQ_E_INVAL as dusq_future_wait,
 * and then the work goes on, too.                                                                                    */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_await(dusq_future *take_future, int64_t timeout, dusq_result **out,
                                              dusq_error **error);

enum { DUSQ_FIRST_COMPLETED = 0, DUSQ_FIRST_EXCEPTION = 1, DUSQ_ALL_COMPLETED = 2 };
/* Waits until one has settled, until one has failed or all have settled, or until all have settled.  `done`, if not
 * NULL, receives for each whether it has settled by the time of the return, also on DUSQ_E_TIMEDOUT.  Neither an error
 * in a future nor the timeout cancels anything.  The same future may stand several times.  n = 0 is DUSQ_OK at once.
 * DUSQ_E_NOMEM, DUSQ_E_INVAL, DUSQ_E_DEADLOCK as above.                                                              */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_future_wait_many(dusq_future *const *futures, size_t n, int mode,
                                                         int64_t timeout, bool *done);

/* Futures in the order in which they settle.  One thread at a time.  The iterator holds a reference to each. */
typedef struct dusq_as_completed dusq_as_completed;
DUSQ_API DUSQ_MUST_USE dusq_status dusq_as_completed_new(dusq_future *const *futures, size_t n,
                                                         dusq_as_completed **out);
/* The next one that settled, as an owned reference; *out is NULL with DUSQ_OK after the last.  DUSQ_E_TIMEDOUT,
 * DUSQ_E_DEADLOCK, DUSQ_E_INVAL as dusq_future_wait; *out is NULL then.                                              */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_as_completed_next(dusq_as_completed *iterator, int64_t timeout,
                                                          dusq_future **out);
/* Accepts NULL.  The futures that were not taken go on. */
DUSQ_API void dusq_as_completed_free(dusq_as_completed *iterator);

/* ---- cancelling -------------------------------------------------------------------------------------------------- */
/* What a cancel met.  Of a combination: the furthest that one of its children was. */
enum {
  DUSQ_CANCEL_LATE = 0,   /* it has settled, or cannot be cancelled (a rollback, a close): nothing was done */
  DUSQ_CANCEL_QUEUED = 1, /* it waited: it has settled as DUSQ_E_CANCELED, and was never sent               */
  DUSQ_CANCEL_SENT = 2    /* a worker (or the promise's owner) has it, and was asked to stop: the outcome
                             tells what has become of it                                                    */
};
/* A request, and never blocks: what is queued settles as DUSQ_E_CANCELED and is never sent; what runs is interrupted,
 * and settles with the true outcome if it won the race.  Idempotent; nothing happens once the future has settled.    */
DUSQ_API int dusq_future_cancel(dusq_future *future);

/* ---- callbacks --------------------------------------------------------------------------------------------------- */
/* fn(future, arg) runs exactly once after the future has settled, then free_arg(arg) if not NULL; never on the stack
 * of this call.  They run inside dusq_cq_dispatch(queue), or on a notifier thread of the library where `queue` is
 * NULL. Callbacks of one future on one queue run in the order of registration.  DUSQ_E_NOMEM, DUSQ_E_INVAL,
 * DUSQ_E_RESOURCE (no thread), DUSQ_E_FORKED: nothing was registered, and neither fn nor free_arg will run.          */
DUSQ_API dusq_status dusq_future_on_done(dusq_future *future, dusq_cq *queue, dusq_done_fn *fn, void *arg,
                                         dusq_free_fn *free_arg);

/* Takes back a callback that was registered on this future with this queue, fn and arg; the last of several.   True: fn
 * will never run, though what sentence 6 of the contract says of each callback holds for every one that is not taken
 * back; its free_arg, if not NULL, is posted, to run once where fn would have.  False: there is none, or it has begun
 * to run and may still be at it on another thread.  Posted but not begun is not too late.                             */
DUSQ_API bool dusq_future_off_done(dusq_future *future, dusq_cq *queue, dusq_done_fn *fn, void *arg);

/* ---- combining.  These never return NULL: what goes wrong is in the future that they return.  They hold references of
 *      their own to the futures that they are given.
 *      ------------------------------------------------------------------                                            */
/* Runs fn like a callback, and settles like the future that fn returns; like `future` itself where fn returns NULL.
 * Cancelling it cancels what it waits for.  free_arg runs in every case.                                             */
DUSQ_API dusq_future *dusq_future_then(dusq_future *future, dusq_cq *queue, dusq_then_fn *fn, void *arg,
                                       dusq_free_fn *free_arg);

enum { DUSQ_ALL_FAIL_FAST = 0, DUSQ_ALL_COLLECT = 1 };
/* All of them, as asyncio.gather: (1) the result has an item for each, in the order of the arguments (result.h); (2)
 * the first error settles it at once, (3) and the others run on; (4) cancelling it cancels all of them, while a child
 * that is cancelled is an error like another.  With DUSQ_ALL_COLLECT it succeeds when all have settled, and errors are
 * items: one that is cancelled succeeds too, with DUSQ_E_CANCELED in the items that had not settled well before.  n = 0
 * succeeds with no items.                                                                                            */
DUSQ_API dusq_future *dusq_future_all(dusq_future *const *futures, size_t n, uint32_t flags);

/* The first that succeeds; the others run on.  When all fail: the error of the first in the order of the arguments.
 * Cancelling it cancels all of them.  n = 0 is DUSQ_E_INVAL.                                                         */
DUSQ_API dusq_future *dusq_future_any(dusq_future *const *futures, size_t n);

/* Settles like `future`; cancelling it settles it as DUSQ_E_CANCELED (and is DUSQ_CANCEL_QUEUED) and leaves `future`
 * alone.                                                                                                             */
DUSQ_API dusq_future *dusq_future_shield(dusq_future *future);

/* Settles like `future`; after `timeout` ns it cancels `future`, waits for the outcome for at most `grace` ns more,
 * and then settles as DUSQ_E_TIMEDOUT: with unknown_outcome when `future` had not even settled by the end of the
 * grace.  A success that won the race is a success.  Cancelling it cancels `future`.                                 */
DUSQ_API dusq_future *dusq_future_timeout(dusq_future *future, int64_t timeout, int64_t grace);

DUSQ_END_DECLS
#endif
