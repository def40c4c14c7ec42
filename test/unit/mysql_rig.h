/* mysql_rig.h - what the tests of the MySQL backend share: servers, pools, and outcomes as text.
 *
 * A case runs once for each server that the environment names (DUSQ_TEST_MARIADB, DUSQ_TEST_MYSQL; test/servers.sh).
 * Where it names none, the suite says so, or fails if DUSQ_TEST_REQUIRE_SERVERS is set.                             */
#ifndef DUSQ_TEST_MYSQL_RIG_H
#define DUSQ_TEST_MYSQL_RIG_H
#include "rig.h"
#include <inttypes.h>
#include <unistd.h>

enum { URI_SIZE = 1024, TEXT_SIZE = 8192 };

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

static inline dusq_pool *open_uri(const char *uri)
{
  dusq_pool *pool = NULL;
  dusq_error *error = NULL;
  CHECK_INT(dusq_pool_open_uri(uri, &pool, &error), DUSQ_OK);
  CHECK_STR(dusq_error_message(error), "");
  dusq_error_unref(error);
  return pool;
}

static inline dusq_pool *open_pool(const char *options)
{
  return open_uri(uri_of("", options));
}

static inline dusq_pool *open_admin(void)
{
  return open_uri(uri_of("_ADMIN", "pool_size=1"));
}

static inline void close_pool(dusq_pool *pool)
{
  dusq_future *closed = dusq_pool_close(pool, LONG_WAIT);
  CHECK_INT(dusq_future_wait(closed, LONG_WAIT), DUSQ_OK);
  dusq_future_unref(closed);
  dusq_pool_unref(pool);
}

static inline void add_text(char *text, const char *more)
{
  size_t len = strlen(text);
  snprintf(text + len, TEXT_SIZE - len, "%s", more);
}

/* A result as text: "affected/last_id" and, for each set with columns, "[kind:cell,kind:cell kind:cell]". */
static inline void describe(const dusq_result *first, char *text)
{
  for (const dusq_result *set = first; set; set = dusq_result_next(set)) {
    char cell[600];
    snprintf(cell, sizeof cell, "%s%" PRId64 "/%" PRId64, set == first ? "" : " ", dusq_result_affected(set),
             dusq_result_last_id(set));
    add_text(text, cell);
    if (dusq_result_cols(set))
      add_text(text, "[");
    for (size_t row = 0; row < dusq_result_rows(set); row++)
      for (size_t col = 0; col < dusq_result_cols(set); col++) {
        dusq_value value = dusq_result_at(set, row, col);
        int len = snprintf(cell, sizeof cell, "%s%s:", col ? "," : row ? " " : "", dusq_kind_name(value.type));
        dusq_value_format(&value, cell + len, sizeof cell - (size_t)len);
        add_text(text, cell);
      }
    if (dusq_result_cols(set))
      add_text(text, "]");
  }
}

static inline const char *outcome(dusq_future *take)
{
  static char text[TEXT_SIZE];
  dusq_result *first = NULL;
  text[0] = '\0';
  CHECK_INT(dusq_future_wait(take, LONG_WAIT), DUSQ_OK);
  dusq_status status = dusq_future_get(take, &first);
  if (status)
    snprintf(text, sizeof text, "%s", dusq_status_name(status) + strlen("DUSQ_E_"));
  else
    describe(first, text);
  dusq_result_unref(first);
  dusq_future_unref(take);
  return text;
}

static inline const char *query(dusq_pool *pool, const char *sql)
{
  return outcome(dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL));
}

static inline const char *query_with(dusq_pool *pool, const char *sql, dusq_value value)
{
  return outcome(dusq_pool_query(pool, sql, 1, &value, NULL));
}

static inline const char *script(dusq_pool *pool, const char *sql)
{
  return outcome(dusq_pool_script(pool, sql, NULL));
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
