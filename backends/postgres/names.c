/* names.c - the names of prepared statements on the server.  The worker's thread. */
#include "names.h"
#include "pipeline.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct dusq__pg_unused_name {
  struct dusq__pg_unused_name *next;
  uint64_t number;
};

void dusq__pg_name_of(uint64_t number, char name[DUSQ__PG_NAME_SIZE])
{
  snprintf(name, DUSQ__PG_NAME_SIZE, DUSQ__PG_NAME_PREFIX "%" PRIu64, number);
}

void dusq__pg_close_name_later(dusq__pg_names *names, uint64_t number)
{
  struct dusq__pg_unused_name *one = malloc(sizeof *one);
  if (!one)
    return;
  *one = (struct dusq__pg_unused_name){names->unused, number};
  names->unused = one;
}

unsigned dusq__pg_send_closing(dusq__pg_names *names, PGconn *pg)
{
  unsigned n = 0;
  while (names->unused && PQtransactionStatus(pg) == PQTRANS_IDLE) {
    struct dusq__pg_unused_name *one = names->unused;
    char name[DUSQ__PG_NAME_SIZE], sql[DUSQ__PG_NAME_SIZE + 16];
    dusq__pg_name_of(one->number, name);
    snprintf(sql, sizeof sql, "DEALLOCATE %s", name);
    if (!dusq__pg_pipe_text(pg, sql))
      break;
    names->unused = one->next;
    free(one);
    n++;
  }
  return n;
}

void dusq__pg_forget_names(dusq__pg_names *names)
{
  while (names->unused) {
    struct dusq__pg_unused_name *next = names->unused->next;
    free(names->unused);
    names->unused = next;
  }
}
