/* test_sqlite_session.c - what a connection to SQLite keeps from one statement to the next, seen through pools: the
 * schema, pragmas, temporary and attached tables; a file that is moved, and forks.                                  */
#include "sqlite_pools.h"
#include <signal.h>
#include <sys/wait.h>

static char file[PATH_SIZE];

/* ---- the schema ------------------------------------------------------------------------------------------------- */

static const char *read_only(dusq_pool *pool, const char *sql)
{
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.flags = DUSQ_READ_ONLY;
  return outcome(dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, &opts));
}

/* With an error whose message has the text. */
static void fails(dusq_pool *pool, const char *sql, const char *text)
{
  dusq_future *future = dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  const char *message = dusq_error_message(dusq_future_error(future));
  test_check(strstr(message, text) != NULL, message, __FILE__, __LINE__);
  dusq_future_unref(future);
}

/* A reader's schema is older than the one that the writer has made. */
static void stale_reader(const char *options)
{
  fresh_file("stale.db", file);
  dusq_pool *pool = open_pool(file, options);
  script(pool, "CREATE TABLE t(a); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT a FROM t");
  CHECK_STR(read_only(pool, "SELECT * FROM t"), "0/0[1]");
  query(pool, "ALTER TABLE t ADD COLUMN b DEFAULT 2");
  for (int i = 0; i < 2; i++)
    CHECK_STR(read_only(pool, "SELECT * FROM t UNION ALL SELECT 8, 9"), "0/0[1,2 8,9]");
  query(pool, "ALTER TABLE t ADD COLUMN c DEFAULT 3");
  CHECK_STR(read_only(pool, "SELECT (1, 2, 3) IN (SELECT * FROM t)"), "0/0[1]");
  script(pool, "DROP VIEW v; CREATE VIEW v AS SELECT a, b FROM t");
  CHECK_STR(read_only(pool, "SELECT * FROM v UNION SELECT 1, 2"), "0/0[1,2]");
  query(pool, "CREATE TABLE fresh(z)");
  CHECK_STR(read_only(pool, "PRAGMA table_info(fresh)"), "0/0[0,z,,0,,0]");
  query(pool, "DROP TABLE fresh");
  fails(pool, "SELECT * FROM t UNION SELECT 1", "SELECTs to the left and right of UNION do not have the same number");
  fails(pool, "SELECT nope FROM t", "no such column: nope");
  close_pool(pool);
}

/* Another program changes the schema. */
static void stale_writer(const char *options)
{
  fresh_file("stale.db", file);
  dusq_pool *pool = open_pool(file, options), *other = open_pool(file, options);
  query(pool, "CREATE TABLE t(a)");
  CHECK_STR(query(pool, "INSERT INTO t VALUES (1)"), "1/1");
  query(other, "ALTER TABLE t ADD COLUMN b");
  CHECK_STR(query(pool, "INSERT INTO t VALUES (7, 8)"), "1/2");
  query(other, "ALTER TABLE t ADD COLUMN c");
  CHECK_STR(script(pool, "BEGIN; INSERT INTO t VALUES (7, 8, 9); COMMIT"), "0/0 1/3 0/0");
  query(other, "DROP TABLE t");
  CHECK_STR(query(pool, "CREATE TABLE t(z)"), "0/0");
  close_pool(other);
  close_pool(pool);
}

static void test_stale_schema(void)
{
  stale_reader("readers=1");
  stale_reader("readers=1&journal_mode=delete&synchronous=off");
  stale_writer("readers=1");
  stale_writer("readers=1&journal_mode=delete&synchronous=off");
}

/* ---- sessions --------------------------------------------------------------------------------------------------- */

/* Runs the statements, which `arg` has up to a NULL, on one connection. */
static dusq_result *statements_job(dusq_conn *conn, void *arg)
{
  dusq_result *result = NULL;
  dusq_error *error = NULL;
  for (const char *const *sql = arg; *sql && !error; sql++) {
    dusq_result_unref(result);
    if (dusq_conn_query(conn, *sql, DUSQ_NO_PARAMS, &result, &error))
      dusq_conn_fail(conn, error);
  }
  return result;
}

static const char *run(dusq_pool *pool, const char *const *statements)
{
  return outcome(dusq_pool_run(pool, statements_job, (void *)(uintptr_t)statements, NULL, NULL));
}
#define RUN(pool, ...) run(pool, (const char *const[]){__VA_ARGS__, NULL})

