/* scenario_work.c - what a pool does, on every backend: concurrency, scripts, many rows, jobs, changing schemas. */
#include "conform.h"

#define TABLE "CREATE TABLE t (id {id}, a INTEGER, b VARCHAR(100) UNIQUE, c VARCHAR(100))"

/* What COMMIT says where there is no transaction: so nothing was left open.  The servers only warn. */
static dusq_status nothing_open(const conform_site *site)
{
  return conform_is(site, CONFORM_SERVERS) ? DUSQ_OK : DUSQ_E_TX_STATE;
}

/* Many at once, each of which must get its own value back. */
static void echoes(conform_site *site)
{
  enum { N = 200 };
  dusq_future *futures[N];
  for (int i = 0; i < N; i++)
    futures[i] = conform_query(site, "SELECT ? AS n, ? AS t",
                               DUSQ_PARAMS(dusq_int(i), dusq_text(i % 2 ? "odd" : "")), NULL);
  for (int i = 0; i < N; i++) {
    dusq_result *result = NULL;
    int64_t n = -1;
    const char *text = NULL;
    CHECK_INT(conform_settle(futures[i], &result), DUSQ_OK);
    CHECK_INT(dusq_result_int(result, 0, 0, &n), DUSQ_OK);
    CHECK_INT(n, i);
    CHECK_INT(dusq_result_text(result, 0, 1, &text, NULL), DUSQ_OK);
    CHECK_STR(text, i % 2 ? "odd" : "");
    dusq_result_unref(result);
  }
}

/* Writes at once, some of which fail: each has its own outcome, whatever share it was part of. */
static void writes(conform_site *site)
{
  enum { N = 300, KEYS = 200 };
  dusq_future *futures[N];
  bool taken[KEYS] = {false};
  int failed = 0;
  CHECK_INT(conform_run(site, "CREATE TABLE t (k INTEGER PRIMARY KEY, n INTEGER)"), DUSQ_OK);
  for (int i = 0; i < N; i++)
    futures[i] = conform_query(site, "INSERT INTO t VALUES (?, ?)", DUSQ_PARAMS(dusq_int(i % KEYS), dusq_int(i)), NULL);
  for (int i = 0; i < N; i++) {
    dusq_status status = conform_settle(futures[i], NULL);
    CHECK(status == DUSQ_OK || status == DUSQ_E_UNIQUE);
    failed += status != DUSQ_OK;
    if (!status) {
      CHECK(!taken[i % KEYS]);
      taken[i % KEYS] = true;
    }
  }
  CHECK_INT(failed, N - KEYS);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), KEYS);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t WHERE n % 200 <> k"), 0);
}

/* What is submitted after a write has settled sees it. */
static void read_after_write(conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (a INTEGER)"), DUSQ_OK);
  for (int i = 1; i <= 50; i++) {
    CHECK_INT(conform_run(site, "INSERT INTO t VALUES (1)"), DUSQ_OK);
    CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), i);
  }
}

