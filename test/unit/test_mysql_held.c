/* test_mysql_held.c - the MySQL backend: max_prepared_stmt_count, which is for all clients of a server together. */
#include "mysql_rig.h"

static void set_limit(dusq_pool *admin, int64_t limit)
{
  char sql[80];
  snprintf(sql, sizeof sql, "SET GLOBAL max_prepared_stmt_count = %" PRId64, limit);
  CHECK_STR(query(admin, sql), "0/0");
}

static int64_t held(dusq_pool *admin)
{
  return number(admin, current->mariadb ? "SELECT CAST(variable_value AS SIGNED) FROM information_schema.global_status "
                                          "WHERE variable_name = 'Prepared_stmt_count'"
                                        : "SELECT CAST(variable_value AS SIGNED) FROM performance_schema.global_status "
                                          "WHERE variable_name = 'Prepared_stmt_count'");
}

/* Runs `n` statements of `texts` texts by turns in both pools; the number of those that failed. */
static int64_t run_texts(dusq_pool *const pools[2], int64_t n, int64_t texts)
{
  enum { WINDOW = 500 };
  dusq_future *futures[WINDOW] = {NULL};
  int64_t failed = 0;
  for (int64_t i = 0; i < n + WINDOW; i++) {
    dusq_future **at = &futures[i % WINDOW];
    if (*at) {
      CHECK_INT(dusq_future_wait(*at, LONG_WAIT), DUSQ_OK);
      if (dusq_future_status(*at) && !failed++)
        CHECK_STR(dusq_error_message(dusq_future_error(*at)), "");
      *at = dusq_future_unref(*at);
    }
    char sql[80];
    snprintf(sql, sizeof sql, "SELECT ? + %" PRId64, i * 7919 % texts);
    if (i < n)
      *at = dusq_pool_query(pools[i % 2], sql, DUSQ_PARAMS(dusq_int(i)), NULL);
  }
  return failed;
}

static void run_limited(int64_t limit, int64_t n, int64_t texts, const char *options)
{
  dusq_pool *admin = open_admin();
  int64_t before = number(admin, "SELECT @@max_prepared_stmt_count");
  set_limit(admin, limit);
  dusq_pool *pools[2] = {open_pool(options), open_pool(options)};
  CHECK_INT(run_texts(pools, n, texts), 0);
  int64_t now = held(admin);
  CHECK(now > 2 && now <= limit + 1); /* that of the administrator */
  close_pool(pools[0]);
  close_pool(pools[1]);
  set_limit(admin, before);
  close_pool(admin);
}

static void below_half(void)
{
  run_limited(60, 2000, 200, "pool_size=4");
}
ON_EACH(below_half)

/* Two pools of 66 connections with their usual caches; all of it with DUSQ_TEST_SCALE=10000. */
static void two_pools(void)
{
  run_limited(16382, test_scale(1000), 2000,
              current->mariadb ? "pool_size=66&connect_timeout=60s&sslmode=disable" /* 132 handshakes take their time */
                               : "pool_size=66&connect_timeout=60s");
}
ON_EACH(two_pools)

/* The limit is lowered below what a pool holds: some are closed, and the statement goes on. */
static void lowered(void)
{
  dusq_pool *admin = open_admin(), *pool = open_pool("pool_size=1"), *both[2] = {pool, pool};
  int64_t before = number(admin, "SELECT @@max_prepared_stmt_count");
  CHECK_INT(run_texts(both, 100, 100), 0);
  CHECK(held(admin) >= 100);
  set_limit(admin, 30);
  CHECK_INT(run_texts(both, 300, 150), 0);
  CHECK(held(admin) <= 31);
  set_limit(admin, before);
  close_pool(pool);
  close_pool(admin);
}
ON_EACH(lowered)

/* Where the server holds none at all, what has no values goes as text. */
static void none(void)
{
  dusq_pool *admin = open_admin(), *pool = open_pool("pool_size=1");
  int64_t before = number(admin, "SELECT @@max_prepared_stmt_count");
  CHECK_STR(query(pool, "SELECT 7"), "0/0[int:7]");
  set_limit(admin, 0);
  CHECK_STR(query(pool, "SELECT 7 + 1"), "0/0[int:8]");
  CHECK_STR(query(pool, "SELECT 7"), "0/0[int:7]");
  CHECK_STR(query(pool, "SELECT 7 + 1"), "0/0[int:8]");
  CHECK_STR(query(pool, "SELECT 7; SET @ran = 1"), "RESOURCE"); /* which the server has not refused yet as SYNTAX */
  CHECK_STR(query(pool, "SELECT @ran"), "0/0[null:]");
  dusq_error *error = failure(dusq_pool_query(pool, "SELECT ? + 1", DUSQ_PARAMS(dusq_int(7)), NULL));
  CHECK_STR(dusq_status_name(dusq_error_status(error)), "DUSQ_E_RESOURCE");
  CHECK_INT(dusq_error_native(error), 1461);
  CHECK(dusq_error_retryable(error));
  dusq_error_unref(error);
  set_limit(admin, before);
  CHECK_STR(query_with(pool, "SELECT ? + 1", dusq_int(7)), "0/0[int:8]");
  close_pool(pool);
  close_pool(admin);
}
ON_EACH(none)

void suite_mysql_held(void);
void suite_mysql_held(void)
{
  test_suite("mysql_held");
  test_case("below_half", test_below_half);
  test_case("two_pools", test_two_pools);
  test_case("lowered", test_lowered);
  test_case("none", test_none);
}
