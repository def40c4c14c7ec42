/* learn.h - learns what must be known about a statement's parameters before values can be sent.
 *
 * The server is asked in round trips outside of pipelines.  The answers are kept in the statement's facts and variants. */
#ifndef DUSQ_POSTGRES_LEARN_H
#define DUSQ_POSTGRES_LEARN_H
#include "conn.h"
#include "statement.h"

/* Prepares the statement again if needed, learns what is unknown about the values' types, and gives a name to a variant
 * that is used repeatedly.  Returns at once if there is nothing to do, and in a failed transaction.  NULL, or an owned
 * error.                                                                                                             */
dusq_error *dusq__pg_make_ready(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n);

#endif
