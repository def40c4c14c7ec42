/* close.h - closing a pool, in steps that are bounded in time.
 *
 *   state       entered when              what happens                                                    next
 *   OPEN        it was opened                                                                             DRAINING
 *   DRAINING    close was called          requests go on                                                  CANCELING
 *   CANCELING   the grace is over         remaining requests are stopped                                  LEAVING
 *   LEAVING     cancel_grace is over      a request that is stuck in a driver settles without its
 *                                         outcome, and its thread is left behind                          CLOSED
 *   CLOSED      every worker has ended, which may happen in any state
 *
 * All steps run on the timer thread, which joins the workers.  An armed timer holds a reference to the home.         */
#ifndef DUSQ_POOL_CLOSE_H
#define DUSQ_POOL_CLOSE_H
#include "setup/setup.h"

/* Initialises it.  DUSQ_E_NOMEM. */
dusq_status dusq__closing_init(dusq_pool *pool);
/* Returns one reference for the caller. */
dusq_future *dusq__pool_close(dusq_pool *pool, int64_t grace);
/* Called by a worker's thread as its last action; takes no lock of the pool. */
void dusq__pool_worker_gone(dusq__setup *setup);

#endif
