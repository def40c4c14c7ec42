/* session_run.h - what a worker does while a session has it: its calls in order, and the end of it; see
 * queue/session.h.  The worker's thread.                                                                             */
#ifndef DUSQ_RUN_SESSION_RUN_H
#define DUSQ_RUN_SESSION_RUN_H
#include "run/worker.h"

/* Request i of the share is the lease of a session: serves that until it is over. */
void dusq__run_session(dusq__worker *worker, size_t i);

#endif
