/* test_sqlite_modules.c - virtual tables, and what they keep on a connection: each module that this SQLite has is used
 * by queries, sessions, jobs, groups and streams, and what was opened ends once.  A sanitizer or valgrind sees whether
 * it does; SQLite's library mostly crashes too.  What they count is here as well.                                   */
#include "sqlite_pools.h"
#include <sqlite3.h>

static char file[PATH_SIZE];

typedef struct module {
  const char *name;     /* in pragma_module_list; tables of the others are made in the same way  */
  const char *make;     /* a script; NULL where nothing has to be made                            */
  const char *write[4]; /* up to a NULL                                                           */
  const char *read;
} module;

#define FTS(version, more) \
  {version, "CREATE VIRTUAL TABLE v USING " version "(a, b" more ")", \
   {"INSERT INTO v(a, b) VALUES ('one two three', 'four'), ('two', 'five')", \
     "UPDATE v SET b = 'six' WHERE a MATCH 'two'", \
    "DELETE FROM v WHERE v MATCH 'one'"}, "SELECT rowid, a, b, snippet(v) FROM v WHERE v MATCH 'two'"}
#define RTREE(version) \
  {version, "CREATE VIRTUAL TABLE v USING " version "(id, x0, x1, y0, y1)", \
   {"INSERT INTO v SELECT value, value, value + 1, 0, 1 FROM json_each('[1,2,3,4,5,6,7]')", \
    "UPDATE v SET x1 = 90 WHERE id = 2", "DELETE FROM v WHERE id = 1"}, "SELECT * FROM v WHERE x0 > 1 AND x1 < 99"}
#define CONTENT(version, write, make) /* of another virtual table: its own statements use that one */ \
  {version, make, {write}, "SELECT * FROM v WHERE v MATCH 'two'"}
#define READS(module, sql) {module, NULL, {NULL}, sql}

static const module modules[] = {
    FTS("fts3", ""),
    FTS("fts4", ""),
    {"fts5", "CREATE VIRTUAL TABLE v USING fts5(a, b)",
     {"INSERT INTO v(a, b) VALUES ('one two three', 'four'), ('two', 'five')",
      "UPDATE v SET b = 'six' WHERE v MATCH 'two'",
      "DELETE FROM v WHERE v MATCH 'one'"},
     "SELECT rowid, highlight(v, 0, '<', '>') FROM v WHERE v MATCH 'two' ORDER BY rank"},
    {"fts5", "CREATE TABLE c(id INTEGER PRIMARY KEY, a);"
             "CREATE VIRTUAL TABLE v USING fts5(a, content=c, content_rowid=id);"
             "CREATE TRIGGER ai AFTER INSERT ON c BEGIN INSERT INTO v(rowid, a) VALUES (new.id, new.a); END;"
             "CREATE TRIGGER ad AFTER DELETE ON c BEGIN "
             "INSERT INTO v(v, rowid, a) VALUES ('delete', old.id, old.a); END",
     {"INSERT INTO c(a) VALUES ('one two'), ('two')", "DELETE FROM c WHERE id = 1",
      "INSERT INTO v(v) VALUES ('rebuild')"},
     "SELECT * FROM v WHERE v MATCH 'two'"},
    CONTENT("fts5", "INSERT INTO v(rowid, a) VALUES (1, 'one two'), (2, 'two')",
            "CREATE VIRTUAL TABLE c USING fts4(a); INSERT INTO c(a) VALUES ('one two'), ('two');"
            "CREATE VIRTUAL TABLE v USING fts5(a, content=c, content_rowid=rowid)"),
    CONTENT("fts5", "INSERT INTO v(rowid, a) VALUES (1, 'one two'), (2, 'two')",
            "CREATE VIRTUAL TABLE \"c (d\" USING fts5(a); INSERT INTO \"c (d\" VALUES ('one two'), ('two');"
            "CREATE VIEW w AS SELECT rowid AS id, a FROM \"c (d\";"
            "CREATE VIRTUAL TABLE v USING fts5(a, content='w', content_rowid=id)"),
    CONTENT("fts4", "INSERT INTO v(v) VALUES ('rebuild')",
            "CREATE VIRTUAL TABLE c USING fts5(a); INSERT INTO c(a) VALUES ('one two'), ('two');"
            "CREATE VIRTUAL TABLE b USING fts4(content=\"c\", a);"
            "CREATE VIRTUAL TABLE v USING fts4(content=\"b\", a)"),
    {"fts3tokenize", "CREATE VIRTUAL TABLE v USING fts3tokenize('simple')", {NULL},
     "SELECT token FROM v WHERE input = 'one two three'"},
    {"fts5vocab", "CREATE VIRTUAL TABLE f USING fts5(a); CREATE VIRTUAL TABLE v USING fts5vocab(f, 'instance')",
     {"INSERT INTO f VALUES ('one two three two')"}, "SELECT * FROM v"},
    {"fts4aux", "CREATE VIRTUAL TABLE f USING fts4(a); CREATE VIRTUAL TABLE v USING fts4aux(f)",
     {"INSERT INTO f VALUES ('one two three two')"}, "SELECT * FROM v"},
    RTREE("rtree"),
    RTREE("rtree_i32"),
    {"geopoly", "CREATE VIRTUAL TABLE v USING geopoly(a)",
     {"INSERT INTO v(_shape, a) VALUES ('[[0,0],[1,0],[0,1],[0,0]]', 1)", "UPDATE v SET a = 2",
      "DELETE FROM v WHERE a = 1"},
     "SELECT a FROM v WHERE geopoly_overlap(_shape, '[[0,0],[2,0],[0,2],[0,0]]')"},
    READS("dbstat", "SELECT * FROM dbstat"),
    READS("sqlite_dbpage", "SELECT pgno, length(data) FROM sqlite_dbpage"),
    READS("json_each", "SELECT * FROM json_each('[1,2,[3]]')"),
    READS("json_tree", "SELECT key, value, type FROM json_tree('{\"a\":[1,{\"b\":2}]}')"),
    READS("generate_series", "SELECT value FROM generate_series(1, 50)"),
    READS("sqlite_stmt", "SELECT sql, busy FROM sqlite_stmt"),
    READS("bytecode", "SELECT * FROM bytecode('SELECT 1')"),
    READS("tables_used", "SELECT * FROM tables_used('SELECT 1')"),
    READS("pragma_table_info", "SELECT * FROM pragma_table_info('sqlite_schema'), pragma_database_list"),
};
enum { MODULES = sizeof modules / sizeof *modules };

