/* variant_cache.h - the cached variants of a statement, and which of them have names on the server.
 *
 * The hash of a variant's kinds selects its entry, where it replaces another one.  At most DUSQ__PG_NAMED variants of a
 * statement have names.                                                                                              */
#ifndef DUSQ_POSTGRES_VARIANT_CACHE_H
#define DUSQ_POSTGRES_VARIANT_CACHE_H
#include "preparation.h"
#include <stddef.h>

/* A statement with declared types for some of its parameters; filled by variant.c and learn.c. */
typedef struct dusq__pg_variant {
  Oid *declared;    /* 0: inferred from the context; owned                  */
  uint8_t *kinds;   /* the kinds of the values; in the memory of `declared` */
  size_t entry;     /* the index of its entry in the cache                  */
  dusq__pg_preparation preparation; /* if it has no name, the variant is executed without one */
  uint64_t used;    /* the value of `uses` when it was used last            */
  unsigned unnamed; /* how often it was executed without a name             */
  bool resolved;    /* the server has been asked what is to be declared     */
  bool refused;     /* the server refuses to prepare it                     */
} dusq__pg_variant;

enum { DUSQ__PG_NAMED = 8 };
/* The cache of a statement; only its connection's worker uses it. */
typedef struct dusq__pg_variants {
  dusq__pg_variant **entries; /* each owned or NULL; NULL: not allocated */
  size_t room;                /* the number of entries                   */
  dusq__pg_variant *named[DUSQ__PG_NAMED]; /* those that have names     */
  dusq__pg_variant *last;     /* the most recently used one, or NULL     */
  uint64_t uses;              /* a counter                               */
} dusq__pg_variants;

/* Allocates the entries unless they exist: fewer, the more parameters there are.  False: no memory. */
bool dusq__pg_variants_make(dusq__pg_variants *cache, size_t nparams);
/* Adds a variant by the hash of its kinds. */
void dusq__pg_variants_put(dusq__pg_variants *cache, dusq__pg_variant *take_one, uint64_t hash, dusq__pg_names *names);
/* Removes and frees a variant; its name is closed later. */
void dusq__pg_variants_drop(dusq__pg_variants *cache, dusq__pg_variant *one, dusq__pg_names *names);
/* Whether a name is available without taking one that is in use. */
bool dusq__pg_variants_has_name(const dusq__pg_variants *cache);
/* Records the name, if any, of a cached variant; another one may lose its name for it. */
void dusq__pg_variants_note_name(dusq__pg_variants *cache, dusq__pg_variant *one, dusq__pg_names *names);
/* Drops all; the cache can be used again. */
void dusq__pg_variants_fini(dusq__pg_variants *cache, dusq__pg_names *names);

#endif
