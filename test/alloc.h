/* alloc.h - for main.c: puts the counting allocator under the library. */
#ifndef DUSQ_TEST_ALLOC_H
#define DUSQ_TEST_ALLOC_H
#include <stdbool.h>

/* Before anything else of the library is called.  With `fill_fresh` new memory holds a pattern, which hides reads of
 * uninitialised memory from valgrind.  False when the library has allocated already.                                 */
bool test_alloc_install(bool fill_fresh);

#endif
