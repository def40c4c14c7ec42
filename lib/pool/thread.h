/* thread.h - the threads of a lane's workers: started when they are called, joined when they have ended.
 *
 * A lane has a fixed number of threads.  One that has ended is joined before it is started again, and all are when the
 * pool closes.                                                                                                       */
#ifndef DUSQ_POOL_THREAD_H
#define DUSQ_POOL_THREAD_H
#include "run/worker.h"

typedef struct dusq__thread {
  dusq__worker worker;     /* first: its seat is the thread                                             */
  pthread_t id;            /* while the seat's state is not NONE                                        */
  dusq__start start;
  bool straggler;          /* the close has left it behind; not written once the seat is GONE           */
  struct dusq__crew *crew; /* constant                                                                  */
} dusq__thread;

/* What a pool is told by its threads. */
typedef struct dusq__crew_hooks {
  void (*connected)(const dusq__setup *setup); /* one has a new connection                             */
  void (*gone)(dusq__setup *setup);            /* one has ended, as the last that it does; takes no lock */
} dusq__crew_hooks;

/* A lane with its threads. */
typedef struct dusq__crew {
  dusq__lane lane;
  dusq__thread *threads;
  dusq__seat **seats;
  uint32_t ready;          /* threads that are initialised */
  const dusq__crew_hooks *hooks;
} dusq__crew;

/* Zeroed memory.  DUSQ_E_NOMEM; fini is to be called in any case. */
dusq_status dusq__crew_init(dusq__crew *crew, dusq__setup *setup, uint32_t number, uint32_t max,
                            const dusq__crew_hooks *hooks);
void dusq__crew_fini(dusq__crew *crew);
/* Joins those that have ended, and leaves the others behind: they go on by themselves. */
void dusq__crew_join(dusq__crew *crew);

#endif
