/* thread.h - the threads of a lane's workers: started when they are needed, joined when they have ended.
 *
 * A lane has a fixed number of threads.  A thread that has ended is joined before it is started again, and all are
 * joined when the pool closes.                                                                                       */
#ifndef DUSQ_POOL_THREAD_H
#define DUSQ_POOL_THREAD_H
#include "run/worker.h"

typedef struct dusq__thread {
  dusq__worker worker;     /* first, so that its seat's address is the thread's             */
  pthread_t id;            /* valid while the seat's state is not NONE                      */
  dusq__start start;
  bool detached;           /* a close has detached it; not written once the seat is GONE    */
  struct dusq__lane_threads *set; /* constant                                               */
} dusq__thread;

/* Called by the threads of a pool. */
typedef struct dusq__thread_hooks {
  void (*connected)(const dusq__setup *setup); /* a worker has a new connection                         */
  void (*gone)(dusq__setup *setup);            /* a thread has ended, as its last action; takes no lock */
} dusq__thread_hooks;

/* A lane with its threads. */
typedef struct dusq__lane_threads {
  dusq__lane lane;
  dusq__thread *threads;
  dusq__seat **seats;
  uint32_t ready;          /* number of initialised threads */
  const dusq__thread_hooks *hooks;
} dusq__lane_threads;

/* Zeroed memory.  DUSQ_E_NOMEM; fini must be called in any case. */
dusq_status dusq__lane_threads_init(dusq__lane_threads *set, dusq__setup *setup, uint32_t number, uint32_t max,
                                    const dusq__thread_hooks *hooks);
void dusq__lane_threads_fini(dusq__lane_threads *set);
/* Starts min_connections workers, each of which makes a connection. */
void dusq__lane_threads_fill(dusq__lane_threads *set);
/* Joins the threads that have ended, and leaves the others behind, which go on by themselves. */
void dusq__lane_threads_join(dusq__lane_threads *set);

#endif
