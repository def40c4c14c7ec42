/* test_exit.c - programs that end while their pools are at work: no crash in the clean-up of TLS libraries, and no
 * waiting for longer than a close may take.                                                                          */
#include "rig.h"
#include "support.h"
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 42, QUERIES = 60, URI_SIZE = 1200 };
#define BOUNDED (30 * DUSQ_SECOND)

typedef enum leaving {
  AT_ONCE, WHILE_CONNECTING, CLOSED, WHILE_BUSY, WHILE_SLEEPING, UNREF, FROM_A_CALLBACK, LEAVINGS
} leaving;

static void leaving_callback(dusq_future *done, void *arg)
{
  (void)done;
  (void)arg;
  exit(0);
}

/* The thread of callbacks ends the program. */
static int leave_elsewhere(dusq_pool *pool)
{
  dusq_future *future = dusq_pool_query(pool, "SELECT 1", DUSQ_NO_PARAMS, NULL);
  dusq_status status = dusq_future_on_done(future, NULL, leaving_callback, NULL, NULL);
  dusq_future_unref(future);
  while (!status)
    pause();
  return 3;
}

/* All as it should be: but a grace that is short leaves workers behind who are connecting. */
static int close_it(dusq_pool *pool)
{
  dusq_future *closed = dusq_pool_close(pool, 0);
  int rc = dusq_future_wait(closed, BOUNDED) || dusq_future_status(closed) ? 4 : 0;
  dusq_future_unref(closed);
  dusq_pool_unref(pool);
  return rc;
}

/* The child's whole life: it begins to work, and returns to exit(). */
static int live(const char *uri, long round, const char *sleep)
{
  leaving how = (leaving)(round % LEAVINGS);
  dusq_pool *pool;
  dusq_error *error;
  if (dusq_pool_open_uri(uri, &pool, &error))
    return 1;
  for (int i = 0; i < QUERIES; i++) {
    bool long_one = how == WHILE_SLEEPING && i > 4;
    dusq_future *future = dusq_pool_query(pool, long_one ? sleep : "SELECT 1", DUSQ_NO_PARAMS, NULL);
    if (how > CLOSED && i == 4 && (dusq_future_wait(future, BOUNDED) || dusq_future_status(future))) {
      printf("      child: %s\n", dusq_error_message(dusq_future_error(future)));
      return 2;
    }
    dusq_future_unref(future);
  }
  if (how == UNREF)
    dusq_pool_unref(pool);
  for (long i = 0; (how == WHILE_CONNECTING || how == CLOSED) && i < round / 2; i++)
    test_nap();
  if (how == CLOSED)
    return close_it(pool);
  return how == FROM_A_CALLBACK ? leave_elsewhere(pool) : 0;
}

#ifdef RIG_ASAN
static bool is_child;

/* A hook of the leak sanitizer, which in a child takes all that is known to its parent's threads for lost. */
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
  return is_child;
}
#endif

static pid_t split(void)
{
  fflush(NULL);
  pid_t child = fork();
#ifdef RIG_ASAN
  is_child = !child;
#endif
  return child;
}

/* The child's exit status, or 1000 and the signal that ended it. */
static int wait_for(pid_t child)
{
  int status = 0;
  int64_t until = test_now() + BOUNDED;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (test_now() > until)
      kill(child, SIGKILL);
    test_nap();
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void leave_at_all_times(const char *base, const char *sleep)
{
  char uri[URI_SIZE + 20], hasty[URI_SIZE + 20];
  snprintf(uri, sizeof uri, "%s&cancel_grace=4s", base);
  snprintf(hasty, sizeof hasty, "%s&cancel_grace=1ms", base);
  static const char *const names[LEAVINGS] = {"at once", "while connecting", "closed", "while busy", "while sleeping",
                                              "unreferenced", "from a callback"};
  long rounds = test_scale(ROUNDS);
  for (long i = 0; i < rounds; i++) {
    pid_t child = split();
    if (!child)
      exit(live(i % LEAVINGS == CLOSED ? hasty : uri, i, sleep));
    CHECK(child > 0);
    if (child > 0)
      test_check_int(wait_for(child), 0, names[i % LEAVINGS], __FILE__, __LINE__);
  }
}

/* A pool of the parent's is none of the child's business at its end, and works on. */
static void leave_as_child(const char *uri)
{
  dusq_pool *pool = NULL;
  CHECK_INT(dusq_pool_open_uri(uri, &pool, NULL), DUSQ_OK);
  for (int i = 0; i < 2; i++) {
    dusq_future *future = dusq_pool_query(pool, "SELECT 7", DUSQ_NO_PARAMS, NULL);
    CHECK_INT(dusq_future_wait(future, BOUNDED), DUSQ_OK);
    CHECK_INT(rig_value(future), 7);
    dusq_future_unref(future);
    pid_t child = i ? -1 : split();
    if (!child)
      exit(0);
    if (child > 0)
      CHECK_INT(wait_for(child), 0);
  }
  dusq_future *closed = dusq_pool_close(pool, 0);
  CHECK_INT(dusq_future_wait(closed, BOUNDED), DUSQ_OK);
  dusq_future_unref(closed);
  dusq_pool_unref(pool);
}

/* With TLS, which is what makes it dangerous. */
static void leave(const char *variable, const char *sleep)
{
  const char *base = getenv(variable), *ca = getenv("DUSQ_TEST_TLS_CA");
  if (!base || !ca)
    return; /* that there has to be a server is checked by its own suites */
  char uri[URI_SIZE];
  snprintf(uri, sizeof uri, "%s%csslrootcert=%s&pool_size=8", base, strchr(base, '?') ? '&' : '?', ca);
  leave_at_all_times(uri, sleep);
  leave_as_child(uri);
}

static void test_postgresql(void)
{
  leave("DUSQ_TEST_POSTGRESQL", "SELECT pg_sleep(20)");
}

static void test_mysql(void)
{
  leave("DUSQ_TEST_MARIADB", "SELECT SLEEP(20)");
  leave("DUSQ_TEST_MYSQL", "SELECT SLEEP(20)");
}

static void test_sqlite(void)
{
  leave_at_all_times("sqlite::memory:?pool_size=4", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                                                    "SELECT count(*) FROM n");
}

void suite_exit(void);
void suite_exit(void)
{
  test_suite("exit");
#ifdef DUSQ_WITH_SQLITE
  test_case("sqlite", test_sqlite);
#endif
#ifdef DUSQ_WITH_POSTGRESQL
  test_case("postgresql", test_postgresql);
#endif
#ifdef DUSQ_WITH_MYSQL
  test_case("mysql", test_mysql);
#endif
}
