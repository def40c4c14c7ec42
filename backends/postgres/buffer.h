/* buffer.h - growing memory that is reused.  One worker uses it; there are no locks. */
#ifndef DUSQ_POSTGRES_BUFFER_H
#define DUSQ_POSTGRES_BUFFER_H
#include <stddef.h>

typedef struct dusq__pg_buffer {
  void *at;
  size_t size;
} dusq__pg_buffer;

/* The buffers of a connection.  A call that fills one overwrites what the last call left there. */
typedef struct dusq__pg_buffers {
  dusq__pg_buffer params;   /* the arrays of parameters for libpq      */
  dusq__pg_buffer texts;    /* values as text; a statement of a script */
  dusq__pg_buffer columns;  /* the columns of the result               */
  dusq__pg_buffer cells;    /* the cells of the row                    */
  dusq__pg_buffer numerics; /* the digits of the row's numerics        */
  dusq__pg_buffer items;    /* the parts of a batch or a sequence      */
} dusq__pg_buffers;

/* Makes the buffer at least `size` bytes large.  NULL when memory is short; the buffer is then unchanged. */
void *dusq__pg_grow(dusq__pg_buffer *buffer, size_t size);
void dusq__pg_free_buffers(dusq__pg_buffers *buffers);

#endif
