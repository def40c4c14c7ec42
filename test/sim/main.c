/* main.c - runs seed after seed, and says which ones went wrong.
 *
 *   DUSQ_SIM_SEEDS=N   so many seeds; without it, the set of the usual check
 *   DUSQ_SIM_SEED=N    begins with this one, and without DUSQ_SIM_SEEDS runs it alone, and prints what was done
 *   DUSQ_SIM_SECONDS=N for so long at most; the usual check fails when it has not come through its set by then
 * Every 64th seed is run twice, and must do the same, step by step.                                                  */
#include "play.h"
#undef clock_gettime
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { USUAL_SEEDS = 2500, USUAL_SECONDS = 600, TWICE = 64 };
static const uint64_t once_wrong[] = {352234, 5048045, 7054387}; /* and what else has found a fault, in the usual check */

static play now; /* large */

typedef struct totals {
  uint64_t seeds, steps, calls, transactions, stopped, unsure, wrong;
} totals;

static double seconds(void)
{
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static uint64_t number(const char *name, uint64_t otherwise)
{
  const char *text = getenv(name);
  return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

/* False: it went wrong. */
static bool run(uint64_t seed, bool loud, totals *all, uint64_t *trace)
{
  sim_memory_reset();
  now = (play){.seed = seed, .book = {.loud = true}};
  sim_outcome outcome = sim_run(seed, play_run, &now);
  *trace = outcome.trace;
  if (outcome.stuck) {
    fprintf(stderr, "seed %" PRIu64 ": %s\n", seed, outcome.stuck);
    sim_print_threads();
    exit(1); /* nothing more can be run here */
  }
  ledger_check(&now.book);
  if (loud || now.book.wrong)
    ledger_print(&now.book);
  dusq_fake_unref(now.fake);
  if (sim_memory_held())
    ledger_wrong(&now.book, NULL, "memory was not released");
  if (now.book.wrong)
    fprintf(stderr, "seed %" PRIu64 ": %u things are wrong; DUSQ_SIM_SEED=%" PRIu64 " runs it again\n", seed,
            now.book.wrong, seed);
  all->seeds++;
  all->steps += outcome.steps;
  all->calls += now.book.ncalls;
  all->transactions += now.book.ntxs;
  all->stopped += now.book.cancels;
  all->unsure += now.book.unsure;
  all->wrong += now.book.wrong > 0;
  return !now.book.wrong;
}

/* What is made once, and stays, is made now: so that it makes no difference to a seed. */
static bool warm_up(void)
{
  totals ignored = {0};
  uint64_t trace;
  if (!sim_memory_init() || !play_register())
    return false;
  sim_memory_mark();
  bool good = run(0, false, &ignored, &trace);
  return good && run(0, false, &ignored, &trace);
}

static void run_twice(uint64_t seed, bool loud, totals *all)
{
  uint64_t trace, again;
  run(seed, loud, all, &trace);
  if (seed % TWICE == 0 && run(seed, false, all, &again) && again != trace) {
    fprintf(stderr, "seed %" PRIu64 ": two runs of it differ\n", seed);
    all->wrong++;
  }
}

int main(void)
{
  uint64_t one = number("DUSQ_SIM_SEED", 0), many = number("DUSQ_SIM_SEEDS", one ? 1 : USUAL_SEEDS);
  uint64_t first = one ? one : 1, done = 0;
  bool usual = !one && !number("DUSQ_SIM_SEEDS", 0);
  double from = seconds(), most = (double)number("DUSQ_SIM_SECONDS", usual ? USUAL_SECONDS : UINT32_MAX);
  totals all = {0};
  if (!warm_up()) {
    fprintf(stderr, "the simulator could not be set up\n");
    return 1;
  }
  for (size_t i = 0; usual && i < sizeof once_wrong / sizeof *once_wrong; i++)
    run_twice(once_wrong[i], false, &all);
  for (; done < many && (done % 32 || seconds() - from < most); done++)
    run_twice(first + done, one && many == 1, &all);
  double took = seconds() - from;
  printf("%" PRIu64 " seeds from %" PRIu64 ", %.0f a minute: %" PRIu64 " calls, %" PRIu64 " transactions, %" PRIu64
         " calls stopped, %" PRIu64 " outcomes unknown, %" PRIu64 " steps, %" PRIu64 " seeds wrong\n",
         all.seeds, first, (double)all.seeds / took * 60, all.calls, all.transactions, all.stopped, all.unsure,
         all.steps, all.wrong);
  if (usual && done < many)
    fprintf(stderr, "only %" PRIu64 " of %" PRIu64 " seeds were run within %.0f s\n", done, many, most);
  return all.wrong || (usual && done < many) ? 1 : 0;
}
