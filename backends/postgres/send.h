/* send.h - sends one execution of a prepared statement. */
#ifndef DUSQ_POSTGRES_SEND_H
#define DUSQ_POSTGRES_SEND_H
#include "conn.h"

/* `values` replace the execution's own, and are as many.  NULL, or an owned error that says why nothing was sent.
 * *bytes: approximate size of what was sent.                                                                         */
dusq_error *dusq__pg_send(dusq__pg_conn *conn, const dusq_execution *execution, const dusq_value *values,
                          size_t *bytes);

#endif
