/* close.h - the end of a pool, in steps that are bounded in time.
 *
 *   state       entered when              what happens                                                    then
 *   OPEN        it was opened                                                                             DRAINING
 *   DRAINING    close was called          work goes on                                                    CANCELING
 *   CANCELING   the grace is over         what is left is stopped                                         LEAVING
 *   LEAVING     cancel_grace is over      what is stuck in a driver settles without its outcome, and its
 *                                         thread is left behind                                           CLOSED
 *   CLOSED      every worker has ended, which may be at any of these
 *
 * All steps run on the timer thread, which joins the workers; an armed timer holds a reference to the home.          */
#ifndef DUSQ_POOL_CLOSE_H
#define DUSQ_POOL_CLOSE_H
#include "setup/setup.h"

/* Readies it.  DUSQ_E_NOMEM. */
dusq_status dusq__closing_init(dusq_pool *pool);
/* One reference for the caller. */
dusq_future *dusq__pool_close(dusq_pool *pool, int64_t grace);
/* By a worker's thread, as its last act; takes no lock of the pool. */
void dusq__pool_worker_gone(dusq__setup *setup);

#endif
