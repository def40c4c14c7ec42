/* row.h - the columns of a result, and room for one row, which a connection reuses for later results.
 *
 * The worker's thread; no lock.                                                                                      */
#ifndef DUSQ_MYSQL_ROW_H
#define DUSQ_MYSQL_ROW_H
#include "client.h"
#include <dusq/backend.h>

enum { DUSQ__MY_KEPT_SIZE = 1 << 20 }; /* bytes: a larger buffer is freed after its statement */

/* The place where the prepared protocol writes one column (fetch.c). */
typedef struct dusq__my_cell {
  union {
    int64_t i;
    double r;
    float f;
    MYSQL_TIME time;
  } u;
  char *bytes;             /* owned                                  */
  size_t size;             /* size of the buffer                     */
  unsigned long len;
  dusq__my_bool null, cut; /* cut: the bytes did not fit the buffer  */
  int how;                 /* which member is used: HOW_..., fetch.c */
  char text[40];
} dusq__my_cell;

typedef struct dusq__my_row {
  dusq__my_cell **cells; /* fixed addresses: libmysqlclient writes to the last binding when it executes */
  MYSQL_BIND *binds;
  dusq_value *values;
  dusq_column *columns;
  size_t width;          /* number of columns in all four                                               */
} dusq__my_row;

/* Makes room for `width` columns; false when memory is short. */
bool dusq__my_row_widen(dusq__my_row *row, size_t width);
/* Frees buffers that are too large to be kept. */
void dusq__my_row_trim(dusq__my_row *row);
void dusq__my_row_fini(dusq__my_row *row);

/* The name, which belongs to the field, and the type of a column. */
dusq_column dusq__my_column(const MYSQL_FIELD *field);

#endif
