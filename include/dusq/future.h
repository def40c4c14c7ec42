/* future.h - the consumer's side of submitted work.
 *
 * A future settles exactly once: with a result (which may be NULL if the work has none) or with an error.  Any number
 * of threads may hold, read, wait for and cancel it at any time.
 *
 *   PENDING  queued, or not begun      ->  RUNNING, SETTLED
 *   RUNNING  a worker has begun it     ->  SETTLED
 *   SETTLED  final
 *
 * If no caller has read the error of a future (by get, error, status, a callback, a combinator), it is logged when the
 * last reference is dropped, unless it is a cancellation that was requested.                                         */
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
/* Never blocks, never cancels: work without a reference to its future continues. */
DUSQ_API dusq_future *dusq_future_unref(dusq_future *future);

/* ---- reading: never waits ---------------------------------------------------------------------------------------- */
enum { DUSQ_STATE_PENDING = 0, DUSQ_STATE_RUNNING = 1, DUSQ_STATE_SETTLED = 2 };
DUSQ_API int dusq_future_state(const dusq_future *future);

/* DUSQ_E_PENDING until it settles; then DUSQ_OK or the status of its error. */
DUSQ_API dusq_status dusq_future_status(const dusq_future *future);

/* DUSQ_OK and an owned result in *out (NULL if the work has none); otherwise DUSQ_E_PENDING or the status of the
 * error, and *out is NULL.  `out` may be NULL.  May be called many times, by many threads.                           */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_future_get(dusq_future *future, dusq_result **out);

/* Borrowed from the future; NULL while it is pending, and if it succeeded. */
DUSQ_API const dusq_error *dusq_future_error(const dusq_future *future);

/* When it was submitted, begun and settled: nanoseconds on CLOCK_MONOTONIC, 0 for an event that has not happened.
 * Each pointer may be NULL.                                                                                          */
DUSQ_API void dusq_future_times(const dusq_future *future, int64_t *submitted, int64_t *started, int64_t *settled);

/* ---- waiting ----------------------------------------------------------------------------------------------------- */
/* DUSQ_OK: it has settled, with a result or an error.  DUSQ_E_TIMEDOUT after `timeout` ns; the work continues.
 * DUSQ_E_DEADLOCK at once on a worker or notifier thread of the library, if it has not settled.  DUSQ_E_INVAL for a
 * negative timeout.  Signals do not end a wait; it is not a cancellation point of pthreads.                          */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_future_wait(dusq_future *future, int64_t timeout);

/* Waits for the future, returns its outcome and drops it, in one call; consumes the future in every case.  DUSQ_OK
 * and an owned result in *out, as dusq_future_get; or another status and an owned error with that status in *error.
 * The other one of *out and *error is set to NULL.  `out` and `error` may be NULL.  DUSQ_E_PENDING: it has not
 * settled within `timeout` ns, and the work continues; so DUSQ_E_TIMEDOUT always means the work's own deadline.
 * DUSQ_E_DEADLOCK and DUSQ_E_INVAL as dusq_future_wait; the work then continues, too.                                */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_await(dusq_future *take_future, int64_t timeout, dusq_result **out,
                                              dusq_error **error);

enum { DUSQ_FIRST_COMPLETED = 0, DUSQ_FIRST_EXCEPTION = 1, DUSQ_ALL_COMPLETED = 2 };
/* Waits until one has settled, until one has failed or all have settled, or until all have settled.  If `done` is not
 * NULL, it receives for each future whether it has settled, also on DUSQ_E_TIMEDOUT.  Neither an error in a future
 * nor the timeout cancels anything.  The same future may occur several times.  n = 0 is DUSQ_OK at once.
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
/* Accepts NULL.  The futures that were not taken continue. */
DUSQ_API void dusq_as_completed_free(dusq_as_completed *iterator);

