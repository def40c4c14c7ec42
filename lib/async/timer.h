/* timer.h - the thread of a home that fires timers.  Only the library's own code runs on it.  Any thread. */
#ifndef DUSQ_ASYNC_TIMER_H
#define DUSQ_ASYNC_TIMER_H
#include "async/home.h"

/* Starts the thread if it does not run; to be called before a timer is armed.  DUSQ_E_RESOURCE, DUSQ_E_NOMEM. */
dusq_status dusq__timer_ready(dusq__home *home);

/* See dusq__timer_heap_arm and ..._disarm. */
static inline void dusq__timer_arm(dusq__home *home, dusq__timer *timer, int64_t when)
{
  dusq__timer_heap_arm(&home->timers, timer, when);
}

static inline bool dusq__timer_disarm(dusq__home *home, dusq__timer *timer)
{
  return dusq__timer_heap_disarm(&home->timers, timer);
}

#endif
