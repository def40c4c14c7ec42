/* facts.h - what is known about the types that a statement's parameters accept.
 *
 * These facts depend on the text of the statement, not on values; acceptance.c learns them.                          */
#ifndef DUSQ_POSTGRES_FACTS_H
#define DUSQ_POSTGRES_FACTS_H
#include "statement.h"
#include "types.h"

/* The types that are declared; PG_INT4 only for an integer that cannot be a PG_INT8. */
enum { DUSQ__PG_VALUE_TYPES = 13 };
extern const Oid dusq__pg_value_types[DUSQ__PG_VALUE_TYPES];
uint16_t dusq__pg_bit_of(Oid type); /* 1 << the index of one of those types */

/* The facts of one parameter.  A set of types is the sum of their dusq__pg_bit_of. */
typedef struct dusq__pg_facts {
  uint16_t asked;   /* types that the server was asked about                             */
  uint16_t accepts; /* those of them that it accepts with some declaration of the others */
  Oid null_type;    /* the type to declare for a NULL; 0: none                           */
  Oid context_type; /* the context's, to be declared; 0: the server infers it by itself  */
} dusq__pg_facts;

/* Allocates the facts unless they exist.  False: no memory. */
bool dusq__pg_make_facts(dusq__pg_statement *statement);
/* The index of the parameter that an error with this SQLSTATE is about, of n; n: there is none. */
size_t dusq__pg_parameter_in_error(const dusq_error *error, const char *state, size_t n);
/* Handles "could not determine data type of parameter $1": the parameter is text, because it is used only in IS NULL.
 * False: it is another error, or the parameter was handled before.                                                   */
bool dusq__pg_note_undetermined(dusq__pg_statement *statement, const dusq_error *error);

static inline bool dusq__pg_is_integer(Oid type)
{
  return type == PG_INT2 || type == PG_INT4 || type == PG_INT8;
}

/* Whether an integer type holds the value.  True for BOOL, TEXT and others, which are sent as text. */
static inline bool dusq__pg_fits_integer(const dusq_value *value, Oid type)
{
  int64_t most = type == PG_INT2 ? INT16_MAX : type == PG_INT4 ? INT32_MAX : INT64_MAX;
  switch (value->type) {
  case DUSQ_INT: return value->u.i <= most && value->u.i >= -most - 1;
  case DUSQ_UINT: return value->u.n <= (uint64_t)most;
  default: return value->type != DUSQ_REAL && value->type != DUSQ_DECIMAL;
  }
}

/* Whether the value decides the type of parameter i, within the context.  The server infers double precision where any
 * number would do, and not every number fits one.  It infers an integer beside an integer, as in $1 / 2 and n < $1,
 * where 7.0 would become 7 and 5000000000 would be refused.                                                           */
static inline bool dusq__pg_is_open(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  Oid type = statement->preparation.types ? statement->preparation.types[i] : PG_TEXT;
  if (dusq__pg_is_integer(type))
    return !dusq__pg_fits_integer(value, type);
  bool exact = value->type == DUSQ_INT || value->type == DUSQ_UINT || value->type == DUSQ_DECIMAL;
  return type == PG_TEXT || (type == PG_FLOAT8 && exact);
}

#endif
