/* batch.h - a share that goes to the backend as one batch: group commit, shared reads, pipelines.
 *
 * The outcomes come one by one, through the sinks.  A success settles at once if so much time has passed since the last
 * settling that a caller may be waiting for it; else all settle together at the end.  What the backend returns unrun
 * (its connection was lost before it was sent), or cannot take into a batch, runs by itself afterwards.
 *
 * The worker's thread.                                                                                               */
#ifndef DUSQ_RUN_BATCH_H
#define DUSQ_RUN_BATCH_H
#include "run/worker.h"

/* Runs the n requests of the share, and settles them. */
void dusq__run_batch(dusq__worker *worker, size_t n);
/* Frees the worker's room for batches. */
void dusq__batch_free(void *batch);

#endif
