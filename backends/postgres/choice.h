/* choice.h - chooses declarations for NULLs and integers, whose types are ambiguous, after the server has refused the
 * types of the values.
 *
 * A NULL may get the type of another value, and an integer may be an int4.  Of the declarations that the server
 * accepts, the one with the fewest changes is taken.                                                                 */
#ifndef DUSQ_POSTGRES_CHOICE_H
#define DUSQ_POSTGRES_CHOICE_H
#include "conn.h"
#include "statement.h"

/* Changes the refused declaration in the n `types` to an accepted one; *found, false before, says whether there is one.
 * Not in a pipeline.  NULL, or an owned error.                                                                       */
dusq_error *dusq__pg_choose(dusq__pg_conn *conn, const dusq__pg_statement *statement, const dusq_value *values,
                            size_t n, Oid *types, bool *found);

#endif
