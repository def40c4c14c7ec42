/* expiry.h - queue_timeout: fails requests that have waited in a lane for too long.  An armed timer holds a reference
 * to the home.                                                                                                       */
#ifndef DUSQ_QUEUE_EXPIRY_H
#define DUSQ_QUEUE_EXPIRY_H
#include "queue/lane.h"

void dusq__expiry_init(dusq__lane *lane);
/* Arms the timer if a request waits and the timer is not armed. */
void dusq__expiry_watch_locked(dusq__lane *lane);
void dusq__expiry_off(dusq__lane *lane);

#endif
