/* test_sqlite_backend.c - the SQLite backend, seen through pools: options, statements, scripts, locks, stops. Groups
 * are in test_sqlite_group.c, what a connection keeps in test_sqlite_session.c.                                     */
#include "sqlite_pools.h"
#include <math.h>

static char file[PATH_SIZE];

/* ---- options --------------------------------------------------------------------------------------------------- */

static void test_defaults(void)
{
  fresh_file("defaults.db", file);
  dusq_pool *pool = open_pool(file, NULL);
  CHECK_STR(query(pool, "PRAGMA journal_mode"), "0/0[wal]");
  CHECK_STR(query(pool, "PRAGMA synchronous"), "0/0[2]");
  CHECK_STR(query(pool, "PRAGMA foreign_keys"), "0/0[1]");
  CHECK_STR(query(pool, "PRAGMA trusted_schema"), "0/0[0]");
  CHECK_STR(query(pool, "PRAGMA recursive_triggers"), "0/0[0]");
  CHECK_STR(query(pool, "PRAGMA query_only"), "0/0[0]"); /* a pragma goes to the writer */
  CHECK_STR(query(pool, "SELECT \"no such column\""), "NO_SUCH_OBJECT");
  close_pool(pool);
}

static void test_options(void)
{
  fresh_file("options.db", file);
  dusq_pool *pool = open_pool(file, "page_size=8192&journal_mode=truncate&synchronous=off&foreign_keys=off&"
                                    "cache_size=-777&temp_store=memory&wal_autocheckpoint=5&dqs=on&secure_delete=off");
  CHECK_STR(query(pool, "CREATE TABLE t(a)"), "0/0");
  CHECK_STR(query(pool, "PRAGMA page_size"), "0/0[8192]");
  CHECK_STR(query(pool, "PRAGMA journal_mode"), "0/0[truncate]");
  CHECK_STR(query(pool, "PRAGMA synchronous"), "0/0[0]");
  CHECK_STR(query(pool, "PRAGMA foreign_keys"), "0/0[0]");
  CHECK_STR(query(pool, "PRAGMA cache_size"), "0/0[-777]");
  CHECK_STR(query(pool, "PRAGMA temp_store"), "0/0[2]");
  CHECK_STR(query(pool, "PRAGMA wal_autocheckpoint"), "0/0[5]");
  CHECK_STR(query(pool, "PRAGMA secure_delete"), "0/0[0]");
  CHECK_STR(query(pool, "SELECT \"text\""), "0/0[text]");
  close_pool(pool);
  pool = open_pool(file, "mode=ro&journal_mode=truncate");
  CHECK_STR(query(pool, "SELECT count(*) FROM t"), "0/0[0]");
  CHECK_STR(query(pool, "INSERT INTO t VALUES (1)"), "READ_ONLY");
  close_pool(pool);
}

static void test_refused_options(void)
{
  check_bad_uri("sqlite::memory:?mode=ro", DUSQ_E_URI, "mode");
  check_bad_uri("sqlite:x.db?page_size=1000", DUSQ_E_URI, "page_size");
  check_bad_uri("sqlite:x.db?journal_mode=paper", DUSQ_E_URI, "journal_mode");
  check_bad_uri("sqlite:x.db?readers=257", DUSQ_E_URI, "readers");
  check_bad_uri("sqlite:x.db?user=me", DUSQ_E_URI, "user");
}

/* The message of a connect that fails. */
static void cannot_open(const char *path, const char *options, dusq_status expected)
{
  dusq_pool *pool = open_pool(path, options);
  dusq_future *future = dusq_pool_query(pool, "SELECT 1", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(future), expected);
  CHECK(strstr(dusq_error_message(dusq_future_error(future)), path) != NULL);
  dusq_future_unref(future);
  close_pool(pool);
}

static void test_cannot_open(void)
{
  char path[1300];
  snprintf(path, sizeof path, "%s/no such directory/x.db", test_tmpdir());
  cannot_open(path, NULL, DUSQ_E_CONNECT);
  fresh_file("missing.db", file);
  cannot_open(file, "mode=rw", DUSQ_E_CONNECT);
  fresh_file("junk.db", file);
  FILE *junk = fopen(file, "w");
  for (int i = 0; junk && i < 1000; i++)
    fputs("this is no database ", junk);
  CHECK(junk && fclose(junk) == 0);
  cannot_open(file, NULL, DUSQ_E_CORRUPT);
}

static void test_native(void)
{
  dusq_pool *pool = open_pool(NULL, NULL);
  bool there = false;
  CHECK_STR(outcome(dusq_pool_run(pool, native_job, &there, NULL, NULL)), "");
  CHECK(there);
  close_pool(pool);
}

