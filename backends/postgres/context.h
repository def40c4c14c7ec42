/* context.h - prepares a statement with the parameter types that the server infers from the context. */
#ifndef DUSQ_POSTGRES_CONTEXT_H
#define DUSQ_POSTGRES_CONTEXT_H
#include "conn.h"
#include "statement.h"

/* As dusq__pg_parse.  A parameter that is used only in IS NULL is declared as text. */
dusq_error *dusq__pg_parse_by_context(dusq__pg_conn *conn, dusq__pg_statement *statement, dusq__pg_preparation *out);
/* The same for the first time.  If the server needs declared types, statement->undetermined is set instead of returning
 * an error.  Any other error ends a transaction, as it would on execution.                                           */
dusq_error *dusq__pg_parse_first(dusq__pg_conn *conn, dusq__pg_statement *statement);

#endif