static bool has(const char *name)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *stmt = NULL;
  CHECK_INT(sqlite3_open(":memory:", &db), SQLITE_OK);
  if (!strncmp(name, "pragma_", 7)) /* these are there when they are asked for */
    CHECK_INT(sqlite3_exec(db, "SELECT * FROM pragma_table_info('x')", NULL, NULL, NULL), SQLITE_OK);
  CHECK_INT(sqlite3_prepare_v2(db, "SELECT 1 FROM pragma_module_list WHERE name = ?", -1, &stmt, NULL), SQLITE_OK);
  sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
  bool there = sqlite3_step(stmt) == SQLITE_ROW;
  sqlite3_finalize(stmt);
  sqlite3_close(db);
  return there;
}

/* ---- ways to use one ------------------------------------------------------------------------------------------- */

static const char *ok(const char *outcome_text)
{
  return strstr(outcome_text, "/") ? "ok" : outcome_text;
}

static void by_query(dusq_pool *pool, const module *use)
{
  for (const char *const *sql = use->write; *sql; sql++)
    CHECK_STR(ok(query(pool, *sql)), "ok");
  for (int i = 0; i < 3; i++)
    CHECK_STR(ok(query(pool, use->read)), "ok");
}

static bool is_tree(const module *use)
{
  return use->make && !strncmp(use->make, "CREATE VIRTUAL TABLE v USING rtree", 34);
}

enum { ROUNDS = 3 };

/* What each write changes, one after the other, without the library; -1 for one that violates a constraint. */
static void writes_by_hand(const module *use, int64_t changes[ROUNDS * 4])
{
  sqlite3 *db = NULL;
  size_t n = 0;
  CHECK_INT(sqlite3_open(":memory:", &db), SQLITE_OK);
  CHECK_INT(sqlite3_exec(db, use->make, NULL, NULL, NULL), SQLITE_OK);
  CHECK_INT(sqlite3_exec(db, use->write[0], NULL, NULL, NULL), SQLITE_OK);
  if (is_tree(use))
    CHECK_INT(sqlite3_exec(db, "DELETE FROM v", NULL, NULL, NULL), SQLITE_OK);
  for (int round = 0; round < ROUNDS; round++)
    for (const char *const *sql = use->write; *sql; sql++) {
      int rc = sqlite3_exec(db, *sql, NULL, NULL, NULL);
      CHECK(rc == SQLITE_OK || rc == SQLITE_CONSTRAINT);
      changes[n++] = rc == SQLITE_OK ? sqlite3_changes(db) : -1;
    }
  sqlite3_close(db);
}

