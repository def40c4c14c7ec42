/* connect.h - making sure that a worker has a connection which can be used, and giving it back clean.  Its thread. */
#ifndef DUSQ_RUN_CONNECT_H
#define DUSQ_RUN_CONNECT_H
#include "run/worker.h"

/* Readies the timer of connects that take too long. */
void dusq__connect_init(dusq__worker *worker);
/* Keeps the connection if it is usable, or makes one.  An owned error in *error. */
dusq_status dusq__worker_connect(dusq__worker *worker, int64_t now, dusq_error **error);
void dusq__worker_disconnect(dusq__worker *worker);
/* Resets the connection if there is one and it needs that; what cannot be reset is closed. */
void dusq__worker_reset(dusq__worker *worker);
/* The driver does not want the thread: the lane is told as of a failed connect. */
void dusq__worker_refused(dusq__worker *worker, dusq_error *error);

#endif
