/* scenario_session.c - what belongs to a connection and to transactions: nothing of it leaks to the next one who gets
 * the connection; and what transactions do to each other.                                                            */
#include "conform.h"
#include <stdatomic.h>

static dusq_status on(dusq_conn *conn, const char *sql, int64_t *number)
{
  dusq_result *result = NULL;
  dusq_status status = dusq_conn_query(conn, sql, DUSQ_NO_PARAMS, &result, NULL);
  if (!status && number && dusq_result_int(result, 0, 0, number))
    *number = -1;
  dusq_result_unref(result);
  return status;
}

/* ---- what a job leaves behind ------------------------------------------------------------------------------------ */
static dusq_result *leave_behind(dusq_conn *conn, void *arg)
{
  const conform_site *site = arg;
  int64_t n = -1;
  CHECK_INT(on(conn, "CREATE TEMPORARY TABLE left_here (i INTEGER)", NULL), DUSQ_OK);
  CHECK_INT(on(conn, "INSERT INTO left_here VALUES (1)", NULL), DUSQ_OK);
  CHECK_INT(on(conn, "SELECT count(*) FROM left_here", &n), DUSQ_OK);
  CHECK_INT(n, 1);
  if (conform_is(site, CONFORM_POSTGRESQL)) {
    CHECK_INT(on(conn, "SET statement_timeout = '7s'", NULL), DUSQ_OK);
    CHECK_INT(on(conn, "SELECT 1 FROM (SELECT pg_advisory_lock(42)) s", NULL), DUSQ_OK);
  } else if (conform_is(site, CONFORM_MY)) {
    CHECK_INT(on(conn, "SET @left = 1", NULL), DUSQ_OK);
    CHECK_INT(on(conn, "SET SESSION lock_wait_timeout = 7", NULL), DUSQ_OK);
    CHECK_INT(on(conn, "SELECT GET_LOCK('dusq_conform', 0)", NULL), DUSQ_OK);
  } else {
    CHECK_INT(on(conn, "PRAGMA foreign_keys = off", NULL), DUSQ_OK);
  }
  return NULL;
}

static void state(conform_site *site)
{
  CHECK_INT(conform_settle(dusq_pool_run(site->pool, leave_behind, site, NULL, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_run(site, "DELETE FROM left_here"), DUSQ_E_NO_SUCH_OBJECT);
  if (conform_is(site, CONFORM_POSTGRESQL)) {
    CHECK_INT(conform_number(site, "SELECT count(*) FROM pg_settings WHERE name = 'statement_timeout' AND "
                                   "setting <> '0'"),
              0);
    CHECK_INT(conform_number(site, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 42"), 0);
  } else if (conform_is(site, CONFORM_MY)) {
    CHECK_INT(conform_number(site, "SELECT @left IS NULL"), 1);
    CHECK_INT(conform_number(site, "SELECT @@SESSION.lock_wait_timeout = 7"), 0);
    CHECK_INT(conform_number(site, "SELECT IS_FREE_LOCK('dusq_conform')"), 1);
  } else {
    CHECK_INT(conform_settle(conform_script(site, "CREATE TABLE t (i INTEGER PRIMARY KEY); CREATE TABLE u (t INTEGER "
                                                  "REFERENCES t (i)); INSERT INTO u VALUES (1)"),
                             NULL),
              DUSQ_E_FOREIGN_KEY);
  }
}

/* The texts that a pool has prepared work on after a reset, and where a temporary table has hidden the real one. */
static dusq_result *hide_table(dusq_conn *conn, void *arg)
{
  int64_t n = -1;
  CHECK_INT(on(conn, "SELECT count(*) FROM t", &n), DUSQ_OK);
  CHECK_INT(n, 2);
  CHECK_INT(on(conn, "CREATE TEMPORARY TABLE t (i INTEGER)", NULL), DUSQ_OK);
  CHECK_INT(on(conn, "SELECT count(*) FROM t", &n), DUSQ_OK);
  if (!conform_is(arg, CONFORM_POSTGRESQL)) /* there, what was prepared before may go on with the table that it knew */
    CHECK_INT(n, 0);
  return NULL;
}

static void hidden(conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER)"), DUSQ_OK);
  CHECK_INT(conform_run(site, "INSERT INTO t VALUES (1), (2)"), DUSQ_OK);
  for (int i = 0; i < 3; i++) {
    CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 2);
    CHECK_INT(conform_settle(dusq_pool_run(site->pool, hide_table, site, NULL, NULL), NULL), DUSQ_OK);
    CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 2);
  }
}

/* ---- transactions ------------------------------------------------------------------------------------------------ */
/* A statement that fails spoils the transaction: what follows is refused until it is rolled back. */
static dusq_result *spoil(dusq_conn *conn, void *arg)
{
  (void)arg;
  CHECK_INT(on(conn, "BEGIN", NULL), DUSQ_OK);
  CHECK_INT(on(conn, "INSERT INTO t VALUES (1)", NULL), DUSQ_OK);
  CHECK_INT(on(conn, "INSERT INTO t VALUES (1)", NULL), DUSQ_E_UNIQUE);
  CHECK_INT(on(conn, "INSERT INTO t VALUES (3)", NULL), DUSQ_E_TX_ABORTED);
  CHECK_INT(on(conn, "ROLLBACK", NULL), DUSQ_OK);
  CHECK_INT(on(conn, "INSERT INTO t VALUES (2)", NULL), DUSQ_OK);
  return NULL;
}

static void failed_transaction(conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER PRIMARY KEY)"), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_pool_run(site->pool, spoil, site, NULL, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT sum(i) FROM t"), 2);
}

