/* sync.h - additions to pthreads: monotonic condition variables, threads that block signals, and reference counts. */
#ifndef DUSQ_BASE_SYNC_H
#define DUSQ_BASE_SYNC_H
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A condition variable on CLOCK_MONOTONIC (where the platform cannot: on the realtime clock, in short steps). */
int dusq__cond_init(pthread_cond_t *cond);
/* Like pthread_cond_timedwait, with an absolute time of dusq__now(); INT64_MAX: never.  False once it has passed. */
bool dusq__cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *mtx, int64_t deadline);

/* A mutex for short critical sections that several threads enter often. */
int dusq__mutex_init_busy(pthread_mutex_t *mtx);

/* The arguments of a thread; must live until `run` has begun, so that starting a thread needs no memory of the
 * library's.                                                                                                         */
typedef struct dusq__start {
  void *(*run)(void *);
  void *arg;
  char name[16];
} dusq__start;

/* Starts a thread with all signals blocked, cancellation off, and a name of at most 15 bytes.  stack_size 0: 512 KiB.
 * Returns 0, or an errno.  With `thread` NULL it is detached.                                                        */
int dusq__thread_start(dusq__start *start, pthread_t *thread, size_t stack_size);

typedef struct dusq__refs {
  atomic_uint count;
} dusq__refs;

static inline void dusq__refs_init(dusq__refs *refs, unsigned count)
{
  atomic_init(&refs->count, count);
}

static inline void dusq__refs_take(dusq__refs *refs)
{
  atomic_fetch_add_explicit(&refs->count, 1, memory_order_relaxed);
}

/* True if it was the last reference. */
static inline bool dusq__refs_drop(dusq__refs *refs)
{
  /* acq_rel on the counter itself instead of a fence: ThreadSanitizer does not follow fences */
  return atomic_fetch_sub_explicit(&refs->count, 1, memory_order_acq_rel) == 1;
}

#endif
