/* variant.c - which types a statement's parameters are declared with, by the values.  The worker's thread. */
#include "variant.h"
#include "facts.h"
#include "types.h"
#include <stdlib.h>

/* ---- the types of values ------------------------------------------------------------------------------------------- */

const Oid dusq__pg_value_types[DUSQ__PG_VALUE_TYPES] = {0,       PG_BOOL,  PG_INT8, PG_NUMERIC,  PG_FLOAT8,
                                                        PG_TEXT, PG_BYTEA, PG_DATE, PG_TIME,     PG_INTERVAL,
                                                        PG_TIMESTAMPTZ,    PG_UUID, PG_JSON};

uint16_t dusq__pg_bit_of(Oid type)
{
  unsigned i = 0;
  while (dusq__pg_value_types[i] != type)
    i++;
  return (uint16_t)(1u << i);
}

Oid dusq__pg_value_type(const dusq_value *value)
{
  switch (value->type) {
  case DUSQ_NULL: return 0;
  case DUSQ_BOOL: return PG_BOOL;
  case DUSQ_INT: return PG_INT8;
  case DUSQ_UINT: return value->u.n <= INT64_MAX ? PG_INT8 : PG_NUMERIC;
  case DUSQ_REAL: return PG_FLOAT8;
  case DUSQ_DECIMAL: return PG_NUMERIC;
  case DUSQ_BLOB: return PG_BYTEA;
  case DUSQ_DATE: return PG_DATE;
  case DUSQ_TIME: return value->u.i >= 0 && value->u.i < PG_US_PER_DAY ? PG_TIME : PG_INTERVAL;
  case DUSQ_TIMESTAMP: return PG_TIMESTAMPTZ;
  case DUSQ_UUID: return PG_UUID;
  case DUSQ_JSON: return PG_JSON;
  default: return PG_TEXT;
  }
}

/* ---- what follows from the values ---------------------------------------------------------------------------------- */

/* The context calls a parameter double precision where any number would do, and not every number is one. */
bool dusq__pg_is_open(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  Oid type = statement->preparation.types ? statement->preparation.types[i] : PG_TEXT;
  bool exact = value->type == DUSQ_INT || value->type == DUSQ_UINT || value->type == DUSQ_DECIMAL;
  return type == PG_TEXT || (type == PG_FLOAT8 && exact);
}

/* Without a name all types are declared, each time. */
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

/* Without a name, the type of the context is declared where the form of a value depends on it.  Other values are the
 * same text for all types; not to declare them is right even after a table was altered.                               */
static Oid context_of(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  if (!statement->unnamed || !statement->preparation.types)
    return 0;
  Oid type = statement->preparation.types[i];
  bool moment = value->type == DUSQ_DATE || value->type == DUSQ_TIMESTAMP;
  return value->type == DUSQ_BLOB || (moment && dusq__pg_is_text(type)) ? type : 0;
}

Oid dusq__pg_declared_of(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  if (!dusq__pg_is_open(statement, value, i))
    return context_of(statement, value, i);
  Oid type = dusq__pg_value_type(value);
  bool refused = statement->facts && statement->facts[i].refuses & dusq__pg_bit_of(type);
  if (!type)
    return refused ? statement->facts[i].null_type : 0;
  return refused ? context_of(statement, value, i) : type;
}

static dusq__pg_variant *find(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  for (size_t k = 0; k < DUSQ__PG_VARIANTS; k++) {
    const dusq__pg_variant *one = &statement->variants[k];
    bool same = one->declared != NULL;
    for (size_t i = 0; i < n && same; i++)
      same = one->declared[i] == dusq__pg_declared_of(statement, &values[i], i);
    if (same)
      return (dusq__pg_variant *)(uintptr_t)one;
  }
  return NULL;
}

/* What the context itself calls text needs no proof. */
static bool needs_no_fact(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  bool plain = value->type == DUSQ_NULL || value->type == DUSQ_TEXT;
  return !dusq__pg_is_open(statement, value, i) || (plain && !statement->undetermined);
}

/* A blob where there must be text is sent as it is, for which the server must have told the type. */
bool dusq__pg_is_known(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  bool bytes = false;
  for (size_t i = 0; i < n; i++) {
    if (needs_no_fact(statement, &values[i], i))
      continue;
    uint16_t bit = dusq__pg_bit_of(dusq__pg_value_type(&values[i]));
    if (!statement->facts || !((statement->facts[i].accepts | statement->facts[i].refuses) & bit))
      return false;
    bytes |= values[i].type == DUSQ_BLOB && statement->facts[i].refuses & bit && !statement->unnamed;
  }
  const dusq__pg_variant *one = bytes ? find(statement, values, n) : NULL;
  return !bytes || (one && (one->preparation.number || one->refused));
}

bool dusq__pg_is_ready(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  return !statement->renew && (!dusq__pg_varies(statement, values, n) || dusq__pg_is_known(statement, values, n));
}

bool dusq__pg_wants_name(const dusq__pg_statement *statement, const dusq_value *values, size_t n, unsigned times)
{
  if (statement->unnamed || !dusq__pg_varies(statement, values, n))
    return false;
  const dusq__pg_variant *one = find(statement, values, n);
  return one && !one->preparation.number && !one->refused && one->unnamed >= times;
}

/* ---- the variants that are kept ------------------------------------------------------------------------------------ */

/* Free entries go first, then those without a name: they have cost no round trip. */
static bool goes_before(const dusq__pg_variant *a, const dusq__pg_variant *b)
{
  bool free_a = !a->declared, free_b = !b->declared, named_a = a->preparation.number, named_b = b->preparation.number;
  if (free_a != free_b)
    return free_a;
  return named_a != named_b ? named_b : a->used < b->used;
}

dusq__pg_variant *dusq__pg_take_variant(dusq__pg_statement *statement, const dusq_value *values, size_t n,
                                        dusq__pg_names *names)
{
  dusq__pg_variant *one = find(statement, values, n);
  if (!one) {
    Oid *declared = malloc(n * sizeof *declared);
    if (!declared)
      return NULL;
    for (size_t i = 0; i < n; i++)
      declared[i] = dusq__pg_declared_of(statement, &values[i], i);
    one = &statement->variants[0];
    for (size_t k = 1; k < DUSQ__PG_VARIANTS; k++)
      if (goes_before(&statement->variants[k], one))
        one = &statement->variants[k];
    dusq__pg_drop_variant(one, names);
    one->declared = declared;
  }
  one->used = ++statement->uses;
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
