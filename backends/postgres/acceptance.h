/* acceptance.h - learns whether parameters of a statement ever accept a type, for any values.
 *
 * The type is declared for one or several parameters and for nothing else, so that no value influences the answer.   */
#ifndef DUSQ_POSTGRES_ACCEPTANCE_H
#define DUSQ_POSTGRES_ACCEPTANCE_H
#include "conn.h"
#include "facts.h"

/* Adds to the facts of the n parameters, at least of those in `wanted`.  The facts must exist.  Not in a pipeline.
 * Returns at once if it is known.  NULL, or an owned error.                                                          */
dusq_error *dusq__pg_learn_type(dusq__pg_conn *conn, dusq__pg_statement *statement, size_t n, Oid type,
                                const bool *wanted);

#endif
