/* execute.h - what a worker does with a request that it has taken.  All of it runs on the worker's thread. */
#ifndef DUSQ_POOL_EXECUTE_H
#define DUSQ_POOL_EXECUTE_H
#include "pool/connection.h"
#include "pool/sink.h"

/* ---- worker.c ---------------------------------------------------------------------------------------------------- */
/* Makes sure that there is a connection which can be used.  An owned error in *error. */
dusq_status dusq__worker_connect(dusq__worker *worker, int64_t now, dusq_error **error);
void dusq__worker_disconnect(dusq__worker *worker);
/* The stop for what the worker does of its own: it ends with connect_timeout, or when the pool is closing. */
const dusq_stop *dusq__worker_own_stop(dusq__worker *worker);
/* Around every call of the driver: in between, interrupts reach it; after leave none does any more.  False: something
 * has gone wrong with the connection meanwhile, and it is not to be used again.                                      */
void dusq__worker_enter(dusq__worker *worker);
bool dusq__worker_leave(dusq__worker *worker);
uint32_t dusq__worker_random(dusq__worker *worker);
/* Makes the n requests in worker->room the share. */
void dusq__worker_begin(dusq__worker *worker, size_t n, int64_t now);
/* Request i is no longer the worker's. */
void dusq__worker_forget(dusq__worker *worker, size_t i);
/* Settling request i of the share is two steps.  The first decides that the worker settles it, with this outcome;
 * false: it has been told without one.                                                                               */
bool dusq__worker_tell(dusq__worker *worker, size_t i, const dusq_error *error);
/* Settles it, if `told`, with what the worker counts; it leaves the share in any case.  Takes result and error.
 * `wakes`: who is to be woken later, or NULL.                                                                        */
void dusq__worker_settle(dusq__worker *worker, size_t i, bool told, dusq_result *take_result, dusq_error *take_error,
                         int64_t now, dusq__wakes *wakes);
/* Both. */
void dusq__worker_finish(dusq__worker *worker, size_t i, dusq_result *take_result, dusq_error *take_error, int64_t now,
                         dusq__wakes *wakes);

/* ---- execute.c --------------------------------------------------------------------------------------------------- */
/* Prepares and executes one statement; the outcome is in the sink.  False: the connection is lost.  `elsewhere`, if not
 * NULL, becomes true when the statement was not executed because it belongs to the other lane.                       */
bool dusq__execute(dusq__worker *worker, dusq__statement *statement, const dusq_value *values, size_t n, uint32_t flags,
                   dusq_sink *sink, bool *elsewhere);
/* Whether another lane is for statements like this one: readers do not write, and the writer has better things to do
 * than to read.                                                                                                      */
bool dusq__is_elsewhere(const dusq__lane *lane, uint32_t learned, uint32_t flags);
/* Resets the connection if there is one and it needs that; what cannot be reset is closed. */
void dusq__worker_reset(dusq__worker *worker);
/* Makes the place that the sink's error gives, if any, one in the caller's text. */
void dusq__place_error(dusq_sink *sink, const dusq__statement *statement);
/* If the connection was lost, or the rows: whether the outcome is unknown depends on what had been sent. */
void dusq__judge(dusq_sink *sink, const dusq__statement *statement, bool may_have_run); /* NULL: a script */
void dusq__judge_loss(dusq_sink *sink, const dusq__request *request);
void dusq__mark_unknown(dusq_sink *sink); /* its error, that is there */
bool dusq__execute_script(dusq__worker *worker, const char *script, dusq_sink *sink);
/* One statement for many rows: in a transaction of its own, or inside the one that is open.  False: the connection is
 * lost.                                                                                                              */
bool dusq__many(dusq__worker *worker, dusq__request *request, dusq_sink *sink, bool inside);
/* Settles request i with what is in the sink. */
void dusq__finish_sink(dusq__worker *worker, size_t i, dusq_sink *sink, int64_t now);
/* Runs request i of the share by itself, and settles it.  */
void dusq__run_query(dusq__worker *worker, size_t i);
void dusq__run_script(dusq__worker *worker, size_t i);
void dusq__run_many(dusq__worker *worker, size_t i);

/* ---- batch.c, job.c, transact.c ------------------------------------------------------------------------------------------- */
void dusq__run_batch(dusq__worker *worker, size_t n);
void dusq__batch_free(void *batch);
void dusq__run_job(dusq__worker *worker, size_t i);
/* Calls a job's function; owned are the result and what it failed with.  The connection may be gone then. */
dusq_result *dusq__call_job(dusq__worker *worker, dusq__request *request, dusq_error **error);
void dusq__run_transact(dusq__worker *worker, size_t i);

static inline void dusq__count(_Atomic int64_t *counter, int64_t more)
{
  /* only its worker writes it */
  atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more, memory_order_relaxed);
}

#endif
