/* resolve.h - which types the server accepts for one pattern of values.
 *
 * First those of the values are tried.  Where they are refused, a value whose context accepts only text, whatever the
 * values are (acceptance.h), is left to it.  If that does not help, choice.h is asked.  All of it follows from the
 * statement and the kinds of the values.                                                                              */
#ifndef DUSQ_POSTGRES_RESOLVE_H
#define DUSQ_POSTGRES_RESOLVE_H
#include "conn.h"
#include "statement.h"

/* `types` are those that the values have, 0 where they have none, and become those to be declared.  *accepted, false
 * before: the server accepts them, and *out has been prepared with them.  Not in a pipeline.  NULL, or an owned error. */
dusq_error *dusq__pg_resolve(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n,
                             Oid *types, dusq__pg_preparation *out, bool *accepted);

#endif
