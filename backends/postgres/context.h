/* context.h - preparing a statement with the types that the context gives its parameters. */
#ifndef DUSQ_POSTGRES_CONTEXT_H
#define DUSQ_POSTGRES_CONTEXT_H
#include "conn.h"
#include "statement.h"

/* As dusq__pg_parse.  Parameters of which only is asked whether they are NULL are declared as text. */
dusq_error *dusq__pg_parse_by_context(dusq__pg_conn *conn, dusq__pg_statement *statement, dusq__pg_preparation *out);
/* The same for the first time.  Where the server wants declared types, statement->undetermined is set instead of an
 * error.  Any other error ends a transaction, as on the execution it would.                                           */
dusq_error *dusq__pg_parse_first(dusq__pg_conn *conn, dusq__pg_statement *statement);

#endif
