/* flood.c - a result that is larger than memory may be passes through a stream in little of it, and a stream that is
 * given up leaves nothing running on the server.  DUSQ_TEST_SCALE=10000 makes 10,000,000 rows.                       */
#include "conform.h"
#include "rig.h"
#include "support.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
  ROWS = 100000,
  MOST_KIB = 32 * 1024,
  IDLE_WITHIN = 2000, /* ms; 250 on a machine that does nothing else */
  CLOSES = 20
};

#define MANY_ROWS CONFORM_FIVE("a.i AS n, 'some text that a row may have' AS words") CONFORM_TEN_MORE " LIMIT "

/* Of the process, in KiB; 0 where that cannot be told. */
static long resident(void)
{
  long pages = 0, total;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file)
    return 0;
  if (fscanf(file, "%ld %ld", &total, &pages) != 2)
    pages = 0;
  fclose(file);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static dusq_stream *start(const conform_site *where, const char *sql)
{
  char *spelt = conform_sql(where, sql);
  dusq_stream *stream = dusq_pool_stream(where->pool, spelt, DUSQ_NO_PARAMS, NULL);
  free(spelt);
  return stream;
}

/* The rows that came, and the most memory that was seen beyond `from`. */
static long drain(dusq_stream *stream, long from, long *most)
{
  long rows = 0;
  for (;;) {
    dusq_result *batch = NULL;
    CHECK_INT(conform_settle(dusq_stream_next(stream), &batch), DUSQ_OK);
    size_t n = dusq_result_rows(batch);
    long more = resident() - from;
    *most = more > *most ? more : *most;
    rows += (long)n;
    dusq_result_unref(batch);
    if (!n)
      return rows;
  }
}

static void pass(size_t which)
{
  if (conform_absent(&conform_backends[which]))
    return;
  conform_site where = conform_open(&conform_backends[which], "batch=on", "pool_size=1");
  char sql[2000];
  CHECK_INT(conform_run(&where, "SELECT 1"), DUSQ_OK);
  snprintf(sql, sizeof sql, MANY_ROWS "%ld", test_scale(ROWS));
  long from = resident(), most = 0;
  dusq_stream *stream = start(&where, sql);
  int64_t began = test_now();
  CHECK_INT(drain(stream, from, &most), test_scale(ROWS));
  if (getenv("DUSQ_TEST_VERBOSE"))
    printf("    %s: %ld rows in %.2f s, %ld KiB more at most\n", where.backend->name, test_scale(ROWS),
           (double)(test_now() - began) / 1e9, most);
#if !defined RIG_ASAN && !defined RIG_TSAN
  CHECK(most < MOST_KIB);
#endif
  CHECK_INT(conform_settle(dusq_stream_close(stream), NULL), DUSQ_OK);
  conform_close(&where);
}

/* Whether a statement of the stream's still runs on the server, by another pool. */
static bool runs(dusq_pool *watcher, const conform_site *where)
{
  const char *sql = conform_is(where, CONFORM_POSTGRESQL)
                        ? "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND query LIKE '%may have%' "
                          "AND pid <> pg_backend_pid()"
                        : "SELECT count(*) FROM information_schema.processlist WHERE command <> 'Sleep' AND info LIKE "
                          "'%may have%' AND id <> connection_id()";
  dusq_result *result = NULL;
  int64_t n = -1;
  CHECK_INT(conform_settle(dusq_pool_query(watcher, sql, DUSQ_NO_PARAMS, NULL), &result), DUSQ_OK);
  CHECK_INT(dusq_result_int(result, 0, 0, &n), DUSQ_OK);
  dusq_result_unref(result);
  return n > 0;
}

static void give_up(size_t which)
{
  if (conform_absent(&conform_backends[which]))
    return;
  conform_site where = conform_open(&conform_backends[which], "batch=on", "pool_size=1");
  dusq_pool *watcher = conform_open_again(&where, "pool_size=1");
  int64_t worst = 0;
  for (int i = 0; i < CLOSES; i++) {
    dusq_stream *stream = start(&where, MANY_ROWS "1000000000");
    CHECK_INT(conform_settle(dusq_stream_next(stream), NULL), DUSQ_OK);
    if (!i)
      CHECK(runs(watcher, &where));
    int64_t began = test_now();
    CHECK_INT(conform_settle(dusq_stream_close(stream), NULL), DUSQ_OK);
    CHECK(!runs(watcher, &where));
    int64_t took = test_now() - began;
    worst = took > worst ? took : worst;
    CHECK_INT(conform_number(&where, "SELECT 42"), 42);
  }
  if (getenv("DUSQ_TEST_VERBOSE"))
    printf("    %s: idle after %.1f ms at most\n", where.backend->name, (double)worst / 1e6);
  CHECK(worst < IDLE_WITHIN * CONFORM_MS);
  conform_close_pool(watcher);
  conform_close(&where);
}

#define PASS(name, which) \
  static void name(void)  \
  {                       \
    pass(which);          \
  }
#define GIVE_UP(name, which) \
  static void name(void)     \
  {                          \
    give_up(which);          \
  }
PASS(file_flood, CONFORM_AT_FILE)
PASS(postgresql_flood, CONFORM_AT_POSTGRESQL)
PASS(mariadb_flood, CONFORM_AT_MARIADB)
PASS(mysql_flood, CONFORM_AT_MYSQL)
GIVE_UP(postgresql_close, CONFORM_AT_POSTGRESQL)
GIVE_UP(mariadb_close, CONFORM_AT_MARIADB)
GIVE_UP(mysql_close, CONFORM_AT_MYSQL)

void suite_flood(void)
{
  test_suite("flood");
  test_case("sqlite file", file_flood);
  test_case("postgresql", postgresql_flood);
  test_case("mariadb", mariadb_flood);
  test_case("mysql", mysql_flood);
  test_case("postgresql, given up", postgresql_close);
  test_case("mariadb, given up", mariadb_close);
  test_case("mysql, given up", mysql_close);
}
