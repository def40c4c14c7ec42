/* rounds.c - turns, clocks and medians.
 *
 * The machine is never quiet.  So the entries take turns in short rounds, forwards and backwards, and what is told of
 * two of them is the median of what the single rounds say: a disturbance that lasts longer than a round hits both. */
#include "bench.h"
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { NS_PER_SECOND = 1000000000 };

int64_t bench_now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

void bench_sleep_until(int64_t moment)
{
  for (int64_t left = moment - bench_now(); left > 0; left = moment - bench_now()) {
    struct timespec rest = {.tv_sec = (time_t)(left / NS_PER_SECOND), .tv_nsec = (long)(left % NS_PER_SECOND)};
    nanosleep(&rest, NULL);
  }
}

uint64_t bench_random(uint64_t *state)
{
  uint64_t x = *state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *state = x;
}

static int by_size(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double bench_median(double *values, size_t n)
{
  if (!n)
    return NAN;
  qsort(values, n, sizeof *values, by_size);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* What this process's threads have taken: microseconds, user and system, and how often one left its processor. */
static void used(double *us, double *switches)
{
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  *us = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
        (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  *switches = (double)usage.ru_nvcsw + (double)usage.ru_nivcsw;
}

/* False: it failed. */
static bool run_round(const bench_settings *settings, bench_entry *entry, int round)
{
  if (!entry->how)
    return true;
  double us, switches, us_after, switches_after;
  int64_t start = bench_now();
  used(&us, &switches);
  double value = entry->round(entry->arg, settings->round_ns);
  used(&us_after, &switches_after);
  double done = value * (double)(bench_now() - start) / NS_PER_SECOND;
  if (round >= 0) {
    entry->values[round] = value;
    entry->cpu[round] = (us_after - us) / done;
    entry->switches[round] = (switches_after - switches) / done;
  } else if (entry->latencies) {
    *entry->latencies = (bench_histogram){{0}};
  }
  return value >= 0;
}

bool bench_rounds(const bench_settings *settings, bench_entry *entries, size_t n)
{
  for (int round = -1; round < settings->rounds; round++)
    for (size_t i = 0; i < n; i++)
      if (!run_round(settings, &entries[round % 2 ? n - 1 - i : i], round))
        return false;
  return true;
}

static double middle(const bench_settings *settings, const bench_entry *entry)
{
  double values[BENCH_MAX_ROUNDS];
  for (int i = 0; i < settings->rounds; i++)
    values[i] = entry->values[i];
  return bench_median(values, (size_t)settings->rounds);
}

const bench_entry *bench_best(const bench_settings *settings, const bench_entry *entries, size_t n)
{
  const bench_entry *best = entries;
  for (size_t i = 1; i < n; i++)
    if (middle(settings, &entries[i]) > middle(settings, best))
      best = &entries[i];
  return best;
}

void bench_compare(const bench_settings *settings, const bench_entry *hand, const bench_entry *dusq, bench_kind kind,
                   bench_figure *figure)
{
  double values[BENCH_MAX_ROUNDS];
  for (int i = 0; i < settings->rounds; i++)
    values[i] = kind == BENCH_RATIO ? dusq->values[i] / hand->values[i] : dusq->values[i] - hand->values[i];
  figure->kind = kind;
  figure->hand = middle(settings, hand);
  figure->dusq = middle(settings, dusq);
  figure->value = bench_median(values, (size_t)settings->rounds);
}

void bench_compare_cpu(const bench_settings *settings, const bench_entry *hand, const bench_entry *dusq,
                       bench_figure *figure)
{
  bench_entry by_hand = *hand, by_dusq = *dusq;
  for (int i = 0; i < settings->rounds; i++) {
    by_hand.values[i] = hand->cpu[i];
    by_dusq.values[i] = dusq->cpu[i];
  }
  bench_compare(settings, &by_hand, &by_dusq, BENCH_RATIO, figure);
}
