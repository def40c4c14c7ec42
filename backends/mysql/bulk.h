/* bulk.h - many rows of values in one execution ("bulk"), which MariaDB accepts from Connector/C.
 *
 * The worker's thread; no state but the caller's.  With libmysqlclient there is no bulk execution.                   */
#ifndef DUSQ_MYSQL_BULK_H
#define DUSQ_MYSQL_BULK_H
#include "statement.h"

#if DUSQ_MYSQL_CONNECTOR_C

struct dusq__my_bulk_column;

typedef struct dusq__my_bulk {
  const dusq_execution *execution;
  dusq__my_statement *statement;
  size_t from, n; /* the rows of this portion */
  struct dusq__my_bulk_column *columns; /* owned; one per placeholder, like the binds */
  MYSQL_BIND *binds;                    /* owned                                      */
} dusq__my_bulk;

/* How many of the `rows`, beginning with `from`, fit one packet.  0: not even the first. */
size_t dusq__my_bulk_measure(const dusq__my_bulk *bulk, size_t max_packet, size_t rows);
/* Lays the values out.  False: they cannot be sent in bulk, or memory is short.  dusq__my_bulk_fini in both cases. */
bool dusq__my_bulk_init(dusq__my_bulk *bulk);
void dusq__my_bulk_fini(dusq__my_bulk *bulk);
/* Sends them.  False: the statement has the error. */
bool dusq__my_bulk_execute(const dusq__my_bulk *bulk);

#endif
#endif
