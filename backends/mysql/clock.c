/* clock.c - the monotonic clock. */
#include "clock.h"
#include <dusq/backend.h>
#include <time.h>

int64_t dusq__my_now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * DUSQ_SECOND + now.tv_nsec;
}

int64_t dusq__my_later(int64_t moment, int64_t timeout)
{
  return timeout >= INT64_MAX - moment ? INT64_MAX : moment + timeout;
}