/* ---- cancelling -------------------------------------------------------------------------------------------------- */
/* What a cancel did.  For a combinator, the largest of these values over the children that had not settled. */
enum {
  DUSQ_CANCEL_LATE = 0,   /* it has settled, or cannot be cancelled (a rollback, a close): nothing was done */
  DUSQ_CANCEL_QUEUED = 1, /* it waited: it has settled as DUSQ_E_CANCELED, and was never sent               */
  DUSQ_CANCEL_SENT = 2    /* a worker (or the promise's owner) has it, and was asked to stop: its outcome
                             tells the result                                                               */
};
/* Requests a cancel, and never blocks.  A queued request settles as DUSQ_E_CANCELED and is never sent; a running one
 * is interrupted, and settles with its outcome if it ends within cancel_grace.  Idempotent; has no effect once the
 * future has settled.                                                                                                */
DUSQ_API int dusq_future_cancel(dusq_future *future);

/* ---- callbacks --------------------------------------------------------------------------------------------------- */
/* fn(future, arg) runs exactly once after the future has settled, then free_arg(arg) if it is not NULL; never on the
 * stack of this call.  They run inside dusq_cq_dispatch(queue), or on a notifier thread of the library if `queue` is
 * NULL. Callbacks of one future on one queue run in the order of registration.  DUSQ_E_NOMEM, DUSQ_E_INVAL,
 * DUSQ_E_RESOURCE (no thread), DUSQ_E_FORKED: nothing was registered, and neither fn nor free_arg will run.          */
DUSQ_API dusq_status dusq_future_on_done(dusq_future *future, dusq_cq *queue, dusq_done_fn *fn, void *arg,
                                         dusq_free_fn *free_arg);

/* Removes a callback that was registered on this future with this queue, fn and arg; of several, the one registered
 * last. True: fn will never run, even if it had been posted already; its free_arg, if not NULL, is posted, and runs
 * once where fn would have run.  Sentence 6 of the contract holds for every callback that is not removed.  False:
 * there is no such callback, or it has begun to run, and may still be running on another thread.                     */
DUSQ_API bool dusq_future_off_done(dusq_future *future, dusq_cq *queue, dusq_done_fn *fn, void *arg);

/* ---- combining.  These never return NULL: errors are in the future that they return.  They hold their own references
 *      to the futures that they are given.
 *      ------------------------------------------------------------------                                            */
/* Runs fn as a callback, and settles with the outcome of the future that fn returns, or of `future` itself if fn
 * returns NULL.  Cancelling it cancels the future that it waits for.  free_arg runs in every case.                   */
DUSQ_API dusq_future *dusq_future_then(dusq_future *future, dusq_cq *queue, dusq_then_fn *fn, void *arg,
                                       dusq_free_fn *free_arg);

enum { DUSQ_ALL_FAIL_FAST = 0, DUSQ_ALL_COLLECT = 1 };
/* All of them, as asyncio.gather: (1) the result has an item for each, in the order of the arguments (result.h); (2)
 * the first error settles it at once, (3) and the others continue; (4) cancelling it cancels all of them, and a child
 * that is cancelled counts as an error.  With DUSQ_ALL_COLLECT it succeeds when all have settled, and errors are
 * items; if it is cancelled it succeeds too, with DUSQ_E_CANCELED as the item of each child that the cancel ended.  n
 * = 0 succeeds with no items.                                                                                        */
DUSQ_API dusq_future *dusq_future_all(dusq_future *const *futures, size_t n, uint32_t flags);

/* Settles with the result of the first that succeeds; the others continue.  If all fail: with the error of the first
 * in the order of the arguments.  Cancelling it cancels all of them.  n = 0 is DUSQ_E_INVAL.                         */
DUSQ_API dusq_future *dusq_future_any(dusq_future *const *futures, size_t n);

/* Settles with the outcome of `future`.  Cancelling the shield settles it as DUSQ_E_CANCELED (and returns
 * DUSQ_CANCEL_QUEUED), and does not cancel `future`.                                                                 */
DUSQ_API dusq_future *dusq_future_shield(dusq_future *future);

/* Settles with the outcome of `future`.  After `timeout` ns it cancels `future`, waits for its outcome for at most
 * `grace` ns more, and then settles as DUSQ_E_TIMEDOUT; if `future` has not settled by then, with unknown_outcome.
 * If `future` succeeds despite the cancel, that is a success.  Cancelling it cancels `future`.                       */
DUSQ_API dusq_future *dusq_future_timeout(dusq_future *future, int64_t timeout, int64_t grace);

DUSQ_END_DECLS
#endif
