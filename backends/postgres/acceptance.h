/* acceptance.h - learns whether parameters of a statement ever accept a type, whatever the values are.
 *
 * The type is declared for one or several parameters and for nothing else, so that no value has a part in it.         */
#ifndef DUSQ_POSTGRES_ACCEPTANCE_H
#define DUSQ_POSTGRES_ACCEPTANCE_H
#include "conn.h"
#include "facts.h"

/* Adds to the facts of the n parameters, at least of those in `wanted`.  The facts must have been made.  Not in a
 * pipeline.  At once if it is known.  NULL, or an owned error.                                                        */
dusq_error *dusq__pg_learn_type(dusq__pg_conn *conn, dusq__pg_statement *statement, size_t n, Oid type,
                                const bool *wanted);

#endif