/* ---- statements ------------------------------------------------------------------------------------------------ */

static void test_values(void)
{
  static const uint8_t id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  static const char select[] = "SELECT typeof(?1), ?1";
  const struct {
    dusq_value value;
    const char *expected;
  } cases[] = {
      {dusq_null(), "0/0[null,]"},
      {dusq_bool(true), "0/0[integer,1]"},
      {dusq_int(INT64_MIN), "0/0[integer,-9223372036854775808]"},
      {dusq_uint(INT64_MAX), "0/0[integer,9223372036854775807]"},
      {dusq_uint((uint64_t)INT64_MAX + 1), "RANGE"},
      {dusq_real(0.1), "0/0[real,0.1]"},
      {dusq_real(0.0 * (double)INFINITY), "RANGE"},
      {dusq_decimal("1.10"), "0/0[text,1.10]"},
      {dusq_text(""), "0/0[text,]"},
      {dusq_text("\xc3\xa9"), "0/0[text,\xc3\xa9]"},
      {dusq_blob("", 0), "0/0[blob,\\x]"},
      {dusq_blob("\0\1", 2), "0/0[blob,\\x0001]"},
      {dusq_date(19782), "0/0[text,2024-02-29]"},
      {dusq_time(INT64_C(49020500000)), "0/0[text,13:37:00.5]"},
      {dusq_timestamp(INT64_C(1709213820500000)), "0/0[text,2024-02-29 13:37:00.5]"},
      {dusq_uuid(id), "0/0[text,01020304-0506-0708-090a-0b0c0d0e0f10]"},
      {dusq_json("{\"a\":1}"), "0/0[text,{\"a\":1}]"},
  };
  dusq_pool *pool = open_pool(NULL, NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    CHECK_STR(query_with(pool, select, cases[i].value), cases[i].expected);
  close_pool(pool);
}

static void test_counts(void)
{
  dusq_pool *pool = open_pool(NULL, NULL);
  script(pool, "CREATE TABLE t(a INTEGER PRIMARY KEY, b); CREATE TABLE log(x);"
               "CREATE TABLE keyed(k TEXT PRIMARY KEY) WITHOUT ROWID;"
               "CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (1), (2); END");
  CHECK_STR(query(pool, "INSERT INTO t VALUES (7, 1), (9, 2)"), "2/9");
  CHECK_STR(query(pool, "UPDATE t SET b = 5"), "2/0");
  CHECK_STR(query(pool, "INSERT OR IGNORE INTO t VALUES (9, 1)"), "0/0");
  CHECK_STR(query(pool, "INSERT INTO t VALUES (9, 1) ON CONFLICT (a) DO UPDATE SET b = 6"), "1/0");
  CHECK_STR(query(pool, "INSERT INTO keyed VALUES ('a')"), "1/0");
  CHECK_STR(query(pool, "SELECT last_insert_rowid()"), "0/0[9]");
  CHECK_STR(query(pool, "SELECT last_insert_rowid()"), "0/0[9]"); /* never on the lane of readers */
  CHECK_STR(query(pool, "INSERT INTO log SELECT last_insert_rowid()"), "1/5");
  CHECK_STR(query(pool, "CREATE TABLE other(a)"), "0/0");
  CHECK_STR(query(pool, "WITH v(x) AS (VALUES (3)) INSERT INTO other SELECT x FROM v RETURNING a"), "1/1[3]");
  CHECK_STR(query(pool, "DELETE FROM t"), "2/0");
  close_pool(pool);
}

static void fails(dusq_pool *pool, const char *sql, dusq_status status, const char *table, const char *column,
                  const char *constraint, int64_t position)
{
  dusq_future *future = dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  const dusq_error *error = dusq_future_error(future);
  CHECK_INT(dusq_error_status(error), status);
  CHECK_STR(dusq_error_table(error), table);
  CHECK_STR(dusq_error_column(error), column);
  CHECK_STR(dusq_error_constraint(error), constraint);
  CHECK_INT(dusq_error_position(error), position);
  dusq_future_unref(future);
}

static void test_errors(void)
{
  dusq_pool *pool = open_pool(NULL, NULL);
  script(pool, "CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE NOT NULL CONSTRAINT good CHECK (b <> 'bad'));"
               "CREATE TABLE pair(a, b, UNIQUE (a, b)); INSERT INTO pair VALUES (1, 2);"
               "CREATE TABLE sums(a, b); CREATE UNIQUE INDEX total ON sums(a + b); INSERT INTO sums VALUES (1, 2);"
               "CREATE TABLE strict(a INTEGER) STRICT; INSERT INTO t(b) VALUES ('x')");
  fails(pool, "INSERT INTO t(b) VALUES ('x')", DUSQ_E_UNIQUE, "t", "b", "", -1);
  fails(pool, "INSERT INTO t VALUES (1, 'y')", DUSQ_E_UNIQUE, "t", "a", "", -1);
  fails(pool, "INSERT INTO pair VALUES (1, 2)", DUSQ_E_UNIQUE, "pair", "", "", -1);
  fails(pool, "INSERT INTO sums VALUES (2, 1)", DUSQ_E_UNIQUE, "", "", "total", -1);
  fails(pool, "INSERT INTO t(b) VALUES (NULL)", DUSQ_E_NOT_NULL, "t", "b", "", -1);
  fails(pool, "INSERT INTO t(b) VALUES ('bad')", DUSQ_E_CHECK, "", "", "good", -1);
  fails(pool, "INSERT INTO strict VALUES ('x')", DUSQ_E_CHECK, "strict", "a", "", -1);
  fails(pool, "SELECT nope FROM t", DUSQ_E_NO_SUCH_OBJECT, "", "", "", 7);
  fails(pool, "SELEC 1", DUSQ_E_SYNTAX, "", "", "", 0);
  fails(pool, "SELECT 1; SELECT 2", DUSQ_E_SYNTAX, "", "", "", 10);
  CHECK_STR(query(pool, "SELECT 1; -- and no more\n ; /* */"), "0/0[1]");
  CHECK_STR(query(pool, ""), "SYNTAX");
  CHECK_STR(query(pool, " -- nothing\n;"), "SYNTAX");
  close_pool(pool);
}

/* ---- scripts and jobs ------------------------------------------------------------------------------------------ */

static void script_fails(dusq_pool *pool, const char *sql, dusq_status status, int64_t index, const char *at)
{
  dusq_future *future = dusq_pool_script(pool, sql, NULL);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(future), status);
  CHECK_INT(dusq_error_index(dusq_future_error(future)), index);
  CHECK_INT(dusq_error_position(dusq_future_error(future)), strstr(sql, at) - sql);
  dusq_future_unref(future);
}

