/* storm.c - cancels at random from several threads, on all that can be interrupted: DUSQ_TEST_SCALE=5000 makes 10,000.
 *
 * Nobody but who was cancelled is stopped, each gets its own answer, no connection is lost for it, and the server is
 * idle at once when the last future has settled.                                                                     */
#include "conform.h"
#include "support.h"
#include <pthread.h>

enum { THREADS = 4, FLYING = 4, ROUNDS = 50 };
#define IDLE_WITHIN (100 * CONFORM_MS)

static const char statement[] =
    "{SELECT %d * (count(*) > 0) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50 * "
    "%d) SELECT i FROM n)|SELECT %d FROM (SELECT pg_sleep(0.0001 * %d)) s|SELECT %d + 0 * SLEEP(0.0001 * %d)} "
    "/* dusq storm */";
static const char running[] =
    "{SELECT 0|SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%/* dusq storm *%' AND state = 'active' AND "
    "pid <> pg_backend_pid()|SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%/* dusq storm *%' "
    "AND id <> CONNECTION_ID()}";

typedef struct storm {
  conform_site *site;
  uint32_t random;
  long rounds, settled, canceled, foreign;
} storm;

static void begin(storm *one, dusq_future **futures)
{
  for (int k = 0; k < FLYING; k++) {
    char sql[600];
    int tenths = (int)test_draw(&one->random, 32);
    snprintf(sql, sizeof sql, statement, k, tenths, k, tenths, k, tenths);
    futures[k] = conform_query(one->site, sql, DUSQ_NO_PARAMS, NULL);
  }
}

static bool answers(dusq_future *future, int64_t expected)
{
  dusq_result *result = NULL;
  int64_t number = -1;
  bool good = !dusq_future_get(future, &result) && !dusq_result_int(result, 0, 0, &number) && number == expected;
  dusq_result_unref(result);
  return good;
}

static void end(storm *one, dusq_future **take_futures, int victim)
{
  for (int k = 0; k < FLYING; k++) {
    one->settled += dusq_future_wait(take_futures[k], CONFORM_WAIT) == DUSQ_OK;
    bool canceled = k == victim && dusq_future_status(take_futures[k]) == DUSQ_E_CANCELED;
    one->canceled += canceled;
    one->foreign += !canceled && !answers(take_futures[k], k);
    dusq_future_unref(take_futures[k]);
  }
}

static void *cancel_at_random(void *arg)
{
  storm *one = arg;
  for (long i = 0; i < one->rounds; i++) {
    dusq_future *futures[FLYING];
    begin(one, futures);
    int victim = (int)test_draw(&one->random, FLYING);
    (void)!dusq_future_wait(futures[victim], test_draw(&one->random, 32) * CONFORM_MS / 10);
    dusq_future_cancel(futures[victim]);
    end(one, futures, victim);
  }
  return NULL;
}

static void check_idle(const conform_site *site)
{
  conform_site other = *site;
  other.pool = conform_open_again(site, "pool_size=1");
  CHECK_INT(conform_number(&other, "SELECT 1"), 1); /* it is connected */
  int64_t until = test_now() + IDLE_WITHIN, left;
  while ((left = conform_number(&other, running)) > 0 && test_now() < until)
    continue;
  CHECK_INT(left, 0);
  conform_close_pool(other.pool);
}

static void check_connections(const conform_site *site)
{
  int64_t connects = 0, open = -1;
  CHECK_INT(dusq_pool_stat(site->pool, "connects", &connects), DUSQ_OK);
  CHECK_INT(dusq_pool_stat(site->pool, "connections", &open), DUSQ_OK);
  CHECK_INT(connects, open);
}

static void run_storm(size_t which)
{
  if (conform_absent(&conform_backends[which]))
    return;
  conform_site site = conform_open(&conform_backends[which], "batch=on", "pool_size=8&cancel_grace=10s");
  storm storms[THREADS];
  pthread_t threads[THREADS];
  long rounds = test_scale(ROUNDS), canceled = 0;
  for (int i = 0; i < THREADS; i++) {
    storms[i] = (storm){.site = &site, .random = (uint32_t)i * 7919 + 1, .rounds = rounds};
    CHECK_INT(pthread_create(&threads[i], NULL, cancel_at_random, &storms[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    CHECK_INT(storms[i].settled, rounds * FLYING);
    CHECK_INT(storms[i].foreign, 0);
    canceled += storms[i].canceled;
  }
  check_idle(&site);
  CHECK(canceled > 0);
  check_connections(&site);
  if (getenv("DUSQ_TEST_VERBOSE"))
    printf("    %s: %ld of %ld statements were cancelled in time\n", site.backend->name, canceled,
           rounds * THREADS);
  conform_close(&site);
}

#define STORM(name, which) \
  static void on_##name(void) \
  { \
    run_storm(which); \
  }
STORM(file, CONFORM_AT_FILE)
STORM(memory, CONFORM_AT_MEMORY)
STORM(postgresql, CONFORM_AT_POSTGRESQL)
STORM(mariadb, CONFORM_AT_MARIADB)
STORM(mysql, CONFORM_AT_MYSQL)

void suite_storm(void)
{
  test_suite("storm");
  test_case("sqlite file", on_file);
  test_case("sqlite memory", on_memory);
  test_case("postgresql", on_postgresql);
  test_case("mariadb", on_mariadb);
  test_case("mysql", on_mysql);
}
