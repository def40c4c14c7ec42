/* home.h - the threads and the log hook of a pool or of futures without one.
 *
 * A home is a notifier thread (notifier.h), a timer thread (timer.h), and a log hook.  Every pool has one; futures
 * without a pool share one that exists while it is needed.  Both threads start when they are first needed and end when
 * the last reference to the home goes.  They are detached, so that dropping the last reference never waits.  Any
 * thread.
 *
 * There are two counts.  `refs` counts the users; when the last one goes, the threads are told to end.  `parts` counts
 * what needs the memory: each running thread, and all of `refs` together.                                            */
#ifndef DUSQ_ASYNC_HOME_H
#define DUSQ_ASYNC_HOME_H
#include "async/post_queue.h"
#include "async/timer_heap.h"
#include "base/log.h"
#include "base/sync.h"
#include <dusq/future.h>

enum { DUSQ__HOME_NAME_SIZE = 12 };

typedef struct dusq__home_thread {
  bool started;
  dusq__start start;
} dusq__home_thread;

typedef struct dusq__home {
  dusq__refs refs;
  dusq__refs parts;
  unsigned generation;
  bool shared;
  dusq__log log;
  char name[DUSQ__HOME_NAME_SIZE];
  void *owner;
  void (*fini)(void *owner);
  dusq__post_queue posts;   /* for the notifier thread */
  dusq__timer_heap timers;  /* for the timer thread    */
  pthread_mutex_t start_mtx;
  dusq__home_thread notifier, timer; /* guarded by: start_mtx */
} dusq__home;

/* NULL when memory is short.  `name` is used in thread names. */
dusq__home *dusq__home_new(dusq__log log, const char *name);
/* Sets the object that lives as long as the home: fini(owner) runs when the last reference is gone and both threads
 * have ended.                                                                                                        */
void dusq__home_own(dusq__home *home, void *owner, void (*fini)(void *owner));
/* A reference to the shared home, which is made if there is none; NULL when memory is short. */
dusq__home *dusq__home_shared(void);
dusq__home *dusq__home_ref(dusq__home *home);
void dusq__home_unref(dusq__home *home); /* accepts NULL */
dusq__log dusq__home_log(const dusq__home *home); /* NULL: the process-wide hook */

/* Starts one of its threads if it does not run.  `run` gets the home, and must drop a part when it ends.
 * DUSQ_E_RESOURCE, DUSQ_E_NOMEM.                                                                                     */
dusq_status dusq__home_start(dusq__home *home, dusq__home_thread *thread, void *(*run)(void *home), const char *suffix,
                             size_t stack_size);
void dusq__home_drop_part(dusq__home *home);

/* ---- the kind of the calling thread ------------------------------------------------------------------------------ */
enum { DUSQ__THREAD_FOREIGN = 0, DUSQ__THREAD_WORKER, DUSQ__THREAD_NOTIFIER, DUSQ__THREAD_TIMER };
extern _Thread_local int dusq__thread_kind;

#endif
