/* future.h - the inside of futures.  See <dusq/future.h> for what they are.
 *
 * A future is the first member of what it is the future of (a request of a pool, a promise's cell, a combination),
 * which gives it a class.  Its lock guards the list of watches; result and error are written before the state becomes
 * SETTLED and never again.
 *
 * References: the producer holds one until it settles the future.  A watch other than a waiter's holds one while it is
 * linked or on its way.                                                                                              */
#ifndef DUSQ_ASYNC_FUTURE_H
#define DUSQ_ASYNC_FUTURE_H
#include "async/home.h"
#include "base/fork.h"
#include "base/park.h"
#include "data/error.h"

/* Somebody who wants to know when a future settles.  `fire` runs once, with no lock held, on the thread that settles;
 * it must be short and never runs a caller's code.  Watches fire after all waiters have been woken, and never one
 * inside another, however long a chain of futures is.                                                                */
typedef struct dusq__watch {
  struct dusq__watch *next;  /* guarded by: the future's lock while linked      */
  dusq_future *future;       /* counted, unless `waiter`                        */
  dusq__parker *waiter;      /* a thread that waits: it is woken, not fired     */
  void (*fire)(struct dusq__watch *watch, dusq_future *done);
  bool linked;               /* guarded by: the future's lock                   */
  bool closes;               /* the last of those that fire together            */
} dusq__watch;

enum { DUSQ__CANCEL_PASSED_ON = -1 };

typedef struct dusq__future_class {
  /* Somebody asked for cancellation, for the first time, before it settled (as far as could be seen).  No lock is
   * held.  What it met; or DUSQ__CANCEL_PASSED_ON, where it has asked others by dusq__future_cancel_too.             */
  int (*cancel)(dusq_future *future);
  /* The last reference has gone: frees the memory.  Result, error and home have been dropped. */
  void (*destroy)(dusq_future *future);
} dusq__future_class;

/* In the order of their use: two threads take turns with the first lines, and every line costs them. */
struct dusq_future {
  const dusq__future_class *class; /* NULL: static, not counted       */
  dusq__refs refs;
  unsigned generation;
  atomic_int state;                /* DUSQ_STATE_...: PENDING -> RUNNING -> SETTLED, PENDING -> SETTLED */
  atomic_bool canceled, looked;
  bool soon;                       /* nothing is in front of it: whoever waits looks for a moment before it sleeps */
  bool firing;                     /* it has settled, and its watches are being fired: later ones wait for their turn,
                                      so that they fire in the order of registration; guarded by: mtx */
  pthread_mutex_t mtx;
  dusq__watch *watches, **last;    /* guarded by: mtx                 */
  dusq_result *result;             /* counted; before SETTLED         */
  dusq_error *error;               /* counted; before SETTLED         */
  _Atomic int64_t submitted, started, settled;
  dusq__home *home;                /* counted; NULL: the shared one   */
  dusq_future *cancel_next;        /* of the thread that set canceled */
  atomic_bool unmoved;             /* a cancel has met DUSQ_CANCEL_LATE */
  struct dusq__call *calls;        /* callbacks that have not begun; guarded by: mtx */
};

/* Readies a zeroed future with `refs` references.  `home` is counted. */
void dusq__future_init(dusq_future *future, const dusq__future_class *class, dusq__home *home, unsigned refs);
/* PENDING -> RUNNING. */
void dusq__future_start(dusq_future *future, int64_t now);
/* Settles it, once: false, and both are dropped, if it has settled already.  Takes both, and no reference to the
 * future. `now` may be 0: the clock is read.                                                                         */
bool dusq__future_settle(dusq_future *future, dusq_result *take_result, dusq_error *take_error, int64_t now);
/* The same for several futures in a row: nobody is woken before dusq__wake_all, so that a thread that waits for one
 * after the other does not go back to sleep in between.  Zeroed at first.                                            */
typedef struct dusq__wakes {
  dusq__watch *first, *last;
} dusq__wakes;
bool dusq__future_settle_quietly(dusq_future *future, dusq_result *take_result, dusq_error *take_error, int64_t now,
                                 dusq__wakes *wakes);
void dusq__wake_all(dusq__wakes *wakes);
/* Settles `future` as `like` has been settled. */
bool dusq__future_settle_like(dusq_future *future, dusq_future *like);
static inline bool dusq__future_settled(const dusq_future *future)
{
  return atomic_load_explicit(&future->state, memory_order_acquire) == DUSQ_STATE_SETTLED;
}

/* Links a watch, which takes a reference to the future; fires it at once, through the same door, if it has settled. */
void dusq__future_watch(dusq_future *future, dusq__watch *watch);
/* Links a waiter's watch; false if the future has settled. */
bool dusq__future_watch_waiter(dusq_future *future, dusq__watch *watch);
/* True: it was still linked, and will not fire.  The reference that a linked watch held has been dropped. */
bool dusq__future_unwatch(dusq_future *future, dusq__watch *watch);
/* The same under the future's lock, but the reference is then the caller's. */
bool dusq__future_unlink_locked(dusq_future *future, dusq__watch *watch);

/* For the cancel of a class: cancels another one as well, after it, so that chains of any length need no stack. */
void dusq__future_cancel_too(dusq_future *future);

/* A future that has settled with a static error; not counted.  For want of memory, and in a forked child. */
dusq_future *dusq__future_static(dusq_status status);
/* A future that has settled with this error, or a static one when memory is short. */
dusq_future *dusq__future_failed(dusq__home *home, dusq_error *take_error);

/* Whether this thread must not wait: a worker's or the library's own. */
static inline bool dusq__must_not_wait(void)
{
  return dusq__thread_kind != DUSQ__THREAD_FOREIGN;
}

#endif
