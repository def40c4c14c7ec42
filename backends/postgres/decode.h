/* decode.h - converts results of libpq to columns and rows. */
#ifndef DUSQ_POSTGRES_DECODE_H
#define DUSQ_POSTGRES_DECODE_H
#include "buffer.h"
#include <dusq/backend.h>
#include <libpq-fe.h>

/* Passes the rows to the sink, and before them the columns, unless the sink has them.  *refused is set if the sink
 * refuses a row.  NULL, or an owned error: a cell cannot be converted, or memory is short.                           */
dusq_error *dusq__pg_decode(dusq__pg_buffers *buffers, const PGresult *result, dusq_sink *sink, bool has_columns,
                            bool *refused);

#endif
