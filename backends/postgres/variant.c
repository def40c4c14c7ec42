/* variant.c - which types are declared for a statement's parameters, depending on the values.  The worker's thread. */
#include "variant.h"
#include "facts.h"
#include <stdlib.h>

/* ---- the kinds of values ------------------------------------------------------------------------------------------- */

/* A kind is an index into own_types, or CONTEXT. */
enum { NOTHING, CONTEXT = 15 /* the type of the context is declared */ };

static const Oid own_types[] = {0,       PG_BOOL, PG_INT8,     PG_NUMERIC,     PG_FLOAT8, PG_TEXT, PG_BYTEA,
                                PG_DATE, PG_TIME, PG_INTERVAL, PG_TIMESTAMPTZ, PG_UUID,   PG_JSON};

static uint8_t own_kind(const dusq_value *value)
{
  switch (value->type) {
  case DUSQ_NULL: return NOTHING;
  case DUSQ_BOOL: return 1;
  case DUSQ_INT: return 2;
  case DUSQ_UINT: return value->u.n <= INT64_MAX ? 2 : 3;
  case DUSQ_DECIMAL: return 3;
  case DUSQ_REAL: return 4;
  case DUSQ_BLOB: return 6;
  case DUSQ_DATE: return 7;
  case DUSQ_TIME: return value->u.i >= 0 && value->u.i < PG_US_PER_DAY ? 8 : 9;
  case DUSQ_TIMESTAMP: return 10;
  case DUSQ_UUID: return 11;
  case DUSQ_JSON: return 12;
  default: return 5;
  }
}

/* Whether, without a name, the type of the context must be declared, because the form of the value depends on it.
 * Other values have the same text for all types; leaving them undeclared is right even after a table was altered.    */
static bool depends_on_context(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  if (!statement->unnamed || !statement->preparation.types)
    return false;
  Oid type = statement->preparation.types[i];
  switch (value->type) {
  case DUSQ_BLOB: return true;
  case DUSQ_DATE:
  case DUSQ_TIMESTAMP: return dusq__pg_is_text(type);
  case DUSQ_BOOL: return dusq__pg_is_integer(type);
  default: return false;
  }
}

static uint8_t kind_of(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  if (dusq__pg_is_open(statement, value, i))
    return own_kind(value);
  return depends_on_context(statement, value, i) ? CONTEXT : NOTHING;
}

/* The type to declare for parameter i unless the server refuses it; 0: none. */
static Oid declared_of(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  uint8_t kind = kind_of(statement, value, i);
  if (kind == CONTEXT)
    return statement->preparation.types[i];
  if (!kind && statement->facts && statement->facts[i].context_type)
    return statement->facts[i].context_type;
  bool null = !kind && statement->facts && dusq__pg_is_open(statement, value, i);
  return null ? statement->facts[i].null_type : own_types[kind];
}

/* ---- properties of the values -------------------------------------------------------------------------------------- */

/* Without a name, all types are declared for each execution. */
bool dusq__pg_varies(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  if (!n)
    return false;
  if (statement->undetermined || statement->unnamed)
    return true;
  for (size_t i = 0; i < n; i++)
    if (values[i].type != DUSQ_NULL && values[i].type != DUSQ_TEXT && dusq__pg_is_open(statement, &values[i], i))
      return true;
  return false;
}

static bool is_of(const dusq__pg_variant *one, const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (one->kinds[i] != kind_of(statement, &values[i], i))
      return false;
  return true;
}

static uint64_t hash_of(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
  for (size_t i = 0; i < n; i++)
    hash = (hash ^ kind_of(statement, &values[i], i)) * UINT64_C(1099511628211);
  return hash ^ hash >> 32;
}

static dusq__pg_variant *find(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  const dusq__pg_variants *cache = &statement->variants;
  if (cache->last && is_of(cache->last, statement, values, n))
    return cache->last;
  if (!cache->entries)
    return NULL;
  dusq__pg_variant *one = cache->entries[hash_of(statement, values, n) % cache->room];
  return one && is_of(one, statement, values, n) ? one : NULL;
}

/* Whether the context itself is text, so that the server need not be asked. */
static bool needs_no_proof(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  bool plain = value->type == DUSQ_NULL || value->type == DUSQ_TEXT;
  return !dusq__pg_is_open(statement, value, i) || (plain && !statement->undetermined);
}

bool dusq__pg_is_known(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  size_t i = 0;
  while (i < n && needs_no_proof(statement, &values[i], i))
    i++;
  const dusq__pg_variant *one = i < n ? find(statement, values, n) : NULL;
  return i == n || (one && one->resolved);
}

bool dusq__pg_is_ready(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  return !dusq__pg_is_to_be_renewed(statement) &&
         (!dusq__pg_varies(statement, values, n) || dusq__pg_is_known(statement, values, n));
}

bool dusq__pg_wants_name(const dusq__pg_statement *statement, const dusq_value *values, size_t n, unsigned times)
{
  if (statement->unnamed || !dusq__pg_varies(statement, values, n))
    return false;
  const dusq__pg_variant *one = find(statement, values, n);
  return one && !one->preparation.number && !one->refused && one->unnamed >= times &&
         dusq__pg_variants_has_name(&statement->variants);
}

/* ---- the variant for the values ------------------------------------------------------------------------------------ */

static dusq__pg_variant *make(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  dusq__pg_variant *one = calloc(1, sizeof *one);
  Oid *declared = malloc(n * (sizeof *declared + 1));
  if (!one || !declared) {
    free(declared);
    free(one);
    return NULL;
  }
  one->declared = declared;
  one->kinds = (uint8_t *)(declared + n);
  for (size_t i = 0; i < n; i++) {
    declared[i] = declared_of(statement, &values[i], i);
    one->kinds[i] = kind_of(statement, &values[i], i);
  }
  return one;
}

dusq__pg_variant *dusq__pg_take_variant(dusq__pg_statement *statement, const dusq_value *values, size_t n,
                                        dusq__pg_names *names)
{
  dusq__pg_variants *cache = &statement->variants;
  dusq__pg_variant *one = find(statement, values, n);
  if (!one) {
    one = dusq__pg_variants_make(cache, statement->nparams) ? make(statement, values, n) : NULL;
    if (!one)
      return NULL;
    dusq__pg_variants_put(cache, one, hash_of(statement, values, n), names);
  }
  cache->last = one;
  one->used = ++cache->uses;
  return one;
}

const dusq__pg_preparation *dusq__pg_preparation_for(dusq__pg_statement *statement, const dusq_value *values, size_t n,
                                                     dusq__pg_names *names, const Oid **declared)
{
  *declared = NULL;
  if (!dusq__pg_varies(statement, values, n))
    return &statement->preparation;
  dusq__pg_variant *one = dusq__pg_take_variant(statement, values, n, names);
  if (!one)
    return NULL;
  if (!one->preparation.number) {
    *declared = one->declared;
    one->unnamed++;
  }
  return &one->preparation;
}
