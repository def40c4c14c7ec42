/* home.h - where the callbacks, timers and log lines of a future go.
 *
 * A home is a notifier thread (callbacks that have no queue), a timer thread (deadlines; only the library's own code
 * runs on it), and a log hook.  Every pool has one; futures of no pool share one that exists while it is needed.  Both
 * threads start when they are first needed and end when the last reference to the home goes; they are detached, so
 * that dropping the last reference never waits.  Any thread.                                                         */
#ifndef DUSQ_ASYNC_HOME_H
#define DUSQ_ASYNC_HOME_H
#include "base/log.h"
#include "base/sync.h"
#include <dusq/future.h>

typedef struct dusq__home dusq__home;

/* ---- life -------------------------------------------------------------------------------------------------------- */
/* NULL when memory is short.  `name` is for thread names. */
dusq__home *dusq__home_new(dusq__log log, const char *name);
/* What lives as long as the home: fini(owner) runs when the last reference has gone and both threads have ended. */
void dusq__home_own(dusq__home *home, void *owner, void (*fini)(void *owner));
/* One more reference to the shared home, made if there is none; NULL when memory is short. */
dusq__home *dusq__home_shared(void);
dusq__home *dusq__home_ref(dusq__home *home);
void dusq__home_unref(dusq__home *home); /* accepts NULL */
dusq__log dusq__home_log(const dusq__home *home); /* NULL: the process-wide hook */

/* ---- callbacks --------------------------------------------------------------------------------------------------- */
/* One callback on its way; owned by whoever has it.  `run` frees it. */
typedef struct dusq__post {
  struct dusq__post *next;
  void (*run)(struct dusq__post *post);
} dusq__post;

/* Makes sure that the notifier thread runs, so that a later post cannot fail.  DUSQ_E_RESOURCE, DUSQ_E_NOMEM. */
dusq_status dusq__notifier_ready(dusq__home *home);
void dusq__notifier_post(dusq__home *home, dusq__post *take_post);

/* ---- timers ------------------------------------------------------------------------------------------------------ */
/* Embedded in what it is for.  An armed timer stands for one reference to that object: who disarms it, or else `fire`,
 * drops it.  `fire` runs on the timer thread with no lock held, and must be short.                                   */
typedef struct dusq__timer {
  int64_t when;                       /* guarded by: the home's timer lock, as all below */
  struct dusq__timer *child, *sibling, *before;
  bool armed;
  void (*fire)(struct dusq__timer *timer);
} dusq__timer;

dusq_status dusq__timer_ready(dusq__home *home); /* as dusq__notifier_ready */
/* Arms a timer that is not armed, for an absolute moment.  The thread must be ready. */
void dusq__timer_arm(dusq__home *home, dusq__timer *timer, int64_t when);
/* True: it was armed and will not fire.  False: it was not, or it is firing or has fired. */
bool dusq__timer_disarm(dusq__home *home, dusq__timer *timer);

/* ---- which thread is this ---------------------------------------------------------------------------------------- */
enum { DUSQ__THREAD_FOREIGN = 0, DUSQ__THREAD_WORKER, DUSQ__THREAD_NOTIFIER, DUSQ__THREAD_TIMER };
extern _Thread_local int dusq__thread_kind;

#endif
