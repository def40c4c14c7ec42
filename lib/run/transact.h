/* transact.h - whole transactions as one request: a job or a list of statements, repeated after a conflict with other
 * transactions.  The worker's thread.                                                                                */
#ifndef DUSQ_RUN_TRANSACT_H
#define DUSQ_RUN_TRANSACT_H
#include "run/worker.h"

/* Runs request i of the share, and settles it. */
void dusq__run_transact(dusq__worker *worker, size_t i);

#endif
