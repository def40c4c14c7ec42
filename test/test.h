/* test.h - what every test file needs: CUnit, the suites' registration, and the counting allocator.
 *
 * A test file defines  void suite_NAME(void)  which calls test_suite("NAME") and then test_case() for each case, and
 * stands as SUITE(NAME) in test/suites.def.  All suites run in one program, test/dusq-test.                          */
#ifndef DUSQ_TEST_H
#define DUSQ_TEST_H
#include <CUnit/CUnit.h>
#include <dusq/dusq.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void test_suite(const char *name);
void test_case(const char *name, void (*fn)(void));

/* Asserts with the two values in the failure's text. */
#define CHECK_INT(actual, expected) \
  test_check_int((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)
#define CHECK_STR(actual, expected) test_check_str((actual), (expected), #actual, __FILE__, __LINE__)
#define CHECK(condition) test_check((condition), #condition, __FILE__, __LINE__)
bool test_check(bool condition, const char *what, const char *file, int line);
bool test_check_int(long long actual, long long expected, const char *what, const char *file, int line);
bool test_check_str(const char *actual, const char *expected, const char *what, const char *file, int line);

/* Says that the case that runs cannot be made here, and why; its suite then need not assert anything. */
void test_skip(const char *why);

/* The URI of the server that a variable names; NULL, after test_skip, or after a failed check where
 * DUSQ_TEST_REQUIRE_SERVERS is set: of MariaDB and MySQL, which no distribution has side by side, one is enough.      */
const char *test_server(const char *variable);
/* Whether it is a fault that the variable names none. */
bool test_server_is_required(const char *variable);

/* The allocator hook is installed before the library is used.  After test_alloc_fail(n) the n-th allocation from now
 * on (1: the next) returns NULL, and with `forever` every later one as well; 0 switches it off.  test_alloc_failed
 * tells whether one did.  test_alloc_live is how many blocks of the library's are out.                               */
void test_alloc_fail(long n, bool forever);
bool test_alloc_failed(void);
long test_alloc_live(void);

/* The path of a file of the Chinook data, which is no part of dusq: in the directory DUSQ_TEST_CHINOOK, or in
 * data/chinook of the one that configure found; static.  NULL, after test_skip, where there is no data.              */
const char *test_chinook_path(const char *name);

/* How much work a stress test does: `usual`, or a tenth under valgrind or a sanitizer (DUSQ_TEST_SCALE=percent). */
long test_scale(long usual);

/* The monotonic clock; and that in milliseconds. */
int64_t test_now(void);
int64_t test_now_ms(void);

/* A number below `below`; the same ones from the same seed. */
unsigned test_draw(uint32_t *random, unsigned below);

/* Threads of this process right now (from the kernel), or -1 where that cannot be told. */
int test_threads(void);
/* Waits up to 10 s until the number of threads is at most n; false if it never was. */
bool test_threads_settle(int n);

/* A directory of its own for files, made on first use below the build directory; static. */
const char *test_tmpdir(void);

#endif
