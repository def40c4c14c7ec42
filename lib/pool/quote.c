/* quote.c - names and values as SQL text, in the dialect of the pool's database.  Reads constants only; any thread. */
#include "data/quote.h"
#include "pool/pool.h"

static uint32_t dialect_of(const dusq_pool *pool)
{
  return pool ? pool->setup.backend->dialect : 0;
}

size_t dusq_pool_quote_identifier(const dusq_pool *pool, const char *name, char *out, size_t size)
{
  return dusq__quote_identifier(dialect_of(pool), name, out, size);
}

size_t dusq_pool_quote_literal(const dusq_pool *pool, const dusq_value *value, char *out, size_t size)
{
  return dusq__quote_literal(dialect_of(pool), value, out, size);
}
