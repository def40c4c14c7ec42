/* clock.h - CLOCK_MONOTONIC in nanoseconds, and absolute deadlines that cannot overflow.  Any thread. */
#ifndef DUSQ_BASE_CLOCK_H
#define DUSQ_BASE_CLOCK_H
#include <stdint.h>
#include <time.h>

int64_t dusq__now(void);
/* now + timeout, at most INT64_MAX, which means never. */
int64_t dusq__deadline(int64_t timeout);
/* The same from a given time. */
int64_t dusq__later(int64_t moment, int64_t timeout);
struct timespec dusq__timespec(int64_t moment);

#endif
