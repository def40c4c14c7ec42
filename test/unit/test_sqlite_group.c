/* test_sqlite_group.c - SQLite's group commit: every request comes out as it would alone.
 *
 * A group is made on purpose: a job holds the writer until all of the group's requests have been queued.            */
#include "sqlite_pools.h"

static char file[PATH_SIZE];

static void test_group(void)
{
  fresh_file("group.db", file);
  dusq_pool *pool = open_pool(file, "batch_min=1&readers=0"); /* SELECTs stand in the group, too */
  query(pool, "CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE)");
  CHECK_STR(GROUP(pool, "INSERT INTO t(b) VALUES (1)", "INSERT INTO t(b) VALUES (2)", "SELECT count(*) AS n FROM t",
                  "UPDATE t SET b = b + 10", "DELETE FROM t WHERE b = 12 RETURNING a"),
            "1/1 | 1/2 | 0/0[2] | 2/0 | 1/0[2]");
  CHECK_STR(GROUP(pool, "INSERT INTO t(b) VALUES (20)", "INSERT INTO t(b) VALUES (20)", "INSERT INTO t(b) VALUES (21)"),
            "1/2 | UNIQUE | 1/3");
  CHECK_STR(GROUP(pool, "INSERT INTO t(b) VALUES (30)", "INSERT OR ROLLBACK INTO t(b) VALUES (30)",
                  "INSERT INTO t(b) VALUES (31)"),
            "1/4 | UNIQUE | 1/5");
  CHECK_STR(GROUP(pool, "INSERT OR FAIL INTO t(b) VALUES (40), (40), (41)", "INSERT INTO t(b) VALUES (42)"),
            "UNIQUE | 1/7");
  CHECK_STR(GROUP(pool, "INSERT INTO t(b) VALUES (50)", "INSERT INTO t(b) SELECT abs(a) FROM "
                                                        "(SELECT 60 AS a UNION ALL SELECT -9223372036854775807 - 1)",
                  "INSERT INTO t(b) VALUES (51)"),
            "1/8 | DATA | 1/9");
  CHECK_STR(query(pool, "SELECT group_concat(b) FROM (SELECT b FROM t ORDER BY b)"), "0/0[11,20,21,30,31,40,42,50,51]");
  close_pool(pool);
}

static void test_group_raise(void)
{
  dusq_pool *pool = open_pool(NULL, "batch_min=1");
  script(pool, "CREATE TABLE r(a); CREATE TRIGGER tr BEFORE INSERT ON r BEGIN SELECT CASE new.a"
               " WHEN 13 THEN RAISE(ROLLBACK, 'thirteen') WHEN 14 THEN RAISE(FAIL, 'fourteen')"
               " WHEN 15 THEN RAISE(ABORT, 'fifteen') END; END");
  for (int i = 0; i < 2; i++) {
    CHECK_STR(GROUP(pool, "INSERT INTO r VALUES (1)", "INSERT INTO r VALUES (2), (13)", "INSERT INTO r VALUES (3)"),
              i ? "1/6 | CONSTRAINT | 1/7" : "1/1 | CONSTRAINT | 1/2");
    CHECK_STR(GROUP(pool, "INSERT INTO r VALUES (4), (14), (5)", "INSERT INTO r VALUES (6), (15)",
                    "INSERT INTO r VALUES (7)"),
              i ? "CONSTRAINT | CONSTRAINT | 1/9" : "CONSTRAINT | CONSTRAINT | 1/4");
    query(pool, "INSERT INTO r VALUES (0)");
  }
  CHECK_STR(query(pool, "SELECT group_concat(a) FROM r"), "0/0[1,3,4,7,0,1,3,4,7,0]");
  close_pool(pool);
}

/* A deferred foreign key fails the statement that violates it: the first time, and when that has been learned. */
static void test_group_deferred(void)
{
  dusq_pool *pool = open_pool(NULL, "batch_min=1");
  script(pool, "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p DEFERRABLE INITIALLY DEFERRED);"
               "INSERT INTO p VALUES (1)");
  for (int i = 0; i < 3; i++) {
    dusq_future *futures[3];
    hold one;
    hold_writer(&one, pool, NULL);
    for (int k = 0; k < 3; k++)
      futures[k] = dusq_pool_query(pool, "INSERT INTO c VALUES (?)", DUSQ_PARAMS(dusq_int(k == 1 ? 99 : 1)), NULL);
    let_go(&one);
    CHECK_INT(strncmp(outcome(futures[0]), "1/", 2), 0);
    CHECK_STR(outcome(futures[1]), "FOREIGN_KEY");
    CHECK_INT(strncmp(outcome(futures[2]), "1/", 2), 0);
  }
  CHECK_STR(query(pool, "SELECT count(*), sum(p) FROM c"), "0/0[6,6]");
  /* nor does it help that another one of the group makes the key */
  CHECK_STR(GROUP(pool, "INSERT INTO c VALUES (2)", "INSERT INTO p VALUES (2)"), "FOREIGN_KEY | 1/2");
  CHECK_STR(query(pool, "PRAGMA foreign_key_check"), "0/0[]");
  close_pool(pool);
}

