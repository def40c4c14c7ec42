/* learn.h - what must be known of a statement's parameters before values can be sent.
 *
 * It is learned from the server, in round trips outside of pipelines, and kept in the statement's facts and variants. */
#ifndef DUSQ_POSTGRES_LEARN_H
#define DUSQ_POSTGRES_LEARN_H
#include "conn.h"
#include "statement.h"

/* Prepares the statement anew if that is needed, learns what is not known about the values' types, and gives a name to
 * a variant that comes again.  At once if there is nothing to do, and in a failed transaction.  NULL, or an owned
 * error.                                                                                                              */
dusq_error *dusq__pg_make_ready(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n);

#endif
