/* pool.h - a pool: its lanes, its threads and its close.  See <dusq/pool.h>.
 *
 * Who owns what.  The pool's memory belongs to its home, and every request refers to the home: so a pool is there for
 * as long as anything could look at it.  Lock order: pool, lane, seat, and then the timers' lock.                    */
#ifndef DUSQ_POOL_POOL_H
#define DUSQ_POOL_POOL_H
#include "pool/thread.h"
#include "setup/setup.h"

enum { DUSQ__LANES = 3 }; /* for what may write, for what only reads, for sessions that may write */

typedef struct dusq__closing {
  dusq_future *future;     /* what dusq_pool_close returns; counted; constant     */
  pthread_mutex_t mtx;
  dusq__timer timer;       /* of the next step; guarded by: mtx                   */
  int64_t next_step;       /* when it is due; guarded by: mtx                     */
  atomic_bool reaping;     /* `reap` is armed                                     */
  dusq__timer reap;        /* workers have ended: is it all of them?              */
} dusq__closing;

struct dusq_pool {
  dusq__setup setup;
  dusq__refs refs;
  unsigned generation;     /* constant                                            */
  uint32_t nlanes;         /* constant                                            */
  dusq__crew crews[DUSQ__LANES]; /* the lanes and their threads                   */
  dusq__closing closing;
  struct dusq_pool *exit_next, **exit_link; /* of exit.c                          */
};

static inline dusq__lane *dusq__lane_of(dusq_pool *pool, uint32_t number)
{
  return &pool->crews[number < pool->nlanes ? number : 0].lane;
}

#endif
