/* timer_heap.h - a home's timers, ordered by time, and the wait for the next one.
 *
 * An intrusive pairing heap, so arming cannot fail.  Any thread arms and disarms; only the home's timer thread waits.
 * Disarming does not wake that thread, because most deadlines never pass: it finds out when it wakes anyway.  One lock,
 * mtx, is never held while a timer fires.                                                                            */
#ifndef DUSQ_ASYNC_TIMER_HEAP_H
#define DUSQ_ASYNC_TIMER_HEAP_H
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Embedded in the object that it is for.  An armed timer stands for one reference to that object, which the thread that
 * disarms it drops, or else `fire`.  `fire` runs on the timer thread with no lock held, and must be short.           */
typedef struct dusq__timer {
  int64_t when; /* guarded by: the heap's mtx, as all below */
  struct dusq__timer *child, *sibling, *before;
  bool armed;
  void (*fire)(struct dusq__timer *timer);
} dusq__timer;

typedef struct dusq__timer_heap {
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  dusq__timer *root;  /* guarded by: mtx, as all below                   */
  int64_t sleep_till; /* when the thread wakes next; 0 while it is awake */
  bool stop;
} dusq__timer_heap;

/* 0, or an errno.  The heap must be zeroed before. */
int dusq__timer_heap_init(dusq__timer_heap *heap);
void dusq__timer_heap_fini(dusq__timer_heap *heap);
void dusq__timer_heap_stop(dusq__timer_heap *heap);
/* Arms a timer that is not armed, for an absolute time. */
void dusq__timer_heap_arm(dusq__timer_heap *heap, dusq__timer *timer, int64_t when);
/* True: it was armed and will not fire.  False: it was not, or it is firing or has fired. */
bool dusq__timer_heap_disarm(dusq__timer_heap *heap, dusq__timer *timer);
/* Waits for the next timer, and disarms it; NULL when the thread is to end. */
dusq__timer *dusq__timer_heap_next(dusq__timer_heap *heap);

#endif
