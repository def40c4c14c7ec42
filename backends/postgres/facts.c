/* facts.c - what is known of the types that a statement's parameters accept.  The worker's thread. */
#include "facts.h"
#include <stdlib.h>
#include <string.h>

const Oid dusq__pg_value_types[DUSQ__PG_VALUE_TYPES] = {PG_INT4,  PG_BOOL, PG_INT8,     PG_NUMERIC,     PG_FLOAT8,
                                                        PG_BYTEA, PG_DATE, PG_TIME,     PG_UUID,        PG_INTERVAL,
                                                        PG_TIMESTAMPTZ,    PG_JSON,     PG_TEXT};

uint16_t dusq__pg_bit_of(Oid type)
{
  unsigned i = 0;
  while (dusq__pg_value_types[i] != type)
    i++;
  return (uint16_t)(1u << i);
}

bool dusq__pg_make_facts(dusq__pg_statement *statement)
{
  if (!statement->facts)
    statement->facts = calloc(statement->nparams + 1, sizeof *statement->facts);
  return statement->facts != NULL;
}

/* The text of the error may be translated, but "$1" in it is not. */
size_t dusq__pg_parameter_in_error(const dusq_error *error, const char *state, size_t n)
{
  const char *at = strchr(dusq_error_message(error), '$');
  size_t number = 0;
  if (strcmp(dusq_error_sqlstate(error), state) != 0 || !at)
    return n;
  while (*++at >= '0' && *at <= '9' && number <= n)
    number = number * 10 + (size_t)(*at - '0');
  return number && number <= n ? number - 1 : n;
}

bool dusq__pg_note_undetermined(dusq__pg_statement *statement, const dusq_error *error)
{
  size_t i = dusq__pg_parameter_in_error(error, "42P18", statement->nparams);
  if (i == statement->nparams || !dusq__pg_make_facts(statement) || statement->facts[i].null_type)
    return false;
  statement->facts[i].null_type = PG_TEXT;
  return true;
}
