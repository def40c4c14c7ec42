/* clock.c - see clock.h. */
#include "base/clock.h"

enum { NS_PER_SECOND = 1000000000 };

int64_t dusq__now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

int64_t dusq__later(int64_t moment, int64_t timeout)
{
  return timeout > INT64_MAX - moment ? INT64_MAX : moment + timeout;
}

int64_t dusq__deadline(int64_t timeout)
{
  return timeout == INT64_MAX ? INT64_MAX : dusq__later(dusq__now(), timeout);
}

struct timespec dusq__timespec(int64_t moment)
{
  int64_t seconds = moment / NS_PER_SECOND;
  if (sizeof(time_t) < sizeof seconds && seconds > INT32_MAX)
    seconds = INT32_MAX;
  return (struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = (long)(moment % NS_PER_SECOND)};
}
