/* timer.c - see timer.h. */
#include "async/timer.h"

static void *timer_main(void *arg)
{
  dusq__home *home = arg;
  dusq__thread_kind = DUSQ__THREAD_TIMER;
  dusq__timer *due;
  while ((due = dusq__timer_heap_next(&home->timers)) != NULL)
    due->fire(due);
  dusq__home_drop_part(home);
  return NULL;
}

dusq_status dusq__timer_ready(dusq__home *home)
{
  return dusq__home_start(home, &home->timer, timer_main, ":t", 0);
}