/* What only one connection has lasts as long as a job or script, and is read there, also the second time. */
static void temporary(const char *options)
{
  static const char nothing[] = "NO_SUCH_OBJECT", select[] = "SELECT a FROM t";
  fresh_file("temporary.db", file);
  dusq_pool *pool = open_pool(file, options);
  for (int i = 0; i < 2; i++) {
    CHECK_STR(RUN(pool, "CREATE TEMP TABLE t(a)", "INSERT INTO t VALUES (1)", select, select), "0/0[1]");
    CHECK_STR(query(pool, select), nothing);
    CHECK_STR(script(pool, "CREATE TEMP VIEW t AS SELECT 7 AS a; SELECT a FROM t"), "0/0 0/0[7]");
    CHECK_STR(query(pool, select), nothing);
    CHECK_STR(query(pool, "CREATE TEMP TABLE t(a)"), "0/0");
    CHECK_STR(query(pool, select), nothing);
    CHECK_STR(RUN(pool, "ATTACH ':memory:' AS x", "CREATE TABLE x.t(a)", "INSERT INTO x.t VALUES (3)", select),
              "0/0[3]");
    CHECK_STR(query(pool, select), nothing);
  }
  close_pool(pool);
}

static void test_temporary(void)
{
  temporary(NULL);
  temporary("journal_mode=delete&synchronous=off");
}

/* Whether the connection is another one afterwards: a new one has no last rowid. */
static bool changes_connection(dusq_pool *pool, const char *sql)
{
  query(pool, "INSERT INTO t VALUES (1)");
  script(pool, sql);
  return !strcmp(query(pool, "SELECT last_insert_rowid()"), "0/0[0]");
}

static void test_harmless(void)
{
  static const char *const harmless[] = {
      "PRAGMA user_version = 7; PRAGMA application_id = 8; PRAGMA user_version",
      "PRAGMA journal_mode; PRAGMA journal_mode = wal; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA auto_vacuum = 0",
      "PRAGMA table_info(t); PRAGMA foreign_key_check(t); PRAGMA integrity_check(3); PRAGMA optimize",
      "PRAGMA data_version; PRAGMA schema_version; PRAGMA encoding; PRAGMA page_size = 4096; PRAGMA shrink_memory",
      "PRAGMA cell_size_check; PRAGMA locking_mode; PRAGMA max_page_count; PRAGMA busy_timeout = 1",
      "PRAGMA foreign_keys = 0; PRAGMA main.synchronous = 0; PRAGMA query_only(1); PRAGMA mmap_size = 4096",
      "BEGIN; PRAGMA defer_foreign_keys = 1; COMMIT",
      "CREATE TEMP TABLE u(a); DROP TABLE u; ATTACH ':memory:' AS x; DETACH x",
      "VACUUM",
  };
  fresh_file("harmless.db", file);
  dusq_pool *pool = open_pool(file, "readers=1");
  query(pool, "CREATE TABLE t(a)");
  for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
    if (!test_check(!changes_connection(pool, harmless[i]), harmless[i], __FILE__, __LINE__))
      break;
  CHECK_STR(query(pool, "PRAGMA user_version"), "0/0[7]");
  close_pool(pool);
}

static void test_changed(void)
{
  static const char *const changes[] = {
      "ignore_check_constraints = 1", "count_changes = 1",        "full_column_names = 1",  "short_column_names = 0",
      "case_sensitive_like = 1",      "reverse_unordered_selects = 1", "locking_mode = exclusive",
      "max_page_count = 50",          "writable_schema = 1",      "legacy_alter_table = 1", "read_uncommitted = 1",
      "cell_size_check = 1",          "journal_mode = delete",    "cache_size = 5",         "temp.cache_size(7)",
  };
  char sql[100];
  fresh_file("changed.db", file);
  dusq_pool *pool = open_pool(file, "readers=0");
  query(pool, "CREATE TABLE t(a)");
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    snprintf(sql, sizeof sql, "PRAGMA %s", changes[i]);
    if (!test_check(changes_connection(pool, sql), sql, __FILE__, __LINE__))
      break;
  }
  CHECK_STR(query(pool, "PRAGMA journal_mode"), "0/0[wal]");
  CHECK_STR(query(pool, "PRAGMA cache_size = 5"), "0/0");
  CHECK(strcmp(query(pool, "PRAGMA cache_size"), "0/0[5]") != 0);
  CHECK_STR(query(pool, "PRAGMA count_changes = 1"), "0/0");
  CHECK_STR(query(pool, "PRAGMA count_changes"), "0/0[0]");
  CHECK_STR(RUN(pool, "PRAGMA count_changes = 1", "PRAGMA count_changes"), "0/0[1]");
  close_pool(pool);
}

