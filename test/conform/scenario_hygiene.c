/* scenario_hygiene.c - what one user of a connection leaves behind is not there for the next one, whichever way it was
 * made: by a query, a script, a stream, a session or a job.                                                          */
#include "conform.h"

/* ---- all that can be left ---------------------------------------------------------------------------------------- */
typedef struct leftover {
  uint32_t on;       /* 0 ends the list                                                                    */
  const char *leave; /* a statement                                                                        */
  const char *ask;   /* whether it is there: 0 or 1 */
} leftover;

#define PG_SETTING(name, usual) "SELECT CASE current_setting('" name "') WHEN '" usual "' THEN 0 ELSE 1 END"
#define MY_SETTING(name, changed) "SELECT CASE WHEN @@SESSION." name " = " changed " THEN 1 ELSE 0 END"
#define MY_LOCK "CONCAT('dusq_', DATABASE())"
#define PG_TEMP(name) "SELECT count(*) FROM pg_class WHERE relname = '" name "' AND pg_table_is_visible(oid)"

static const leftover leftovers[] = {
  {CONFORM_POSTGRESQL, "LISTEN dusq_mine", "SELECT count(*) FROM pg_listening_channels()"},
  {CONFORM_POSTGRESQL, "DECLARE mine CURSOR WITH HOLD FOR SELECT 1",
   "SELECT count(*) FROM pg_cursors WHERE name = 'mine'"},
  {CONFORM_POSTGRESQL, "SET search_path = pg_catalog", "SELECT count(*) FROM pg_settings WHERE name = 'search_path' "
   "AND setting = 'pg_catalog'"},
  {CONFORM_POSTGRESQL, "SELECT set_config('work_mem', '7MB', false)",
   "SELECT CASE current_setting('work_mem') WHEN '7MB' THEN 1 ELSE 0 END"},
  {CONFORM_POSTGRESQL, "CREATE TEMPORARY TABLE mine (i INTEGER)", PG_TEMP("mine")},
  {CONFORM_POSTGRESQL, "CREATE TEMP VIEW mine AS SELECT 1 AS x", PG_TEMP("mine")},
  {CONFORM_POSTGRESQL, "SELECT 1 AS x INTO TEMP mine", PG_TEMP("mine")},
  {CONFORM_POSTGRESQL, "CREATE FUNCTION pg_temp.mine() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1'",
   "SELECT count(*) FROM pg_proc WHERE pronamespace = pg_my_temp_schema()"},
  {CONFORM_POSTGRESQL, "SELECT pg_advisory_lock(77)",
   "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"},
  {CONFORM_POSTGRESQL, "SELECT pg_try_advisory_lock_shared(7, 8)",
   "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"},
  {CONFORM_POSTGRESQL, "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
   PG_SETTING("transaction_isolation", "read committed")},
  {CONFORM_POSTGRESQL, "SET default_transaction_read_only = on", PG_SETTING("transaction_read_only", "off")},
  {CONFORM_POSTGRESQL, "SELECT set_config('role', session_user::text, false)", PG_SETTING("role", "none")},
  {CONFORM_POSTGRESQL, "SET TIME ZONE 'Asia/Tokyo'", PG_SETTING("TimeZone", "UTC")},
  {CONFORM_POSTGRESQL, "SET client_encoding = 'LATIN1'", PG_SETTING("client_encoding", "UTF8")},
  {CONFORM_POSTGRESQL, "SET datestyle = 'German'", "SELECT CASE WHEN current_setting('datestyle') LIKE 'German%' THEN "
   "1 ELSE 0 END"},
  {CONFORM_POSTGRESQL, "SET standard_conforming_strings = off", PG_SETTING("standard_conforming_strings", "on")},
  {CONFORM_POSTGRESQL, "DO 'BEGIN SET bytea_output = escape; END'", PG_SETTING("bytea_output", "hex")},

  {CONFORM_MY, "USE information_schema", "SELECT CASE DATABASE() WHEN 'information_schema' THEN 1 ELSE 0 END"},
  {CONFORM_MY, "SET @mine = 1", "SELECT CASE WHEN @mine IS NULL THEN 0 ELSE 1 END"},
  {CONFORM_MY, "SELECT 1 INTO @mine", "SELECT CASE WHEN @mine IS NULL THEN 0 ELSE 1 END"},
  {CONFORM_MY, "SET autocommit = 0", MY_SETTING("autocommit", "0")},
  {CONFORM_MY, "SELECT GET_LOCK(" MY_LOCK ", 0)",
   "SELECT CASE WHEN IS_USED_LOCK(" MY_LOCK ") = CONNECTION_ID() THEN 1 ELSE 0 END"},
  {CONFORM_MARIADB, "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE",
   MY_SETTING("tx_isolation", "'SERIALIZABLE'")},
  {CONFORM_MYSQL, "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE",
   MY_SETTING("transaction_isolation", "'SERIALIZABLE'")},
  {CONFORM_MARIADB, "SET SESSION TRANSACTION READ ONLY", MY_SETTING("tx_read_only", "1")},
  {CONFORM_MYSQL, "SET SESSION TRANSACTION READ ONLY", MY_SETTING("transaction_read_only", "1")},
  {CONFORM_MY, "SET sql_mode = ''", MY_SETTING("sql_mode", "''")},
  {CONFORM_MY, "SET time_zone = '+09:00'", MY_SETTING("time_zone", "'+09:00'")},
  {CONFORM_MY, "SET NAMES latin1", MY_SETTING("character_set_client", "'latin1'")},
  {CONFORM_MY, "SET foreign_key_checks = 0", MY_SETTING("foreign_key_checks", "0")},
  {CONFORM_MY, "SET SESSION sql_select_limit = 3", MY_SETTING("sql_select_limit", "3")},
  {CONFORM_MY, "/*! SET max_join_size = 4294967 */", MY_SETTING("max_join_size", "4294967")},

  {CONFORM_SQLITE, "PRAGMA foreign_keys = off", "SELECT 1 - foreign_keys FROM pragma_foreign_keys"},
  {CONFORM_SQLITE, "PRAGMA recursive_triggers(on)", "SELECT recursive_triggers FROM pragma_recursive_triggers"},
  {CONFORM_SQLITE, "PRAGMA query_only = on", "SELECT query_only FROM pragma_query_only"},
  {CONFORM_SQLITE, "PRAGMA case_sensitive_like = on", "SELECT 'a' NOT LIKE 'A'"},
  {CONFORM_SQLITE, "PRAGMA cache_size = 77", "SELECT cache_size = 77 FROM pragma_cache_size"},
  {CONFORM_SQLITE, "PRAGMA synchronous = off", "SELECT synchronous = 0 FROM pragma_synchronous"},
  {CONFORM_SQLITE, "PRAGMA main.synchronous = 1", "SELECT synchronous = 1 FROM pragma_synchronous"},
  {CONFORM_SQLITE, "PRAGMA ignore_check_constraints = on",
   "SELECT ignore_check_constraints FROM pragma_ignore_check_constraints"},
  {CONFORM_SQLITE, "PRAGMA temp_store = memory", "SELECT temp_store = 2 FROM pragma_temp_store"},
  {CONFORM_SQLITE, "PRAGMA reverse_unordered_selects = 1",
   "SELECT reverse_unordered_selects FROM pragma_reverse_unordered_selects"},
  {CONFORM_SQLITE, "ATTACH ':memory:' AS mine", "SELECT count(*) FROM pragma_database_list WHERE name = 'mine'"},
  {CONFORM_SQLITE, "CREATE TEMPORARY TABLE mine (i INTEGER)", "SELECT count(*) FROM sqlite_temp_master"},
  {CONFORM_SQLITE, "CREATE TABLE temp.mine AS SELECT 1 AS x", "SELECT count(*) FROM sqlite_temp_master"},
  {CONFORM_SQLITE, "CREATE VIEW temp.yours AS SELECT 1 AS x", "SELECT count(*) FROM sqlite_temp_master"},
  {CONFORM_SQLITE, "CREATE TRIGGER temp.mine AFTER INSERT ON main.t BEGIN DELETE FROM t; END",
   "SELECT count(*) FROM sqlite_temp_master"},
  {CONFORM_SQLITE, "CREATE TEMP VIEW mine AS SELECT 1 AS x", "SELECT count(*) FROM sqlite_temp_master"},
  {CONFORM_SQLITE, "CREATE TEMP TRIGGER mine AFTER INSERT ON t BEGIN DELETE FROM t; END",
   "SELECT count(*) FROM sqlite_temp_master"},
  {0, NULL, NULL},
};

