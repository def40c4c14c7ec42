/* session_run.h - the worker's loop while a session holds it: the calls in order, then the end; see queue/session.h.
 * The worker's thread.                                                                                               */
#ifndef DUSQ_RUN_SESSION_RUN_H
#define DUSQ_RUN_SESSION_RUN_H
#include "run/worker.h"

/* Request i of the share is the lease of a session: serves the session until it is over. */
void dusq__run_session(dusq__worker *worker, size_t i);

#endif
