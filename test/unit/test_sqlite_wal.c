/* test_sqlite_wal.c - the write-ahead log: none is left when the last connection has gone, and it stays small while
 * somebody always reads.                                                                                            */
#include "sqlite_pools.h"
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

static char file[PATH_SIZE];

static const char *beside(const char *path, const char *ending)
{
  static char name[PATH_SIZE + 8];
  snprintf(name, sizeof name, "%s%s", path, ending);
  return name;
}

static bool there(const char *path, const char *ending)
{
  return access(beside(path, ending), F_OK) == 0;
}

static void nap(long ms)
{
  struct timespec rest = {.tv_nsec = ms * 1000000};
  nanosleep(&rest, NULL);
}

/* ---- leaving ---------------------------------------------------------------------------------------------------- */

/* How many rows the file has without its log. */
static const char *rows_alone(const char *path)
{
  char copy[PATH_SIZE], bytes[4096];
  fresh_file("copy.db", copy);
  FILE *in = fopen(path, "rb"), *out = fopen(copy, "wb");
  CHECK(in && out);
  for (size_t n; in && out && (n = fread(bytes, 1, sizeof bytes, in)) > 0;)
    CHECK_INT(fwrite(bytes, 1, n, out), n);
  if (in)
    fclose(in);
  CHECK(out && fclose(out) == 0);
  dusq_pool *pool = open_pool(copy, "readers=0");
  const char *rows = query(pool, "SELECT count(*) FROM t");
  close_pool(pool);
  return rows;
}

/* Waits until the files are gone: a pool that was dropped, or closed without grace, ends behind its owner's back. */
static void nothing_is_left(const char *path)
{
  for (int i = 0; i < 2000 && (there(path, "-wal") || there(path, "-shm")); i++)
    nap(5);
  CHECK(!there(path, "-wal"));
  CHECK(!there(path, "-shm"));
  CHECK_STR(rows_alone(path), "0/0[1]");
}

/* All connections are there. */
static dusq_pool *busy_pool(const char *path)
{
  dusq_pool *pool = open_pool(path, "readers=6&pool_size=2&synchronous=off");
  script(pool, "CREATE TABLE IF NOT EXISTS t(a UNIQUE)");
  dusq_future *futures[24];
  for (int i = 0; i < 24; i++)
    futures[i] = dusq_pool_query(pool, "SELECT count(*) FROM t", DUSQ_NO_PARAMS, NULL);
  (void)query(pool, "INSERT OR IGNORE INTO t VALUES (1)");
  for (int i = 0; i < 24; i++) {
    CHECK_INT(dusq_future_wait(futures[i], LONG_WAIT), DUSQ_OK);
    dusq_future_unref(futures[i]);
  }
  return pool;
}

static void test_closed(void)
{
  fresh_file("closed.db", file);
  for (long i = 0, n = test_scale(200); i < n; i++) {
    dusq_pool *pool = busy_pool(file);
    close_pool(pool);
    CHECK(!there(file, "-wal"));
    CHECK(!there(file, "-shm"));
    CHECK_STR(rows_alone(file), "0/0[1]");
  }
}

/* Several pools have the file, and all close at once. */
static void test_closed_together(void)
{
  enum { POOLS = 4 };
  fresh_file("together.db", file);
  for (long i = 0, n = test_scale(60); i < n; i++) {
    dusq_pool *pools[POOLS];
    dusq_future *closed[POOLS];
    for (int k = 0; k < POOLS; k++)
      pools[k] = busy_pool(file);
    for (int k = 0; k < POOLS; k++)
      closed[k] = dusq_pool_close(pools[k], LONG_WAIT);
    for (int k = 0; k < POOLS; k++) {
      CHECK_INT(dusq_future_wait(closed[k], LONG_WAIT), DUSQ_OK);
      dusq_future_unref(closed[k]);
      dusq_pool_unref(pools[k]);
    }
    CHECK(!there(file, "-wal"));
    CHECK_STR(rows_alone(file), "0/0[1]");
  }
}