/* ---- scripts ----------------------------------------------------------------------------------------------------- */
static void script_sets(conform_site *site)
{
  const char *names[] = {"id", "b"};
  dusq_value cells[] = {dusq_int(1), dusq_text("x;y"), dusq_int(2), dusq_null()};
  RULE(site, "CREATE*", .affected = 0);
  RULE(site, "INSERT*", .affected = 2, .last_id = 2);
  RULE(site, "SELECT*", .cols = 2, .names = names, .rows = 2, .cells = cells);
  RULE(site, "DELETE*", .affected = 1);
  dusq_result *first = NULL;
  CHECK_INT(conform_settle(conform_script(site, TABLE ";\n-- a comment; with a semicolon\n"
                                                      "INSERT INTO t (b) VALUES ('x;y'), (NULL);;"
                                                      "SELECT id, b FROM t ORDER BY id; DELETE FROM t WHERE id = 1;\n "
                                                      "/* end */"),
                           &first),
            DUSQ_OK);
  CHECK_INT(dusq_result_affected(first), 0);
  CHECK_INT(dusq_result_cols(first), 0);
  const dusq_result *inserted = dusq_result_next(first), *rows = dusq_result_next(inserted);
  CHECK_INT(dusq_result_affected(inserted), 2);
  int64_t last_id = conform_is(site, CONFORM_POSTGRESQL) ? 0 : conform_is(site, CONFORM_MY) ? 1 : 2;
  CHECK_INT(dusq_result_last_id(inserted), last_id);
  CHECK_INT(dusq_result_rows(rows), 2);
  CHECK_STR(dusq_result_name(rows, 1), "b");
  const char *text = NULL;
  CHECK_INT(dusq_result_text(rows, 0, 1, &text, NULL), DUSQ_OK);
  CHECK_STR(text, "x;y");
  CHECK(dusq_result_is_null(rows, 1, 1));
  CHECK_INT(dusq_result_affected(dusq_result_next(rows)), 1);
  CHECK(!dusq_result_next(dusq_result_next(rows)));
  dusq_result_unref(first);
}

static void script_error(conform_site *site)
{
  RULE(site, "INSERT INTO t (id) VALUES (1)", .affected = 1, .times = 1);
  RULE(site, "INSERT INTO t (id) VALUES (1)", .status = DUSQ_E_UNIQUE);
  dusq_value one = dusq_int(1);
  const char *name = "n";
  RULE(site, "SELECT count(*)*", .cols = 1, .names = &name, .rows = 1, .cells = &one);
  dusq_future *future = conform_script(site, TABLE "; INSERT INTO t (id) VALUES (1); INSERT INTO t (id) VALUES (1);"
                                                   "INSERT INTO t (id) VALUES (2)");
  CHECK_INT(dusq_future_wait(future, CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(future), DUSQ_E_UNIQUE);
  CHECK_INT(dusq_error_index(dusq_future_error(future)), 2);
  dusq_future_unref(future);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 1); /* what came before stays, what came behind never ran */
}

static void script_open(conform_site *site)
{
  dusq_value none = dusq_int(0);
  const char *name = "n";
  RULE(site, "SELECT count(*)*", .cols = 1, .names = &name, .rows = 1, .cells = &none);
  CHECK_INT(conform_run(site, TABLE), DUSQ_OK);
  CHECK_INT(conform_settle(conform_script(site, "BEGIN; INSERT INTO t (id) VALUES (1)"), NULL), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 0); /* rolled back */
  CHECK_INT(conform_run(site, "COMMIT"), nothing_open(site));
  CHECK_INT(conform_settle(conform_script(site, ""), NULL), DUSQ_OK);
  CHECK_INT(conform_settle(conform_script(site, " ;; -- nothing\n"), NULL), DUSQ_OK);
  CHECK_INT(conform_settle(conform_script(site, "BEGIN; INSERT INTO t (id) VALUES (1); COMMIT"), NULL),
            DUSQ_OK);
}

/* ---- many rows --------------------------------------------------------------------------------------------------- */
static void many(conform_site *site)
{
  enum { N = 10000 };
  static dusq_value values[2 * N];
  dusq_value n = dusq_int(N);
  const char *name = "n";
  RULE(site, "SELECT count(*)*", .cols = 1, .names = &name, .rows = 1, .cells = &n);
  CHECK_INT(conform_run(site, TABLE), DUSQ_OK);
  for (int i = 0; i < N; i++) {
    values[2 * i] = dusq_int(i + 1);
    values[2 * i + 1] = i % 3 ? dusq_text("caf\xC3\xA9") : dusq_null();
  }
  dusq_result *result = NULL;
  CHECK_INT(conform_settle(dusq_pool_many(site->pool, "INSERT INTO t (id, c) VALUES (?, ?)", 2, N, values, NULL),
                           &result),
            DUSQ_OK);
  CHECK_INT(dusq_result_affected(result), N);
  dusq_result_unref(result);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), N);
  CHECK_INT(conform_settle(dusq_pool_many(site->pool, "INSERT INTO t (id, c) VALUES (?, ?)", 2, 0, NULL, NULL),
                           &result),
            DUSQ_OK);
  CHECK_INT(dusq_result_affected(result), 0);
  dusq_result_unref(result);
}