/* Preparing has no effect, not even that of a pragma. */
static void test_pragma_prepared(void)
{
  dusq_pool *pool = open_pool(NULL, "readers=0");
  query(pool, "CREATE TABLE t(a CHECK (a < 5))");
  CHECK_STR(query(pool, "PRAGMA ignore_check_constraints = 1; SELECT 1"), "SYNTAX");
  CHECK_STR(query(pool, "INSERT INTO t VALUES (6)"), "CHECK");
  for (int i = 0; i < 2; i++) {
    query(pool, "EXPLAIN PRAGMA ignore_check_constraints = 1"); /* takes effect, as SQLite's manual says */
    CHECK_STR(query(pool, "INSERT INTO t VALUES (6)"), "CHECK");
    CHECK_STR(RUN(pool, " -- \n PRAGMA ignore_check_constraints = 1", "PRAGMA ignore_check_constraints"), "0/0[1]");
    CHECK_STR(RUN(pool, "PRAGMA ignore_check_constraints = 1", "PRAGMA ignore_check_constraints = 0",
                  "PRAGMA ignore_check_constraints = 1", "INSERT INTO t VALUES (7)"),
              i ? "1/2" : "1/1");
    CHECK_STR(query(pool, "INSERT INTO t VALUES (6)"), "CHECK");
  }
  fails(pool, "PRAGMA nope.user_version", "unknown database nope");
  script(pool, "PRAGMA defer_foreign_keys = 1");
  CHECK_STR(query(pool, "PRAGMA defer_foreign_keys"), "0/0[0]");
  close_pool(pool);
}

/* The file is another one: nothing has been written, and the next connection opens what is there. */
static void test_moved(void)
{
  char away[PATH_SIZE];
  fresh_file("away.db", away);
  fresh_file("moved.db", file);
  dusq_pool *pool = open_pool(file, "readers=0&journal_mode=delete");
  query(pool, "CREATE TABLE t(a)");
  CHECK_INT(rename(file, away), 0);
  dusq_future *future = dusq_pool_query(pool, "INSERT INTO t VALUES (1)", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(future), DUSQ_E_READ_ONLY);
  CHECK(!dusq_error_unknown_outcome(dusq_future_error(future)));
  dusq_future_unref(future);
  CHECK_INT(rename(away, file), 0);
  CHECK_STR(query(pool, "INSERT INTO t VALUES (1)"), "1/1");
  close_pool(pool);
}

/* ---- forks ------------------------------------------------------------------------------------------------------ */

/* In the child of a program whose workers are inside SQLite. */
static void child(void)
{
  signal(SIGALRM, SIG_DFL);
  alarm(20);
  dusq_pool *pool = NULL;
  if (dusq_pool_open_uri("sqlite::memory:?readers=0", &pool, NULL))
    _exit(1);
  dusq_future *future = dusq_pool_query(pool, "SELECT hex(zeroblob(5000))", DUSQ_NO_PARAMS, NULL);
  _exit(dusq_future_wait(future, 15 * DUSQ_SECOND) || dusq_future_status(future) ? 2 : 0);
}

static void test_fork(void)
{
  enum { AT_ONCE = 3 };
  static const char allocates[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                                  " SELECT sum(length(hex(zeroblob(50 + i % 2000)))) FROM n";
  dusq_future *futures[AT_ONCE];
  dusq_pool *pool = open_pool(NULL, "readers=3");
  for (int i = 0; i < AT_ONCE; i++) {
    dusq_opts opts = DUSQ_OPTS_INIT;
    opts.flags = DUSQ_READ_ONLY;
    futures[i] = dusq_pool_query(pool, allocates, DUSQ_NO_PARAMS, &opts);
  }
  long failed = 0;
  for (long i = test_scale(40); i > 0 && !failed; i--) {
    int status = -1;
    pid_t pid = fork();
    if (!pid)
      child();
    failed += pid < 0 || waitpid(pid, &status, 0) != pid || status != 0;
  }
  CHECK_INT(failed, 0);
  for (int i = 0; i < AT_ONCE; i++) {
    dusq_future_cancel(futures[i]);
    CHECK_STR(outcome(futures[i]), "CANCELED");
  }
  close_pool(pool);
}

void suite_sqlite_session(void);
void suite_sqlite_session(void)
{
  test_suite("sqlite_session");
  test_case("stale schema", test_stale_schema);
  test_case("temporary tables", test_temporary);
  test_case("pragmas that change nothing", test_harmless);
  test_case("pragmas that change the connection", test_changed);
  test_case("pragmas are prepared", test_pragma_prepared);
  test_case("moved file", test_moved);
  test_case("fork", test_fork);
}
