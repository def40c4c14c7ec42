/* job.h - jobs: callers' code on a worker, and what it may do with the connection: see <dusq/pool.h>.  The worker's
 * thread.                                                                                                            */
#ifndef DUSQ_RUN_JOB_H
#define DUSQ_RUN_JOB_H
#include "run/worker.h"

/* Runs request i of the share, and settles it. */
void dusq__run_job(dusq__worker *worker, size_t i);
/* Calls a job's function; the caller owns the result and the error.  The connection may be gone afterwards. */
dusq_result *dusq__call_job(dusq__worker *worker, dusq__request *request, dusq_error **error);

#endif
