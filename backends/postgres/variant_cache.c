/* variant_cache.c - the cached variants of a statement.  The worker's thread. */
#include "variant_cache.h"
#include <stdlib.h>

static size_t room_for(size_t nparams)
{
  enum { MOST = 256, LEAST = 8, PARAMS = 16384 };
  size_t n = PARAMS / (nparams + 1);
  return n > MOST ? MOST : n < LEAST ? LEAST : n;
}

bool dusq__pg_variants_make(dusq__pg_variants *cache, size_t nparams)
{
  if (cache->entries)
    return true;
  cache->room = room_for(nparams);
  cache->entries = calloc(cache->room, sizeof(dusq__pg_variant *));
  return cache->entries != NULL;
}

void dusq__pg_variants_put(dusq__pg_variants *cache, dusq__pg_variant *one, uint64_t hash, dusq__pg_names *names)
{
  one->entry = hash % cache->room;
  if (cache->entries[one->entry])
    dusq__pg_variants_drop(cache, cache->entries[one->entry], names);
  cache->entries[one->entry] = one;
}

void dusq__pg_variants_drop(dusq__pg_variants *cache, dusq__pg_variant *one, dusq__pg_names *names)
{
  for (size_t k = 0; k < DUSQ__PG_NAMED; k++)
    if (cache->named[k] == one)
      cache->named[k] = NULL;
  if (cache->last == one)
    cache->last = NULL;
  cache->entries[one->entry] = NULL;
  dusq__pg_drop_preparation(names, &one->preparation);
  free(one->declared);
  free(one);
}

/* An entry of `named` that is free, or has the least recently used variant. */
static size_t least_named(const dusq__pg_variants *cache)
{
  size_t least = 0;
  for (size_t k = 0; k < DUSQ__PG_NAMED; k++) {
    if (!cache->named[k])
      return k;
    if (cache->named[k]->used < cache->named[least]->used)
      least = k;
  }
  return least;
}

/* Otherwise many variants that alternate would each cost a round trip every time. */
bool dusq__pg_variants_has_name(const dusq__pg_variants *cache)
{
  enum { IDLE = 512 };
  const dusq__pg_variant *least = cache->named[least_named(cache)];
  return !least || cache->uses - least->used > IDLE;
}

void dusq__pg_variants_note_name(dusq__pg_variants *cache, dusq__pg_variant *one, dusq__pg_names *names)
{
  if (!one->preparation.number)
    return;
  dusq__pg_variant **place = &cache->named[least_named(cache)];
  if (*place) {
    dusq__pg_drop_preparation(names, &(*place)->preparation);
    (*place)->unnamed = 0;
  }
  *place = one;
}

void dusq__pg_variants_fini(dusq__pg_variants *cache, dusq__pg_names *names)
{
  for (size_t k = 0; cache->entries && k < cache->room; k++)
    if (cache->entries[k])
      dusq__pg_variants_drop(cache, cache->entries[k], names);
  free(cache->entries);
  *cache = (dusq__pg_variants){0};
}
