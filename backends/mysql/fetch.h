/* fetch.h - the rows of a prepared statement.  The worker's thread; the state is the connection's row. */
#ifndef DUSQ_MYSQL_FETCH_H
#define DUSQ_MYSQL_FETCH_H
#include "connection.h"
#include "outcome.h"
#include "statement.h"

/* Passes the rows of the current result set to the sink; *rows is their number.  An error is in *out, and then rows may
 * be left unread.                                                                                                    */
void dusq__my_fetch(dusq__my_conn *conn, dusq__my_statement *statement, dusq_sink *sink, size_t *rows,
                    dusq__my_outcome *out);

#endif