static bool alone; /* the table is as it was made: one way only uses it */

static void by_group(dusq_pool *pool, const module *use)
{
  dusq_future *futures[ROUNDS * 4];
  int64_t changes[ROUNDS * 4] = {0};
  size_t n = 0;
  if (alone && use->write[0])
    writes_by_hand(use, changes);
  for (int round = 0; round < ROUNDS; round++)
    for (const char *const *sql = use->write; *sql; sql++)
      futures[n++] = dusq_pool_query(pool, *sql, DUSQ_NO_PARAMS, NULL);
  for (size_t i = 0; i < n; i++) {
    const char *text = outcome(futures[i]);
    bool refused = !strncmp(text, "CONSTRAINT", 10);
    test_check(strchr(text, '/') || (refused && is_tree(use)), text, __FILE__, __LINE__);
    if (alone)
      CHECK_INT(refused ? -1 : strtoll(text, NULL, 10), changes[i]);
  }
}

/* Dropped in the middle of a transaction. */
static void by_session(dusq_pool *pool, const module *use)
{
  dusq_session *session = dusq_pool_session(pool, NULL);
  dusq_future_unref(dusq_session_begin(session, NULL, NULL));
  for (const char *const *sql = use->write; *sql; sql++)
    dusq_future_unref(dusq_session_query(session, *sql, DUSQ_NO_PARAMS, NULL));
  const char *text = outcome(dusq_session_query(session, use->read, DUSQ_NO_PARAMS, NULL));
  if (alone || !is_tree(use)) /* which has its keys already, and then the transaction has failed */
    CHECK_STR(ok(text), "ok");
  dusq_session_unref(session);
}

static void by_stream(dusq_pool *pool, const module *use)
{
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.prefetch = 1;
  dusq_stream *stream = dusq_pool_stream(pool, use->read, DUSQ_NO_PARAMS, &opts);
  dusq_future *batch = dusq_stream_next(stream);
  CHECK_INT(dusq_future_wait(batch, LONG_WAIT), DUSQ_OK);
  dusq_future_unref(batch);
  dusq_future_unref(dusq_stream_close(stream));
}

/* Leaves statements behind: one that has begun, one that has not, one that has ended. */
static dusq_result *careless_job(dusq_conn *conn, void *arg)
{
  const module *use = arg;
  sqlite3 *db = dusq_conn_native(conn);
  sqlite3_stmt *stmt = NULL;
  for (int i = 0; i < 3; i++) {
    CHECK_INT(sqlite3_prepare_v2(db, use->read, -1, &stmt, NULL), SQLITE_OK);
    for (int step = 0; step < i; step++)
      (void)sqlite3_step(stmt);
  }
  if (use->write[0]) {
    CHECK_INT(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_prepare_v2(db, use->write[0], -1, &stmt, NULL), SQLITE_OK);
    (void)sqlite3_step(stmt);
  }
  CHECK_INT(sqlite3_prepare_v2(db, "SELECT * FROM sqlite_schema", -1, &stmt, NULL), SQLITE_OK);
  (void)sqlite3_step(stmt);
  return NULL;
}

static void by_job(dusq_pool *pool, const module *use)
{
  for (int i = 0; i < 2; i++)
    CHECK_STR(outcome(dusq_pool_run(pool, careless_job, (void *)(uintptr_t)use, NULL, NULL)), "");
  by_query(pool, (const module[]){{use->name, NULL, {NULL}, use->read}});
}

static void (*const ways[])(dusq_pool *, const module *) = {by_query, by_group, by_session, by_stream, by_job};
enum { WAYS = sizeof ways / sizeof *ways };

static void no_log_is_left(const char *path)
{
  char name[PATH_SIZE + 8];
  snprintf(name, sizeof name, "%s-wal", path);
  test_check(access(name, F_OK) != 0, name, __FILE__, __LINE__);
}

