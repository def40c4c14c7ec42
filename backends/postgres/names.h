/* names.h - the names of prepared statements on the server: dusq_1, dusq_2, ...
 *
 * Closing a name is not worth a round trip.  It waits in a list until something else is sent.                        */
#ifndef DUSQ_POSTGRES_NAMES_H
#define DUSQ_POSTGRES_NAMES_H
#include <libpq-fe.h>
#include <stdint.h>

/* The names of one connection; its worker uses them. */
typedef struct dusq__pg_names {
  uint64_t last; /* the number in the last name */
  struct dusq__pg_unused_name *unused; /* to be deallocated; owned            */
} dusq__pg_names;

#define DUSQ__PG_NAME_PREFIX "dusq_"
enum { DUSQ__PG_NAME_SIZE = 32 };
void dusq__pg_name_of(uint64_t number, char name[DUSQ__PG_NAME_SIZE]);
/* Adds a name to those to be closed.  If there is no memory for that, the name stays open as long as the connection. */
void dusq__pg_close_name_later(dusq__pg_names *names, uint64_t number);
/* Puts the closing of unused names into the pipeline, each with its own Sync; returns how many.  Not in a failed
 * transaction.                                                                                                       */
unsigned dusq__pg_send_closing(dusq__pg_names *names, PGconn *pg);
/* Empties the list of unused names, because no name is left on the server. */
void dusq__pg_forget_names(dusq__pg_names *names);

#endif
