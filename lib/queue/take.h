/* take.h - what a worker takes out of its lane, and how it waits for work.  The worker's thread. */
#ifndef DUSQ_QUEUE_TAKE_H
#define DUSQ_QUEUE_TAKE_H
#include "queue/lane.h"

/* No request: the worker is to look after its connection, so that the lane keeps min_connections. */
#define DUSQ__TAKE_KEEP SIZE_MAX

/* Takes the next share into seat->room; *now is when.  Returns the number of requests; 0: the worker is to end; or
 * DUSQ__TAKE_KEEP.                                                                                                   */
size_t dusq__take(dusq__lane *lane, dusq__seat *seat, int64_t *now);
/* The worker is about to end, and its connection has been closed.  False: it must go on, for work has come. */
bool dusq__leave_lane(dusq__lane *lane, dusq__seat *seat);

#endif