/* One way, or all of them where `way` is WAYS. */
static void use_module(const module *use, const char *options, int way)
{
  bool memory = strstr(options, "memory") != NULL;
  fresh_file("modules.db", file);
  dusq_pool *pool = open_pool(memory ? NULL : file, options);
  if (use->make)
    CHECK_STR(ok(script(pool, use->make)), "ok");
  if (use->write[0])
    CHECK_STR(ok(query(pool, use->write[0])), "ok");
  if (is_tree(use))
    CHECK_STR(ok(query(pool, "DELETE FROM v")), "ok");
  alone = way < WAYS;
  for (int i = 0; i < WAYS; i++)
    if (i == way || way == WAYS)
      ways[i](pool, use);
  close_pool(pool);
  if (!memory)
    no_log_is_left(file);
}

static void use_modules(const char *options)
{
  for (size_t i = 0; i < MODULES; i++)
    for (int way = 0; has(modules[i].name) && way <= WAYS; way++)
      use_module(&modules[i], options, way);
}

/* No module that this SQLite has is left out. */
static void test_all_are_here(void)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *stmt = NULL;
  CHECK_INT(sqlite3_open(":memory:", &db), SQLITE_OK);
  CHECK_INT(sqlite3_prepare_v2(db, "SELECT name FROM pragma_module_list WHERE name NOT LIKE 'pragma_%'", -1, &stmt,
                               NULL),
            SQLITE_OK);
  while (sqlite3_step(stmt) == SQLITE_ROW) {
    const char *name = (const char *)sqlite3_column_text(stmt, 0);
    size_t i = 0;
    while (i < MODULES && strcmp(modules[i].name, name))
      i++;
    test_check(i < MODULES, name, __FILE__, __LINE__);
  }
  sqlite3_finalize(stmt);
  sqlite3_close(db);
}

static void test_file(void)
{
  use_modules("trusted_schema=on&readers=2&pool_size=2");
}

static void test_without_log(void)
{
  use_modules("trusted_schema=on&readers=1&journal_mode=delete&synchronous=off");
}

static void test_memory(void)
{
  use_modules("trusted_schema=on&readers=1&temp_store=memory");
}

/* A connection that is made anew after each session and job. */
static void test_reset_full(void)
{
  use_modules("trusted_schema=on&readers=1&pool_size=2&reset=full");
}

/* ---- what a job leaves ------------------------------------------------------------------------------------------ */

typedef struct left {
  sqlite3_blob *blob;
  sqlite3 *db;
} left;

static dusq_result *blob_job(dusq_conn *conn, void *arg)
{
  left *out = arg;
  out->db = dusq_conn_native(conn);
  CHECK_INT(sqlite3_blob_open(out->db, "main", "t", "a", 1, 0, &out->blob), SQLITE_OK);
  return NULL;
}

/* A blob is its owner's: it can be read and closed after the pool. */
static void test_open_blob(void)
{
  fresh_file("blob.db", file);
  dusq_pool *pool = open_pool(file, "readers=0&pool_size=1");
  script(pool, "CREATE TABLE t(a); INSERT INTO t VALUES (x'414243')");
  left out = {0};
  CHECK_STR(outcome(dusq_pool_run(pool, blob_job, &out, NULL, NULL)), "");
  CHECK_STR(query(pool, "UPDATE t SET a = x'00'"), "1/0");
  CHECK_STR(query(pool, "SELECT a FROM t"), "0/0[\\x00]");
  close_pool(pool);
  char bytes[4] = "";
  CHECK_INT(sqlite3_blob_read(out.blob, bytes, 3, 0), SQLITE_OK);
  CHECK_STR(bytes, "ABC");
  CHECK_INT(sqlite3_blob_close(out.blob), SQLITE_OK);
}

/* ---- counts ----------------------------------------------------------------------------------------------------- */

