/* park.h - one thread sleeps, another one wakes it.
 *
 * A parker belongs to the thread that sleeps on it and usually lives on its stack.  A wake is kept until the next park,
 * so the order of the two does not matter.  The sleeper may free the parker as soon as it is woken: dusq__unpark does
 * not touch the parker's memory after the waking store (futex), or only under the parker's own mutex (elsewhere).    */
#ifndef DUSQ_BASE_PARK_H
#define DUSQ_BASE_PARK_H
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#if defined(__linux__) && !defined(DUSQ_NO_FUTEX)
#define DUSQ__FUTEX 1
#endif

typedef struct dusq__parker {
#ifdef DUSQ__FUTEX
  _Atomic uint32_t word; /* 0 idle, 1 parked, 2 woken */
#else
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  bool woken; /* guarded by: mtx */
#endif
} dusq__parker;

void dusq__parker_init(dusq__parker *parker);
void dusq__parker_fini(dusq__parker *parker);
/* Sleeps until woken or until `deadline` (absolute; INT64_MAX: never), and consumes the wake.  False on the deadline. */
bool dusq__park(dusq__parker *parker, int64_t deadline);
void dusq__unpark(dusq__parker *parker);
/* For the sleeper: whether a wake is pending, so that it need not sleep. */
bool dusq__is_called(dusq__parker *parker);

#endif
