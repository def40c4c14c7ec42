/* test_sqlite_files.c - files and schemas that others change: a file that is removed, renamed or replaced under a pool,
 * and a schema that needs functions which this process does not have.                                                */
#include "sqlite_pools.h"
#include <sqlite3.h>

static char file[PATH_SIZE], other[PATH_SIZE];

/* ---- a file that moves ------------------------------------------------------------------------------------------- */

typedef enum way { BY_QUERY, BY_MANY, BY_SCRIPT, BY_JOB, BY_STEPS, WAYS } way;
static const char insert[] = "INSERT INTO t VALUES (7)";

static dusq_result *job(dusq_conn *conn, void *arg)
{
  dusq_error *error = NULL;
  (void)arg;
  if (dusq_conn_query(conn, insert, DUSQ_NO_PARAMS, NULL, &error))
    dusq_conn_fail(conn, error);
  return NULL;
}

static dusq_future *write_by(dusq_pool *pool, way how)
{
  const dusq_step step = {insert, DUSQ_NO_PARAMS};
  switch (how) {
  case BY_MANY:
    return dusq_pool_many(pool, insert, 0, 2, NULL, NULL);
  case BY_SCRIPT:
    return dusq_pool_script(pool, insert, NULL);
  case BY_JOB:
    return dusq_pool_run(pool, job, NULL, NULL, NULL);
  case BY_STEPS:
    return dusq_pool_transact_steps(pool, &step, 1, NULL, NULL);
  default:
    return dusq_pool_query(pool, insert, DUSQ_NO_PARAMS, NULL);
  }
}

static void make_file(const char *path, const char *value)
{
  char sql[100];
  dusq_pool *pool = open_pool(path, "journal_mode=delete&readers=0");
  snprintf(sql, sizeof sql, "CREATE TABLE t (a); INSERT INTO t VALUES (%s)", value);
  (void)script(pool, sql);
  close_pool(pool);
}

static dusq_pool *pool_on(const char *options)
{
  fresh_file("moving.db", file);
  make_file(file, "1");
  dusq_pool *pool = open_pool(file, options);
  CHECK_STR(query(pool, "INSERT INTO t VALUES (2)"), "1/2");
  CHECK_STR(query(pool, "SELECT sum(a) FROM t"), "0/0[3]");
  return pool;
}

/* What is refused had no effect. */
static void refused(dusq_future *take, int how)
{
  dusq_future *future = take;
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  const dusq_error *error = dusq_future_error(future);
  if (!CHECK_INT(dusq_error_status(error), DUSQ_E_READ_ONLY))
    printf("    by way %d: %s\n", how, dusq_error_message(error));
  CHECK_INT(dusq_error_native(error), SQLITE_READONLY_DBMOVED);
  CHECK(!dusq_error_unknown_outcome(error));
  dusq_future_unref(future);
}

/* As who restores a copy does it: a log that stayed would be taken for that of the new file. */
static void replace_file(void)
{
  static const char *const more[] = {"-wal", "-shm", "-journal"};
  char name[PATH_SIZE + 10];
  fresh_file("other.db", other);
  make_file(other, "100");
  for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
    snprintf(name, sizeof name, "%s%s", file, more[i]);
    unlink(name);
  }
  CHECK_INT(rename(other, file), 0);
}

static void replaced(const char *options)
{
  for (int how = 0; how < WAYS; how++) {
    dusq_pool *pool = pool_on(options);
    replace_file();
    refused(write_by(pool, (way)how), how);
    CHECK_STR(query(pool, "SELECT sum(a) FROM t"), "0/0[100]"); /* readers are replaced as well */
    CHECK_STR(query(pool, "INSERT INTO t VALUES (5)"), "1/2");
    CHECK_STR(query(pool, "SELECT sum(a) FROM t"), "0/0[105]");
    close_pool(pool);
  }
}

static void test_replaced(void)
{
  replaced("journal_mode=wal&readers=2&mode=rw");
  replaced("journal_mode=delete&readers=2&mode=rw");
}