static dusq_result *savepoints(dusq_conn *conn, void *arg)
{
  (void)arg;
  static const char *const all[] = {"BEGIN", "INSERT INTO t VALUES (1)", "SAVEPOINT a", "INSERT INTO t VALUES (2)",
                                    "ROLLBACK TO SAVEPOINT a", "INSERT INTO t VALUES (3)", "RELEASE SAVEPOINT a",
                                    "COMMIT"};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    test_check_int(on(conn, all[i], NULL), DUSQ_OK, all[i], __FILE__, __LINE__);
  return NULL;
}

static void savepoint(conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER PRIMARY KEY)"), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_pool_run(site->pool, savepoints, NULL, NULL, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT sum(i) FROM t"), 4);
}

/* ---- two transactions -------------------------------------------------------------------------------------------- */
/* A future as a job may wait for it: it may not. */
static dusq_status wait_in_job(dusq_future *take_future)
{
  while (dusq_future_status(take_future) == DUSQ_E_PENDING)
    conform_nap(CONFORM_MS);
  dusq_status status = dusq_future_status(take_future);
  dusq_future_unref(take_future);
  return status;
}

typedef struct other {
  conform_site *site;
  dusq_pool *pool; /* of one connection */
} other;

static dusq_result *lock_row(dusq_conn *conn, void *arg)
{
  const other *o = arg;
  bool pg = conform_is(o->site, CONFORM_POSTGRESQL);
  CHECK_INT(on(conn, "BEGIN", NULL), DUSQ_OK);
  CHECK_INT(on(conn, "UPDATE t SET a = 1 WHERE id = 1", NULL), DUSQ_OK);
  const char *script = pg ? "BEGIN; SET LOCAL lock_timeout = 100; UPDATE t SET a = 2 WHERE id = 1; COMMIT"
                          : "SET innodb_lock_wait_timeout = 1; UPDATE t SET a = 2 WHERE id = 1";
  CHECK_INT(wait_in_job(dusq_pool_script(o->pool, script, NULL)), DUSQ_E_LOCKED);
  const char *now = "SELECT a FROM t WHERE id = 1 FOR UPDATE NOWAIT";
  CHECK_INT(wait_in_job(dusq_pool_query(o->pool, now, DUSQ_NO_PARAMS, NULL)), DUSQ_E_LOCKED);
  return NULL;
}

#define ROWS_1_2 "CREATE TABLE t (id {id}, a INTEGER); INSERT INTO t (a) VALUES (0), (0)"

