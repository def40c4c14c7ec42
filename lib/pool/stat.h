/* stat.h - the numbers of a pool, summed up when somebody asks; see <dusq/pool.h>. */
#ifndef DUSQ_POOL_STAT_H
#define DUSQ_POOL_STAT_H
#include <dusq/pool.h>

/* How many requests have not settled. */
int64_t dusq__pool_unsettled(dusq_pool *pool);

#endif
