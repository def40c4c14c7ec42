/* facts.h - what is known of the types that a statement's parameters accept.
 *
 * They are facts about the text of the statement, whatever the values are; acceptance.c learns them.                  */
#ifndef DUSQ_POSTGRES_FACTS_H
#define DUSQ_POSTGRES_FACTS_H
#include "statement.h"
#include "types.h"

/* The types that are declared; PG_INT4 only where an integer can be no PG_INT8. */
enum { DUSQ__PG_VALUE_TYPES = 13 };
extern const Oid dusq__pg_value_types[DUSQ__PG_VALUE_TYPES];
uint16_t dusq__pg_bit_of(Oid type); /* one of those types; 1 << its entry */

/* Of one parameter.  In a set of types, each is its dusq__pg_bit_of. */
typedef struct dusq__pg_facts {
  uint16_t asked;   /* types that the server has been asked about                             */
  uint16_t accepts; /* those of them that it accepts, beside some declaration of other ones   */
  Oid null_type;    /* what a NULL is to be declared as; 0: nothing                           */
} dusq__pg_facts;

/* Makes room for the facts unless it is there.  False: no memory. */
bool dusq__pg_make_facts(dusq__pg_statement *statement);
/* The index of the parameter that an error with this SQLSTATE is about, of n; n: there is none. */
size_t dusq__pg_parameter_in_error(const dusq_error *error, const char *state, size_t n);
/* Takes "could not determine data type of parameter $1": it is text, for all that is asked of it is whether it is NULL.
 * False: the error is another one, or was taken before.                                                               */
bool dusq__pg_note_undetermined(dusq__pg_statement *statement, const dusq_error *error);

static inline bool dusq__pg_is_integer(Oid type)
{
  return type == PG_INT2 || type == PG_INT4 || type == PG_INT8;
}

/* Whether the value is an integer that this type holds; BOOL, TEXT and others go as their texts. */
static inline bool dusq__pg_fits_integer(const dusq_value *value, Oid type)
{
  int64_t most = type == PG_INT2 ? INT16_MAX : type == PG_INT4 ? INT32_MAX : INT64_MAX;
  switch (value->type) {
  case DUSQ_INT: return value->u.i <= most && value->u.i >= -most - 1;
  case DUSQ_UINT: return value->u.n <= (uint64_t)most;
  default: return value->type != DUSQ_REAL && value->type != DUSQ_DECIMAL;
  }
}

/* Whether the value decides the type of parameter i, as far as the context allows.  The server calls a parameter double
 * precision where any number would do, and not every number is one; and an integer beside an integer, as in $1 / 2 or
 * n < $1, where 7.0 would become 7, and 5000000000 is refused.                                                        */
static inline bool dusq__pg_is_open(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  Oid type = statement->preparation.types ? statement->preparation.types[i] : PG_TEXT;
  if (dusq__pg_is_integer(type))
    return !dusq__pg_fits_integer(value, type);
  bool exact = value->type == DUSQ_INT || value->type == DUSQ_UINT || value->type == DUSQ_DECIMAL;
  return type == PG_TEXT || (type == PG_FLOAT8 && exact);
}

#endif
