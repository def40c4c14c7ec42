/* calls.c - the calls of <dusq/pool.h> that give a pool work. */
#include "pool/submit.h"
#include "setup/tx_options.h"
#include <dusq/pool.h>

dusq_future *dusq_pool_query(dusq_pool *pool, const char *sql, size_t n, const dusq_value *values,
                             const dusq_opts *opts)
{
  return dusq__submit_query(pool, NULL, NULL, sql, n, values, opts);
}

dusq_future *dusq_pool_many(dusq_pool *pool, const char *sql, size_t cols, size_t rows, const dusq_value *values,
                            const dusq_opts *opts)
{
  return dusq__submit_many(pool, NULL, sql, cols, rows, values, opts);
}

dusq_future *dusq_pool_script(dusq_pool *pool, const char *sql, const dusq_opts *opts)
{
  return dusq__submit_script(pool, NULL, sql, opts);
}

dusq_future *dusq_pool_run(dusq_pool *pool, dusq_job_fn *fn, void *arg, dusq_free_fn *free_arg, const dusq_opts *opts)
{
  return dusq__submit_job(pool, NULL, fn, arg, free_arg, NULL, opts);
}

dusq_future *dusq_pool_transact(dusq_pool *pool, dusq_job_fn *fn, void *arg, dusq_free_fn *free_arg,
                                const dusq_tx_opts *tx, const dusq_opts *opts)
{
  dusq_tx_opts all;
  dusq_status status = dusq__tx_read_opts(tx, &all);
  return dusq__submit_job(status ? NULL : pool, NULL, fn, arg, free_arg, &all, opts);
}
