/* stat.h - the statistics of a pool, summed up on demand; see <dusq/pool.h>. */
#ifndef DUSQ_POOL_STAT_H
#define DUSQ_POOL_STAT_H
#include <dusq/pool.h>

/* The number of requests that have not settled. */
int64_t dusq__pool_unsettled(dusq_pool *pool);

#endif