static void test_script(void)
{
  dusq_pool *pool = open_pool(NULL, NULL);
  CHECK_STR(script(pool, "-- first\nCREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1), (2); SELECT a FROM t; -- end"),
            "0/0 2/2 0/0[1 2]");
  CHECK_STR(script(pool, "CREATE TRIGGER tr AFTER DELETE ON t BEGIN INSERT INTO t VALUES (old.a + 10); SELECT 1; END;"
                         "DELETE FROM t WHERE a = 1"),
            "0/0 1/0");
  script_fails(pool, "SELECT 1; /* ; */ INSERT INTO t VALUES (2); SELECT 2", DUSQ_E_UNIQUE, 1, "INSERT");
  script_fails(pool, "SELECT 1; SELECT nope FROM t", DUSQ_E_NO_SUCH_OBJECT, 1, "nope");
  script_fails(pool, "SELECT 1; SELECT ?", DUSQ_E_PARAMS, 1, "SELECT ?");
  CHECK_STR(script(pool, "BEGIN; INSERT INTO t VALUES (50)"), "0/0 1/4");
  CHECK_STR(query(pool, "SELECT a FROM t"), "0/0[2 11]");
  script(pool, "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA query_only = 1");
  CHECK_STR(query(pool, "PRAGMA foreign_keys"), "0/0[1]");
  CHECK_STR(query(pool, "PRAGMA synchronous"), "0/0[2]");
  CHECK_STR(query(pool, "INSERT INTO t VALUES (3)"), "1/4");
  close_pool(pool);
}

/* A transaction that a plain query leaves open is no place for others. */
static void test_left_open(void)
{
  dusq_pool *pool = open_pool(NULL, NULL);
  query(pool, "CREATE TABLE t(a)");
  CHECK_STR(query(pool, "BEGIN"), "0/0");
  CHECK_STR(query(pool, "INSERT INTO t VALUES (1)"), "1/1");
  CHECK_STR(query(pool, "ROLLBACK"), "TX_STATE");
  CHECK_STR(query(pool, "SELECT a FROM t"), "0/0[1]");
  close_pool(pool);
}

/* ---- locks and stops ------------------------------------------------------------------------------------------- */