static void test_gone(void)
{
  for (int renamed = 0; renamed < 2; renamed++)
    for (int how = 0; how < WAYS; how++) {
      dusq_pool *pool = pool_on("mode=rw&readers=1");
      fresh_file("other.db", other);
      CHECK_INT(renamed ? rename(file, other) : unlink(file), 0);
      refused(write_by(pool, (way)how), how);
      CHECK_STR(query(pool, insert), "CONNECT"); /* there is none, and mode=rw makes none */
      close_pool(pool);
    }
}

/* A session is bound to its connection, and so to the file that it began with. */
static void test_session(void)
{
  dusq_pool *pool = pool_on("mode=rw&readers=1");
  dusq_session *session = dusq_pool_session(pool, NULL);
  CHECK_STR(outcome(dusq_session_query(session, insert, DUSQ_NO_PARAMS, NULL)), "1/3");
  replace_file();
  refused(dusq_session_begin(session, NULL, NULL), -1);
  CHECK_STR(outcome(dusq_session_query(session, insert, DUSQ_NO_PARAMS, NULL)), "CONNECTION_LOST");
  dusq_session_unref(session);
  CHECK_STR(query(pool, insert), "1/2");
  CHECK_STR(query(pool, "SELECT sum(a) FROM t"), "0/0[107]");
  close_pool(pool);
}

/* The transaction began before the file moved: neither a write nor the commit says that all is well. */
static void test_in_transaction(void)
{
  for (int commits = 0; commits < 2; commits++) {
    dusq_pool *pool = pool_on("mode=rw&readers=1");
    dusq_session *session = dusq_pool_session(pool, NULL);
    CHECK_STR(outcome(dusq_session_begin(session, NULL, NULL)), "");
    CHECK_STR(outcome(dusq_session_query(session, insert, DUSQ_NO_PARAMS, NULL)), "1/3");
    replace_file();
    refused(commits ? dusq_session_commit(session) : dusq_session_query(session, insert, DUSQ_NO_PARAMS, NULL), -3);
    dusq_session_unref(session);
    CHECK_STR(query(pool, "SELECT sum(a) FROM t"), "0/0[100]");
    close_pool(pool);
  }
}

/* Readers have the old file open, and the writer that opens the new one never had it. */
static void test_readers(void)
{
  fresh_file("moving.db", file);
  make_file(file, "1");
  dusq_pool *pool = open_pool(file, "mode=rw&readers=2");
  dusq_opts reads = DUSQ_OPTS_INIT;
  reads.flags = DUSQ_READ_ONLY;
  CHECK_STR(outcome(dusq_pool_query(pool, "SELECT sum(a) FROM t", DUSQ_NO_PARAMS, &reads)), "0/0[1]");
  replace_file();
  CHECK_STR(query(pool, insert), "1/2");
  CHECK_STR(outcome(dusq_pool_query(pool, "SELECT sum(a) FROM t", DUSQ_NO_PARAMS, &reads)), "0/0[107]");
  close_pool(pool);
}

/* Another name of the same file, which only makes it longer to reach, is no move. */
static void test_linked(void)
{
  dusq_pool *pool = pool_on("readers=1");
  fresh_file("other.db", other);
  CHECK_INT(link(file, other), 0);
  CHECK_STR(query(pool, insert), "1/3");
  CHECK_INT(unlink(other), 0);
  CHECK_STR(query(pool, insert), "1/4");
  close_pool(pool);
}

/* ---- functions that are not there --------------------------------------------------------------------------------- */

static void one(sqlite3_context *context, int n, sqlite3_value **values)
{
  (void)n;
  (void)values;
  sqlite3_result_int(context, 1);
}

