/* enqueue.h - putting requests into a lane.  Any thread. */
#ifndef DUSQ_QUEUE_ENQUEUE_H
#define DUSQ_QUEUE_ENQUEUE_H
#include "queue/lane.h"

/* Queues a request, or settles it with an error if it cannot be queued. */
void dusq__lane_submit(dusq__lane *lane, dusq__request *request);
/* Moves a request that a worker has taken, and no longer holds in its share, to another lane.  False: the pool is
 * closing, and it is too late for that.                                                                              */
bool dusq__lane_adopt(dusq__lane *to, dusq__request *request);
/* Puts the n requests of a seat's share back to the front of the queue, where they wait for a connection, except those
 * that are asked to stop.  Returns the seat to unpark, or NULL.                                                      */
dusq__seat *dusq__lane_requeue_locked(dusq__lane *lane, dusq__seat *seat, size_t n);
/* Takes all waiting requests out, as a list.  Used when a connect has failed, and by the close. */
dusq__request *dusq__lane_drain_locked(dusq__lane *lane);
/* Refuses new requests from now on, and wakes all seats so that they see it. */
void dusq__lane_close(dusq__lane *lane);

#endif