/* ---- who leaves it ----------------------------------------------------------------------------------------------- */
typedef struct visit {
  const conform_site *site;
  const leftover *what;
} visit;

static dusq_result *leave_in_job(dusq_conn *conn, void *arg)
{
  const visit *v = arg;
  int64_t there = -1;
  test_check_int(conform_on(v->site, conn, v->what->leave, NULL), DUSQ_OK, v->what->leave, __FILE__, __LINE__);
  CHECK_INT(conform_on(v->site, conn, v->what->ask, &there), DUSQ_OK);
  test_check_int(there, 1, v->what->leave, __FILE__, __LINE__);
  return NULL;
}

static dusq_status by_job(const conform_site *site, const leftover *what)
{
  visit v = {site, what};
  return conform_settle(dusq_pool_run(site->pool, leave_in_job, &v, NULL, NULL), NULL);
}

static dusq_status by_query(const conform_site *site, const leftover *what)
{
  return conform_run(site, what->leave);
}

static dusq_status by_script(const conform_site *site, const leftover *what)
{
  char script[300];
  snprintf(script, sizeof script, "SELECT 1; %s; SELECT 2", what->leave);
  return conform_settle(conform_script(site, script), NULL);
}

/* The stream is read to its end. */
static dusq_status by_stream(const conform_site *site, const leftover *what)
{
  dusq_stream *stream = dusq_pool_stream(site->pool, what->leave, DUSQ_NO_PARAMS, NULL);
  dusq_result *batch = NULL;
  dusq_status status;
  size_t rows;
  do {
    status = conform_settle(dusq_stream_next(stream), &batch);
    rows = status ? 0 : dusq_result_rows(batch);
    dusq_result_unref(batch);
    batch = NULL;
  } while (rows);
  CHECK_INT(conform_settle(dusq_stream_close(stream), NULL), status);
  return status;
}

