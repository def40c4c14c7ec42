/* main.c - runs seed after seed, and says which ones went wrong.
 *
 *   DUSQ_SIM_SEEDS=N   so many seeds; without it, as many as fit into the time of a quick check
 *   DUSQ_SIM_SEED=N    begins with this one, and without DUSQ_SIM_SEEDS runs it alone, and prints what was done
 *   DUSQ_SIM_SECONDS=N for so long at most
 * Every 64th seed is run twice, and must do the same, step by step.                                                  */
#include "play.h"
#undef clock_gettime
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { USUAL_SECONDS = 15, TWICE = 64 };

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

int main(void)
{
  uint64_t one = number("DUSQ_SIM_SEED", 0), many = number("DUSQ_SIM_SEEDS", one ? 1 : UINT64_MAX);
  uint64_t first = one ? one : 1;
  double from = seconds(), most = (double)number("DUSQ_SIM_SECONDS", many == UINT64_MAX ? USUAL_SECONDS : UINT32_MAX);
  totals all = {0};
  if (!warm_up()) {
    fprintf(stderr, "the simulator could not be set up\n");
    return 1;
  }
  for (uint64_t i = 0; i < many && (i % 32 || seconds() - from < most); i++) {
    uint64_t trace, again;
    run(first + i, one && many == 1, &all, &trace);
    if ((first + i) % TWICE == 0 && run(first + i, false, &all, &again) && again != trace) {
      fprintf(stderr, "seed %" PRIu64 ": two runs of it differ\n", first + i);
      all.wrong++;
    }
  }
  double took = seconds() - from;
  printf("%" PRIu64 " seeds from %" PRIu64 ", %.0f a minute: %" PRIu64 " calls, %" PRIu64 " transactions, %" PRIu64
         " calls stopped, %" PRIu64 " outcomes unknown, %" PRIu64 " steps, %" PRIu64 " seeds wrong\n",
         all.seeds, first, (double)all.seeds / took * 60, all.calls, all.transactions, all.stopped, all.unsure,
         all.steps, all.wrong);
  return all.wrong ? 1 : 0;
}
