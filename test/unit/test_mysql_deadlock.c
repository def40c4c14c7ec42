/* test_mysql_deadlock.c - the MySQL backend: errors by which the server ends a whole transaction, below a savepoint.
 *
 * A rival has changed more rows, so that the server takes the other side as the victim, whoever closes the circle. */
#include "mysql_rig.h"

static void make_table(dusq_pool *pool)
{
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS knot; CREATE TABLE knot(id INT PRIMARY KEY, n INT) ENGINE=InnoDB;"
                         "INSERT INTO knot VALUES (1,0), (2,0), (3,0), (4,0), (5,0), (6,0), (7,0), (8,0), (9,0),"
                         "(10,0)"),
            "0/0 0/0 10/0");
}

static dusq_future *say(dusq_session *session, const char *sql)
{
  return dusq_session_query(session, sql, DUSQ_NO_PARAMS, NULL);
}

static const char *done(dusq_future *take)
{
  CHECK_INT(dusq_future_wait(take, LONG_WAIT), DUSQ_OK);
  const char *name = dusq_status_name(dusq_future_status(take));
  dusq_future_unref(take);
  return name;
}

static dusq_session *start_rival(dusq_pool *pool)
{
  dusq_session *rival = dusq_pool_session(pool, NULL);
  CHECK_STR(done(dusq_session_begin(rival, NULL, NULL)), "DUSQ_OK");
  CHECK_STR(done(say(rival, "UPDATE knot SET n = n + 100 WHERE id >= 2")), "DUSQ_OK");
  return rival;
}

/* It waits for the row of the other side, gets it when that is the victim, and leaves all as it was. */
static void tie(dusq_session *rival)
{
  dusq_future_unref(say(rival, "UPDATE knot SET n = n + 100 WHERE id = 1"));
  dusq_future_unref(dusq_session_rollback(rival));
}

static void check_aborted(dusq_future *take, bool retryable)
{
  dusq_error *error = failure(take);
  CHECK_STR(dusq_status_name(dusq_error_status(error)), "DUSQ_E_TX_ABORTED");
  CHECK_INT(dusq_error_retryable(error), retryable);
  CHECK(!dusq_error_unknown_outcome(error));
  dusq_error_unref(error);
}

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

static const dusq_value second[] = {{.type = DUSQ_INT, .u.i = 2}};

static dusq_future *by_query(dusq_session *session)
{
  return dusq_session_query(session, "UPDATE knot SET n = n + 1 WHERE id = ?", 1, second, NULL);
}

static dusq_future *by_many(dusq_session *session)
{
  return dusq_session_many(session, "UPDATE knot SET n = n + 1 WHERE id = ?", 1, 1, second, NULL);
}

/* Connector/C sends them to MariaDB at once, after a savepoint of the library's own. */
static dusq_future *by_many_rows(dusq_session *session)
{
  static const dusq_value ids[] = {{.type = DUSQ_INT, .u.i = 2}, {.type = DUSQ_INT, .u.i = 3},
                                   {.type = DUSQ_INT, .u.i = 4}};
  return dusq_session_many(session, "UPDATE knot SET n = n + 1 WHERE id = ?", 1, 3, ids, NULL);
}

static dusq_future *by_script(dusq_session *session)
{
  return dusq_session_script(session, "SELECT 1; UPDATE knot SET n = n + 1 WHERE id = 2", NULL);
}

static void check_session(dusq_pool *pool, dusq_pool *other, dusq_future *(*run)(dusq_session *), int depth)
{
  dusq_session *rival = start_rival(other), *session = dusq_pool_session(pool, NULL);
  CHECK_STR(done(dusq_session_begin(session, NULL, NULL)), "DUSQ_OK");
  CHECK_STR(done(say(session, "UPDATE knot SET n = n + 1 WHERE id = 1")), "DUSQ_OK");
  for (int i = 1; i < depth; i++)
    CHECK_STR(done(dusq_session_begin(session, NULL, NULL)), "DUSQ_OK");
  tie(rival);
  CHECK_STR(done(run(session)), "DUSQ_E_TX_DEADLOCK");
  for (int i = 1; i < depth; i++) {
    check_aborted(dusq_session_rollback(session), true);
    check_aborted(say(session, "SELECT 1"), false);
  }
  CHECK_STR(done(dusq_session_rollback(session)), "DUSQ_OK");
  CHECK_STR(done(dusq_session_begin(session, NULL, NULL)), "DUSQ_OK");
  CHECK_STR(done(dusq_session_begin(session, NULL, NULL)), "DUSQ_OK");
  CHECK_STR(done(run(session)), "DUSQ_OK");
  CHECK_STR(done(dusq_session_commit(session)), "DUSQ_OK");
  CHECK_STR(done(dusq_session_rollback(session)), "DUSQ_OK");
  dusq_future_unref(dusq_session_close(session));
  dusq_session_unref(session);
  dusq_future_unref(dusq_session_close(rival));
  dusq_session_unref(rival);
}

static void deadlock_in_session(void)
{
  dusq_pool *pool = open_pool("pool_size=1"), *other = open_pool("pool_size=1");
  make_table(pool);
  check_session(pool, other, by_query, 2);
  check_session(pool, other, by_query, 3);
  check_session(pool, other, by_many, 2);
  check_session(pool, other, by_many_rows, 2);
  check_session(pool, other, by_script, 2);
  CHECK_INT(number(pool, "SELECT SUM(n) FROM knot"), 0);
  close_pool(other);
  close_pool(pool);
}
ON_EACH(deadlock_in_session)