static void make_schema(void)
{
  static const char schema[] =
      "CREATE TABLE i (a); CREATE INDEX ii ON i (f(a)); CREATE TABLE g (a, b AS (f(a))); "
      "CREATE TABLE k (a CHECK (f(a))); CREATE TABLE p (a); CREATE INDEX pi ON p (a) WHERE f(a); "
      "CREATE TABLE d (a, b DEFAULT (f(1))); CREATE TABLE n (a); CREATE VIEW v AS SELECT f(a) AS b FROM n; "
      "CREATE TABLE r (a); CREATE TRIGGER rr AFTER INSERT ON r BEGIN SELECT f(new.a); END;";
  sqlite3 *db = NULL;
  fresh_file("schema.db", file);
  CHECK_INT(sqlite3_open(file, &db), SQLITE_OK);
  int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  CHECK_INT(sqlite3_create_function(db, "f", 1, flags, NULL, one, NULL, NULL), SQLITE_OK);
  CHECK_INT(sqlite3_exec(db, schema, NULL, NULL, NULL), SQLITE_OK);
  CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

static void test_unknown_function(void)
{
  static const struct {
    const char *sql;
    int64_t position; /* in what the caller wrote; -1: the text is another's, so in a script where the statement is */
  } all[] = {{"INSERT INTO i VALUES (1)", -1}, {"UPDATE i SET a = 2", -1}, {"DELETE FROM i WHERE a = 1", -1},
             {"INSERT INTO g (a) VALUES (1)", -1}, {"SELECT b FROM g", -1}, {"INSERT INTO k VALUES (1)", -1},
             {"INSERT INTO p VALUES (1)", -1}, {"INSERT INTO d (a) VALUES (1)", -1}, {"SELECT b FROM v", -1},
             {"INSERT INTO r VALUES (1)", -1}, {"SELECT a, f(a) FROM n", 10}};
  make_schema();
  for (int by_script = 0; by_script < 2; by_script++) {
    dusq_pool *pool = open_pool(file, "readers=1");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
      dusq_future *future = by_script ? dusq_pool_script(pool, all[i].sql, NULL)
                                      : dusq_pool_query(pool, all[i].sql, DUSQ_NO_PARAMS, NULL);
      CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
      const dusq_error *error = dusq_future_error(future);
      int64_t position = dusq_error_position(error);
      int64_t expected = by_script && all[i].position < 0 ? 0 : all[i].position;
      if (!CHECK_INT(dusq_error_status(error), DUSQ_E_NO_SUCH_OBJECT) || !CHECK_INT(position, expected))
        printf("    of %s: %s\n", all[i].sql, dusq_error_message(error));
      dusq_future_unref(future);
    }
    close_pool(pool);
  }
}

/* ---- min_connections --------------------------------------------------------------------------------------------- */

/* In each lane, without a request; in memory as well, where all share one database. */
static void test_prefill(void)
{
  char uri[2][300];
  snprintf(uri[0], sizeof uri[0], "sqlite:%s/prefill.db?min_connections=3&readers=4", test_tmpdir());
  snprintf(uri[1], sizeof uri[1], "sqlite::memory:?min_connections=3");
  for (int i = 0; i < 2; i++) {
    dusq_pool *pool = open_uri(uri[i]);
    int64_t connections = 0, least = i ? 1 : 4;
    for (int64_t begin = test_now(); connections < least && test_now() - begin < LONG_WAIT;)
      CHECK_INT(dusq_pool_stat(pool, "connections", &connections), DUSQ_OK);
    CHECK(connections >= least);
    CHECK_STR(query(pool, "CREATE TABLE t (n INTEGER)"), "0/0");
    CHECK_STR(query(pool, "INSERT INTO t VALUES (7)"), "1/1");
    CHECK_STR(query(pool, "SELECT n FROM t"), "0/0[7]");
    close_pool(pool);
  }
}

void suite_sqlite_files(void);
void suite_sqlite_files(void)
{
  test_suite("sqlite_files");
  test_case("a file that is replaced", test_replaced);
  test_case("a file that is removed or renamed", test_gone);
  test_case("a file that is replaced during a session", test_session);
  test_case("a file that is replaced during a transaction", test_in_transaction);
  test_case("a file that readers have open", test_readers);
  test_case("a file with a second name", test_linked);
  test_case("functions of the schema that are not there", test_unknown_function);
  test_case("prefill", test_prefill);
}
