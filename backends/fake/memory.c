/* memory.c - the fake's one door to memory, so that there is one place to change.  Any thread. */
#include "state.h"
#include <stdlib.h>

void *dusq__fake_alloc(size_t size)
{
  return calloc(1, size ? size : 1);
}

void dusq__fake_free(void *memory)
{
  free(memory);
}