static void locks(conform_site *site)
{
  other o = {site, conform_open_again(site, "pool_size=1")};
  CHECK_INT(conform_settle(conform_script(site, ROWS_1_2), NULL), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_pool_run(site->pool, lock_row, &o, NULL, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT sum(a) FROM t"), 0);
  conform_close_pool(o.pool);
}

/* Each of two has one row and asks for the other's.  The second to ask may be either of them. */
typedef struct embrace {
  atomic_int holding;
  dusq_status outcomes[2];
} embrace;

static void embrace_one(dusq_conn *conn, embrace *both, int me)
{
  static const char *const rows[] = {"UPDATE t SET a = 1 WHERE id = 1", "UPDATE t SET a = 2 WHERE id = 2"};
  CHECK_INT(on(conn, "BEGIN", NULL), DUSQ_OK);
  CHECK_INT(on(conn, rows[me], NULL), DUSQ_OK);
  atomic_fetch_add(&both->holding, 1);
  while (atomic_load(&both->holding) < 2)
    conform_nap(CONFORM_MS);
  both->outcomes[me] = on(conn, rows[!me], NULL);
  CHECK_INT(on(conn, both->outcomes[me] ? "ROLLBACK" : "COMMIT", NULL), DUSQ_OK);
}

static dusq_result *embrace_first(dusq_conn *conn, void *arg)
{
  embrace_one(conn, arg, 0);
  return NULL;
}

static dusq_result *embrace_second(dusq_conn *conn, void *arg)
{
  embrace_one(conn, arg, 1);
  return NULL;
}

static void deadlock(conform_site *site)
{
  embrace both = {.holding = 0};
  dusq_pool *other_pool = conform_open_again(site, "pool_size=1");
  CHECK_INT(conform_settle(conform_script(site, ROWS_1_2), NULL), DUSQ_OK);
  dusq_future *first = dusq_pool_run(site->pool, embrace_first, &both, NULL, NULL);
  dusq_future *second = dusq_pool_run(other_pool, embrace_second, &both, NULL, NULL);
  CHECK_INT(conform_settle(first, NULL), DUSQ_OK);
  CHECK_INT(conform_settle(second, NULL), DUSQ_OK);
  CHECK((both.outcomes[0] == DUSQ_OK) != (both.outcomes[1] == DUSQ_OK));
  CHECK_INT(both.outcomes[0] + both.outcomes[1], DUSQ_E_TX_DEADLOCK);
  conform_close_pool(other_pool);
}

static dusq_result *lose_snapshot(dusq_conn *conn, void *arg)
{
  const other *o = arg;
  CHECK_INT(on(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ", NULL), DUSQ_OK);
  CHECK_INT(on(conn, "SELECT sum(a) FROM t", NULL), DUSQ_OK);
  CHECK_INT(wait_in_job(dusq_pool_query(o->pool, "UPDATE t SET a = 2", DUSQ_NO_PARAMS, NULL)), DUSQ_OK);
  dusq_error *error = NULL;
  CHECK_INT(dusq_conn_query(conn, "UPDATE t SET a = 1", DUSQ_NO_PARAMS, NULL, &error), DUSQ_E_SERIALIZATION);
  dusq_error_unref(error);
  return NULL;
}

static void serialization(conform_site *site)
{
  other o = {site, conform_open_again(site, "pool_size=1")};
  CHECK_INT(conform_settle(conform_script(site, ROWS_1_2), NULL), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_pool_run(site->pool, lose_snapshot, &o, NULL, NULL), NULL), DUSQ_OK);
  conform_close_pool(o.pool);
}

static void read_only(conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER)"), DUSQ_OK);
  CHECK_INT(conform_settle(conform_script(site, "START TRANSACTION READ ONLY; INSERT INTO t VALUES (1); COMMIT"), NULL),
            DUSQ_E_READ_ONLY);
  CHECK_INT(conform_run(site, "INSERT INTO t VALUES (1)"), DUSQ_OK);
}

/* ---- types that change under a prepared statement ---------------------------------------------------------------- */
static void types_change(conform_site *site)
{
  static const char write[] = "INSERT INTO t VALUES (?)";
  for (int i = 0; i < 3; i++) {
    CHECK_INT(conform_settle(conform_script(site, "DROP TABLE IF EXISTS t; CREATE TABLE t (c INTEGER)"), NULL),
              DUSQ_OK);
    CHECK_INT(conform_settle(conform_query(site, write, DUSQ_PARAMS(dusq_int(7)), NULL), NULL), DUSQ_OK);
    CHECK_INT(conform_settle(conform_script(site, "DROP TABLE t; CREATE TABLE t (c VARCHAR(20))"), NULL), DUSQ_OK);
    CHECK_INT(conform_settle(conform_query(site, write, DUSQ_PARAMS(dusq_text("seven")), NULL), NULL), DUSQ_OK);
    CHECK_INT(conform_settle(conform_script(site, "DROP TABLE t; CREATE TABLE t (c NUMERIC(10,4))"), NULL), DUSQ_OK);
    CHECK_INT(conform_settle(conform_query(site, write, DUSQ_PARAMS(dusq_real(1.5)), NULL), NULL), DUSQ_OK);
    CHECK_INT(conform_number(site, "SELECT count(*) FROM t WHERE c = 1.5"), 1);
  }
}

/* ---- reset=full -------------------------------------------------------------------------------------------------- */
static dusq_result *prepare_by_words(dusq_conn *conn, void *arg)
{
  const conform_site *site = arg;
  if (conform_is(site, CONFORM_POSTGRESQL))
    CHECK_INT(on(conn, "PREPARE left_here AS SELECT 1", NULL), DUSQ_OK);
  else if (conform_is(site, CONFORM_MY))
    CHECK_INT(dusq_conn_script(conn, "PREPARE left_here FROM 'SELECT 1'; SET @left_here = 1", NULL, NULL), DUSQ_OK);
  else
    CHECK_INT(on(conn, "CREATE TEMPORARY TABLE left_here (i INTEGER)", NULL), DUSQ_OK);
  return NULL;
}

/* Nothing at all is left, and what the pool itself had prepared is prepared again. */
static void everything(conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER NOT NULL PRIMARY KEY)"), DUSQ_OK);
  for (int i = 0; i < 4; i++) {
    CHECK_INT(conform_settle(dusq_pool_run(site->pool, prepare_by_words, site, NULL, NULL), NULL), DUSQ_OK);
    CHECK(conform_settle(conform_script(site, "{SELECT * FROM left_here|EXECUTE left_here|EXECUTE left_here}"), NULL) !=
          DUSQ_OK);
    dusq_session *session = dusq_pool_session(site->pool, NULL);
    dusq_future_unref(dusq_session_begin(session, NULL, NULL));
    CHECK_INT(conform_settle(dusq_session_query(session, "INSERT INTO t VALUES (?)", DUSQ_PARAMS(dusq_int(i)), NULL),
                             NULL),
              DUSQ_OK);
    CHECK_INT(conform_settle(dusq_session_commit(session), NULL), DUSQ_OK);
    CHECK_INT(conform_settle(dusq_session_close(session), NULL), DUSQ_OK);
    dusq_session_unref(session);
    CHECK_INT(conform_settle(conform_query(site, "INSERT INTO t VALUES (?)", DUSQ_PARAMS(dusq_int(100 + i)), NULL),
                             NULL),
              DUSQ_OK);
    CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 2 * (i + 1));
  }
}

const conform_scenario conform_sessions[] = {
    {"nothing is left with reset=full", CONFORM_REAL, "pool_size=1&reset=full", everything},
  {"a job leaves nothing behind", CONFORM_REAL, "pool_size=1", state},
  {"a temporary table", CONFORM_REAL, "pool_size=1", hidden},
  {"a failed transaction", CONFORM_REAL, NULL, failed_transaction},
  {"savepoints", CONFORM_REAL, NULL, savepoint},
  {"locks of another transaction", CONFORM_SERVERS, NULL, locks},
  {"a deadlock", CONFORM_SERVERS, NULL, deadlock},
  {"a lost race", CONFORM_POSTGRESQL, NULL, serialization},
  {"a transaction that only reads", CONFORM_SERVERS, NULL, read_only},
  {"types change under a statement", CONFORM_REAL, "pool_size=1", types_change},
  {NULL, 0, NULL, NULL},
};
