/* promise.h - the producer's side of a future: for tests, caches, adapters.
 *
 * A promise has one owner.  resolve, reject and drop consume it: exactly one of them must be called, once, and settles
 * the future.  Any thread, but one at a time for each promise, except dusq_promise_canceled.                         */
#ifndef DUSQ_PROMISE_H
#define DUSQ_PROMISE_H
#include <dusq/future.h>

DUSQ_BEGIN_DECLS

typedef struct dusq_promise dusq_promise;

/* An owned promise and, in *out, an owned reference to its future.  When memory is short: NULL, and in *out a future
 * that has settled as DUSQ_E_NOMEM; the calls below accept NULL and do nothing but free what they take.              */
DUSQ_API dusq_promise *dusq_promise_new(dusq_future **out);

/* Settles the future with a result, which may be NULL.  Both are consumed. */
DUSQ_API void dusq_promise_resolve(dusq_promise *take, dusq_result *take_result);

/* Settles the future with an error that is created as by dusq_error_new. */
DUSQ_API void dusq_promise_reject(dusq_promise *take, dusq_status status, const char *sqlstate, const char *format, ...)
    DUSQ_PRINTF(4, 5);

/* The same with an existing error.  NULL is taken as DUSQ_E_INVAL. */
DUSQ_API void dusq_promise_reject_error(dusq_promise *take, dusq_error *take_error);

/* Settles the future as DUSQ_E_ABANDONED. */
DUSQ_API void dusq_promise_drop(dusq_promise *take);

/* Marks the future as running.  Optional. */
DUSQ_API void dusq_promise_start(dusq_promise *promise);

/* Registers fn, which runs once, on a notifier thread of the library, if the future is cancelled before it settles,
 * or had been cancelled before this call.  The promise still belongs to the caller, who must settle it, usually with
 * DUSQ_E_CANCELED.  fn may still be running, or may not have begun yet, when the promise is consumed; free_arg(arg)
 * runs after the last use of `arg` in any case.  A promise has at most one: DUSQ_E_INVAL for a second; DUSQ_E_NOMEM,
 * DUSQ_E_RESOURCE as dusq_future_on_done.                                                                            */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_promise_on_cancel(dusq_promise *promise, dusq_free_fn *fn, void *arg,
                                                          dusq_free_fn *free_arg);

/* Whether the future has been cancelled. */
DUSQ_API bool dusq_promise_canceled(const dusq_promise *promise);

DUSQ_END_DECLS
#endif
