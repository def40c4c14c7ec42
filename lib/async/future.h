/* future.h - internals of futures.  See <dusq/future.h> for the public calls.
 *
 * A future is the first member of its object (a request of a pool, a promise, a combination), which gives it a class.
 * Its lock guards the list of watches.  Result and error are written before the state becomes SETTLED and never again.
 *
 * References: the producer holds one until it settles the future.  A watch that is not a waiter's holds one until it
 * has fired.                                                                                                         */
#ifndef DUSQ_ASYNC_FUTURE_H
#define DUSQ_ASYNC_FUTURE_H
#include "async/home.h"
#include "base/fork.h"
#include "base/park.h"
#include "data/error.h"

/* An observer of a future.  `fire` runs once, with no lock held, on the thread that settles.  It must be short and
 * never runs a caller's code.  Watches fire after all waiters have been woken.  A watch never fires inside another one,
 * however long a chain of futures is.                                                                                */
typedef struct dusq__watch {
  struct dusq__watch *next;  /* guarded by: the future's lock while linked            */
  dusq_future *future;       /* a reference, unless `waiter`                          */
  dusq__parker *waiter;      /* a thread that waits, which is woken instead of `fire` */
  void (*fire)(struct dusq__watch *watch, dusq_future *done);
  bool linked;               /* guarded by: the future's lock                         */
  bool closes;               /* the last of those that fire together                  */
} dusq__watch;

enum { DUSQ__CANCEL_PASSED_ON = -1 };

typedef struct dusq__future_class {
  /* Somebody asked for cancellation, for the first time, before it settled (as far as could be seen).  No lock is
   * held.  What it met; or DUSQ__CANCEL_PASSED_ON, where it has asked others by dusq__future_cancel_too.             */
  int (*cancel)(dusq_future *future);
  /* The last reference has gone: frees the memory.  Result, error and home have been dropped. */
  void (*destroy)(dusq_future *future);
} dusq__future_class;

/* Fields are ordered by use: two threads alternate on the first cache lines, and each line costs. */
struct dusq_future {
  const dusq__future_class *class; /* NULL: static, not reference-counted                               */
  dusq__refs refs;
  unsigned generation;
  atomic_uchar state;              /* DUSQ_STATE_...: PENDING -> RUNNING -> SETTLED, PENDING -> SETTLED */
  atomic_bool canceled, looked;
  atomic_bool unmoved;             /* a cancel has met DUSQ_CANCEL_LATE                                 */
  bool spin;                       /* no other request is ahead of it: a waiter spins before it sleeps  */
  bool firing;                     /* settled, and its watches are being fired.  Later watches are queued, so that they
                                    * fire in the order of registration; guarded by: mtx                              */
  pthread_mutex_t mtx;
  dusq__watch *watches, **last;    /* guarded by: mtx                                                   */
  dusq_result *result;             /* a reference; written before SETTLED                               */
  dusq_error *error;               /* a reference; written before SETTLED                               */
  _Atomic int64_t submitted, started, settled;
  dusq__home *home;                /* a reference; NULL: the shared home                                */
  dusq_future *cancel_next;        /* for the thread that set canceled                                  */
  struct dusq__call *calls;        /* callbacks that have not begun; guarded by: mtx                    */
};

/* Initialises a zeroed future with `refs` references.  Takes a reference to `home`. */
void dusq__future_init(dusq_future *future, const dusq__future_class *class, dusq__home *home, unsigned refs);
/* Moves PENDING -> RUNNING. */
void dusq__future_start(dusq_future *future, int64_t now);
/* Settles it.  False if it has settled already; result and error are dropped then.  Takes both, but no reference to the
 * future.  If `now` is 0, the clock is read.                                                                         */
bool dusq__future_settle(dusq_future *future, dusq_result *take_result, dusq_error *take_error, int64_t now);
/* The same for several futures: waiters are woken only by dusq__wake_all, so that a thread that waits for one future
 * after the other does not sleep in between.  To be zeroed first.                                                    */
typedef struct dusq__wakes {
  dusq__watch *first, *last;
} dusq__wakes;
bool dusq__future_settle_quietly(dusq_future *future, dusq_result *take_result, dusq_error *take_error, int64_t now,
                                 dusq__wakes *wakes);
void dusq__wake_all(dusq__wakes *wakes);
/* Settles `future` with the result or error of `like`. */
bool dusq__future_settle_like(dusq_future *future, dusq_future *like);
static inline bool dusq__future_settled(const dusq_future *future)
{
  return atomic_load_explicit(&future->state, memory_order_acquire) == DUSQ_STATE_SETTLED;
}

/* Links a watch, which takes a reference to the future.  If the future has settled, the watch fires at once, in order
 * with the others.                                                                                                   */
void dusq__future_watch(dusq_future *future, dusq__watch *watch);
/* Links a waiter's watch; false if the future has settled. */
bool dusq__future_watch_waiter(dusq_future *future, dusq__watch *watch);
/* True: the watch was still linked, and will not fire.  The reference that it held has been dropped. */
bool dusq__future_unwatch(dusq_future *future, dusq__watch *watch);
/* The same under the future's lock, but the reference is then the caller's. */
bool dusq__future_unlink_locked(dusq_future *future, dusq__watch *watch);

/* For the cancel of a class: cancels another one as well, after it, so that chains of any length need no stack. */
void dusq__future_cancel_too(dusq_future *future);

/* A settled future with a static error; not reference-counted.  For out of memory, and for a forked child. */
dusq_future *dusq__future_static(dusq_status status);
/* A settled future with this error, or a static one when memory is short. */
dusq_future *dusq__future_failed(dusq__home *home, dusq_error *take_error);

/* Whether this is a thread that must not wait: a worker or one of the library's own. */
static inline bool dusq__must_not_wait(void)
{
  return dusq__thread_kind != DUSQ__THREAD_FOREIGN;
}

#endif
