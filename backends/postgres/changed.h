/* changed.h - detects, after an error, that the types of a statement's parameters have changed, because a table was
 * altered or recreated.                                                                                              */
#ifndef DUSQ_POSTGRES_CHANGED_H
#define DUSQ_POSTGRES_CHANGED_H
#include "conn.h"
#include "statement.h"

/* Whether the error may be due to parameter types that have changed. */
bool dusq__pg_is_about_types(const dusq__pg_statement *statement, const dusq_error *error);
/* Whether the types have in fact changed.  Asks the server, but not in a transaction, which the error has ended. */
bool dusq__pg_have_types_changed(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_error *error);
/* After an error inside a transaction: if changed types may be the reason, the next use prepares the statement again. */
void dusq__pg_note_error(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_error *error);

#endif