static const char endless[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

static void test_stop_running(void)
{
  dusq_pool *pool = open_pool(NULL, NULL);
  query(pool, "CREATE TABLE t(a)");
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.timeout = 50 * DUSQ_MILLISECOND;
  CHECK_STR(outcome(dusq_pool_query(pool, endless, DUSQ_NO_PARAMS, &opts)), "TIMEDOUT");
  dusq_future *future = dusq_pool_query(pool, "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                                              "FROM n) SELECT i FROM n",
                                        DUSQ_NO_PARAMS, NULL);
  while (dusq_future_state(future) == DUSQ_STATE_PENDING)
    ;
  dusq_future_cancel(future);
  CHECK_STR(outcome(future), "CANCELED");
  CHECK_STR(query(pool, "SELECT count(*) FROM t"), "0/0[0]");
  CHECK_STR(query(pool, "INSERT INTO t VALUES (1)"), "1/1");
  close_pool(pool);
}

/* Another pool holds the lock, as another program would. */
static void test_locked(const char *journal)
{
  char options[100];
  hold one;
  fresh_file("locked.db", file);
  snprintf(options, sizeof options, "busy_timeout=300ms&journal_mode=%s", journal);
  dusq_pool *holder = open_pool(file, options), *pool = open_pool(file, options);
  query(pool, "CREATE TABLE t(a)");
  hold_writer(&one, holder, "BEGIN IMMEDIATE");
  int64_t begun = 0, ended = 0;
  dusq_future *late = dusq_pool_query(pool, "INSERT INTO t VALUES (1)", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(late, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(late), DUSQ_E_LOCKED);
  CHECK(dusq_error_retryable(dusq_future_error(late)));
  dusq_future_times(late, NULL, &begun, &ended);
  CHECK(ended - begun >= 290 * DUSQ_MILLISECOND);
  dusq_future_unref(late);
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.timeout = 30 * DUSQ_MILLISECOND;
  dusq_future *soon = dusq_pool_query(pool, "INSERT INTO t VALUES (2)", DUSQ_NO_PARAMS, &opts);
  CHECK_INT(dusq_future_wait(soon, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(soon), DUSQ_E_TIMEDOUT);
  CHECK(!dusq_error_unknown_outcome(dusq_future_error(soon)));
  dusq_future_unref(soon);
  CHECK_STR(query(pool, "SELECT count(*) FROM t"), "0/0[0]");
  let_go(&one);
  CHECK_STR(query(pool, "INSERT INTO t VALUES (3)"), "1/1");
  close_pool(pool);
  close_pool(holder);
}

static void test_locked_wal(void)
{
  test_locked("wal");
}

static void test_locked_delete(void)
{
  test_locked("delete");
}

/* Readers and the writer of a database without WAL wait for each other, and none sees half a change. */
static void exclude_each_other(const char *path, const char *options)
{
  enum { AT_ONCE = 64 };
  dusq_pool *pool = open_pool(path, options);
  script(pool, "CREATE TABLE t(k INTEGER PRIMARY KEY, v); INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
               " SELECT i + 1 FROM n LIMIT 100) SELECT i, 0 FROM n");
  long torn = 0, failed = 0;
  for (long round = test_scale(100); round > 0; round--) {
    dusq_future *futures[AT_ONCE];
    for (int i = 0; i < AT_ONCE; i++)
      futures[i] = dusq_pool_query(pool, i % 4 ? "SELECT sum(v) % 100 FROM t" : "UPDATE t SET v = v + 1",
                                   DUSQ_NO_PARAMS, NULL);
    for (int i = 0; i < AT_ONCE; i++) {
      const char *text = outcome(futures[i]);
      failed += strncmp(text, i % 4 ? "0/0[" : "100/0", 4) != 0;
      torn += i % 4 && strcmp(text, "0/0[0]") != 0;
    }
  }
  CHECK_INT(failed, 0);
  CHECK_INT(torn, 0);
  close_pool(pool);
}

static void test_memory_readers(void)
{
  exclude_each_other(NULL, "readers=3");
}

static void test_file_readers(void)
{
  fresh_file("readers.db", file);
  exclude_each_other(file, "readers=3&synchronous=off");
  fresh_file("readers.db", file);
  exclude_each_other(file, "readers=3&synchronous=off&journal_mode=delete");
}

void suite_sqlite_backend(void);
void suite_sqlite_backend(void)
{
  test_suite("sqlite_backend");
  test_case("defaults", test_defaults);
  test_case("options", test_options);
  test_case("refused options", test_refused_options);
  test_case("cannot open", test_cannot_open);
  test_case("native handle", test_native);
  test_case("values", test_values);
  test_case("counts", test_counts);
  test_case("errors", test_errors);
  test_case("script", test_script);
  test_case("left open", test_left_open);
  test_case("stop running", test_stop_running);
  test_case("locked, WAL", test_locked_wal);
  test_case("locked, rollback journal", test_locked_delete);
  test_case("readers in memory", test_memory_readers);
  test_case("readers of a file", test_file_readers);
}
