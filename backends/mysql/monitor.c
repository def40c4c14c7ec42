/* monitor.c - the lock and the conditions of an instance. */
#include "monitor.h"
#include <dusq/backend.h>
#include <time.h>

int dusq__my_monitor_init(dusq__my_monitor *monitor)
{
  pthread_condattr_t attr;
  int rc = pthread_condattr_init(&attr);
  if (rc)
    return rc;
#ifndef __APPLE__
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
#endif
  rc = pthread_cond_init(&monitor->wake, &attr);
  if (!rc) {
    rc = pthread_cond_init(&monitor->done, &attr);
    if (rc)
      pthread_cond_destroy(&monitor->wake);
  }
  pthread_condattr_destroy(&attr);
  if (rc)
    return rc;
  rc = pthread_mutex_init(&monitor->mtx, NULL);
  if (rc) {
    pthread_cond_destroy(&monitor->wake);
    pthread_cond_destroy(&monitor->done);
  }
  monitor->next_check = INT64_MAX;
  return rc;
}

void dusq__my_monitor_fini(dusq__my_monitor *monitor)
{
  pthread_cond_destroy(&monitor->wake);
  pthread_cond_destroy(&monitor->done);
  pthread_mutex_destroy(&monitor->mtx);
}

static struct timespec to_timespec(int64_t moment)
{
  return (struct timespec){.tv_sec = (time_t)(moment / DUSQ_SECOND), .tv_nsec = (long)(moment % DUSQ_SECOND)};
}

void dusq__my_monitor_wait_locked(dusq__my_monitor *monitor, pthread_cond_t *cond, int64_t until)
{
  struct timespec moment = to_timespec(until);
  if (until == INT64_MAX)
    pthread_cond_wait(cond, &monitor->mtx);
  else
    pthread_cond_timedwait(cond, &monitor->mtx, &moment);
}
