/* clock.c - see clock.h. */
#include "clock.h"
#include <time.h>

int64_t dusq__sqlite_now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t dusq__sqlite_later(int64_t moment, int64_t timeout)
{
  return timeout > INT64_MAX - moment ? INT64_MAX : moment + timeout;
}