static dusq_status by_session(const conform_site *site, const leftover *what)
{
  dusq_session *s = dusq_pool_session(site->pool, NULL);
  dusq_status status = conform_say(site, s, what->leave);
  test_check_int(conform_count(site, s, what->ask), 1, what->leave, __FILE__, __LINE__);
  conform_end(s);
  return status;
}

/* ---- who comes next ---------------------------------------------------------------------------------------------- */
static dusq_result *ask_in_job(dusq_conn *conn, void *arg)
{
  const visit *v = arg;
  int64_t there = -1;
  CHECK_INT(conform_on(v->site, conn, v->what->ask, &there), DUSQ_OK);
  test_check_int(there, 0, v->what->leave, __FILE__, __LINE__);
  return NULL;
}

/* Asks on all the connections that there are: on SQLite the writer's and that of the sessions are two. */
static void find_nothing(const conform_site *site, const leftover *what)
{
  visit v = {site, what};
  CHECK_INT(conform_settle(dusq_pool_run(site->pool, ask_in_job, &v, NULL, NULL), NULL), DUSQ_OK);
  dusq_session *s = dusq_pool_session(site->pool, NULL);
  test_check_int(conform_count(site, s, what->ask), 0, what->leave, __FILE__, __LINE__);
  conform_end(s);
}

static void leave_all(const conform_site *site, dusq_status leave(const conform_site *, const leftover *))
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER)"), DUSQ_OK);
  for (const leftover *what = leftovers; what->on; what++)
    if (conform_is(site, what->on)) {
      test_check_int(leave(site, what), DUSQ_OK, what->leave, __FILE__, __LINE__);
      find_nothing(site, what);
    }
  CHECK_INT(conform_run(site, "INSERT INTO t VALUES (1)"), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 1);
}

static void left_by_query(conform_site *site)
{
  leave_all(site, by_query);
}

static void left_by_script(conform_site *site)
{
  leave_all(site, by_script);
}

static void left_by_stream(conform_site *site)
{
  leave_all(site, by_stream);
}

static void left_by_session(conform_site *site)
{
  leave_all(site, by_session);
}

static void left_by_job(conform_site *site)
{
  leave_all(site, by_job);
}