static const struct {
  const char *module, *sql, *expected;
} counted[] = {
    {"fts5", "CREATE VIRTUAL TABLE f USING fts5(a)", "0/0"},
    {"fts5", "INSERT INTO f(a) VALUES ('one'), ('two'), ('three')", "3/3"},
    {"fts5", "INSERT INTO f(rowid, a) VALUES (41, 'four')", "1/41"},
    {"fts5", "UPDATE f SET a = 'other' WHERE rowid < 3", "2/0"},
    {"fts5", "UPDATE f SET rowid = 50 WHERE rowid = 41", "1/0"},
    {"fts5", "DELETE FROM f WHERE rowid = 1", "1/0"},
    {"fts5", "REPLACE INTO f(rowid, a) VALUES (50, 'five')", "1/50"},
    {"fts5", "WITH x(a) AS (SELECT 'six') INSERT INTO f(a) SELECT a FROM x", "1/51"},
    {"fts5", "WITH x AS (SELECT 50 AS id) UPDATE f SET a = 'seven' WHERE rowid IN (SELECT id FROM x)", "1/0"},
    {"fts5", "DELETE FROM f", "4/0"},
    {"fts4", "CREATE VIRTUAL TABLE g USING fts4(a)", "0/0"},
    {"fts4", "INSERT INTO g(a) VALUES ('one'), ('two')", "2/2"},
    {"fts4", "UPDATE g SET a = 'three' WHERE docid = 1", "1/0"},
    {"fts4", "DELETE FROM g", "2/0"},
    {"rtree", "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1)", "0/0"},
    {"rtree", "INSERT INTO r VALUES (7, 1, 2), (9, 3, 4), (NULL, 5, 6)", "3/10"},
    {"rtree", "UPDATE r SET x1 = 8 WHERE id = 7", "1/0"},
    {"rtree", "INSERT OR IGNORE INTO r VALUES (7, 1, 2)", "0/0"},
    {"rtree", "DELETE FROM r WHERE id = 7", "1/0"},
    {"rtree", "DELETE FROM r", "2/0"},
};

static bool is_counted(size_t i)
{
  return has(counted[i].module);
}

/* What sqlite3_changes and sqlite3_last_insert_rowid say, where they speak of this statement. */
static void counts_by_hand(sqlite3 *db, const char *sql, char text[64])
{
  bool inserts = strstr(sql, "INSERT") || strstr(sql, "REPLACE");
  sqlite3_set_last_insert_rowid(db, 0);
  CHECK_INT(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  int changes = strstr(sql, "CREATE") ? 0 : sqlite3_changes(db);
  snprintf(text, 64, "%d/%lld", changes, inserts ? (long long)sqlite3_last_insert_rowid(db) : 0LL);
}

static dusq_result *one_statement(dusq_conn *conn, void *arg)
{
  dusq_result *out = NULL;
  dusq_error *error = NULL;
  if (dusq_conn_query(conn, arg, DUSQ_NO_PARAMS, &out, &error))
    dusq_conn_fail(conn, error);
  return out;
}

static void test_counts_by_hand(void)
{
  sqlite3 *db = NULL;
  dusq_pool *jobs = open_pool(NULL, NULL), *steps = open_pool(NULL, NULL);
  CHECK_INT(sqlite3_open(":memory:", &db), SQLITE_OK);
  for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
    const char *sql = counted[i].sql;
    char text[64];
    dusq_step step = {.sql = sql};
    if (!is_counted(i))
      continue;
    counts_by_hand(db, sql, text);
    CHECK_STR(text, counted[i].expected);
    CHECK_STR(outcome(dusq_pool_run(jobs, one_statement, (void *)(uintptr_t)sql, NULL, NULL)), text);
    CHECK_STR(outcome(dusq_pool_transact_steps(steps, &step, 1, NULL, NULL)), text);
  }
  sqlite3_close(db);
  close_pool(jobs);
  close_pool(steps);
}

static void test_counts_of_queries(void)
{
  fresh_file("counts.db", file);
  dusq_pool *pool = open_pool(file, "readers=1&pool_size=1");
  for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
    if (is_counted(i))
      CHECK_STR(query(pool, counted[i].sql), counted[i].expected);
  close_pool(pool);
}

static void test_counts_of_scripts(void)
{
  dusq_pool *pool = open_pool(NULL, NULL);
  for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
    if (is_counted(i))
      CHECK_STR(script(pool, counted[i].sql), counted[i].expected);
  close_pool(pool);
}

