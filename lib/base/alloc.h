/* alloc.h - the one door to memory.
 *
 * Everything that the library allocates goes through here, so that a caller's allocator sees all of it and a test can
 * make the n-th allocation fail.  Any thread.                                                                        */
#ifndef DUSQ_BASE_ALLOC_H
#define DUSQ_BASE_ALLOC_H
#include <stddef.h>

/* NULL when memory is short; a size of 0 is taken as 1. */
void *dusq__alloc(size_t size);
void *dusq__zalloc(size_t size);
/* NULL also when n * size does not fit a size_t.  Not zeroed. */
void *dusq__alloc_array(size_t n, size_t size);
/* On failure the old block stays as it was. */
void *dusq__realloc_array(void *memory, size_t n, size_t size);
void dusq__free(void *memory); /* accepts NULL */
char *dusq__strdup(const char *text);
char *dusq__strndup(const char *text, size_t len); /* copies len bytes and adds a NUL */
/* Frees a text that held a secret, after overwriting it. */
void dusq__free_secret(char *text);

#endif
