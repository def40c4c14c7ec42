/* share.h - what becomes of a share that a worker has taken: a connection for it, or why not; then all of it.  The
 * worker's thread.                                                                                                   */
#ifndef DUSQ_RUN_SHARE_H
#define DUSQ_RUN_SHARE_H
#include "run/worker.h"

/* DUSQ_E_NOMEM.  Zeroed memory; `connected` is told of each connect, and may be NULL. */
dusq_status dusq__worker_init(dusq__worker *worker, dusq__lane *lane, void (*connected)(const dusq__setup *setup));
void dusq__worker_fini(dusq__worker *worker);
/* Room for the largest share, once.  DUSQ_E_NOMEM. */
dusq_status dusq__worker_make_room(dusq__worker *worker);

/* Makes the n requests in the room the share. */
void dusq__worker_begin(dusq__worker *worker, size_t n, int64_t now);
/* Runs and settles the n requests in the room, which were taken at `now`, and then what has been prefetched with them. */
void dusq__run_taken(dusq__worker *worker, size_t n, int64_t now);
/* Settles the n requests in the room with this error, or puts them back if that passes by itself. */
void dusq__refuse_taken(dusq__worker *worker, size_t n, dusq_error *take_error);

#endif
