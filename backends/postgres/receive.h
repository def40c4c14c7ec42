/* receive.h - receives results. */
#ifndef DUSQ_POSTGRES_RECEIVE_H
#define DUSQ_POSTGRES_RECEIVE_H
#include "conn.h"

/* The next result of what was sent, owned; NULL at the end, or when the connection was given up (conn->broken). */
PGresult *dusq__pg_get_result(dusq__pg_conn *conn);
size_t dusq__pg_bytes_waiting(PGconn *pg); /* in the socket */
/* After PGRES_COPY_...: makes the server end the COPY, or gives the connection up. */
void dusq__pg_refuse_copy(dusq__pg_conn *conn, ExecStatusType status);
/* Runs a text without values, and drops its rows.  `tag`, if not NULL, gets the last command tag.  NULL, or an owned
 * error.                                                                                                             */
dusq_error *dusq__pg_simple(dusq__pg_conn *conn, const char *sql, char tag[64]);

#endif
