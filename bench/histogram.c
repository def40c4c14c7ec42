/* histogram.c - see histogram.h. */
#include "histogram.h"
#include <math.h>
#include <stddef.h>

enum { SIZE = BENCH_STEPS * (BENCH_POWERS + 1) };

/* Below 32 each is a step of its own; above, the five bits after the first one choose the step. */
static size_t step_of(uint64_t ns)
{
  size_t shift = 0;
  while (ns >> shift >= 2 * BENCH_STEPS)
    shift++;
  size_t step = ns < BENCH_STEPS ? (size_t)ns : BENCH_STEPS * (shift + 1) + (size_t)(ns >> shift) - BENCH_STEPS;
  return step < SIZE ? step : SIZE - 1;
}

/* The middle of a step. */
static double value_of(size_t step)
{
  if (step < BENCH_STEPS)
    return (double)step;
  size_t shift = step / BENCH_STEPS - 1;
  return ((double)(BENCH_STEPS + step % BENCH_STEPS) + 0.5) * (double)((uint64_t)1 << shift);
}

void bench_histogram_add(bench_histogram *histogram, int64_t ns)
{
  histogram->count[step_of(ns > 0 ? (uint64_t)ns : 0)]++;
}

void bench_histogram_merge(bench_histogram *into, const bench_histogram *from)
{
  for (size_t i = 0; i < SIZE; i++)
    into->count[i] += from->count[i];
}

double bench_histogram_at(const bench_histogram *histogram, double part)
{
  uint64_t all = 0, seen = 0;
  for (size_t i = 0; i < SIZE; i++)
    all += histogram->count[i];
  for (size_t i = 0; i < SIZE; i++) {
    seen += histogram->count[i];
    if (seen && (double)seen >= part * (double)all)
      return value_of(i) / 1e3;
  }
  return NAN;
}
