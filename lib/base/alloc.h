/* alloc.h - all memory of the library.
 *
 * Every allocation goes through these functions, so that a caller's allocator sees all of them, and a test can make the
 * n-th one fail.  Any thread.                                                                                        */
#ifndef DUSQ_BASE_ALLOC_H
#define DUSQ_BASE_ALLOC_H
#include <stddef.h>

/* NULL when memory is short; a size of 0 is taken as 1. */
void *dusq__alloc(size_t size);
void *dusq__zalloc(size_t size);
/* NULL also when n * size does not fit a size_t.  Not zeroed. */
void *dusq__alloc_array(size_t n, size_t size);
/* On failure the old block is unchanged. */
void *dusq__realloc_array(void *memory, size_t n, size_t size);
void dusq__free(void *memory); /* accepts NULL */
char *dusq__strdup(const char *text);
char *dusq__strndup(const char *text, size_t len); /* copies len bytes and adds a NUL */
/* Frees a text that held a secret, after overwriting it. */
void dusq__free_secret(char *text);

#endif
