/* changed.h - noticing by an error that the types of a statement's parameters have changed, because a table was altered
 * or made anew.                                                                                                       */
#ifndef DUSQ_POSTGRES_CHANGED_H
#define DUSQ_POSTGRES_CHANGED_H
#include "conn.h"
#include "statement.h"

/* Whether the error may come from types that the parameters no longer have. */
bool dusq__pg_is_about_types(const dusq__pg_statement *statement, const dusq_error *error);
/* Whether they have in fact changed.  Asks the server, but not in a transaction, which the error has ended. */
bool dusq__pg_have_types_changed(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_error *error);
/* After an error inside a transaction: if it may come from changed types, the next use prepares the statement anew. */
void dusq__pg_note_error(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_error *error);

#endif