/* ---- what cannot be asked for ------------------------------------------------------------------------------------ */
/* Tables locked on one connection: others, and other tables, would have to wait, or be refused. */
static void lock_tables(conform_site *site)
{
  dusq_pool *other = conform_open_again(site, "pool_size=1");
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER)"), DUSQ_OK);
  CHECK_INT(conform_run(site, "CREATE TABLE u (i INTEGER)"), DUSQ_OK);
  for (int i = 0; i < 3; i++) {
    dusq_session *s = i == 2 ? dusq_pool_session(site->pool, NULL) : NULL;
    if (s) {
      CHECK_INT(conform_say(site, s, "LOCK TABLES t WRITE"), DUSQ_OK);
      CHECK(conform_say(site, s, "SELECT i FROM u") != DUSQ_OK); /* it was not locked */
      conform_end(s);
    } else {
      CHECK_INT(i ? conform_settle(conform_script(site, "LOCK TABLES t WRITE; SELECT 1"), NULL)
                  : conform_run(site, "LOCK TABLES t WRITE"), DUSQ_OK);
    }
    CHECK_INT(conform_settle(dusq_pool_query(other, "INSERT INTO t VALUES (1)", DUSQ_NO_PARAMS, NULL), NULL), DUSQ_OK);
    CHECK_INT(conform_number(site, "SELECT count(*) FROM u"), 0);
  }
  conform_close_pool(other);
}

/* MySQL's are gone with the session.  PostgreSQL's stay, as the manual says. */
static void prepared_by_words(conform_site *site)
{
  dusq_session *s = dusq_pool_session(site->pool, NULL);
  CHECK_INT(conform_say(site, s, "PREPARE mine {|AS SELECT 1|FROM 'SELECT 1'}"), DUSQ_OK);
  CHECK_INT(conform_count(site, s, "EXECUTE mine"), 1);
  conform_end(s);
  dusq_status status = conform_run(site, "EXECUTE mine");
  CHECK_INT(status == DUSQ_OK, conform_is(site, CONFORM_POSTGRESQL));
  CHECK_INT(conform_number(site, "SELECT 42"), 42);
}

/* The library's own prepared statements, thrown away by their names' owner. */
static void deallocated(conform_site *site)
{
  static const char *const words[] = {"DEALLOCATE ALL", "DISCARD ALL", "DISCARD PLANS"};
  const dusq_value three = dusq_int(3);
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER)"), DUSQ_OK);
  for (int i = 0; i < 3; i++) {
    for (int k = 0; k < 3; k++)
      CHECK_INT(conform_settle(conform_query(site, "INSERT INTO t VALUES (?)", 1, &three, NULL), NULL), DUSQ_OK);
    CHECK_INT(conform_run(site, words[i]), DUSQ_OK);
  }
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 9);
  CHECK_INT(conform_number(site, PG_SETTING("TimeZone", "UTC")), 0);
}

/* ---- transactions that are begun by words ------------------------------------------------------------------------ */
/* They are over with the call: what comes next is not in them. */
static void begun_by_query(conform_site *site)
{
  static const char *const words[] = {"BEGIN", "{BEGIN IMMEDIATE|START TRANSACTION|START TRANSACTION}",
                                      "{BEGIN EXCLUSIVE|BEGIN ISOLATION LEVEL SERIALIZABLE|START TRANSACTION WITH "
                                      "CONSISTENT SNAPSHOT}"};
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER)"), DUSQ_OK);
  for (int i = 0; i < 3; i++) {
    dusq_future *all[] = {conform_query(site, words[i], DUSQ_NO_PARAMS, NULL),
                          conform_query(site, "INSERT INTO t VALUES (1)", DUSQ_NO_PARAMS, NULL),
                          conform_query(site, "INSERT INTO t VALUES (2)", DUSQ_NO_PARAMS, NULL),
                          conform_query(site, "ROLLBACK", DUSQ_NO_PARAMS, NULL)};
    for (int k = 0; k < 3; k++)
      CHECK_INT(conform_settle(all[k], NULL), DUSQ_OK);
    CHECK_INT(conform_settle(all[3], NULL), conform_is(site, CONFORM_SQLITE) ? DUSQ_E_TX_STATE : DUSQ_OK);
    CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 2 * (i + 1));
  }
}

