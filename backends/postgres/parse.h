/* parse.h - one round trip that prepares a statement: the messages Parse and Describe (PG:protocol-flow). */
#ifndef DUSQ_POSTGRES_PARSE_H
#define DUSQ_POSTGRES_PARSE_H
#include "conn.h"
#include "statement.h"

/* libpq before 17 takes a longer description of parameters for a sign that the connection is out of sync, because its
 * list of messages that may be longer than 30,000 bytes lacks this one.                                              */
enum { DUSQ__PG_MAX_DESCRIBED = 7000 };

/* Prepares it under a new name, or without one, with the `types` of n parameters declared (NULL: inferred from the
 * context).  The description goes to *out, which the caller drops, even after an error.  In a transaction a savepoint
 * is open after an error: see dusq__pg_undo_parse.  Not in a pipeline.  NULL, or an owned error.                     */
dusq_error *dusq__pg_parse(dusq__pg_conn *conn, const dusq__pg_statement *statement, int n, const Oid *types,
                           dusq__pg_preparation *out);
/* Makes a transaction usable again after an error of dusq__pg_parse. */
dusq_error *dusq__pg_undo_parse(dusq__pg_conn *conn);
/* As dusq__pg_parse, but after an error a transaction is still usable, and *out is empty. */
dusq_error *dusq__pg_try_parse(dusq__pg_conn *conn, const dusq__pg_statement *statement, size_t n, const Oid *types,
                               dusq__pg_preparation *out);

#endif
