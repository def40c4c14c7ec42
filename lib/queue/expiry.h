/* expiry.h - what has waited in a lane for longer than queue_timeout.  An armed timer holds a reference to the home. */
#ifndef DUSQ_QUEUE_EXPIRY_H
#define DUSQ_QUEUE_EXPIRY_H
#include "queue/lane.h"

void dusq__expiry_init(dusq__lane *lane);
/* Arms the timer, if something waits and it is not armed. */
void dusq__expiry_watch_locked(dusq__lane *lane);
void dusq__expiry_off(dusq__lane *lane);

#endif
