/* scenario_info.c - what a pool tells of its server, its client library and its connections. */
#include "conform.h"
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { LOOKERS = 2, RECONNECTS = 30 };

static const char *info(const dusq_pool *pool, const char *key)
{
  static char text[200];
  CHECK(dusq_pool_info(pool, key, text, sizeof text) < sizeof text);
  return text;
}

static void of_server(conform_site *site, const char *product, const char *sql)
{
  char told[200];
  dusq_result *result = NULL;
  CHECK_INT(conform_settle(dusq_pool_query(site->pool, sql, DUSQ_NO_PARAMS, NULL), &result), DUSQ_OK);
  CHECK(dusq_result_format(result, 0, 0, told, sizeof told) < sizeof told);
  CHECK_STR(info(site->pool, "server_version"), told);
  CHECK_STR(info(site->pool, "product"), product);
  dusq_result_unref(result);
}

static void versions(conform_site *site)
{
  static const char *const keys[] = {"product", "server_version", "client", "client_version"};
  dusq_pool *fresh = conform_open_again(site, "pool_size=1");
  CHECK_STR(dusq_pool_backend(fresh), conform_is(site, CONFORM_FAKE) ? "fake" : site->backend->scheme);
  CHECK_STR(info(fresh, "dialect"), conform_is(site, CONFORM_POSTGRESQL) ? "postgresql"
                                    : conform_is(site, CONFORM_MY)       ? "mysql" : "sqlite");
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    CHECK_STR(info(fresh, keys[i]), ""); /* nothing has been connected */
  dusq_pool_unref(fresh);
  if (conform_is(site, CONFORM_FAKE)) {
    CHECK_INT(conform_settle(dusq_pool_query(site->pool, "SELECT 1", DUSQ_NO_PARAMS, NULL), NULL), DUSQ_OK);
    CHECK_STR(info(site->pool, "product"), "fake");
    CHECK_STR(info(site->pool, "server_version"), "1");
  } else if (conform_is(site, CONFORM_SQLITE)) {
    of_server(site, "SQLite", "SELECT sqlite_version()");
    CHECK_STR(info(site->pool, "client_version"), info(site->pool, "server_version"));
  } else if (conform_is(site, CONFORM_POSTGRESQL)) {
    of_server(site, "PostgreSQL", "SHOW server_version");
    CHECK_STR(info(site->pool, "client"), "libpq");
  } else {
    of_server(site, conform_is(site, CONFORM_MARIADB) ? "MariaDB" : "MySQL", "SELECT version()");
  }
  CHECK(*info(site->pool, "client") && *info(site->pool, "client_version"));
}

static void refusals(conform_site *site)
{
  char text[4] = "???";
  CHECK_INT(conform_settle(dusq_pool_query(site->pool, "SELECT 1", DUSQ_NO_PARAMS, NULL), NULL), DUSQ_OK);
  size_t len = dusq_pool_info(site->pool, "product", NULL, 0);
  CHECK(len >= 4);
  CHECK_INT(dusq_pool_info(site->pool, "product", text, sizeof text), len);
  CHECK_INT(strlen(text), 3); /* cut */
  CHECK(dusq_pool_info(site->pool, "no such key", text, sizeof text) == SIZE_MAX && !*text);
  CHECK(dusq_pool_info(site->pool, NULL, text, sizeof text) == SIZE_MAX);
  CHECK_INT(dusq_pool_info(site->pool, "product", NULL, sizeof text), len);
  CHECK(dusq_pool_info(site->pool, "dialect", NULL, sizeof text) > 0);
  CHECK(dusq_pool_info(NULL, "product", text, sizeof text) == SIZE_MAX);
  CHECK_STR(dusq_pool_backend(NULL), "");
}

static void *look(void *arg)
{
  conform_site *site = arg;
  char text[200], first[200];
  dusq_pool_info(site->pool, "server_version", first, sizeof first);
  for (int i = 0; i < 1000; i++) {
    dusq_pool_info(site->pool, "server_version", text, sizeof text);
    if (!CHECK_STR(text, first))
      break;
  }
  return NULL;
}

