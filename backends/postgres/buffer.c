/* buffer.c - growing memory that is reused.  The worker's thread. */
#include "buffer.h"
#include <stdint.h>
#include <stdlib.h>

void *dusq__pg_grow(dusq__pg_buffer *buffer, size_t size)
{
  if (size <= buffer->size && buffer->at)
    return buffer->at;
  size_t wanted = size < SIZE_MAX / 2 ? size + size / 2 + 64 : size;
  void *at = realloc(buffer->at, wanted);
  if (!at)
    return NULL;
  *buffer = (dusq__pg_buffer){at, wanted};
  return at;
}

void dusq__pg_free_buffers(dusq__pg_buffers *buffers)
{
  dusq__pg_buffer *all[] = {&buffers->params, &buffers->texts,    &buffers->columns,
                            &buffers->cells,  &buffers->numerics, &buffers->items};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    free(all[i]->at);
  *buffers = (dusq__pg_buffers){0};
}
