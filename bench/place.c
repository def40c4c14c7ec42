/* place.c - servers that the environment names, and the tables on them. */
#include "place.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const bench_server bench_server_pg = {bench_pg_driver, "PG", "DUSQ_TEST_POSTGRESQL", "DUSQ_TEST_POSTGRESQL_SOCKET", ""};
const bench_server bench_server_pg_tcp = {bench_pg_driver, "PG, TCP", "DUSQ_TEST_POSTGRESQL", NULL, "sslmode=disable"};
const bench_server bench_server_mariadb = {bench_mysql_driver, "MariaDB", "DUSQ_TEST_MARIADB",
                                           "DUSQ_TEST_MARIADB_SOCKET", ""};
const bench_server bench_server_mariadb_tcp = {bench_mysql_driver, "MariaDB, TCP", "DUSQ_TEST_MARIADB", NULL,
                                               "sslmode=disable"};
const bench_server bench_server_mysql = {bench_mysql_driver, "MySQL", "DUSQ_TEST_MYSQL", "DUSQ_TEST_MYSQL_SOCKET", ""};
const bench_server bench_server_mysql_tcp = {bench_mysql_driver, "MySQL, TCP", "DUSQ_TEST_MYSQL", NULL,
                                             "sslmode=disable"};

const char bench_server_select[] = "SELECT name FROM dusq_bench_person WHERE id = ?",
           bench_server_insert[] = "INSERT INTO dusq_bench_log (note) VALUES (?)";

/* ---- URIs ------------------------------------------------------------------------------------------------------ */

static bool join(char uri[BENCH_URI_SIZE], const char *first, const char *options)
{
  const char *between = !options || !*options ? "" : strchr(first, '?') ? "&" : "?";
  int n = snprintf(uri, BENCH_URI_SIZE, "%s%s%s", first, between, options ? options : "");
  return n > 0 && n < BENCH_URI_SIZE;
}

bool bench_server_find(const bench_server *server, char uri[BENCH_URI_SIZE], char why[64])
{
  const char *given = server->socket_variable ? getenv(server->socket_variable) : NULL;
  given = given && *given ? given : getenv(server->variable);
  bool built = server->driver() != NULL;
  *why = '\0';
  if (!built)
    snprintf(why, 64, "the backend is not built in");
  else if (!given || !*given)
    snprintf(why, 64, "%s is not set", server->variable);
  else if (!join(uri, given, server->suffix))
    snprintf(why, 64, "%s is too long", server->variable);
  return !*why;
}

/* Where the host begins and ends: scheme://user:password@host:port/...; NULL: it has another form. */
static const char *find_host(const char *uri, const char **end)
{
  const char *start = strstr(uri, "://"), *host = start ? strchr(start, '@') : NULL;
  if (!host)
    return NULL;
  *end = host + 1 + strcspn(host + 1, "/?");
  return host + 1;
}

bool bench_uri_address(const char *uri, char host[256], char service[16])
{
  const char *end, *start = find_host(uri, &end);
  return start && sscanf(start, "%255[^:/?]:%15[0-9]", host, service) == 2;
}

bool bench_uri_through(const char *uri, int port, char through[BENCH_URI_SIZE])
{
  const char *end, *start = find_host(uri, &end);
  if (!start)
    return false;
  int n = snprintf(through, BENCH_URI_SIZE, "%.*s127.0.0.1:%d%s", (int)(start - uri), uri, port, end);
  return n > 0 && n < BENCH_URI_SIZE;
}

/* ---- the tables ------------------------------------------------------------------------------------------------ */

bool bench_finish(dusq_future *take, const char *what)
{
  bool good = dusq_future_wait(take, DUSQ_FOREVER) == DUSQ_OK && dusq_future_status(take) == DUSQ_OK;
  if (!good)
    bench_failed(take, what);
  dusq_future_unref(take);
  return good;
}

static bool run_script(dusq_pool *pool, const char *script)
{
  return bench_finish(dusq_pool_script(pool, script, NULL), "the tables");
}

static bool fill(dusq_pool *pool)
{
  static const char sql[] = "INSERT INTO dusq_bench_person (id, name, score) VALUES (?, ?, ?)";
  enum { COLS = 3, SIZE = 32 };
  dusq_value *values = malloc((size_t)BENCH_PERSONS * COLS * sizeof *values);
  char *names = malloc((size_t)BENCH_PERSONS * SIZE);
  for (int i = 0; i < BENCH_PERSONS && values && names; i++) {
    char *name = names + (size_t)i * SIZE;
    snprintf(name, SIZE, "person number %06d", (i + 1) % 1000000);
    values[i * COLS] = dusq_int(i + 1);
    values[i * COLS + 1] = dusq_text(name);
    values[i * COLS + 2] = dusq_real((i + 1) / 8.0);
  }
  bool good = values && names &&
              bench_finish(dusq_pool_many(pool, sql, COLS, BENCH_PERSONS, values, NULL), "the rows");
  free(values);
  free(names);
  return good;
}

static bool make_tables(bench_place *at)
{
  dusq_pool *pool = bench_open_pool(at->uri);
  if (!pool)
    return false;
  at->made = true;
  bool good = run_script(pool, at->driver->tables) && fill(pool) &&
              (!at->driver->settle || run_script(pool, at->driver->settle));
  bench_close_pool(pool);
  return good;
}

bool bench_place_enter(bench_place *at, const bench_server *server, const char *uri, const char *options,
                       int connections)
{
  char text[128], all[BENCH_URI_SIZE];
  at->driver = server->driver();
  if (!make_tables(at) || !join(all, uri, options) || !(at->pool = bench_open_pool(all)) ||
      !(at->crew = bench_crew_new(at->driver, uri, connections)))
    return false;
  at->driver->describe(bench_crew_conn(at->crew), text);
  printf("%s\n", text);
  fflush(stdout);
  return true;
}

void bench_place_leave(bench_place *at)
{
  bench_crew_free(at->crew);
  bench_close_pool(at->pool);
  dusq_pool *pool = at->made ? bench_open_pool(at->uri) : NULL;
  if (pool)
    run_script(pool, "DROP TABLE IF EXISTS dusq_bench_person; DROP TABLE IF EXISTS dusq_bench_log");
  bench_close_pool(pool);
}
