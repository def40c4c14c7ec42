/* names.h - the names of prepared statements on the server: dusq_1, dusq_2, ...
 *
 * To close a name is not worth a round trip.  It waits in a list until something is sent in any case.                 */
#ifndef DUSQ_POSTGRES_NAMES_H
#define DUSQ_POSTGRES_NAMES_H
#include <libpq-fe.h>
#include <stdint.h>

/* The names of one connection; its worker uses them. */
typedef struct dusq__pg_names {
  uint64_t last; /* the number of the last name that was given                */
  struct dusq__pg_unused_name *unused; /* to be deallocated; owned            */
} dusq__pg_names;

#define DUSQ__PG_NAME_PREFIX "dusq_"
enum { DUSQ__PG_NAME_SIZE = 32 };
void dusq__pg_name_of(uint64_t number, char name[DUSQ__PG_NAME_SIZE]);
/* Adds a name to those to be closed.  Without memory for it, it stays open as long as the connection. */
void dusq__pg_close_name_later(dusq__pg_names *names, uint64_t number);
/* Sends the closing of unused names into the pipeline, each with its own Sync; how many.  None in a transaction, which
 * would fail with a name that somebody has deallocated.                                                               */
unsigned dusq__pg_send_closing(dusq__pg_names *names, PGconn *pg);
/* Empties the list of unused names: the server has no names any more. */
void dusq__pg_forget_names(dusq__pg_names *names);

#endif