static void many_refused(conform_site *site, const char *sql, size_t cols, size_t rows, const dusq_value *values,
                         int64_t row)
{
  dusq_future *future = dusq_pool_many(site->pool, sql, cols, rows, values, NULL);
  CHECK_INT(dusq_future_wait(future, CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(future), DUSQ_E_PARAMS);
  CHECK_INT(dusq_error_index(dusq_future_error(future)), row);
  dusq_future_unref(future);
}

/* Each row may have its names in an order of its own; a name may stand in several places. */
static void many_named(conform_site *site)
{
  static const char sql[] = "INSERT INTO t (a, b, c) VALUES (:x, :y, :x)";
  const dusq_value rows[] = {
    V_NAMED_INT("x", 1), V_NAMED_INT("y", 10), V_NAMED_INT("x", 2), V_NAMED_INT("y", 20), V_NAMED_INT("y", 30),
    V_NAMED_INT("x", 3), V_NAMED_INT("y", 40), V_NAMED_INT("x", 4), V_NAMED_INT("x", 5), V_NAMED_INT("y", 50)};
  CHECK_INT(conform_run(site, "CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER)"), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_pool_many(site->pool, sql, 2, 5, rows, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t WHERE b = 10 * a AND c = a"), 5);
  CHECK_INT(conform_number(site, "SELECT sum(a) FROM t"), 15);
  dusq_value bad[10];
  memcpy(bad, rows, sizeof bad);
  bad[7].name = "z";
  many_refused(site, sql, 2, 5, bad, 3);
  bad[7].name = "y";
  many_refused(site, sql, 2, 5, bad, 3); /* twice */
  bad[7].name = NULL;
  many_refused(site, sql, 2, 5, bad, 3);
  bad[6].name = NULL;
  many_refused(site, sql, 2, 5, bad, 3);
  many_refused(site, sql, 1, 5, rows, 0);
  many_refused(site, "INSERT INTO t (a, b) VALUES (?, ?)", 2, 5, rows, 0);
  bad[0].name = bad[1].name = NULL;
  many_refused(site, sql, 2, 5, bad, 1);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 5);
}

static void many_fails(conform_site *site)
{
  dusq_value rows[] = {dusq_text("a"), dusq_text("b"), dusq_text("a"), dusq_text("c")}, none = dusq_int(0);
  const char *name = "n";
  RULE(site, "SELECT count(*)*", .cols = 1, .names = &name, .rows = 1, .cells = &none);
  RULE(site, "INSERT INTO t (b)*", .affected = 1, .times = 2);
  RULE(site, "INSERT INTO t (b)*", .status = DUSQ_E_UNIQUE);
  CHECK_INT(conform_run(site, TABLE), DUSQ_OK);
  dusq_future *future = dusq_pool_many(site->pool, "INSERT INTO t (b) VALUES (?)", 1, 4, rows, NULL);
  CHECK_INT(dusq_future_wait(future, CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(future), DUSQ_E_UNIQUE);
  CHECK_INT(dusq_error_index(dusq_future_error(future)), 2);
  CHECK(!dusq_error_unknown_outcome(dusq_future_error(future)));
  dusq_future_unref(future);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 0); /* all or nothing */
  rows[2] = dusq_text("\xFF");
  future = dusq_pool_many(site->pool, "INSERT INTO t (b) VALUES (?)", 1, 4, rows, NULL);
  CHECK_INT(dusq_future_wait(future, CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(future), DUSQ_E_DATA);
  CHECK_INT(dusq_error_index(dusq_future_error(future)), 2);
  dusq_future_unref(future);
  CHECK_INT(conform_settle(dusq_pool_many(site->pool, "INSERT INTO t (b) VALUES (?)", 2, 2, rows, NULL), NULL),
            DUSQ_E_PARAMS);
  CHECK_INT(conform_run(site, "COMMIT"), nothing_open(site)); /* nothing was left open */
}

/* ---- jobs -------------------------------------------------------------------------------------------------------- */
static dusq_result *transfer(dusq_conn *conn, void *arg)
{
  dusq_result *result = NULL;
  dusq_error *error = NULL;
  int64_t n = -1;
  CHECK_INT(dusq_conn_query(conn, "SELECT wrong FROM", DUSQ_NO_PARAMS, &result, &error), DUSQ_E_SYNTAX);
  CHECK_INT(dusq_error_status(error), DUSQ_E_SYNTAX);
  CHECK(!result);
  dusq_error_unref(error);
  CHECK_INT(dusq_conn_query(conn, "BEGIN", DUSQ_NO_PARAMS, NULL, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_query(conn, "INSERT INTO t (id, a) VALUES (?, ?)", DUSQ_PARAMS(dusq_int(1), dusq_int(7)), &result,
                            &error),
            DUSQ_OK);
  CHECK_INT(dusq_result_affected(result), 1);
  dusq_result_unref(result);
  CHECK_INT(dusq_conn_query(conn, "SELECT a FROM t WHERE id = :id", DUSQ_PARAMS(dusq_named("id", dusq_int(1))), &result,
                            &error),
            DUSQ_OK);
  CHECK_INT(dusq_result_int(result, 0, 0, &n), DUSQ_OK);
  CHECK_INT(n, 7);
  dusq_result_unref(result);
  CHECK_INT(dusq_conn_query(conn, "SELECT ?", DUSQ_NO_PARAMS, NULL, NULL), DUSQ_E_PARAMS);
  CHECK(!dusq_conn_stopped(conn));
  CHECK_INT(dusq_conn_script(conn, *(bool *)arg ? "COMMIT" : "SELECT 1; SELECT 2", NULL, NULL), DUSQ_OK);
  return dusq_result_new(0, NULL);
}

static void free_flag(void *arg)
{
  *(bool *)arg = !*(bool *)arg;
}

static void jobs(conform_site *site)
{
  const char *name = "a";
  dusq_value seven = dusq_int(7), one = dusq_int(1), none = dusq_int(0);
  RULE(site, "SELECT a FROM*", .cols = 1, .names = &name, .rows = 1, .cells = &seven);
  RULE(site, "SELECT wrong FROM", .status = DUSQ_E_SYNTAX);
  RULE(site, "SELECT count(*)*", .cols = 1, .names = &name, .rows = 1, .cells = &none, .times = 1);
  RULE(site, "SELECT count(*)*", .cols = 1, .names = &name, .rows = 1, .cells = &one);
  CHECK_INT(conform_run(site, TABLE), DUSQ_OK);
  bool commit = false;
  dusq_result *result = NULL;
  CHECK_INT(conform_settle(dusq_pool_run(site->pool, transfer, &commit, free_flag, NULL), &result), DUSQ_OK);
  CHECK(result != NULL);
  dusq_result_unref(result);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 0); /* an open transaction is rolled back */
  commit = true;
  CHECK_INT(conform_settle(dusq_pool_run(site->pool, transfer, &commit, NULL, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 1);
}

static dusq_result *failing(dusq_conn *conn, void *arg)
{
  (void)arg;
  dusq_conn_fail(conn, dusq_error_new(DUSQ_E_IO, NULL, 0, "first"));
  dusq_conn_fail(conn, dusq_error_new(DUSQ_E_CHECK, NULL, 5, "second"));
  return dusq_result_new(0, NULL);
}

static void job_fails(conform_site *site)
{
  dusq_future *future = dusq_pool_run(site->pool, failing, NULL, NULL, NULL);
  CHECK_INT(dusq_future_wait(future, CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(future), DUSQ_E_CHECK);
  CHECK_STR(dusq_error_message(dusq_future_error(future)), "second");
  CHECK_INT(dusq_error_native(dusq_future_error(future)), 5);
  dusq_future_unref(future);
}

/* ---- results and schemas ----------------------------------------------------------------------------------------- */
static void getters(conform_site *site)
{
  const char *names[] = {"i", "r", "t", "b", "n"};
  dusq_value cells[] = {dusq_int(-5), dusq_real(2.5), dusq_text("12"), dusq_blob("ab", 2), dusq_null()};
  RULE(site, "SELECT -5*", .cols = 5, .names = names, .rows = 1, .cells = cells);
  dusq_result *r = NULL;
  CHECK_INT(conform_settle(conform_query(site, "SELECT -5 AS i, 2.5 AS r, '12' AS t, "
                                               "{x'6162'|'\\x6162'::bytea|x'6162'} AS b, NULL AS n",
                                         DUSQ_NO_PARAMS, NULL),
                           &r),
            DUSQ_OK);
  int64_t i = 0;
  uint64_t u = 0;
  double d = 0;
  bool truth = false;
  size_t col = 99, len = 0;
  const char *text = NULL;
  const void *bytes = NULL;
  CHECK_INT(dusq_result_column_index(r, "t", &col), DUSQ_OK);
  CHECK_INT(col, 2);
  CHECK_INT(dusq_result_column_index(r, "nothing", &col), DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(dusq_result_int(r, 0, 0, &i), DUSQ_OK);
  CHECK_INT(i, -5);
  CHECK_INT(dusq_result_uint(r, 0, 0, &u), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_bool(r, 0, 0, &truth), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_real(r, 0, 1, &d), DUSQ_OK);
  CHECK(d == 2.5);
  CHECK_INT(dusq_result_int(r, 0, 1, &i), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_int(r, 0, 2, &i), DUSQ_OK);
  CHECK_INT(i, 12);
  CHECK_INT(dusq_result_text(r, 0, 2, &text, &len), DUSQ_OK);
  CHECK_INT(len, 2);
  CHECK_INT(dusq_result_text(r, 0, 3, &text, NULL), DUSQ_E_TYPE);
  CHECK_INT(dusq_result_blob(r, 0, 3, &bytes, &len), DUSQ_OK);
  CHECK(len == 2 && memcmp(bytes, "ab", 2) == 0);
  CHECK(dusq_result_is_null(r, 0, 4));
  CHECK_INT(dusq_result_int(r, 0, 4, &i), DUSQ_E_TYPE);
  CHECK_INT(dusq_result_int(r, 1, 0, &i), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_int(r, 0, 5, &i), DUSQ_E_RANGE);
  CHECK_INT(i, 12); /* a failed getter writes nothing */
  dusq_result_unref(r);
}

static size_t columns_of(const conform_site *site, const char *sql)
{
  dusq_result *result = NULL;
  CHECK_INT(conform_settle(conform_query(site, sql, DUSQ_NO_PARAMS, NULL), &result), DUSQ_OK);
  size_t n = dusq_result_cols(result);
  dusq_result_unref(result);
  return n;
}

/* A statement that connections hold prepared meets a table that has changed. */
static void schema_changes(conform_site *site)
{
  const char *names[] = {"a", "b"};
  RULE(site, "SELECT * FROM t", .cols = 1, .names = names, .times = 20);
  RULE(site, "SELECT * FROM t", .cols = 2, .names = names, .times = 20);
  RULE(site, "SELECT * FROM t", .status = DUSQ_E_NO_SUCH_OBJECT, .times = 1);
  RULE(site, "SELECT * FROM t", .cols = 1, .names = names, .times = 20);
  CHECK_INT(conform_run(site, "CREATE TABLE t (a INTEGER)"), DUSQ_OK);
  for (int i = 0; i < 20; i++)
    CHECK_INT(columns_of(site, "SELECT * FROM t"), 1);
  CHECK_INT(conform_run(site, "ALTER TABLE t ADD COLUMN b INTEGER"), DUSQ_OK);
  for (int i = 0; i < 20; i++)
    CHECK_INT(columns_of(site, "SELECT * FROM t"), 2);
  CHECK_INT(conform_run(site, "DROP TABLE t"), DUSQ_OK);
  CHECK_INT(conform_run(site, "SELECT * FROM t"), DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(conform_run(site, "CREATE TABLE t (c INTEGER)"), DUSQ_OK);
  for (int i = 0; i < 20; i++)
    CHECK_INT(columns_of(site, "SELECT * FROM t"), 1);
}

static void statistics(conform_site *site)
{
  int64_t submitted = 0, settled = 0, failed = 0, queued = -1;
  for (int i = 0; i < 5; i++)
    CHECK_INT(conform_run(site, "SELECT 1"), DUSQ_OK);
  CHECK_INT(conform_run(site, "SELECT ?"), DUSQ_E_PARAMS);
  CHECK_INT(conform_run(site, "COMMIT"), nothing_open(site));
  CHECK_INT(dusq_pool_stat(site->pool, "submitted", &submitted), DUSQ_OK);
  CHECK_INT(dusq_pool_stat(site->pool, "settled", &settled), DUSQ_OK);
  CHECK_INT(dusq_pool_stat(site->pool, "failed", &failed), DUSQ_OK);
  CHECK_INT(dusq_pool_stat(site->pool, "queued", &queued), DUSQ_OK);
  CHECK_INT(settled, submitted);
  CHECK(submitted >= 6);
  CHECK(failed >= !conform_is(site, CONFORM_SERVERS));
  CHECK_INT(queued, 0);
  CHECK_INT(dusq_pool_stat(site->pool, "nothing", &queued), DUSQ_E_INVAL);
}

/* More of them than go into one packet of MariaDB's bulk. */
static void many_come_back(conform_site *site)
{
  enum { N = 5000 };
  static dusq_value values[N];
  for (int i = 0; i < N; i++)
    values[i] = dusq_int(i + 7);
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER)"), DUSQ_OK);
  dusq_result *result = NULL;
  CHECK_INT(conform_settle(dusq_pool_many(site->pool, "INSERT INTO t VALUES (?) RETURNING i + 1 AS x", 1, N, values,
                                          NULL),
                           &result),
            DUSQ_OK);
  CHECK_INT(dusq_result_rows(result), N);
  CHECK_INT(dusq_result_affected(result), N);
  int wrong = 0;
  for (int i = 0; i < N && i < (int)dusq_result_rows(result); i++) {
    int64_t x = -1;
    wrong += dusq_result_int(result, (size_t)i, 0, &x) || x != i + 8;
  }
  CHECK_INT(wrong, 0);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), N);
  dusq_result_unref(result);
}

const conform_scenario conform_work[] = {
  {"200 queries at once", CONFORM_ANY, NULL, echoes},
  {"writes at once, some of which fail", CONFORM_REAL, NULL, writes},
  {"reads see what was written before", CONFORM_REAL, NULL, read_after_write},
  {"a script of several sets", CONFORM_ANY, NULL, script_sets},
  {"a script with an error", CONFORM_ANY, NULL, script_error},
  {"a script that leaves a transaction open", CONFORM_ANY, NULL, script_open},
  {"many rows", CONFORM_ANY, NULL, many},
  {"many rows with names", CONFORM_REAL, NULL, many_named},
  {"many rows, one of which fails", CONFORM_ANY, NULL, many_fails},
  {"many rows that come back", CONFORM_REAL & ~CONFORM_MYSQL, NULL, many_come_back},
  {"jobs", CONFORM_ANY, NULL, jobs},
  {"a job that fails", CONFORM_ANY, NULL, job_fails},
  {"getters", CONFORM_ANY, NULL, getters},
  {"statements outlive a change of schema", CONFORM_ANY, NULL, schema_changes},
  {"statistics", CONFORM_ANY, NULL, statistics},
  {NULL, 0, NULL, NULL},
};