/* A text is never seen half-written while connections come and go. */
static void watched(conform_site *site)
{
  pthread_t lookers[LOOKERS];
  CHECK_INT(conform_settle(dusq_pool_query(site->pool, "SELECT 1", DUSQ_NO_PARAMS, NULL), NULL), DUSQ_OK);
  for (int i = 0; i < LOOKERS; i++)
    CHECK_INT(pthread_create(&lookers[i], NULL, look, site), 0);
  for (int i = 0; i < RECONNECTS; i++)
    CHECK_INT(conform_settle(dusq_pool_query(site->pool, "SELECT 1", DUSQ_NO_PARAMS, NULL), NULL), DUSQ_OK);
  for (int i = 0; i < LOOKERS; i++)
    pthread_join(lookers[i], NULL);
}

/* ---- a connection that is lost ----------------------------------------------------------------------------------- */
typedef struct losses {
  pthread_mutex_t mtx;
  int lost; /* guarded by: mtx */
} losses;

/* MySQL answers who kills himself, and the reset behind that statement finds the connection gone. */
static void count_lost(int level, const char *subsystem, const char *line, void *arg)
{
  losses *all = arg;
  (void)subsystem;
  pthread_mutex_lock(&all->mtx);
  bool says_so = strstr(line, "a connection was lost") || strstr(line, "could not be reset");
  all->lost += level == DUSQ_LOG_WARNING && says_so;
  pthread_mutex_unlock(&all->mtx);
}

static int lost_so_far(losses *all)
{
  pthread_mutex_lock(&all->mtx);
  int lost = all->lost;
  pthread_mutex_unlock(&all->mtx);
  return lost;
}

/* Each way of losing a connection is logged once: in a call, and between two. */
static void lost(conform_site *site)
{
  static losses all = {.mtx = PTHREAD_MUTEX_INITIALIZER};
  bool postgres = conform_is(site, CONFORM_POSTGRESQL);
  int before = lost_so_far(&all);
  dusq_pool *pool = NULL;
  dusq_config *config = dusq_config_new(site->uri);
  CHECK_INT(dusq_config_set(config, "pool_size", "1"), DUSQ_OK);
  dusq_config_set_log(config, count_lost, &all);
  CHECK_INT(dusq_pool_open(config, &pool, NULL), DUSQ_OK);
  dusq_config_free(config);
  const char *own = postgres ? "SELECT pg_terminate_backend(pg_backend_pid())" : "KILL CONNECTION_ID()";
  dusq_opts reads = DUSQ_OPTS_INIT;
  reads.flags = DUSQ_READ_ONLY;
  dusq_status status = conform_settle(dusq_pool_query(pool, own, DUSQ_NO_PARAMS, NULL), NULL);
  CHECK_INT(status, conform_is(site, CONFORM_MYSQL) ? DUSQ_E_CANCELED : DUSQ_E_CONNECTION_LOST); /* MySQL says 1317 */
  dusq_result *result = NULL;
  int64_t id = 0;
  const char *who = postgres ? "SELECT pg_backend_pid()" : "SELECT CONNECTION_ID()";
  CHECK_INT(conform_settle(dusq_pool_query(pool, who, DUSQ_NO_PARAMS, &reads), &result), DUSQ_OK);
  CHECK_INT(dusq_result_scalar_int(result, &id), DUSQ_OK);
  dusq_result_unref(result);
  CHECK_INT(lost_so_far(&all) - before, 1);
  char kill[100];
  snprintf(kill, sizeof kill, postgres ? "SELECT pg_terminate_backend(%lld, 10000)" : "KILL %lld", (long long)id);
  CHECK_INT(conform_settle(dusq_pool_query(site->pool, kill, DUSQ_NO_PARAMS, NULL), NULL), DUSQ_OK);
  int64_t now = id, until = test_now() + CONFORM_WAIT;
  while (now == id && test_now() < until) { /* MariaDB's connection ends a little after the KILL */
    CHECK_INT(conform_settle(dusq_pool_query(pool, who, DUSQ_NO_PARAMS, &reads), &result), DUSQ_OK);
    CHECK_INT(dusq_result_scalar_int(result, &now), DUSQ_OK);
    dusq_result_unref(result);
  }
  CHECK(now != id);
  CHECK_INT(lost_so_far(&all) - before, 2);
  dusq_pool_unref(pool);
}

const conform_scenario conform_info[] = {
  {"what a pool tells of its server", CONFORM_ANY, "pool_size=1", versions},
  {"what a pool cannot tell", CONFORM_ANY, "pool_size=1", refusals},
  {"what a pool tells while connections come and go", CONFORM_ANY, "pool_size=1&max_lifetime=1us", watched},
  {"a lost connection is logged", CONFORM_SERVERS, "pool_size=1", lost},
  {NULL, 0, NULL, NULL},
};
