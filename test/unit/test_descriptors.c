/* test_descriptors.c - a process that may open no more files: its connects fail as DUSQ_E_RESOURCE, and the pool goes
 * on when it may again.                                                                                                  */
#include "unit/pools.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { URI_SIZE = 1400, MOST = 8 };

/* Allows so many further descriptors; false: this cannot be limited here. */
static bool allow(rlim_t further, struct rlimit *before)
{
  int next = dup(0);
  if (next < 0 || getrlimit(RLIMIT_NOFILE, before))
    return false;
  close(next);
  struct rlimit low = {.rlim_cur = (rlim_t)next + further, .rlim_max = before->rlim_max};
  return !setrlimit(RLIMIT_NOFILE, &low);
}

static void check_few(const char *uri)
{
  int refused = 0;
  dusq_pool *pool = open_uri(uri); /* the libraries have what they need for themselves */
  CHECK_STR(query(pool, "SELECT 1"), "0/0[1]");
  close_pool(pool);
  for (rlim_t further = 0; further < MOST; further++) {
    struct rlimit before;
    pool = open_uri(uri);
    if (!allow(further, &before)) {
      close_pool(pool);
      test_skip("the number of descriptors cannot be limited");
      return;
    }
    dusq_future *future = dusq_pool_query(pool, "SELECT 1", DUSQ_NO_PARAMS, NULL);
    CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
    dusq_status status = dusq_future_status(future);
    if (status)
      test_check_int(status, DUSQ_E_RESOURCE, dusq_error_message(dusq_future_error(future)), __FILE__, __LINE__);
    CHECK(!dusq_error_unknown_outcome(dusq_future_error(future)));
    refused += status != DUSQ_OK;
    dusq_future_unref(future);
    CHECK_STR(query(pool, "SELECT 1"), "0/0[1]");
    close_pool(pool);
  }
  CHECK(refused > 0);
}

#ifdef DUSQ_WITH_SQLITE
static void test_sqlite(void)
{
  char uri[URI_SIZE];
  snprintf(uri, sizeof uri, "sqlite:%s/few.db", test_tmpdir());
  check_few(uri);
  snprintf(uri, sizeof uri, "sqlite:%s/few-delete.db?journal_mode=DELETE", test_tmpdir());
  check_few(uri);
}
#endif

#if defined DUSQ_WITH_POSTGRESQL || defined DUSQ_WITH_MYSQL
/* By number, by name, and by a socket's path. */
static void check_server(const char *variable)
{
  char name[64], uri[URI_SIZE];
  const char *base = getenv(variable), *at = base ? strrchr(base, '@') : NULL, *colon = at ? strchr(at, ':') : NULL;
  if (!colon) {
    test_skip("there is no server; see test/servers.sh");
    return;
  }
  check_few(base);
  snprintf(uri, sizeof uri, "%.*s@localhost%s", (int)(at - base), base, colon);
  check_few(uri);
  snprintf(name, sizeof name, "%s_SOCKET", variable);
  if (getenv(name))
    check_few(getenv(name));
}
#endif

#ifdef DUSQ_WITH_POSTGRESQL
static void test_postgresql(void)
{
  check_server("DUSQ_TEST_POSTGRESQL");
}
#endif

#ifdef DUSQ_WITH_MYSQL
static void test_mariadb(void)
{
  check_server("DUSQ_TEST_MARIADB");
}
#endif

void suite_descriptors(void);
void suite_descriptors(void)
{
  test_suite("descriptors");
#ifdef DUSQ_WITH_SQLITE
  test_case("sqlite", test_sqlite);
#endif
#ifdef DUSQ_WITH_POSTGRESQL
  test_case("postgresql", test_postgresql);
#endif
#ifdef DUSQ_WITH_MYSQL
  test_case("mariadb", test_mariadb);
#endif
}
