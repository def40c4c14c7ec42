/* clock.c - see clock.h. */
#include "clock.h"
#include <dusq/backend.h>
#include <time.h>

int dusq__fake_cond_init(pthread_cond_t *cond)
{
#ifdef __APPLE__
  return pthread_cond_init(cond, NULL);
#else
  pthread_condattr_t attr;
  int rc = pthread_condattr_init(&attr);
  if (rc)
    return rc;
  rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  if (!rc)
    rc = pthread_cond_init(cond, &attr);
  pthread_condattr_destroy(&attr);
  return rc;
#endif
}

int64_t dusq__fake_monotonic(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * DUSQ_SECOND + (int64_t)now.tv_nsec;
}

int64_t dusq__fake_sum(int64_t a, int64_t b)
{
  return a > INT64_MAX - b ? INT64_MAX : a + b;
}

void dusq__fake_sleep_until(pthread_cond_t *cond, pthread_mutex_t *mtx, int64_t moment)
{
  if (moment == INT64_MAX) {
    pthread_cond_wait(cond, mtx);
    return;
  }
#ifdef __APPLE__
  int64_t left = moment - dusq__fake_monotonic();
  if (left < 0)
    left = 0;
  struct timespec rest = {(time_t)(left / DUSQ_SECOND), (long)(left % DUSQ_SECOND)};
  pthread_cond_timedwait_relative_np(cond, mtx, &rest);
#else
  struct timespec until = {(time_t)(moment / DUSQ_SECOND), (long)(moment % DUSQ_SECOND)};
  pthread_cond_timedwait(cond, mtx, &until);
#endif
}
