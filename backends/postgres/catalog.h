/* catalog.h - the types of parameters, for statements with too many of them for Describe, from pg_prepared_statements. */
#ifndef DUSQ_POSTGRES_CATALOG_H
#define DUSQ_POSTGRES_CATALOG_H
#include "conn.h"
#include "statement.h"

/* Asks for out->types, with the `types` of n parameters declared (0: inferred from the context).  out->types stays NULL
 * if the server does not tell.  An owned error only if the connection is lost or memory is short.  Not in a pipeline. */
dusq_error *dusq__pg_query_types(dusq__pg_conn *conn, const dusq__pg_statement *statement, int n, const Oid *types,
                                 dusq__pg_preparation *out);

#endif
