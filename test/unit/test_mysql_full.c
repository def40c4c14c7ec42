/* test_mysql_full.c - a server that has all the connections it allows: what it says, and who waits. */
#include "mysql_rig.h"

enum { ALLOWED = 10 /* the least that MariaDB accepts */, QUERIES = 320 };

static void allow(dusq_pool *admin, int n)
{
  char sql[80];
  snprintf(sql, sizeof sql, "SET GLOBAL max_connections = %d", n);
  CHECK_STR(query(admin, sql), "0/0");
}

/* Opens all connections of a pool: each waits in a statement until all are there. */
static void open_all(dusq_pool *pool, int n)
{
  dusq_future *f[2 * ALLOWED];
  for (int i = 0; i < n; i++)
    f[i] = dusq_pool_query(pool, "SELECT SLEEP(0.3)", DUSQ_NO_PARAMS, NULL);
  for (int i = 0; i < n; i++)
    CHECK_STR(outcome(f[i]), "0/0[int:0]");
}

/* The server refuses before a handshake of TLS begins, and the client library does not trust what it reads then. */
static void check_refused(const char *options)
{
  dusq_pool *pool = open_pool(options);
  dusq_error *error = failure(dusq_pool_query(pool, "SELECT 1", DUSQ_NO_PARAMS, NULL));
  CHECK_STR(dusq_status_name(dusq_error_status(error)), "DUSQ_E_TOO_MANY_CONNECTIONS");
  CHECK_INT(dusq_error_native(error), 1040);
  CHECK(dusq_error_retryable(error) && !dusq_error_unknown_outcome(error));
  dusq_error_unref(error);
  close_pool(pool);
}

static void refused(void)
{
  char options[URI_SIZE];
  dusq_pool *admin = open_admin(), *others = open_pool("pool_size=14");
  const char *ca = getenv("DUSQ_TEST_TLS_CA");
  int64_t before = number(admin, "SELECT @@max_connections");
  open_all(others, ALLOWED + 4);
  allow(admin, ALLOWED);
  check_refused("pool_size=2&queue_timeout=200ms");
  if (current->mariadb)
    check_refused("pool_size=2&queue_timeout=200ms&sslmode=disable");
  snprintf(options, sizeof options, "pool_size=2&queue_timeout=200ms&sslmode=verify-full&sslrootcert=%s", ca ? ca : "");
  if (ca)
    check_refused(options);
  allow(admin, (int)before);
  close_pool(others);
  close_pool(admin);
}
ON_EACH(refused)

/* A pool that is larger than the server allows: what is waiting waits for the connections that work. */
static void check_larger(const char *options)
{
  static dusq_future *f[QUERIES];
  dusq_pool *pool = open_pool(options);
  int failed = 0;
  for (int i = 0; i < QUERIES; i++)
    f[i] = dusq_pool_query(pool, "SELECT SLEEP(0.005)", DUSQ_NO_PARAMS, NULL);
  for (int i = 0; i < QUERIES; i++) {
    CHECK_INT(dusq_future_wait(f[i], LONG_WAIT), DUSQ_OK);
    failed += dusq_future_status(f[i]) != DUSQ_OK;
    dusq_future_unref(f[i]);
  }
  CHECK_INT(failed, 0);
  close_pool(pool);
}

static void larger_pool(void)
{
  dusq_pool *admin = open_admin();
  int64_t before = number(admin, "SELECT @@max_connections");
  allow(admin, ALLOWED);
  for (int i = 0; i < 3; i++) {
    check_larger("pool_size=16");
    if (current->mariadb)
      check_larger("pool_size=16&sslmode=disable");
  }
  allow(admin, (int)before);
  close_pool(admin);
}
ON_EACH(larger_pool)

void suite_mysql_full(void);
void suite_mysql_full(void)
{
  test_suite("mysql_full");
  test_case("refused", test_refused);
  test_case("larger_pool", test_larger_pool);
}
