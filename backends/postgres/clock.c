/* clock.c - the monotonic clock.  Any thread. */
#include "clock.h"
#include <time.h>

int64_t dusq__pg_now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
