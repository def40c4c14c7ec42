/* submit.h - giving a pool or a session work: check, copy into one allocation, queue.  Any thread. */
#ifndef DUSQ_POOL_SUBMIT_H
#define DUSQ_POOL_SUBMIT_H
#include "pool/pool.h"

/* What a request has of the caller's options. */
typedef struct dusq__hot {
  int64_t deadline, timeout;
  uint32_t flags;
  uint32_t prefetch; /* 0 but for streams */
  const char *label;
  int64_t now;
} dusq__hot;

/* DUSQ_OK if the pool may be looked at and the options are good. */
dusq_status dusq__submit_check(const dusq_pool *pool, const dusq_opts *opts, dusq__hot *out);
/* A request with its options and its label at the end of the extra room; NULL when memory is short. */
dusq__request *dusq__submit_make(dusq_pool *pool, const dusq__kind *kind, size_t extra, const dusq__hot *with);
/* Room for n values with their bytes; false when it does not fit a size_t. */
bool dusq__submit_size(const dusq_value *values, size_t n, size_t *out);
/* Copies values, and their bytes behind them; returns where these end. */
char *dusq__submit_copy(dusq_value *to, const dusq_value *values, size_t n);
/* To a session, or where that is NULL to a lane.  The caller's reference. */
dusq_future *dusq__submit_to(dusq_pool *pool, dusq_session *session, uint32_t lane, dusq__request *request);
/* A session whose handle is the caller's; NULL when memory is short. */
dusq_session *dusq__submit_session(dusq_pool *pool, uint32_t lane);

/* ---- the calls of pools, or (not NULL) of sessions --------------------------------------------------------------- */
/* With a stream, that of it; `session` NULL: it has one of its own. */
dusq_future *dusq__submit_query(dusq_pool *pool, dusq_session *session, dusq_stream *stream, const char *sql, size_t n,
                                const dusq_value *values, const dusq_opts *opts);
dusq_future *dusq__submit_many(dusq_pool *pool, dusq_session *session, const char *sql, size_t cols, size_t rows,
                               const dusq_value *values, const dusq_opts *opts);
dusq_future *dusq__submit_script(dusq_pool *pool, dusq_session *session, const char *sql, const dusq_opts *opts);
/* `tx`, if not NULL, has all fields: a transaction. */
dusq_future *dusq__submit_job(dusq_pool *pool, dusq_session *session, dusq_job_fn *fn, void *arg,
                              dusq_free_fn *free_arg, const dusq_tx_opts *tx, const dusq_opts *opts);
/* What becomes of a session that is not asked for any more: it ends behind its calls. */
dusq_future *dusq__submit_end(dusq_session *session);

#endif
