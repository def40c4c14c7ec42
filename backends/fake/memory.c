/* memory.c - see memory.h. */
#include "memory.h"
#include <stdlib.h>

void *dusq__fake_alloc(size_t size)
{
  return calloc(1, size ? size : 1);
}

void dusq__fake_free(void *memory)
{
  free(memory);
}
