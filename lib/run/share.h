/* share.h - runs a share that a worker has taken: gets a connection or fails it, then runs each request.  The worker's
 * thread.                                                                                                            */
#ifndef DUSQ_RUN_SHARE_H
#define DUSQ_RUN_SHARE_H
#include "run/worker.h"

/* Zeroed memory; `connected` is called after each connect, and may be NULL.  DUSQ_E_NOMEM. */
dusq_status dusq__worker_init(dusq__worker *worker, dusq__lane *lane, void (*connected)(const dusq__setup *setup));
void dusq__worker_fini(dusq__worker *worker);
/* Allocates room for the largest share, once.  DUSQ_E_NOMEM. */
dusq_status dusq__worker_make_room(dusq__worker *worker);

/* Begins a share of the n requests in the room. */
void dusq__worker_begin(dusq__worker *worker, size_t n, int64_t now);
/* Runs and settles the n requests in the room, which were taken at `now`, and then those prefetched with them. */
void dusq__run_taken(dusq__worker *worker, size_t n, int64_t now);
/* Settles the n requests in the room with this error, or puts them back if the cause passes by itself. */
void dusq__refuse_taken(dusq__worker *worker, size_t n, dusq_error *take_error);

#endif
