/* monitor.c - see monitor.h. */
#include "monitor.h"
#include "clock.h"
#include <time.h>

enum { NS_PER_SECOND = 1000000000 };

int dusq__sqlite_monitor_init(dusq__sqlite_monitor *monitor)
{
  pthread_condattr_t attr;
  int rc = pthread_condattr_init(&attr);
  if (rc)
    return rc;
#ifndef __APPLE__
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
#endif
  rc = pthread_cond_init(&monitor->cond, &attr);
  pthread_condattr_destroy(&attr);
  if (rc)
    return rc;
  rc = pthread_mutex_init(&monitor->mtx, NULL);
  if (rc)
    pthread_cond_destroy(&monitor->cond);
  return rc;
}

void dusq__sqlite_monitor_fini(dusq__sqlite_monitor *monitor)
{
  pthread_cond_destroy(&monitor->cond);
  pthread_mutex_destroy(&monitor->mtx);
}

void dusq__sqlite_sleep_locked(dusq__sqlite_monitor *monitor, int64_t ns)
{
#ifdef __APPLE__
  struct timespec rest = {.tv_sec = (time_t)(ns / NS_PER_SECOND), .tv_nsec = (long)(ns % NS_PER_SECOND)};
  pthread_cond_timedwait_relative_np(&monitor->cond, &monitor->mtx, &rest);
#else
  int64_t moment = dusq__sqlite_later(dusq__sqlite_now(), ns);
  struct timespec until = {.tv_sec = (time_t)(moment / NS_PER_SECOND), .tv_nsec = (long)(moment % NS_PER_SECOND)};
  pthread_cond_timedwait(&monitor->cond, &monitor->mtx, &until);
#endif
}
