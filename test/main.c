/* main.c - the test program: picks suites and cases, runs them by CUnit, and ends with CUnit's own summary.
 *
 *   dusq-test [-l] [-q] [-s SUITE]... [-c CASE]... [-r ROUNDS]    SUITE and CASE may hold * and ?
 *
 * -l lists the cases; -q says nothing of suites in which all is well.
 *
 * The status is 0 only when something ran and nothing failed.  After the suites comes one of the runner's own: it fails
 * for every suite that ran and asserted nothing, and for one that left blocks of the library's memory behind.  A case
 * that takes longer than two minutes (DUSQ_TEST_TIMEOUT=seconds) ends the program, with its name.
 *
 * The cases run on the main thread. The watchdog is SIGALRM and no thread, so that cases may count threads and fork. */
#include "alloc.h"
#include "support.h"
#include "test.h"
#include <CUnit/TestRun.h>
#include <fnmatch.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PATTERNS = 64, CASE_SECONDS = 400, SLOW_FACTOR = 10, LEAK_STEPS = 10000, MAX_SHOWN = 50 };

static struct {
  const char *suites[MAX_PATTERNS], *cases[MAX_PATTERNS];
  int nsuites, ncases;
  bool list, quiet;
  long rounds;
} wanted = {.rounds = 1};

static CU_pSuite current;       /* the suite that is being filled              */
static struct timespec started; /* the suite that runs                         */
static unsigned asserts_before; /* CUnit's count when it began                 */
static unsigned failed_before;  /* the same, of cases that failed              */
static char silent[2048];       /* names of suites that asserted nothing       */
static char leaky[2048];        /* names of suites that left memory behind     */
static bool skipped;            /* whether a case of it said so                */
static long left_over;          /* how many blocks those left                  */
static char watched[256];       /* what the watchdog says                      */

/* ---- the watchdog ------------------------------------------------------------------------------------------------ */
static void too_long(int signal_number)
{
  (void)signal_number;
  ssize_t written = write(STDERR_FILENO, watched, strlen(watched));
  _exit(written < 0 ? 2 : 1);
}

static unsigned case_seconds(void)
{
  const char *given = getenv("DUSQ_TEST_TIMEOUT");
  long seconds = given ? strtol(given, NULL, 10) : 0;
  if (seconds > 0)
    return (unsigned)seconds;
  return test_slow() ? CASE_SECONDS * SLOW_FACTOR : CASE_SECONDS;
}

static void watch(const char *suite, const char *name)
{
  unsigned seconds = case_seconds();
  snprintf(watched, sizeof watched, "\ndusq-test: %s/%s has run for %u seconds: killed\n", suite, name, seconds);
  struct sigaction action = {.sa_handler = too_long};
  sigemptyset(&action.sa_mask);
  sigaction(SIGALRM, &action, NULL);
  alarm(seconds);
}

/* ---- registration ------------------------------------------------------------------------------------------------ */
static void must(bool good, const char *what, const char *name)
{
  if (good && CU_get_error() == CUE_SUCCESS)
    return;
  fprintf(stderr, "dusq-test: %s %s: %s\n", what, name, CU_get_error_msg());
  exit(1);
}

static bool matches(const char *const *patterns, int n, const char *name)
{
  for (int i = 0; i < n; i++)
    if (fnmatch(patterns[i], name, 0) == 0)
      return true;
  return n == 0;
}

void test_suite(const char *name)
{
  current = CU_add_suite(name, NULL, NULL);
  must(current != NULL, "suite", name);
  if (!matches(wanted.suites, wanted.nsuites, name))
    must(CU_set_suite_active(current, CU_FALSE) == CUE_SUCCESS, "suite", name);
}

void test_case(const char *name, void (*fn)(void))
{
  CU_pTest test = CU_add_test(current, name, fn);
  must(test != NULL, "case", name);
  if (!matches(wanted.cases, wanted.ncases, name))
    must(CU_set_test_active(test, CU_FALSE) == CUE_SUCCESS, "case", name);
}