/* A statement that commits before it fails ends the transaction, too, but nothing of it is to be run again. */
static void committed_in_session(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  make_table(pool);
  dusq_session *session = dusq_pool_session(pool, NULL);
  CHECK_STR(done(dusq_session_begin(session, NULL, NULL)), "DUSQ_OK");
  CHECK_STR(done(say(session, "UPDATE knot SET n = n + 1 WHERE id = 1")), "DUSQ_OK");
  CHECK_STR(done(dusq_session_begin(session, NULL, NULL)), "DUSQ_OK");
  CHECK_STR(done(say(session, "CREATE TABLE knot(id INT)")), "DUSQ_E_DUPLICATE_OBJECT");
  check_aborted(dusq_session_rollback(session), false);
  CHECK_STR(done(dusq_session_rollback(session)), "DUSQ_OK");
  dusq_future_unref(dusq_session_close(session));
  dusq_session_unref(session);
  close_pool(pool);
}
ON_EACH(committed_in_session)

/* MariaDB's 1020, with innodb_snapshot_isolation: a row has changed since the snapshot. */
static void changed_in_session(void)
{
  dusq_pool *pool = open_pool("pool_size=1"), *other = open_pool("pool_size=1");
  make_table(pool);
  if (number(pool, "SELECT COUNT(*) FROM information_schema.system_variables WHERE variable_name = "
                   "'innodb_snapshot_isolation'") == 1) {
    dusq_session *session = dusq_pool_session(pool, NULL);
    CHECK_STR(done(say(session, "SET innodb_snapshot_isolation = ON")), "DUSQ_OK");
    CHECK_STR(done(dusq_session_begin(session, NULL, NULL)), "DUSQ_OK");
    CHECK_STR(done(say(session, "SELECT * FROM knot")), "DUSQ_OK");
    CHECK_STR(done(dusq_session_begin(session, NULL, NULL)), "DUSQ_OK");
    CHECK_STR(query(other, "UPDATE knot SET n = n + 1 WHERE id = 2"), "1/0");
    CHECK_STR(done(by_query(session)), "DUSQ_E_SERIALIZATION");
    check_aborted(dusq_session_rollback(session), true);
    CHECK_STR(done(dusq_session_rollback(session)), "DUSQ_OK");
    dusq_future_unref(dusq_session_close(session));
    dusq_session_unref(session);
  }
  close_pool(other);
  close_pool(pool);
}

static void test_changed_in_session(void)
{
  static const server mariadb = {"mariadb", "DUSQ_TEST_MARIADB", true};
  current = &mariadb;
  if (getenv(mariadb.variable))
    changed_in_session();
  else
    test_skip("DUSQ_TEST_MARIADB names no server");
}

/* ---- transact ---------------------------------------------------------------------------------------------------- */

typedef enum manner { HANDS_ON = 0, HIDES, LEAVES_OPEN, MANNERS } manner;

typedef struct job {
  dusq_session *rival;
  manner how;
  int attempts;
} job;

static dusq_status change(dusq_conn *conn, int id, dusq_error **error)
{
  return dusq_conn_query(conn, "UPDATE knot SET n = n + 1 WHERE id = ?", DUSQ_PARAMS(dusq_int(id)), NULL, error);
}

static dusq_result *knot(dusq_conn *conn, void *arg)
{
  job *one = arg;
  dusq_error *error = NULL, *undone = NULL;
  if (change(conn, 1, &error) || dusq_conn_begin(conn, NULL, &error)) {
    dusq_conn_fail(conn, error);
    return NULL;
  }
  if (!one->attempts++)
    tie(one->rival);
  if (!change(conn, 2, &error)) {
    if (dusq_conn_commit(conn, &error))
      dusq_conn_fail(conn, error);
    return NULL;
  }
  if (one->how == LEAVES_OPEN) {
    dusq_conn_fail(conn, error);
    return NULL;
  }
  dusq_error_unref(error);
  if (dusq_conn_rollback(conn, &undone) && one->how == HANDS_ON)
    dusq_conn_fail(conn, undone);
  else
    dusq_error_unref(undone);
  return NULL;
}

static void deadlock_in_transact(void)
{
  dusq_pool *pool = open_pool("pool_size=1"), *other = open_pool("pool_size=1");
  make_table(pool);
  for (int how = 0; how < MANNERS; how++) {
    job one = {.rival = start_rival(other), .how = (manner)how};
    CHECK_STR(done(dusq_pool_transact(pool, knot, &one, NULL, NULL, NULL)), "DUSQ_OK");
    CHECK_INT(one.attempts, 2);
    CHECK_INT(number(pool, "SELECT SUM(n) FROM knot"), 2 * (how + 1));
    dusq_future_unref(dusq_session_close(one.rival));
    dusq_session_unref(one.rival);
  }
  close_pool(other);
  close_pool(pool);
}
ON_EACH(deadlock_in_transact)

void suite_mysql_deadlock(void);
void suite_mysql_deadlock(void)
{
  test_suite("mysql_deadlock");
  test_case("deadlock_in_session", test_deadlock_in_session);
  test_case("committed_in_session", test_committed_in_session);
  test_case("changed_in_session", test_changed_in_session);
  test_case("deadlock_in_transact", test_deadlock_in_transact);
}
