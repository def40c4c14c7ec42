/* changed.h - detects, after an error, that the types of a statement's parameters have changed, because a table was
 * altered or recreated.                                                                                              */
#ifndef DUSQ_POSTGRES_CHANGED_H
#define DUSQ_POSTGRES_CHANGED_H
#include "conn.h"
#include "outcome.h"
#include "statement.h"

/* Whether the error may be due to parameter types that have changed. */
bool dusq__pg_is_about_types(const dusq__pg_statement *statement, const dusq_error *error);
/* After each execution: what its outcome says of the statement.  Nothing is asked. */
void dusq__pg_judge(dusq__pg_conn *conn, dusq__pg_statement *statement, dusq__pg_outcome *out);
/* After that, for one execution by itself: asks the server where it may be the types of its parameters, but not in a
 * transaction, which the error has ended.                                                                             */
void dusq__pg_ask_types(dusq__pg_conn *conn, dusq__pg_statement *statement, dusq__pg_outcome *out);
/* The slot stale: the same for what has failed in the last transaction. */
bool dusq__pg_stale(void *conn, const dusq_stop *stop);
void dusq__pg_forget_doubt(dusq__pg_conn *conn);

#endif
