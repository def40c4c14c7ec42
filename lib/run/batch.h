/* batch.h - a share that goes to the backend as one: group commit, shared reads, pipelines.
 *
 * The outcomes come one by one, through the sinks.  A good one is settled as soon as enough time has passed since the
 * last settling that somebody may be waiting for it; else all are settled together at the end.  What the backend gives
 * back unrun (its connection was lost before it was sent) or cannot take into a batch runs by itself afterwards.
 *
 * The worker's thread.                                                                                               */
#ifndef DUSQ_RUN_BATCH_H
#define DUSQ_RUN_BATCH_H
#include "run/worker.h"

/* Runs the n requests of the share, and settles them. */
void dusq__run_batch(dusq__worker *worker, size_t n);
/* The worker's room for batches. */
void dusq__batch_free(void *batch);

#endif
