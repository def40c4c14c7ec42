/* info.c - what a pool is connected to.  Reads constants and copies of texts; any thread. */
#include "base/fork.h"
#include "pool/pool.h"
#include <stdio.h>
#include <string.h>

const char *dusq_pool_backend(const dusq_pool *pool)
{
  return pool ? pool->setup.backend->name : "";
}

static const char *dialect_name(uint32_t dialect)
{
  static const char *const names[] = {"", "sqlite", "postgresql", "mysql"};
  return dialect < sizeof names / sizeof *names ? names[dialect] : "";
}

size_t dusq_pool_info(const dusq_pool *pool, const char *key, char *out, size_t size)
{
  size_t len = SIZE_MAX;
  size = out ? size : 0;
  if (size)
    *out = '\0';
  if (!pool || !key)
    return len;
  if (!strcmp(key, "dialect"))
    return (size_t)snprintf(out, size, "%s", dialect_name(pool->setup.backend->dialect));
  if (!dusq__forked(pool->generation))
    len = dusq__identity_get(&((dusq_pool *)(uintptr_t)pool)->setup.identity, key, out, size); /* for its lock */
  return len;
}