static void test_closed_at_once(void)
{
  fresh_file("at once.db", file);
  for (long i = 0, n = test_scale(100); i < n; i++) {
    dusq_pool *pool = busy_pool(file);
    for (int k = 0; k < 3; k++)
      dusq_future_unref(dusq_pool_query(pool, "SELECT count(*) FROM t", DUSQ_NO_PARAMS, NULL));
    if (i % 2) {
      dusq_future *closed = dusq_pool_close(pool, 0);
      CHECK_INT(dusq_future_wait(closed, LONG_WAIT), DUSQ_OK);
      dusq_future_unref(closed);
    }
    dusq_pool_unref(pool);
    nothing_is_left(file);
  }
}

/* Another one has the file open: the log is left to it. */
static void test_left_to_another(void)
{
  fresh_file("another.db", file);
  dusq_pool *other = busy_pool(file), *pool = busy_pool(file);
  close_pool(pool);
  CHECK(there(file, "-wal"));
  CHECK_STR(query(other, "SELECT count(*) FROM t"), "0/0[1]");
  close_pool(other);
  CHECK(!there(file, "-wal"));
  CHECK_STR(rows_alone(file), "0/0[1]");
}

/* ---- growing ---------------------------------------------------------------------------------------------------- */

enum { PAGES = 100, FRAME = 4096 + 24, READERS = 4, WRITES = 3000 };

typedef struct load {
  dusq_pool *pool;
  atomic_bool over;
  atomic_long reads;
} load;

static bool succeeds(dusq_pool *pool, const char *sql)
{
  dusq_future *future = dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
  bool good = dusq_future_wait(future, LONG_WAIT) == DUSQ_OK && dusq_future_status(future) == DUSQ_OK;
  dusq_future_unref(future);
  return good;
}

/* Some milliseconds each, and there is one at any time. */
static void *read_on(void *arg)
{
  static const char sql[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
                            "SELECT count(*) + (SELECT count(*) FROM t WHERE rowid = 1) FROM n";
  load *on = arg;
  while (!atomic_load(&on->over)) {
    CHECK(succeeds(on->pool, sql));
    atomic_fetch_add(&on->reads, 1);
  }
  return NULL;
}

static long size_of_log(void)
{
  struct stat about;
  return stat(beside(file, "-wal"), &about) == 0 ? (long)about.st_size : 0;
}

/* The largest size of the log while WRITES pages or more are written. */
static long grow(const char *options, long writes)
{
  load on = {0};
  pthread_t threads[2 * READERS];
  fresh_file("grow.db", file);
  on.pool = open_pool(file, options);
  script(on.pool, "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2)");
  for (int i = 0; i < 2 * READERS; i++)
    CHECK_INT(pthread_create(&threads[i], NULL, read_on, &on), 0);
  long largest = 0;
  for (long i = 0; i < writes; i++) {
    CHECK(succeeds(on.pool, "INSERT INTO t VALUES (2, zeroblob(3000))"));
    long size = size_of_log();
    largest = size > largest ? size : largest;
  }
  atomic_store(&on.over, true);
  for (int i = 0; i < 2 * READERS; i++)
    pthread_join(threads[i], NULL);
  CHECK(atomic_load(&on.reads) > 0);
  close_pool(on.pool);
  CHECK(!there(file, "-wal"));
  return largest;
}

static void test_bounded(void)
{
  long largest = grow("readers=4&synchronous=off&wal_autocheckpoint=100", test_scale(WRITES));
  CHECK(largest > 0);
  if (!CHECK(largest <= 4L * PAGES * FRAME))
    printf("the log had %ld bytes; at most %ld were expected\n", largest, 4L * PAGES * FRAME);
}

/* A share of reads, each of which is short, but all of which are not. */
static void test_bounded_in_shares(void)
{
  long largest = grow("readers=1&synchronous=off&wal_autocheckpoint=100", test_scale(WRITES));
  CHECK(largest <= 4L * PAGES * FRAME);
}

void suite_sqlite_wal(void);
void suite_sqlite_wal(void)
{
  test_suite("sqlite_wal");
  test_case("pools that are closed leave no log", test_closed);
  test_case("nor do several that close together", test_closed_together);
  test_case("nor those that are dropped or closed at once", test_closed_at_once);
  test_case("the log is left to who has the file open", test_left_to_another);
  test_case("readers that overlap do not let the log grow", test_bounded);
  test_case("nor do shares of reads", test_bounded_in_shares);
}