/* ---- the runner's own suite -------------------------------------------------------------------------------------- */
static void every_suite_asserted(void)
{
  test_check_str(silent, "", "suites that ran and asserted nothing:", __FILE__, __LINE__);
}

static void no_memory_is_left(void)
{
  test_check_str(leaky, "", "suites that left memory behind:", __FILE__, __LINE__);
  CHECK_INT(test_alloc_live(), 0);
}

static void add_own_suite(void)
{
  current = CU_add_suite("runner", NULL, NULL);
  must(current != NULL, "suite", "runner");
  must(CU_add_test(current, "every_suite_asserted", every_suite_asserted) != NULL, "case", "every_suite_asserted");
  must(CU_add_test(current, "no_memory_is_left", no_memory_is_left) != NULL, "case", "no_memory_is_left");
}

#define SUITE(name) void suite_##name(void);
#include "suites.def"
#undef SUITE

static void add_suites(void)
{
#define SUITE(name) suite_##name();
#include "suites.def"
#undef SUITE
}

/* ---- what is printed --------------------------------------------------------------------------------------------- */
static unsigned active_cases(const CU_Suite *suite)
{
  unsigned n = 0;
  for (CU_pTest test = suite->pTest; suite->fActive && test; test = test->pNext)
    n += test->fActive != CU_FALSE;
  return n;
}

static void on_suite_start(const CU_pSuite suite)
{
  (void)suite;
  skipped = false;
  clock_gettime(CLOCK_MONOTONIC, &started);
  asserts_before = CU_get_number_of_asserts();
  failed_before = CU_get_number_of_tests_failed();
}

static void on_case_start(const CU_pTest test, const CU_pSuite suite)
{
  watch(suite->pName, test->pName);
}

/* Tests meet every kind of byte; a terminal and a log are to survive them. */
static void print_plain(const char *text)
{
  for (; *text; text++) {
    unsigned char byte = (unsigned char)*text;
    if (byte >= ' ' && byte < 0x7f)
      putchar(byte);
    else
      printf("\\x%02x", byte);
  }
}

static void on_case_end(const CU_pTest test, const CU_pSuite suite, const CU_pFailureRecord failures)
{
  alarm(0);
  test_alloc_fail(0, false);
  if (!failures)
    return;
  printf("FAIL  %s/%s\n", suite->pName, test->pName);
  int n = 0;
  for (CU_pFailureRecord failure = failures; failure; failure = failure->pNext) {
    if (++n > MAX_SHOWN)
      continue;
    printf("      %s:%u: ", failure->strFileName ? failure->strFileName : "?", failure->uiLineNumber);
    print_plain(failure->strCondition ? failure->strCondition : "?");
    putchar('\n');
  }
  if (n > MAX_SHOWN)
    printf("      and %d more\n", n - MAX_SHOWN);
  fflush(stdout);
}

static void note(char *list, size_t size, const char *name)
{
  size_t used = strlen(list);
  snprintf(list + used, size - used, "%s%s", used ? " " : "", name);
}

/* Threads of the library may still be on their way out; the next suite is to begin on a clean table. */
static void settle_memory(const char *suite)
{
  for (int step = 0; step < LEAK_STEPS && test_alloc_live() > left_over; step++)
    test_nap();
  if (test_alloc_live() > left_over)
    note(leaky, sizeof leaky, suite);
  left_over = test_alloc_live();
}

/* Once a case: what a case lacks, it may look for again and again. */
void test_skip(const char *why)
{
  static CU_pTest last;
  static const char *said;
  bool again = skipped && last == CU_get_current_test() && !strcmp(said, why);
  skipped = true;
  last = CU_get_current_test();
  said = why;
  if (again)
    return;
  printf("skip  %s/%s: %s\n", CU_get_current_suite()->pName, CU_get_current_test()->pName, why);
}

