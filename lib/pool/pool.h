/* pool.h - a pool: its lanes, its threads and its close.  See <dusq/pool.h>.
 *
 * The pool's memory belongs to its home, and every request refers to the home.  So the pool exists as long as any
 * thread can access it.  Lock order: pool, lane, seat, timers.                                                       */
#ifndef DUSQ_POOL_POOL_H
#define DUSQ_POOL_POOL_H
#include "pool/thread.h"
#include "setup/setup.h"

enum { DUSQ__LANES = 3 }; /* one for what may write, one for what only reads, one for sessions that may write */

typedef struct dusq__closing {
  dusq_future *future;     /* the result of dusq_pool_close; holds a reference; constant */
  pthread_mutex_t mtx;
  dusq__timer timer;       /* for the next step; guarded by: mtx                         */
  int64_t next_step;       /* when the next step is due; guarded by: mtx                 */
  atomic_bool reaping;     /* `reap` is armed                                            */
  dusq__timer reap;        /* fires when workers have ended, to see whether all have     */
} dusq__closing;

struct dusq_pool {
  dusq__setup setup;
  dusq__refs refs;
  unsigned generation;     /* constant */
  uint32_t nlanes;         /* constant */
  dusq__lane_threads lane_threads[DUSQ__LANES]; /* the lanes and their threads */
  dusq__closing closing;
  struct dusq_pool *exit_next, **exit_link; /* used by alive.c */
};

static inline dusq__lane *dusq__lane_of(dusq_pool *pool, uint32_t number)
{
  return &pool->lane_threads[number < pool->nlanes ? number : 0].lane;
}

#endif
