/* submit.h - submitting work to a pool or session: check, copy into one allocation, queue.  Any thread. */
#ifndef DUSQ_POOL_SUBMIT_H
#define DUSQ_POOL_SUBMIT_H
#include "pool/pool.h"

/* The options of a request. */
typedef struct dusq__request_options {
  int64_t deadline, timeout;
  uint32_t flags;
  uint32_t prefetch; /* 0 except for streams */
  const char *label;
  int64_t now;
} dusq__request_options;

/* DUSQ_OK if the pool is usable in this process and the options are valid. */
dusq_status dusq__submit_check(const dusq_pool *pool, const dusq_opts *opts, dusq__request_options *out);
/* A request with its options, and its label at the end of the extra room; NULL when memory is short. */
dusq__request *dusq__submit_make(dusq_pool *pool, const dusq__kind *kind, size_t extra,
                                 const dusq__request_options *with);
/* The size of n values with their bytes; false when it does not fit a size_t. */
bool dusq__submit_size(const dusq_value *values, size_t n, size_t *out);
/* Copies values and, behind them, their bytes; returns the end of the bytes. */
char *dusq__submit_copy(dusq_value *to, const dusq_value *values, size_t n);
/* Queues in the session, or in the lane if that is NULL.  Returns the caller's reference. */
dusq_future *dusq__submit_to(dusq_pool *pool, dusq_session *session, uint32_t lane, dusq__request *request);
/* A session whose handle belongs to the caller; NULL when memory is short. */
dusq_session *dusq__submit_session(dusq_pool *pool, uint32_t lane);

/* ---- the calls on pools, or on sessions (not NULL) --------------------------------------------------------------- */
/* With `stream`, the stream's query; if `session` is NULL, the stream gets a session of its own. */
dusq_future *dusq__submit_query(dusq_pool *pool, dusq_session *session, dusq_stream *stream, const char *sql, size_t n,
                                const dusq_value *values, const dusq_opts *opts);
dusq_future *dusq__submit_many(dusq_pool *pool, dusq_session *session, const char *sql, size_t cols, size_t rows,
                               const dusq_value *values, const dusq_opts *opts);
dusq_future *dusq__submit_script(dusq_pool *pool, dusq_session *session, const char *sql, const dusq_opts *opts);
/* `tx`, if not NULL, has all fields: the job is run as a transaction. */
dusq_future *dusq__submit_job(dusq_pool *pool, dusq_session *session, dusq_job_fn *fn, void *arg,
                              dusq_free_fn *free_arg, const dusq_tx_opts *tx, const dusq_opts *opts);
/* Ends a session after the calls that it has; used when its handle is dropped or closed. */
dusq_future *dusq__submit_end(dusq_session *session);

#endif
