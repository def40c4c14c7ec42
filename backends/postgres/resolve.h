/* resolve.h - finds the types that the server accepts for one pattern of values.
 *
 * First the types of the values are tried.  If they are refused, a parameter whose context accepts only text, for any
 * values (acceptance.h), is not declared.  If that does not help, choice.h tries other types.  The outcome depends only
 * on the statement and the kinds of the values.                                                                      */
#ifndef DUSQ_POSTGRES_RESOLVE_H
#define DUSQ_POSTGRES_RESOLVE_H
#include "conn.h"
#include "statement.h"

/* `types` are those of the values, 0 if they have none, and become those to be declared.  *accepted, false before: the
 * server accepts them, and *out has been prepared with them.  Not in a pipeline.  NULL, or an owned error.           */
dusq_error *dusq__pg_resolve(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n,
                             Oid *types, dusq__pg_preparation *out, bool *accepted);

#endif
