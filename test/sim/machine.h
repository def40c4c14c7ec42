/* machine.h - what the scheduler's files share: who is there, and who waits for what. */
#ifndef DUSQ_SIM_MACHINE_H
#define DUSQ_SIM_MACHINE_H
#include "sim.h"
#include <ucontext.h>

enum { SIM_THREADS = 64, SIM_STACK = 256 * 1024, SIM_LOCALS = 512 };

typedef enum sim_state { SIM_FREE, SIM_READY, SIM_WAITING, SIM_ENDED } sim_state;

typedef struct sim_thread {
  ucontext_t context;
  char *stack;
  void *(*run)(void *);
  void *arg;
  sim_state state;
  bool detached, late;
  const char *what; /* it waits for */
  const void *on;
  int64_t until;
  uint64_t priority;
  char locals[SIM_LOCALS];
} sim_thread;

typedef struct sim_machine {
  sim_thread threads[SIM_THREADS];
  sim_thread *self; /* who runs; NULL: nobody, this is the program itself */
  size_t live;
  int64_t now, next_due;
  sim_random random;
  uint64_t steps, trace;
  /* how it is done in this run */
  uint64_t switch_odds, time_odds; /* 1 of so many */
  bool by_priority;
  uint64_t lowest;                 /* priority given last */
  const char *stuck;
  ucontext_t program;
} sim_machine;

extern sim_machine sim;

/* The one that runs waits until somebody calls sim_wake for it, or until the moment.  False: the moment came. */
bool sim_block(const char *what, const void *on, int64_t until);
/* Those that wait on it: all, or one that is drawn.  How many there were. */
size_t sim_wake(const void *on, bool all);
void sim_pass(int64_t ns); /* time */
void sim_choose(void);     /* who goes on */

#endif