static const char *const mix[] = {
    "INSERT INTO t(b, c) VALUES ($1, $2)",
    "INSERT OR ROLLBACK INTO t(b, c) VALUES ($1, $2)",
    "INSERT OR FAIL INTO t(b, c) VALUES ($1, $2), ($1 + 1, $2 + 1)",
    "INSERT OR REPLACE INTO t(b, c) VALUES ($1, $2)",
    "INSERT INTO t(b, c) SELECT b + $1, c + $2 FROM t WHERE b < 10",
    "UPDATE OR ROLLBACK t SET b = $1 WHERE b = $2",
    "UPDATE t SET c = c + $1 WHERE b > $2",
    "DELETE FROM t WHERE b > $1 AND b < $2 RETURNING b",
    "INSERT INTO t(b, c) VALUES ($1, $2) RETURNING a, b",
    "INSERT INTO p VALUES ($1 + 0 * $2)",
    "DELETE FROM p WHERE id = $1 AND $2",
    "INSERT INTO c VALUES ($1 + 0 * $2)",
    "SELECT count(*), sum(b), max(c), last_insert_rowid(), $1, $2 FROM t",
};
enum { MIX = sizeof mix / sizeof *mix };

static unsigned next_random(unsigned *state)
{
  *state = *state * 1103515245u + 12345u;
  return *state >> 16;
}

/* The same statements in groups and one by one: the same outcomes and the same tables. */
static void test_group_like_single(void)
{
  static const char schema[] = "CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE, c CHECK (c < 90));"
                               "CREATE TABLE p(id INTEGER PRIMARY KEY);"
                               "CREATE TABLE c(p REFERENCES p DEFERRABLE INITIALLY DEFERRED);"
                               "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT CASE new.b WHEN 13 THEN"
                               " RAISE(ROLLBACK, '13') WHEN 14 THEN RAISE(FAIL, '14') WHEN 15 THEN"
                               " abs(-9223372036854775807 - 1) END; END";
  dusq_pool *grouped = open_pool(NULL, "batch_min=1&readers=0"), *single = open_pool(NULL, "batch=off");
  script(grouped, schema);
  script(single, schema);
  unsigned random = 7;
  for (long round = test_scale(200); round > 0; round--) {
    dusq_future *futures[MAX_GROUP];
    size_t n = 2 + next_random(&random) % 30, which[MAX_GROUP];
    dusq_value values[MAX_GROUP][2];
    hold one;
    hold_writer(&one, grouped, NULL);
    for (size_t i = 0; i < n; i++) {
      which[i] = next_random(&random) % 3 ? next_random(&random) % MIX : 0;
      values[i][0] = dusq_int(next_random(&random) % 30);
      values[i][1] = dusq_int(next_random(&random) % 95);
      futures[i] = dusq_pool_query(grouped, mix[which[i]], 2, values[i], NULL);
    }
    let_go(&one);
    for (size_t i = 0; i < n; i++) {
      char expected[TEXT_SIZE];
      dusq_future *future = dusq_pool_query(single, mix[which[i]], 2, values[i], NULL);
      describe(future, expected);
      dusq_future_unref(future);
      CHECK_STR(outcome(futures[i]), expected);
    }
  }
  char expected[TEXT_SIZE];
  static const char all[] = "SELECT (SELECT group_concat(a || b || c) FROM t), (SELECT count(*) FROM p),"
                            " (SELECT count(*) FROM c)";
  snprintf(expected, sizeof expected, "%s", query(single, all));
  CHECK_STR(query(grouped, all), expected);
  CHECK_STR(query(grouped, "PRAGMA integrity_check"), "0/0[ok]");
  close_pool(grouped);
  close_pool(single);
}

/* RETURNING whose rows are too many has no effect. */
static void test_refused_rows(void)
{
  dusq_pool *pool = open_pool(NULL, "batch_min=1&max_result_bytes=4KiB");
  static const char insert[] = "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50)"
                               " SELECT hex(zeroblob(200)) FROM n RETURNING a";
  query(pool, "CREATE TABLE t(a)");
  CHECK_STR(query(pool, insert), "LIMIT");
  CHECK_STR(GROUP(pool, "INSERT INTO t VALUES (1)", insert, "INSERT INTO t VALUES (2)"), "1/1 | LIMIT | 1/2");
  CHECK_STR(script(pool, insert), "LIMIT");
  CHECK_STR(query(pool, "SELECT a FROM t"), "0/0[1 2]");
  close_pool(pool);
}

void suite_sqlite_group(void);
void suite_sqlite_group(void)
{
  test_suite("sqlite_group");
  test_case("refused rows", test_refused_rows);
  test_case("outcomes", test_group);
  test_case("RAISE", test_group_raise);
  test_case("deferred keys", test_group_deferred);
  test_case("like one by one", test_group_like_single);
}
