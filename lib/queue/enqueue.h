/* enqueue.h - giving a lane something to do.  Any thread. */
#ifndef DUSQ_QUEUE_ENQUEUE_H
#define DUSQ_QUEUE_ENQUEUE_H
#include "queue/lane.h"

/* Queues a request, or settles it with the reason why not. */
void dusq__lane_submit(dusq__lane *lane, dusq__request *request);
/* Hands a request that a worker has taken, and no longer holds in its share, to another lane.  False: too late for
 * that, the pool is closing.                                                                                         */
bool dusq__lane_adopt(dusq__lane *to, dusq__request *request);
/* Puts a seat's share of n back to the front, where it waits for a connection, but for what is to stop.  Who is to be
 * called for it, or NULL.                                                                                            */
dusq__seat *dusq__lane_requeue_locked(dusq__lane *lane, dusq__seat *seat, size_t n);
/* Takes all that waits out, as a list; for a connect that failed, and for closing. */
dusq__request *dusq__lane_drain_locked(dusq__lane *lane);
/* Refuses new work from now on, and wakes everybody to see it. */
void dusq__lane_close(dusq__lane *lane);

#endif