/* In a transaction, and what last_insert_rowid() says afterwards: the last insert, not an inner one. */
static void test_counts_of_sessions(void)
{
  dusq_pool *pool = open_pool(NULL, NULL);
  script(pool, "CREATE TABLE t(id INTEGER PRIMARY KEY)");
  dusq_session *session = dusq_pool_session(pool, NULL);
  CHECK_STR(outcome(dusq_session_begin(session, NULL, NULL)), "");
  for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
    if (!is_counted(i))
      continue;
    CHECK_STR(outcome(dusq_session_query(session, counted[i].sql, DUSQ_NO_PARAMS, NULL)), counted[i].expected);
    if (strncmp(counted[i].sql, "UPDATE", 6) && strncmp(counted[i].sql, "DELETE", 6))
      continue;
    (void)outcome(dusq_session_query(session, "INSERT OR REPLACE INTO t VALUES (77)", DUSQ_NO_PARAMS, NULL));
    (void)outcome(dusq_session_query(session, "UPDATE t SET id = 77", DUSQ_NO_PARAMS, NULL));
    CHECK_STR(outcome(dusq_session_query(session, "SELECT last_insert_rowid()", DUSQ_NO_PARAMS, NULL)), "0/0[77]");
  }
  CHECK_STR(outcome(dusq_session_commit(session)), "");
  dusq_session_unref(session);
  close_pool(pool);
}

/* Triggers that write, into virtual tables too. */
static void test_counts_of_triggers(void)
{
  dusq_pool *pool = open_pool(NULL, "trusted_schema=on");
  if (has("fts5") && has("rtree")) {
    script(pool, "CREATE TABLE t(id INTEGER PRIMARY KEY, a);"
                 "CREATE VIRTUAL TABLE f USING fts5(a);"
                 "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1); CREATE VIEW w AS SELECT id, a FROM t;"
                 "CREATE TRIGGER ti AFTER INSERT ON t BEGIN INSERT INTO f(rowid, a) VALUES (new.id + 100, new.a);"
                 " INSERT INTO r VALUES (new.id + 200, 0, 1); END;"
                 "CREATE TRIGGER tu AFTER UPDATE ON t BEGIN UPDATE f SET a = new.a WHERE rowid = new.id + 100; END;"
                 "CREATE TRIGGER td AFTER DELETE ON t BEGIN DELETE FROM f WHERE rowid = old.id + 100;"
                 " DELETE FROM r WHERE id = old.id + 200; END;"
                 "CREATE TRIGGER wi INSTEAD OF INSERT ON w BEGIN INSERT INTO t VALUES (new.id, new.a); END");
    CHECK_STR(query(pool, "INSERT INTO t VALUES (7, 'a'), (9, 'b')"), "2/9");
    CHECK_STR(query(pool, "WITH replace(a) AS (SELECT ')') /* ( */ REPLACE INTO t SELECT 10, a FROM replace"), "1/10");
    CHECK_STR(query(pool, "WITH \"insert into\" AS (SELECT 'd' AS a) UPDATE t SET a = 'd' WHERE id = 7"), "1/0");
    CHECK_STR(query(pool, "UPDATE t SET a = 'c'"), "3/0");
    CHECK_STR(query(pool, "INSERT INTO w VALUES (11, 'x')"), "0/0");
    CHECK_STR(query(pool, "INSERT OR IGNORE INTO t VALUES (7, 'x')"), "0/0");
    CHECK_STR(query(pool, "INSERT INTO t VALUES (7, 'x') ON CONFLICT DO UPDATE SET a = 'z'"), "1/0");
    CHECK_STR(query(pool, "INSERT INTO t VALUES (12, 'x') RETURNING id"), "1/12[12]");
    CHECK_STR(query(pool, "DELETE FROM t"), "5/0");
  }
  close_pool(pool);
}

void suite_sqlite_modules(void);
void suite_sqlite_modules(void)
{
  test_suite("sqlite_modules");
  test_case("all modules are here", test_all_are_here);
  test_case("virtual tables of a file", test_file);
  test_case("virtual tables without a write-ahead log", test_without_log);
  test_case("virtual tables in memory", test_memory);
  test_case("virtual tables with reset=full", test_reset_full);
  test_case("a blob that a job has left open", test_open_blob);
  test_case("counts by hand, of jobs and of steps", test_counts_by_hand);
  test_case("counts of queries", test_counts_of_queries);
  test_case("counts of scripts", test_counts_of_scripts);
  test_case("counts of sessions", test_counts_of_sessions);
  test_case("counts of triggers", test_counts_of_triggers);
}
