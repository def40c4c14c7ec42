/* take.h - what a worker takes out of its lane, and how it waits until there is something.  The worker's thread. */
#ifndef DUSQ_QUEUE_TAKE_H
#define DUSQ_QUEUE_TAKE_H
#include "queue/lane.h"

/* The next share, into seat->room, and when it was taken; 0: the worker is to end. */
size_t dusq__take(dusq__lane *lane, dusq__seat *seat, int64_t *now);
/* The worker ends, and its connection has been closed.  False: it is to go on. */
bool dusq__leave_lane(dusq__lane *lane, dusq__seat *seat);

#endif
