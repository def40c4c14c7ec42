/* connect.h - makes sure that a worker has a usable connection, and cleans it after use.  The worker's thread. */
#ifndef DUSQ_RUN_CONNECT_H
#define DUSQ_RUN_CONNECT_H
#include "run/worker.h"

/* Sets up the timer for connects that take too long. */
void dusq__connect_init(dusq__worker *worker);
/* Keeps the connection if it is usable, else makes a new one.  An owned error in *error. */
dusq_status dusq__worker_connect(dusq__worker *worker, int64_t now, dusq_error **error);
void dusq__worker_disconnect(dusq__worker *worker);
/* For min_connections: closes the connection if it is not usable; makes one if there is none.  An error is logged, the
 * first one of a row as a warning.                                                                                   */
void dusq__worker_keep(dusq__worker *worker);
/* The pool is being closed: a connect without a request is stopped.  Any thread. */
void dusq__worker_stop_filling(dusq__worker *worker);
/* The same for one that is lost or given up, which is logged; `why`: the error of the call that has lost it, or NULL. */
void dusq__worker_lose(dusq__worker *worker, const dusq_error *why);
/* Resets the connection if there is one and it needs that; closes it if it cannot be reset. */
void dusq__worker_reset(dusq__worker *worker);
/* The driver has refused the thread: counts as a failed connect of the lane. */
void dusq__worker_refused(dusq__worker *worker, dusq_error *error);

#endif
