/* decode.h - from a result of libpq to columns and rows. */
#ifndef DUSQ_POSTGRES_DECODE_H
#define DUSQ_POSTGRES_DECODE_H
#include "buffer.h"
#include <dusq/backend.h>
#include <libpq-fe.h>

/* Hands the columns, unless the sink has them, and the rows to the sink.  *refused is set if the sink takes no more.
 * NULL, or an owned error: a cell has no value, or memory is short.                                                   */
dusq_error *dusq__pg_decode(dusq__pg_buffers *buffers, const PGresult *result, dusq_sink *sink, bool has_columns,
                            bool *refused);

#endif