static void begun_by_script(conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER NOT NULL PRIMARY KEY)"), DUSQ_OK);
  CHECK_INT(conform_settle(conform_script(site, "BEGIN; INSERT INTO t VALUES (1)"), NULL), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 0);
  dusq_future *failed = conform_script(site, "{BEGIN|BEGIN|START TRANSACTION}; INSERT INTO t VALUES (1); "
                                             "INSERT INTO t VALUES (1); COMMIT");
  CHECK_INT(dusq_future_wait(failed, CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(dusq_error_index(dusq_future_error(failed)), 2);
  CHECK_INT(conform_settle(failed, NULL), DUSQ_E_UNIQUE);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 0);
  CHECK_INT(conform_settle(conform_script(site, "BEGIN; INSERT INTO t VALUES (2); COMMIT; INSERT INTO t VALUES (4); "
                                                "BEGIN; INSERT INTO t VALUES (8)"),
                           NULL),
            DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT sum(i) FROM t"), 6);
  CHECK_INT(conform_run(site, "INSERT INTO t VALUES (8)"), DUSQ_OK);
}

/* By words, by the library's function, and inside of each other. */
static dusq_result *leave_open(dusq_conn *conn, void *arg)
{
  const visit *v = arg;
  bool words = v->what != NULL;
  CHECK_INT(dusq_conn_transaction(conn), DUSQ_TX_NONE);
  CHECK_INT(words ? conform_on(v->site, conn, "BEGIN", NULL) : dusq_conn_begin(conn, NULL, NULL), DUSQ_OK);
  CHECK_INT(conform_on(v->site, conn, "INSERT INTO t VALUES (1)", NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_begin(conn, NULL, NULL), DUSQ_OK);
  CHECK_INT(conform_on(v->site, conn, "INSERT INTO t VALUES (2)", NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_transaction(conn), DUSQ_TX_OPEN);
  return NULL;
}

static void begun_by_job(conform_site *site)
{
  visit v = {site, NULL};
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER NOT NULL PRIMARY KEY)"), DUSQ_OK);
  for (int i = 0; i < 2; i++) {
    CHECK_INT(conform_settle(dusq_pool_run(site->pool, leave_open, &v, NULL, NULL), NULL), DUSQ_OK);
    CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 0);
    v.what = leftovers;
  }
  CHECK_INT(conform_run(site, "INSERT INTO t VALUES (1)"), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 1);
}

/* ---- a stream that is given up ----------------------------------------------------------------------------------- */
#define MANY_ROWS CONFORM_FIVE("a.i AS x")

static void stream_given_up(conform_site *site)
{
  static const char left[] = "SELECT {1|set_config('work_mem', '7MB', false)|GET_LOCK(" MY_LOCK ", 0)} AS x FROM "
                             "(" MANY_ROWS ") s";
  static const char ask[] = "SELECT {0|CASE current_setting('work_mem') WHEN '7MB' THEN 1 ELSE 0 END|"
                            "CASE WHEN IS_USED_LOCK(" MY_LOCK ") = CONNECTION_ID() THEN 1 ELSE 0 END}";
  char *sql = conform_sql(site, left);
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.prefetch = 2;
  for (int batches = 0; batches < 3; batches++) {
    dusq_stream *stream = dusq_pool_stream(site->pool, sql, DUSQ_NO_PARAMS, &opts);
    for (int i = 0; i < batches; i++)
      CHECK_INT(conform_settle(dusq_stream_next(stream), NULL), DUSQ_OK);
    CHECK_INT(conform_settle(dusq_stream_close(stream), NULL), DUSQ_OK);
    dusq_session *s = dusq_pool_session(site->pool, NULL);
    CHECK_INT(conform_count(site, s, ask), 0);
    CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
    conform_end(s);
    CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER)"), DUSQ_OK); /* nothing is open that would be in the way */
    CHECK_INT(conform_run(site, "DROP TABLE t"), DUSQ_OK);
  }
  free(sql);
}

const conform_scenario conform_hygiene[] = {
  {"left by a query", CONFORM_REAL, "pool_size=1", left_by_query},
  {"left by a script", CONFORM_REAL, "pool_size=1", left_by_script},
  {"left by a stream", CONFORM_REAL, "pool_size=1", left_by_stream},
  {"left by a session", CONFORM_REAL, "pool_size=1", left_by_session},
  {"left by a job", CONFORM_REAL, "pool_size=1", left_by_job},
  {"left: LOCK TABLES", CONFORM_MY, "pool_size=1", lock_tables},
  {"left: PREPARE", CONFORM_SERVERS, "pool_size=1", prepared_by_words},
  {"left: DEALLOCATE", CONFORM_POSTGRESQL, "pool_size=1", deallocated},
  {"begun by a query", CONFORM_REAL, "pool_size=1", begun_by_query},
  {"begun by a script", CONFORM_REAL, "pool_size=1", begun_by_script},
  {"begun by a job", CONFORM_REAL, "pool_size=1", begun_by_job},
  {"left: a stream given up", CONFORM_REAL, "pool_size=1", stream_given_up},
  {NULL, 0, NULL, NULL},
};
