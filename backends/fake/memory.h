/* memory.h - all memory of the fake backend, so that there is one place to change.  Any thread. */
#ifndef DUSQ_FAKE_MEMORY_H
#define DUSQ_FAKE_MEMORY_H
#include <stddef.h>

void *dusq__fake_alloc(size_t size); /* zeroed; NULL when memory is short */
void dusq__fake_free(void *memory);

#endif
