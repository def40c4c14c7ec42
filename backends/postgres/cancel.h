/* cancel.h - asks the server, over another connection, to stop what a connection runs.
 *
 * The worker calls all functions.  With libpq before 17 a thread sends the request; the mutex in dusq__pg_cancel guards
 * what it shares with the worker.                                                                                    */
#ifndef DUSQ_POSTGRES_CANCEL_H
#define DUSQ_POSTGRES_CANCEL_H
#include <libpq-fe.h>
#include <stdbool.h>

typedef struct dusq__pg_cancel dusq__pg_cancel;

/* `wake`: a descriptor to which a byte is written when a request on another thread is over.  NULL: this connection
 * cannot be cancelled.                                                                                               */
dusq__pg_cancel *dusq__pg_cancel_new(PGconn *pg, int wake);
void dusq__pg_cancel_free(dusq__pg_cancel *cancel); /* NULL: nothing is done */
bool dusq__pg_cancel_start(dusq__pg_cancel *cancel); /* false: the request could not be sent */
/* Continues the request; true when it is over.  *fd and *events, if not -1, are to be polled as well. */
bool dusq__pg_cancel_step(dusq__pg_cancel *cancel, int *fd, short *events);

#endif
