/* histogram.h - how long things took, to 3 %: 32 steps for each power of two, in nanoseconds. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H
#include <stdbool.h>
#include <stdint.h>

enum { BENCH_STEPS = 32, BENCH_POWERS = 35 /* 34 seconds and more are one */ };

typedef struct bench_histogram {
  uint32_t count[BENCH_STEPS * (BENCH_POWERS + 1)];
} bench_histogram;

void bench_histogram_add(bench_histogram *histogram, int64_t ns);
void bench_histogram_merge(bench_histogram *into, const bench_histogram *from);
/* Microseconds that this part of them, 0 to 1, did not take longer than; NAN: there are none. */
double bench_histogram_at(const bench_histogram *histogram, double part);

/* The clock costs something too: whether the n-th of many (from 0) is one that is timed.  The first are, because some
 * windows see no more, and each eighth after them.  Those are also where a window looks whether it is over. */
static inline bool bench_timed(uint64_t n)
{
  return n < 256 || n % 8 == 0;
}

#endif
