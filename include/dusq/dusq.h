/* dusq.h - Deferred, Uniform SQL Queries: futures over a pool of worker threads, the same for every database.
 *
 *   dusq_pool *pool;
 *   dusq_error *error;
 *   if (dusq_pool_open_uri("sqlite:app.db", &pool, &error)) ...
 *   dusq_future *f = dusq_pool_query(pool, "SELECT name FROM person WHERE id = ?", DUSQ_PARAMS(dusq_int(7)), NULL);
 *   ...                                                         meanwhile, something else
 *   dusq_result *r;
 *   if (dusq_await(f, DUSQ_FOREVER, &r, &error) == DUSQ_OK) ...
 *
 * The contract: eight sentences that hold for every function, unless its declaration says otherwise.
 *
 * 1. Ownership.  A returned `T *` (or `T **out`) is one reference that the caller owns; a returned `const T *` is
 *    borrowed from the object it was read from; only a parameter whose name begins with `take` is consumed.
 * 2. Counting.  x_ref returns its argument; x_unref accepts NULL, returns NULL, never blocks, never cancels, and is
 *    legal anywhere, in callbacks too.
 * 3. Input.  SQL text and values are copied before the call returns.
 * 4. Errors.  A call that starts work never returns NULL and never fails on the side: bad arguments, a full queue, a
 *    closed pool and out-of-memory arrive in the future like any other error.  Nothing aborts, exits or prints.
 * 5. Settling.  A future settles exactly once; it is ready before any waiter wakes and before any callback runs;
 *    getters never wait; waiters do not wait for callbacks.
 * 6. Callbacks.  Each runs exactly once, with no lock held, never on the stack of the call that registered, submitted
 *    or cancelled: on the thread inside dusq_cq_dispatch(queue), or on the pool's notifier thread where the queue is
 *    NULL. It may call everything; a wait that could block the notifier or a worker returns DUSQ_E_DEADLOCK at once.
 * 7. Threads.  pool, session, future, promise, result, error, cq: any thread, any time.  config, stream and
 *    dusq_as_completed: one thread at a time.  dusq_conn: only its job.
 * 8. fork.  In the child every call on an object of the parent answers DUSQ_E_FORKED, unref of a pool, session, future,
 *    promise or queue is a no-op, and the parent's connections stay untouched.  Objects made in the child work.
 *
 * Durations are int64_t nanoseconds.  This header includes the others, but not backend.h and fake.h.                 */
#ifndef DUSQ_DUSQ_H
#define DUSQ_DUSQ_H
#include <dusq/config.h>
#include <dusq/cq.h>
#include <dusq/error.h>
#include <dusq/future.h>
#include <dusq/macros.h>
#include <dusq/pool.h>
#include <dusq/promise.h>
#include <dusq/result.h>
#include <dusq/session.h>
#include <dusq/stream.h>
#include <dusq/value.h>
#include <dusq/version.h>
#endif
