/* postgres_pools.h - what the tests of the PostgreSQL backend share besides pools.h: the server.
 *
 * test/servers.sh starts one, and DUSQ_TEST_POSTGRESQL is its URI.  Without it a case says that it was not made, or
 * fails where DUSQ_TEST_REQUIRE_SERVERS says that there has to be one.                                              */
#ifndef DUSQ_TEST_POSTGRES_POOLS_H
#define DUSQ_TEST_POSTGRES_POOLS_H
#include "unit/pools.h"

enum { URI_SIZE = 1400 };
#define MS DUSQ_MILLISECOND

/* The server's URI with options behind it; NULL: there is none, which has been told. */
static inline const char *server_uri(const char *variable, const char *options)
{
  static char uri[URI_SIZE];
  const char *base = getenv(variable);
  if (!base) {
    if (getenv("DUSQ_TEST_REQUIRE_SERVERS"))
      CHECK(base != NULL);
    else
      test_skip("there is no PostgreSQL server; see test/servers.sh");
    return NULL;
  }
  int n = snprintf(uri, sizeof uri, "%s%s%s", base, options ? strchr(base, '?') ? "&" : "?" : "",
                   options ? options : "");
  CHECK(n > 0 && (size_t)n < sizeof uri);
  return uri;
}

static inline dusq_pool *open_server(const char *options)
{
  const char *uri = server_uri("DUSQ_TEST_POSTGRESQL", options);
  return uri ? open_uri(uri) : NULL;
}

static inline dusq_pool *open_admin(void)
{
  const char *uri = server_uri("DUSQ_TEST_POSTGRESQL_ADMIN", "pool_size=1");
  return uri ? open_uri(uri) : NULL;
}

/* The first cell of a statement, as an integer; -1 and a failed check if there is none. */
static inline int64_t number(dusq_pool *pool, const char *sql)
{
  dusq_future *future = dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
  dusq_result *result = NULL;
  int64_t n = -1;
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_get(future, &result), DUSQ_OK);
  CHECK_INT(dusq_result_int(result, 0, 0, &n), DUSQ_OK);
  dusq_result_unref(result);
  dusq_future_unref(future);
  return n;
}

/* Whether columns are the same in binary and in text: an array beside them makes the whole row text. */
static inline void check_same_in_text(const char *columns)
{
  dusq_pool *pool = open_server("pool_size=1");
  dusq_result *results[2] = {NULL, NULL};
  for (int i = 0; pool && i < 2; i++) {
    char sql[1200];
    int n = snprintf(sql, sizeof sql, "SELECT %s%s", columns, i ? ", ARRAY[1]" : "");
    CHECK(n > 0 && (size_t)n < sizeof sql);
    dusq_future *future = dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
    CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
    CHECK_INT(dusq_future_get(future, &results[i]), DUSQ_OK);
    dusq_future_unref(future);
  }
  for (size_t col = 0; col < dusq_result_cols(results[0]); col++) {
    char left[100], right[100];
    dusq_value a = dusq_result_at(results[0], 0, col), b = dusq_result_at(results[1], 0, col);
    dusq_value_format(&a, left, sizeof left);
    dusq_value_format(&b, right, sizeof right);
    CHECK_INT(a.type, b.type);
    CHECK_STR(left, right);
  }
  dusq_result_unref(results[0]);
  dusq_result_unref(results[1]);
  if (pool)
    close_pool(pool);
}

/* Asks the server again and again until a number is what it should be; how long that took, or -1 after `limit`. */
static inline int64_t number_becomes(dusq_pool *pool, const char *sql, int64_t wanted, int64_t limit)
{
  int64_t start = test_now();
  while (test_now() - start < limit)
    if (number(pool, sql) == wanted)
      return test_now() - start;
  return -1;
}

#endif
