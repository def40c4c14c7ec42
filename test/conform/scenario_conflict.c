/* scenario_conflict.c - what transactions do to each other, and what the library makes of it: locks that are waited
 * for, deadlocks, write skew, and whole transactions that are run again.                                             */
#include "conform.h"
#include <pthread.h>

static dusq_future *say(dusq_session *session, const char *sql)
{
  return dusq_session_query(session, sql, DUSQ_NO_PARAMS, NULL);
}

static dusq_status run(dusq_session *session, const char *sql)
{
  return conform_settle(say(session, sql), NULL);
}

static dusq_status begin(dusq_session *session, uint32_t isolation)
{
  dusq_tx_opts tx = DUSQ_TX_OPTS_INIT;
  tx.isolation = isolation;
  return conform_settle(dusq_session_begin(session, &tx, NULL), NULL);
}

static dusq_status commit(dusq_session *session)
{
  return conform_settle(dusq_session_commit(session), NULL);
}

static void shut(dusq_session *session)
{
  CHECK_INT(conform_settle(dusq_session_close(session), NULL), DUSQ_OK);
  dusq_session_unref(session);
}

/* Two accounts of 100 each, and two sessions. */
static void start(conform_site *site, dusq_session *s[2])
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER NOT NULL PRIMARY KEY, n INTEGER NOT NULL)"), DUSQ_OK);
  CHECK_INT(conform_run(site, "INSERT INTO t VALUES (1, 100), (2, 100)"), DUSQ_OK);
  for (int i = 0; i < 2; i++)
    s[i] = dusq_pool_session(site->pool, NULL);
}

