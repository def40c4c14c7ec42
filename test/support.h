/* support.h - what main.c and support.c offer besides test.h. */
#ifndef DUSQ_TEST_SUPPORT_H
#define DUSQ_TEST_SUPPORT_H
#include <stdbool.h>

/* Whether valgrind or a sanitizer makes everything slow. */
bool test_slow(void);
bool test_valgrind(void);
/* Sleeps for a millisecond. */
void test_nap(void);
/* Removes a file, or a directory with all that is in it. */
void test_remove(const char *path);
/* Removes what test_tmpdir made. */
void test_tmpdir_done(void);

#endif
