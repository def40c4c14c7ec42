/* variant_cache.h - the variants that a statement keeps, and which of them have names on the server.
 *
 * A variant is kept in the entry that a hash of its kinds selects, and replaces what was there.  A statement has at
 * most DUSQ__PG_NAMED names for variants.                                                                             */
#ifndef DUSQ_POSTGRES_VARIANT_CACHE_H
#define DUSQ_POSTGRES_VARIANT_CACHE_H
#include "preparation.h"
#include <stddef.h>

/* A statement with declared types for some of its parameters; variant.c and learn.c fill it. */
typedef struct dusq__pg_variant {
  Oid *declared;    /* 0: the context decides; owned                                          */
  uint8_t *kinds;   /* of the values for which that is declared; in the memory of `declared`  */
  size_t entry;     /* the index of its entry in the cache                                    */
  dusq__pg_preparation preparation; /* without a name it is executed without one              */
  uint64_t used;    /* the value of `uses` when it was used last                              */
  unsigned unnamed; /* how often it was executed without a name                               */
  bool resolved;    /* the server has been asked what is to be declared                       */
  bool refused;     /* the server does not prepare it                                         */
} dusq__pg_variant;

enum { DUSQ__PG_NAMED = 8 };
/* The cache of a statement; its connection's worker uses it. */
typedef struct dusq__pg_variants {
  dusq__pg_variant **entries; /* each one owned or NULL; NULL: none yet */
  size_t room;                /* the number of entries                  */
  dusq__pg_variant *named[DUSQ__PG_NAMED]; /* those that have names     */
  dusq__pg_variant *last;     /* the one that was used last, or NULL    */
  uint64_t uses;              /* a counter                              */
} dusq__pg_variants;

/* Makes room unless it is there; with more parameters, for fewer variants.  False: no memory. */
bool dusq__pg_variants_make(dusq__pg_variants *cache, size_t nparams);
/* Takes one with this hash of its kinds. */
void dusq__pg_variants_put(dusq__pg_variants *cache, dusq__pg_variant *take_one, uint64_t hash, dusq__pg_names *names);
/* Takes it out and frees it; its name is closed later. */
void dusq__pg_variants_drop(dusq__pg_variants *cache, dusq__pg_variant *one, dusq__pg_names *names);
/* Whether there is a name to be had without taking one that is in use. */
bool dusq__pg_variants_has_name(const dusq__pg_variants *cache);
/* Notes the name, if any, of one that is kept; another one may lose its name for it. */
void dusq__pg_variants_note_name(dusq__pg_variants *cache, dusq__pg_variant *one, dusq__pg_names *names);
/* Drops all; the cache can be used again. */
void dusq__pg_variants_fini(dusq__pg_variants *cache, dusq__pg_names *names);

#endif
