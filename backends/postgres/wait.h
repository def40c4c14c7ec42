/* wait.h - the only place where a worker waits for its server, and what ends a wait.
 *
 * Only the look-up of a host's name blocks inside libpq.  The worker sends, and then waits in one poll for the socket,
 * the pipe of interrupts and a cancel that is on its way.  So cancels, deadlines and the end of cancel_grace are
 * detected here only, and the worker itself gives up a connection whose server does not answer in time.              */
#ifndef DUSQ_POSTGRES_WAIT_H
#define DUSQ_POSTGRES_WAIT_H
#include "conn.h"

/* Begins a call, once the last call's cancel has returned.  From now on `stop` (NULL: none) ends the call.  NULL, or an
 * owned error: the stop was asked already, or the connection has been given up.                                      */
dusq_error *dusq__pg_begin_call(dusq__pg_conn *conn, const dusq_stop *stop);
/* Ends the call.  DUSQ_OK, or DUSQ_E_CONNECTION_LOST: the connection must be closed. */
dusq_status dusq__pg_end_call(dusq__pg_conn *conn);
/* The connection is to be closed, and so are the other ones that were made before it was found unfit. */
void dusq__pg_give_up(dusq__pg_conn *conn);
/* Waits until something can be read or written.  False: the connection has been given up. */
bool dusq__pg_wait(dusq__pg_conn *conn, bool writing, bool *readable);
/* The outcome of the call is known; only ReadyForQuery is missing.  From now on that is awaited for at most
 * connect_timeout, or half of cancel_grace once a stop is asked.  So the caller gets the outcome before the pool gives
 * the call up.                                                                                                       */
void dusq__pg_expect_ready(dusq__pg_conn *conn);

#endif
