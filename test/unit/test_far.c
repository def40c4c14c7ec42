/* test_far.c - servers that are some milliseconds away: what may share the way does, and all connections are used. */
#include "fault/proxy.h"
#include "unit/pools.h"

enum { ONE_WAY_MS = 2, NEARER_MS = 1, MANY = 256, FEW = 32, WARM = 8, ROUNDS = 20, SIZE = 1400 };

/* A pool on the server that a variable names, by way of a proxy; NULL: there is no such server. */
static dusq_pool *open_far(const char *variable, proxy *net, int one_way, const char *options)
{
  char uri[SIZE];
  const char *given = test_server(variable);
  if (!given || !proxy_start(net, proxy_port_of(given)))
    return NULL;
  proxy_uri(net, given, options, uri, sizeof uri);
  dusq_pool *pool = open_uri(uri);
  proxy_arm(net, (proxy_rule){.fault = PROXY_FAR, .tick_ms = one_way});
  for (int i = 0; i < WARM; i++)
    CHECK_STR(query(pool, "SELECT 7"), "0/0[7]");
  return pool;
}

static void close_far(dusq_pool *take_pool, proxy *net)
{
  proxy_mend(net, true);
  close_pool(take_pool);
  proxy_end(net);
}

static int64_t stat_of(dusq_pool *pool, const char *key)
{
  int64_t value = -1;
  CHECK_INT(dusq_pool_stat(pool, key, &value), DUSQ_OK);
  return value;
}

/* So many at once. */
static void ask_many(dusq_pool *pool, const char *sql, int n)
{
  dusq_future *futures[MANY];
  for (int i = 0; i < n; i++)
    futures[i] = dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
  for (int i = 0; i < n; i++)
    CHECK_STR(outcome(futures[i]), "0/0[7]");
}

/* A quick statement is not slow because the server is far: they go in batches, as soon as the way is known; on a busy
 * machine it varies.                                                                                                 */
static void test_batches(void)
{
  static proxy net;
  dusq_pool *pool = open_far("DUSQ_TEST_POSTGRESQL", &net, ONE_WAY_MS, "pool_size=4&sslmode=disable");
  if (!pool)
    return;
  int64_t before = stat_of(pool, "batched");
  for (int i = 0; i < ROUNDS && stat_of(pool, "batched") == before; i++)
    ask_many(pool, "SELECT 7", MANY);
  CHECK(stat_of(pool, "batched") > before);
  close_far(pool, &net);
}

/* One that is slow at the server is not batched, wherever the server is. */
static void test_slow(void)
{
  static proxy net;
  dusq_pool *pool = open_far("DUSQ_TEST_POSTGRESQL", &net, ONE_WAY_MS, "pool_size=4&sslmode=disable");
  if (!pool)
    return;
  for (int i = 0; i < WARM; i++)
    CHECK_STR(query(pool, "SELECT 7 FROM pg_sleep(0.1)"), "0/0[7]");
  int64_t before = stat_of(pool, "batched");
  ask_many(pool, "SELECT 7 FROM pg_sleep(0.1)", FEW);
  CHECK_INT(stat_of(pool, "batched") - before, 0);
  close_far(pool, &net);
}

/* Where batches do not share the way, each connection has one statement at a time, and a proxy on this machine makes
 * no server near: more connections are used than there are processors.                                               */
static void test_connections(void)
{
  static proxy net;
  dusq_pool *pool = open_far("DUSQ_TEST_MARIADB", &net, NEARER_MS, "pool_size=60&sslmode=disable");
  if (!pool)
    return;
  for (int i = 0; i < WARM; i++)
    ask_many(pool, "SELECT 7", MANY);
  CHECK(stat_of(pool, "connects") > WARM);
  CHECK_INT(stat_of(pool, "batched"), 0);
  close_far(pool, &net);
}

void suite_far(void);
void suite_far(void)
{
  test_suite("far");
#ifdef DUSQ_WITH_POSTGRESQL
  test_case("batches", test_batches);
  test_case("slow", test_slow);
#endif
#ifdef DUSQ_WITH_MYSQL
  test_case("connections", test_connections);
#endif
}
