/* sim.h - a machine with one processor, whose scheduler follows a seed.
 *
 * Threads are contexts of the one thread of the program, and exactly one of them runs.  At each point (a lock, a wait,
 * a wake, an atomic operation, a look at the clock) the scheduler draws who goes on, and whether the clock moves on to
 * the moment that somebody waits for, so that a deadline can pass at any step.  When all wait, the clock moves by
 * itself; when nobody waits for a moment, either, they wait for each other, and the run has failed.  The same seed
 * makes the same run, step by step, which its trace tells.                                                           */
#ifndef DUSQ_SIM_SIM_H
#define DUSQ_SIM_SIM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A stream of numbers of its own: what is done and when it is done are drawn from different ones. */
typedef struct sim_random {
  uint64_t state;
} sim_random;
uint64_t sim_draw(sim_random *random);
/* From 0 to n - 1. */
static inline uint64_t sim_below(sim_random *random, uint64_t n)
{
  return sim_draw(random) % n;
}

/* Runs `first` as the first thread, until it and all that it has started have ended. */
typedef struct sim_outcome {
  uint64_t trace; /* of all that was drawn, and who was running */
  uint64_t steps;
  const char *stuck; /* NULL; or why they have not ended: nothing more can be run in this process */
} sim_outcome;
sim_outcome sim_run(uint64_t seed, void *(*first)(void *), void *arg);

/* Inside of it. */
int64_t sim_now(void);
void sim_sleep(int64_t ns);
uintptr_t sim_start(void *(*run)(void *), void *arg);
void sim_wait_for(uintptr_t thread);
/* One line for each thread that has not ended. */
void sim_print_threads(void);

/* ---- memory.c: the library's memory, at the same places in each run ----------------------------------------------- */
bool sim_memory_init(void);
/* What has been allocated until now stays for ever; each run begins behind it. */
void sim_memory_mark(void);
void sim_memory_reset(void);
/* How many blocks of this run have not been released. */
size_t sim_memory_held(void);

#endif
