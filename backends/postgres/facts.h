/* facts.h - what is known of the types that a statement's parameters accept.
 *
 * They are facts about the statement, each learned once, whatever was asked before; see learn.h.                      */
#ifndef DUSQ_POSTGRES_FACTS_H
#define DUSQ_POSTGRES_FACTS_H
#include "statement.h"
#include <dusq/backend.h>

/* Of one parameter.  A bit stands for a type that a value can have, see dusq__pg_bit_of. */
typedef struct dusq__pg_facts {
  uint16_t accepts; /* types that the server has accepted; DUSQ__PG_NULL_BIT: it need not be declared for a NULL      */
  uint16_t refuses; /* types that it never accepts; DUSQ__PG_NULL_BIT: for a NULL it is to be declared as null_type   */
  Oid null_type;    /* valid with DUSQ__PG_NULL_BIT in `refuses`                                                      */
} dusq__pg_facts;
enum { DUSQ__PG_NULL_BIT = 1 };

/* Makes room for the facts unless it is there.  False: no memory. */
bool dusq__pg_make_facts(dusq__pg_statement *statement);
/* The facts of the parameter that an error with this SQLSTATE is about; NULL: there is none, or its type for NULL is
 * known already.                                                                                                      */
dusq__pg_facts *dusq__pg_facts_in_error(dusq__pg_statement *statement, const dusq_error *error, const char *state);
/* Takes "could not determine data type of parameter $1": it is text, for all that is asked of it is whether it is NULL.
 * False: the error is another one.                                                                                    */
bool dusq__pg_note_undetermined(dusq__pg_statement *statement, const dusq_error *error);

#endif