static void end(dusq_session *s[2])
{
  shut(s[0]);
  shut(s[1]);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */
static void lock_wait(conform_site *site)
{
  dusq_session *s[2];
  start(site, s);
  CHECK_INT(begin(s[0], 0), DUSQ_OK);
  CHECK_INT(run(s[0], "UPDATE t SET n = n + 1 WHERE i = 1"), DUSQ_OK);
  dusq_future *begun = dusq_session_begin(s[1], NULL, NULL), *waits = say(s[1], "UPDATE t SET n = n + 1 WHERE i = 1");
  CHECK_INT(dusq_future_wait(waits, 100 * CONFORM_MS), DUSQ_E_TIMEDOUT);
  CHECK_INT(dusq_future_status(waits), DUSQ_E_PENDING);
  CHECK_INT(commit(s[0]), DUSQ_OK);
  CHECK_INT(conform_settle(begun, NULL), DUSQ_OK);
  CHECK_INT(conform_settle(waits, NULL), DUSQ_OK);
  CHECK_INT(commit(s[1]), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT n FROM t WHERE i = 1"), 102);
  end(s);
}

static void deadlock(conform_site *site)
{
  dusq_session *s[2];
  start(site, s);
  for (int i = 0; i < 2; i++)
    CHECK_INT(begin(s[i], 0), DUSQ_OK);
  CHECK_INT(run(s[0], "UPDATE t SET n = n + 1 WHERE i = 1"), DUSQ_OK);
  CHECK_INT(run(s[1], "UPDATE t SET n = n + 1 WHERE i = 2"), DUSQ_OK);
  dusq_future *both[2] = {say(s[0], "UPDATE t SET n = n + 1 WHERE i = 2"),
                          say(s[1], "UPDATE t SET n = n + 1 WHERE i = 1")};
  CHECK_INT(dusq_future_wait(both[0], CONFORM_WAIT), DUSQ_OK);
  int loser = dusq_future_status(both[0]) == DUSQ_OK; /* the server chooses */
  CHECK_INT(dusq_future_wait(both[loser], CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(both[loser]), DUSQ_E_TX_DEADLOCK);
  CHECK(dusq_error_retryable(dusq_future_error(both[loser])));
  CHECK_INT(run(s[loser], "UPDATE t SET n = 0"), DUSQ_E_TX_ABORTED); /* it would have been a transaction by itself */
  CHECK_INT(commit(s[loser]), DUSQ_E_TX_ABORTED);
  for (int i = 0; i < 2; i++)
    CHECK_INT(conform_settle(both[i], NULL), i == loser ? DUSQ_E_TX_DEADLOCK : DUSQ_OK);
  CHECK_INT(commit(s[!loser]), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT sum(n) FROM t"), 202);
  end(s);
}

static void nowait(conform_site *site)
{
  dusq_session *s[2];
  start(site, s);
  dusq_result *rest = NULL;
  int64_t i = -1;
  for (int k = 0; k < 2; k++)
    CHECK_INT(begin(s[k], 0), DUSQ_OK);
  CHECK_INT(run(s[0], "SELECT i FROM t WHERE i = 1 FOR UPDATE"), DUSQ_OK);
  CHECK_INT(conform_settle(say(s[1], "SELECT i FROM t ORDER BY i LIMIT 1 FOR UPDATE SKIP LOCKED"), &rest), DUSQ_OK);
  CHECK_INT(dusq_result_rows(rest), 1);
  CHECK_INT(dusq_result_int(rest, 0, 0, &i), DUSQ_OK);
  CHECK_INT(i, 2);
  dusq_result_unref(rest);
  CHECK_INT(run(s[1], "SELECT i FROM t WHERE i = 1 FOR UPDATE NOWAIT"), DUSQ_E_LOCKED);
  CHECK_INT(run(s[1], "SELECT 1"), DUSQ_E_TX_ABORTED);
  CHECK_INT(commit(s[1]), DUSQ_E_TX_ABORTED);
  CHECK_INT(commit(s[0]), DUSQ_OK);
  end(s);
}

/* Both read both accounts and take 150 from one of them, which together hold 200. */
static void write_skew(conform_site *site)
{
  dusq_session *s[2];
  start(site, s);
  dusq_future *all[2][4];
  for (int k = 0; k < 2; k++) {
    dusq_tx_opts tx = DUSQ_TX_OPTS_INIT;
    tx.isolation = DUSQ_ISOLATION_SERIALIZABLE;
    all[k][0] = dusq_session_begin(s[k], &tx, NULL);
    all[k][1] = say(s[k], "SELECT sum(n) FROM t");
  }
  for (int k = 0; k < 2 && !conform_is(site, CONFORM_SQLITE); k++)
    CHECK_INT(dusq_future_wait(all[k][1], CONFORM_WAIT), DUSQ_OK);
  for (int k = 0; k < 2; k++) {
    all[k][2] = say(s[k], k ? "UPDATE t SET n = n - 150 WHERE i = 2" : "UPDATE t SET n = n - 150 WHERE i = 1");
    all[k][3] = dusq_session_commit(s[k]);
  }
  int committed = 0;
  for (int k = 0; k < 2; k++)
    for (int i = 0; i < 4; i++) {
      dusq_status status = conform_settle(all[k][i], NULL);
      committed += i == 3 && !status;
      CHECK(!status || status == DUSQ_E_SERIALIZATION || status == DUSQ_E_TX_DEADLOCK || status == DUSQ_E_TX_ABORTED);
    }
  CHECK_INT(committed, conform_is(site, CONFORM_SQLITE) ? 2 : 1); /* SQLite lets one in after the other */
  end(s);
}

static void deferred(conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE u (i INTEGER NOT NULL PRIMARY KEY)"), DUSQ_OK);
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER REFERENCES u (i) DEFERRABLE INITIALLY DEFERRED)"), DUSQ_OK);
  dusq_session *s = dusq_pool_session(site->pool, NULL);
  CHECK_INT(begin(s, 0), DUSQ_OK);
  CHECK_INT(run(s, "INSERT INTO t VALUES (1)"), DUSQ_OK);
  CHECK_INT(run(s, "INSERT INTO u VALUES (1)"), DUSQ_OK);
  CHECK_INT(commit(s), DUSQ_OK);
  CHECK_INT(begin(s, 0), DUSQ_OK);
  CHECK_INT(run(s, "INSERT INTO t VALUES (2)"), DUSQ_OK);
  CHECK_INT(commit(s), DUSQ_E_FOREIGN_KEY);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  CHECK_INT(run(s, "SELECT 1"), DUSQ_OK);
  shut(s);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 1);
}

/* ---- again as a whole -------------------------------------------------------------------------------------------- */
enum { CALLERS = 6, ROUNDS = 10 };

/* Reads, and writes what it has read, one more: a lost update would be seen in the sum. */
static dusq_result *increment(dusq_conn *conn, void *arg)
{
  dusq_result *result = NULL;
  dusq_error *error = NULL;
  int64_t n = -1;
  (void)arg;
  if (dusq_conn_query(conn, "SELECT n FROM t WHERE i = 1", DUSQ_NO_PARAMS, &result, &error) ||
      dusq_result_int(result, 0, 0, &n) ||
      dusq_conn_query(conn, "UPDATE t SET n = ? WHERE i = 1", DUSQ_PARAMS(dusq_int(n + 1)), NULL, &error))
    dusq_conn_fail(conn, error);
  dusq_result_unref(result);
  return NULL;
}

static void transact(conform_site *site)
{
  dusq_session *s[2];
  start(site, s);
  end(s);
  dusq_tx_opts tx = DUSQ_TX_OPTS_INIT;
  tx.isolation = DUSQ_ISOLATION_SERIALIZABLE;
  tx.attempts = 1000;
  dusq_future *all[CALLERS * ROUNDS];
  for (int i = 0; i < CALLERS * ROUNDS; i++)
    all[i] = dusq_pool_transact(site->pool, increment, NULL, NULL, &tx, NULL);
  for (int i = 0; i < CALLERS * ROUNDS; i++)
    CHECK_INT(conform_settle(all[i], NULL), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT n FROM t WHERE i = 1"), 100 + CALLERS * ROUNDS);
}

static dusq_result *give_up(dusq_conn *conn, void *arg)
{
  int *calls = arg;
  ++*calls;
  CHECK_INT(dusq_conn_query(conn, "UPDATE t SET n = 0", DUSQ_NO_PARAMS, NULL, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_commit(conn, NULL), DUSQ_E_TX_STATE); /* that is not for the function to do */
  dusq_conn_fail(conn, dusq_error_new(DUSQ_E_CHECK, NULL, 0, "not like that"));
  return NULL;
}

/* An error that the function does not mention, and lets it look like success. */
static dusq_result *hide_it(dusq_conn *conn, void *arg)
{
  int *calls = arg;
  ++*calls;
  CHECK_INT(dusq_conn_query(conn, "UPDATE t SET n = 0", DUSQ_NO_PARAMS, NULL, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_query(conn, "INSERT INTO t VALUES (1, 1)", DUSQ_NO_PARAMS, NULL, NULL), DUSQ_E_UNIQUE);
  return NULL;
}

static void transact_fails(conform_site *site)
{
  dusq_session *s[2];
  start(site, s);
  end(s);
  int calls = 0;
  CHECK_INT(conform_settle(dusq_pool_transact(site->pool, give_up, &calls, NULL, NULL, NULL), NULL), DUSQ_E_CHECK);
  CHECK_INT(calls, 1);
  CHECK_INT(conform_settle(dusq_pool_transact(site->pool, hide_it, &calls, NULL, NULL, NULL), NULL), DUSQ_E_TX_ABORTED);
  CHECK_INT(calls, 2);
  CHECK_INT(conform_number(site, "SELECT sum(n) FROM t"), 200);
}

static void steps(conform_site *site)
{
  dusq_session *s[2];
  start(site, s);
  end(s);
  const dusq_step good[] = {{"UPDATE t SET n = n - ? WHERE i = ?", DUSQ_PARAMS(dusq_int(30), dusq_int(1))},
                            {"UPDATE t SET n = n + :n WHERE i = 2", DUSQ_PARAMS(dusq_named("n", dusq_int(30)))},
                            {"SELECT n FROM t ORDER BY i", DUSQ_NO_PARAMS}};
  const dusq_step bad[] = {good[0], good[1], {"INSERT INTO t VALUES (1, 1)", DUSQ_NO_PARAMS}, good[2]};
  dusq_result *result = NULL;
  CHECK_INT(conform_settle(dusq_pool_transact_steps(site->pool, good, 3, NULL, NULL), &result), DUSQ_OK);
  CHECK_INT(dusq_result_affected(result), 1);
  const dusq_result *last = dusq_result_next(dusq_result_next(result));
  int64_t n[2] = {0, 0};
  CHECK_INT(dusq_result_rows(last), 2);
  CHECK_INT(dusq_result_int(last, 0, 0, &n[0]), DUSQ_OK);
  CHECK_INT(dusq_result_int(last, 1, 0, &n[1]), DUSQ_OK);
  CHECK(n[0] == 70 && n[1] == 130);
  dusq_result_unref(result);
  dusq_future *failed = dusq_pool_transact_steps(site->pool, bad, 4, NULL, NULL);
  CHECK_INT(dusq_future_wait(failed, CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(dusq_error_index(dusq_future_error(failed)), 2);
  CHECK_INT(conform_settle(failed, NULL), DUSQ_E_UNIQUE);
  CHECK_INT(conform_number(site, "SELECT n FROM t WHERE i = 1"), 70);
  CHECK_INT(conform_settle(dusq_pool_transact_steps(site->pool, NULL, 0, NULL, NULL), NULL), DUSQ_OK);
}

const conform_scenario conform_conflicts[] = {
  {"a lock is waited for", CONFORM_REAL, NULL, lock_wait},
  {"deadlock", CONFORM_SERVERS, NULL, deadlock},
  {"NOWAIT and SKIP LOCKED", CONFORM_SERVERS, NULL, nowait},
  {"write skew", CONFORM_REAL, NULL, write_skew},
  {"deferred constraints", CONFORM_SQLITE | CONFORM_POSTGRESQL, NULL, deferred},
  {"transact", CONFORM_REAL, NULL, transact},
  {"transact fails", CONFORM_REAL, NULL, transact_fails},
  {"transact steps", CONFORM_REAL, NULL, steps},
  {NULL, 0, NULL, NULL},
};