static void on_suite_end(const CU_pSuite suite, const CU_pFailureRecord failures)
{
  (void)failures;
  settle_memory(suite->pName);
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  double seconds = (double)(now.tv_sec - started.tv_sec) + (double)(now.tv_nsec - started.tv_nsec) / 1e9;
  unsigned cases = active_cases(suite);
  if (!suite->fActive || (cases == 0 && wanted.ncases > 0))
    return; /* the patterns chose none of it */
  unsigned failed = CU_get_number_of_tests_failed() - failed_before;
  if (failed || !wanted.quiet) {
    printf("%-28s %4u case%s %8.2f s", suite->pName, cases, cases == 1 ? " " : "s", seconds);
    printf(failed ? "   %u failed\n" : "\n", failed);
    fflush(stdout);
  }
  if (CU_get_number_of_asserts() == asserts_before && !skipped)
    note(silent, sizeof silent, suite->pName);
}

static int list_cases(void)
{
  for (CU_pSuite suite = CU_get_registry()->pSuite; suite; suite = suite->pNext)
    for (CU_pTest test = suite->pTest; suite->fActive && test; test = test->pNext)
      if (test->fActive)
        printf("%s/%s\n", suite->pName, test->pName);
  return 0;
}

/* ---- running ----------------------------------------------------------------------------------------------------- */
static bool run_once(void)
{
  silent[0] = leaky[0] = '\0';
  left_over = 0;
  CU_ErrorCode rc = CU_run_all_tests();
  if (rc != CUE_SUCCESS)
    fprintf(stderr, "dusq-test: %s\n", CU_get_error_msg());
  return rc == CUE_SUCCESS && CU_get_number_of_failure_records() == 0 && CU_get_number_of_suites_run() > 1 &&
         CU_get_number_of_tests_run() > 2 && CU_get_number_of_asserts() > 2;
}

static int run(void)
{
  CU_set_error_action(CUEA_FAIL);
  CU_set_fail_on_inactive(CU_FALSE);
  CU_set_suite_start_handler(on_suite_start);
  CU_set_suite_complete_handler(on_suite_end);
  CU_set_test_start_handler(on_case_start);
  CU_set_test_complete_handler(on_case_end);
  bool good = true;
  for (long round = 1; good && round <= wanted.rounds; round++) {
    if (wanted.rounds > 1)
      printf("round %ld\n", round);
    good = run_once();
  }
  if (good)
    test_tmpdir_done(); /* else the files may tell why */
  else if (CU_get_number_of_failure_records() == 0)
    fprintf(stderr, "dusq-test: nothing ran, or nothing was asserted\n");
  CU_print_run_results(stdout);
  printf("\n");
  fflush(stdout);
  return good ? 0 : 1;
}

static int usage(void)
{
  fprintf(stderr, "usage: dusq-test [-l] [-q] [-s SUITE]... [-c CASE]... [-r ROUNDS]\n");
  return 2;
}

static bool read_arguments(int argc, char **argv)
{
  for (int option; (option = getopt(argc, argv, "lqs:c:r:")) != -1;) {
    if (option == 'l')
      wanted.list = true;
    else if (option == 'q')
      wanted.quiet = true;
    else if (option == 's' && wanted.nsuites < MAX_PATTERNS)
      wanted.suites[wanted.nsuites++] = optarg;
    else if (option == 'c' && wanted.ncases < MAX_PATTERNS)
      wanted.cases[wanted.ncases++] = optarg;
    else if (option == 'r')
      wanted.rounds = strtol(optarg, NULL, 10);
    else
      return false;
  }
  return optind == argc && wanted.rounds > 0;
}

int main(int argc, char **argv)
{
  if (!read_arguments(argc, argv))
    return usage();
  if (!test_alloc_install(!test_valgrind())) {
    fprintf(stderr, "dusq-test: the library was used before main\n");
    return 1;
  }
  must(CU_initialize_registry() == CUE_SUCCESS, "registry", "");
  add_suites();
  if (wanted.list)
    return list_cases();
  add_own_suite();
  int status = run();
  CU_cleanup_registry();
  return status;
}
