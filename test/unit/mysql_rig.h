/* mysql_rig.h - what the tests of the MySQL backend share: servers, pools, and outcomes as text.
 *
 * A case runs once for each server that the environment names (DUSQ_TEST_MARIADB, DUSQ_TEST_MYSQL; test/servers.sh).
 * Where it names none, the suite says so, or fails if DUSQ_TEST_REQUIRE_SERVERS is set.                             */
#ifndef DUSQ_TEST_MYSQL_RIG_H
#define DUSQ_TEST_MYSQL_RIG_H
#include "rig.h"
#define OUTCOME_KINDS true
#include "unit/outcome.h"
#include <unistd.h>

enum { URI_SIZE = 1024 };

/* On a busy machine the making of the connection that sends kills may take longer than the usual grace. */
#define PATIENT "&cancel_grace=3s"
#if defined RIG_ASAN || defined RIG_TSAN
#define SOON (3 * DUSQ_SECOND)
#else
#define SOON (250 * MS)
#endif

typedef struct server {
  const char *name, *variable;
  bool mariadb;
} server;

static const server *current; /* the one that the case runs against */

/* The URI of the current server; `what` is "", "_SOCKET" or "_ADMIN".  NULL when there is none. */
static inline const char *uri_of(const char *what, const char *options)
{
  static char uri[URI_SIZE];
  char variable[64];
  snprintf(variable, sizeof variable, "%s%s", current->variable, what);
  const char *base = getenv(variable), *ca = getenv("DUSQ_TEST_TLS_CA");
  if (!base)
    return NULL;
  /* MySQL's accounts let nobody in over a connection that is not encrypted, or not verified */
  bool verify = !current->mariadb && strcmp(what, "_SOCKET") != 0 && ca && !strstr(options, "ssl");
  int len = snprintf(uri, sizeof uri, "%s%s%s%s%s%s", base, strchr(base, '?') ? "&" : "?",
                     verify ? "sslrootcert=" : "", verify ? ca : "", verify && *options ? "&" : "", options);
  CHECK(len > 0 && (size_t)len < sizeof uri);
  return uri;
}

static inline dusq_pool *open_pool(const char *options)
{
  return open_uri(uri_of("", options));
}

static inline dusq_pool *open_admin(void)
{
  return open_uri(uri_of("_ADMIN", "pool_size=1"));
}

/* The first cell as a number. */
static inline int64_t number(dusq_pool *pool, const char *sql)
{
  dusq_future *future = dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
  dusq_result *result = NULL;
  int64_t value = -1;
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_get(future, &result), DUSQ_OK);
  if (result && dusq_result_rows(result)) {
    dusq_value cell = dusq_result_at(result, 0, 0);
    CHECK_INT(dusq_value_to_int(&cell, &value), DUSQ_OK);
  }
  dusq_result_unref(result);
  dusq_future_unref(future);
  return value;
}

/* Waits, and returns the error, owned. */
static inline dusq_error *failure(dusq_future *take)
{
  CHECK_INT(dusq_future_wait(take, LONG_WAIT), DUSQ_OK);
  dusq_error *error = dusq_error_ref(dusq_future_error(take));
  CHECK(error != NULL);
  dusq_future_unref(take);
  return error;
}

static inline void on_each_server(void (*fn)(void))
{
  static const server servers[] = {{"mariadb", "DUSQ_TEST_MARIADB", true}, {"mysql", "DUSQ_TEST_MYSQL", false}};
  int ran = 0;
  for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
    current = &servers[i];
    if (!getenv(current->variable))
      continue;
    ran++;
    fn();
  }
  if (!ran && getenv("DUSQ_TEST_REQUIRE_SERVERS"))
    CHECK_STR("no server is named by DUSQ_TEST_MARIADB or DUSQ_TEST_MYSQL", "");
  else if (!ran)
    test_skip("neither DUSQ_TEST_MARIADB nor DUSQ_TEST_MYSQL names a server");
}

/* A case that runs on each server. */
#define ON_EACH(name)              \
  static void test_##name(void)    \
  {                                \
    on_each_server(name);          \
  }

#endif
