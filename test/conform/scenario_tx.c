/* scenario_tx.c - sessions and transactions: the order of calls, what is committed and what is not, and what is refused
 * after an error.                                                                                                    */
#include "conform.h"
#include "gate.h"

#define PUT(i) "INSERT INTO t VALUES (" #i ")"

/* ---- committed, and not ------------------------------------------------------------------------------------------ */
static void at_once(conform_site *site)
{
  dusq_session *s = conform_start(site);
  dusq_future *all[] = {dusq_session_begin(s, NULL, NULL), conform_ask(site, s, PUT(1)), conform_ask(site, s, PUT(2)),
                        conform_ask(site, s, "SELECT count(*) FROM t"), dusq_session_commit(s)};
  dusq_result *counted = NULL;
  int64_t n = -1;
  CHECK_INT(conform_settle(all[4], NULL), DUSQ_OK);
  for (int i = 0; i < 3; i++)
    CHECK_INT(conform_settle(all[i], NULL), DUSQ_OK);
  CHECK_INT(conform_settle(all[3], &counted), DUSQ_OK);
  CHECK_INT(dusq_result_int(counted, 0, 0, &n), DUSQ_OK);
  CHECK_INT(n, 2);
  dusq_result_unref(counted);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  conform_end(s);
  conform_holds(site, 2);
}

static void rolled_back(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_OPEN);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT i FROM t"), 2);
  conform_end(s);
  conform_holds(site, 1);
}

static void without_any(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(conform_commit(s), DUSQ_E_TX_STATE);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_E_UNIQUE);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_OK); /* each by itself */
  conform_end(s);
  conform_holds(site, 2);
}

static void dropped(conform_site *site)
{
  for (int i = 0; i < 20; i++) {
    dusq_session *s = i ? dusq_pool_session(site->pool, NULL) : conform_start(site);
    dusq_future_unref(dusq_session_begin(s, NULL, NULL));
    dusq_future *put = conform_ask(site, s, PUT(1));
    dusq_session_unref(s);
    CHECK_INT(conform_settle(put, NULL), DUSQ_OK);
  }
  dusq_session *s = dusq_pool_session(site->pool, NULL);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  conform_end(s);
  conform_holds(site, 1);
}

static void closed(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_session_close(s), NULL), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_E_CLOSED);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_E_CLOSED);
  CHECK_INT(conform_commit(s), DUSQ_E_CLOSED);
  CHECK_INT(conform_rollback(s), DUSQ_E_CLOSED);
  CHECK_INT(conform_settle(dusq_session_close(s), NULL), DUSQ_E_CLOSED);
  dusq_session_unref(s);
  s = dusq_pool_session(site->pool, NULL); /* one that was never used */
  conform_end(s);
  conform_holds(site, 1);
}

/* ---- after an error ---------------------------------------------------------------------------------------------- */
static void refused(conform_site *site)
{
  dusq_session *s = conform_start(site);
  dusq_future *first[] = {dusq_session_begin(s, NULL, NULL), conform_ask(site, s, PUT(1)), conform_ask(site, s, PUT(1)),
                          conform_ask(site, s, PUT(2)), conform_ask(site, s, "SELECT 1"), dusq_session_commit(s)};
  static const dusq_status expected[] = {DUSQ_OK, DUSQ_OK, DUSQ_E_UNIQUE, DUSQ_E_TX_ABORTED, DUSQ_E_TX_ABORTED,
                                         DUSQ_E_TX_ABORTED};
  for (int i = 0; i < 6; i++)
    CHECK_INT(conform_settle(first[i], NULL), expected[i]);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_say(site, s, "SELECT no_such_thing FROM t"), DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_FAILED);
  CHECK_INT(conform_say(site, s, PUT(3)), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(4)), DUSQ_OK);
  conform_end(s);
  conform_holds(site, 1);
}

static void nested(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_E_UNIQUE);
  CHECK_INT(conform_say(site, s, PUT(3)), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_OPEN);
  CHECK_INT(conform_say(site, s, PUT(4)), DUSQ_OK);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(5)), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_E_TX_STATE);
  conform_end(s);
  conform_holds(site, 3);
}

static void nested_commit_of_a_failed_one(conform_site *site)
{
  dusq_session *s = conform_start(site);
  dusq_future *all[] = {dusq_session_begin(s, NULL, NULL), conform_ask(site, s, PUT(1)),
                        dusq_session_begin(s, NULL, NULL), conform_ask(site, s, PUT(1)),
                        dusq_session_commit(s), conform_ask(site, s, PUT(2)),
                        dusq_session_commit(s), conform_ask(site, s, PUT(3))};
  static const dusq_status expected[] = {DUSQ_OK, DUSQ_OK, DUSQ_OK, DUSQ_E_UNIQUE, DUSQ_E_TX_ABORTED,
                                         DUSQ_E_TX_ABORTED, DUSQ_E_TX_ABORTED, DUSQ_OK};
  for (int i = 0; i < 8; i++)
    CHECK_INT(conform_settle(all[i], NULL), expected[i]);
  conform_end(s);
  conform_holds(site, 1);
}

static void nested_options(conform_site *site)
{
  dusq_session *s = conform_start(site);
  dusq_tx_opts strange = DUSQ_TX_OPTS_INIT, serial = DUSQ_TX_OPTS_INIT;
  strange.isolation = 9;
  serial.isolation = DUSQ_ISOLATION_SERIALIZABLE;
  CHECK_INT(conform_settle(dusq_session_begin(s, &strange, NULL), NULL), DUSQ_E_INVAL);
  CHECK_INT(conform_say(site, s, PUT(7)), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_commit(s), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_settle(dusq_session_begin(s, &serial, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_session_begin(s, &serial, NULL), NULL), DUSQ_E_INVAL);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_E_TX_ABORTED);
  conform_end(s);
  conform_holds(site, 0);
}

static void read_only(conform_site *site)
{
  dusq_session *s = conform_start(site);
  dusq_tx_opts reads = DUSQ_TX_OPTS_INIT;
  reads.flags = DUSQ_TX_READ_ONLY;
  reads.isolation = DUSQ_ISOLATION_REPEATABLE_READ;
  CHECK_INT(conform_settle(dusq_session_begin(s, &reads, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_say(site, s, "SELECT count(*) FROM t"), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_E_READ_ONLY);
  CHECK_INT(conform_commit(s), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_OK);
  conform_end(s);
  conform_holds(site, 1);
}

/* ---- called off before its turn ---------------------------------------------------------------------------------- */
/* Cancels one of: begin, put, put, commit; none of the rows may be there. */
static void call_off(conform_site *site, dusq_session *s, int which)
{
  gate g = GATE_INIT;
  dusq_future *held = dusq_session_run(s, gate_job, &g, NULL, NULL);
  dusq_future *all[] = {dusq_session_begin(s, NULL, NULL), conform_ask(site, s, PUT(1)), conform_ask(site, s, PUT(2)),
                        dusq_session_commit(s), conform_ask(site, s, "SELECT 1")};
  dusq_future_cancel(all[which]);
  CHECK_INT(dusq_future_status(all[which]), DUSQ_E_CANCELED); /* at once */
  gate_open(&g);
  CHECK_INT(conform_settle(held, NULL), DUSQ_OK);
  for (int i = 0; i < 4; i++) {
    dusq_status expected = i == which ? DUSQ_E_CANCELED : i < which ? DUSQ_OK : DUSQ_E_TX_ABORTED;
    CHECK_INT(conform_settle(all[i], NULL), expected);
  }
  CHECK_INT(conform_settle(all[4], NULL), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  conform_holds(site, 0);
}

static void called_off(conform_site *site)
{
  dusq_session *s = conform_start(site);
  for (int which = 0; which < 4; which++)
    call_off(site, s, which);
  conform_end(s);
}

static void too_late(conform_site *site)
{
  dusq_session *s = conform_start(site);
  gate g = GATE_INIT;
  dusq_opts soon = DUSQ_OPTS_INIT;
  soon.timeout = 5 * CONFORM_MS;
  dusq_future *held = dusq_session_run(s, gate_job, &g, NULL, NULL), *begun = dusq_session_begin(s, NULL, NULL);
  dusq_future *late = dusq_session_query(s, PUT(1), DUSQ_NO_PARAMS, &soon), *put = conform_ask(site, s, PUT(2));
  dusq_future *committed = dusq_session_commit(s);
  CHECK_INT(conform_settle(late, NULL), DUSQ_E_TIMEDOUT);
  gate_open(&g);
  CHECK_INT(conform_settle(held, NULL), DUSQ_OK);
  CHECK_INT(conform_settle(begun, NULL), DUSQ_OK);
  CHECK_INT(conform_settle(put, NULL), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_settle(committed, NULL), DUSQ_E_TX_ABORTED);
  conform_end(s);
  conform_holds(site, 0);
}

/* What cannot even be queued. */
static void refused_at_once(conform_site *site)
{
  dusq_session *s = conform_start(site);
  dusq_opts strange = DUSQ_OPTS_INIT;
  strange.flags = 1u << 31;
  dusq_future *all[] = {dusq_session_begin(s, NULL, NULL), conform_ask(site, s, PUT(1)),
                        dusq_session_query(s, "INSERT INTO t VALUES (?)", DUSQ_NO_PARAMS, NULL),
                        dusq_session_commit(s), dusq_session_begin(s, NULL, &strange), conform_ask(site, s, PUT(2)),
                        dusq_session_rollback(s), conform_ask(site, s, PUT(3))};
  static const dusq_status expected[] = {DUSQ_OK, DUSQ_OK, DUSQ_E_PARAMS, DUSQ_E_TX_ABORTED, DUSQ_E_INVAL,
                                         DUSQ_E_TX_ABORTED, DUSQ_OK, DUSQ_OK};
  for (int i = 0; i < 8; i++)
    CHECK_INT(conform_settle(all[i], NULL), expected[i]);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_say(site, s, "SELECT 'open"), DUSQ_E_SYNTAX);
  CHECK_INT(conform_say(site, s, PUT(4)), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_commit(s), DUSQ_E_TX_ABORTED);
  conform_end(s);
  conform_holds(site, 1);
}

/* A full queue refuses statements, but not what ends the transaction, which fails with them. */
static void full(conform_site *site)
{
  dusq_session *s = conform_start(site);
  gate g = GATE_INIT;
  dusq_future *held = dusq_session_run(s, gate_job, &g, NULL, NULL), *begun = dusq_session_begin(s, NULL, NULL);
  dusq_future *put[8];
  int refused_ = 0;
  for (int i = 0; i < 8; i++) {
    const dusq_value value = dusq_int(i);
    put[i] = dusq_session_query(s, "INSERT INTO t VALUES (?)", 1, &value, NULL);
    refused_ += dusq_future_status(put[i]) == DUSQ_E_BUSY;
  }
  dusq_future *committed = dusq_session_commit(s);
  gate_open(&g);
  CHECK_INT(conform_settle(held, NULL), DUSQ_OK);
  CHECK_INT(conform_settle(begun, NULL), DUSQ_OK);
  for (int i = 0; i < 8; i++)
    (void)conform_settle(put[i], NULL);
  CHECK(refused_ > 0);
  CHECK_INT(conform_settle(committed, NULL), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_say(site, s, PUT(20)), DUSQ_OK);
  conform_end(s);
  conform_holds(site, 1);
}

/* ---- by the caller's own words ----------------------------------------------------------------------------------- */
static void own_words(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(conform_say(site, s, "BEGIN"), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_OPEN);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  CHECK_INT(conform_say(site, s, "COMMIT"), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  CHECK_INT(conform_say(site, s, "BEGIN"), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_E_UNIQUE);
  CHECK_INT(conform_say(site, s, PUT(3)), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_say(site, s, "-- no more\n /* of it */ ROLLBACK"), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(4)), DUSQ_OK);
  CHECK_INT(conform_say(site, s, "BEGIN"), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(5)), DUSQ_OK);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  conform_end(s);
  conform_holds(site, 2);
}

static void ended_by_words(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  CHECK_INT(conform_say(site, s, "COMMIT"), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_commit(s), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_say(site, s, PUT(3)), DUSQ_OK);
  conform_end(s);
  conform_holds(site, 2);
}

/* MySQL commits before it, PostgreSQL warns, SQLite refuses. */
static void begun_again_by_words(conform_site *site)
{
  static const char *const words[] = {"BEGIN", "/* so */ {BEGIN IMMEDIATE|START TRANSACTION|START TRANSACTION}"};
  dusq_session *s = conform_start(site);
  for (int i = 0; i < 2; i++) {
    CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
    CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
    CHECK_INT(conform_say(site, s, words[i]), DUSQ_E_TX_STATE);
    CHECK_INT(conform_commit(s), DUSQ_E_TX_ABORTED);
  }
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_session_script(s, "COMMIT; BEGIN; " PUT(2), NULL), NULL), DUSQ_E_TX_STATE);
  CHECK_INT(conform_commit(s), DUSQ_E_TX_ABORTED);
  conform_end(s);
  const dusq_step steps[] = {{PUT(1), DUSQ_NO_PARAMS}, {"BEGIN", DUSQ_NO_PARAMS}, {PUT(2), DUSQ_NO_PARAMS}};
  CHECK_INT(conform_settle(dusq_pool_transact_steps(site->pool, steps, 3, NULL, NULL), NULL), DUSQ_E_TX_STATE);
  conform_holds(site, 0);
}

/* MySQL and MariaDB commit before DDL. */
static void ended_by_ddl(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  CHECK_INT(conform_say(site, s, "CREATE TABLE u (i INTEGER)"), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_E_TX_ABORTED);
  dusq_future *committed = dusq_session_commit(s);
  CHECK_INT(dusq_future_wait(committed, CONFORM_WAIT), DUSQ_OK);
  CHECK(strstr(dusq_error_message(dusq_future_error(committed)), "ended the transaction") != NULL);
  dusq_future_unref(committed);
  conform_end(s);
  conform_holds(site, 1);
}

/* ---- other kinds of calls ---------------------------------------------------------------------------------------- */
static dusq_result *put_three(dusq_conn *conn, void *arg)
{
  (void)arg;
  CHECK_INT(dusq_conn_transaction(conn), DUSQ_TX_OPEN);
  CHECK_INT(dusq_conn_begin(conn, NULL, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_query(conn, PUT(3), DUSQ_NO_PARAMS, NULL, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_query(conn, PUT(3), DUSQ_NO_PARAMS, NULL, NULL), DUSQ_E_UNIQUE);
  CHECK_INT(dusq_conn_query(conn, PUT(4), DUSQ_NO_PARAMS, NULL, NULL), DUSQ_E_TX_ABORTED);
  CHECK_INT(dusq_conn_transaction(conn), DUSQ_TX_FAILED);
  CHECK_INT(dusq_conn_rollback(conn, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_query(conn, PUT(5), DUSQ_NO_PARAMS, NULL, NULL), DUSQ_OK);
  return NULL;
}

static void many_script_and_job(conform_site *site)
{
  dusq_session *s = conform_start(site);
  const dusq_value rows[] = {dusq_int(1), dusq_int(2)}, bad[] = {dusq_int(7), dusq_int(1)};
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_session_many(s, "INSERT INTO t VALUES (?)", 1, 2, rows, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_session_run(s, put_three, NULL, NULL, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_session_script(s, PUT(10) "; " PUT(11), NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  conform_holds(site, 5);
  CHECK_INT(conform_settle(dusq_session_many(s, "INSERT INTO t VALUES (?)", 1, 2, bad, NULL), NULL), DUSQ_E_UNIQUE);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_session_many(s, "INSERT INTO t VALUES (?)", 1, 2, bad, NULL), NULL), DUSQ_E_UNIQUE);
  CHECK_INT(conform_settle(dusq_session_script(s, PUT(12), NULL), NULL), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_commit(s), DUSQ_E_TX_ABORTED);
  conform_end(s);
  conform_holds(site, 5);
}

/* ---- what a session leaves behind -------------------------------------------------------------------------------- */
static void clean(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(conform_say(site, s, "CREATE TEMPORARY TABLE mine (i INTEGER)"), DUSQ_OK);
  CHECK_INT(conform_say(site, s, "INSERT INTO mine VALUES (1)"), DUSQ_OK);
  CHECK_INT(conform_say(site, s, "{PRAGMA foreign_keys = off|SET search_path = pg_catalog|SET autocommit = 0}"),
            DUSQ_OK);
  dusq_session_unref(s);
  s = dusq_pool_session(site->pool, NULL);
  CHECK_INT(conform_say(site, s, "SELECT * FROM mine"), DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  conform_end(s);
  conform_holds(site, 1);
}

static void pool_closes(conform_site *site)
{
  dusq_pool *pool = conform_open_again(site, "pool_size=2");
  dusq_session *s = dusq_pool_session(pool, NULL), *unused = dusq_pool_session(pool, NULL);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  int64_t before = test_now();
  CHECK_INT(conform_settle(dusq_pool_close(pool, 10 * DUSQ_SECOND), NULL), DUSQ_OK);
  CHECK(test_now() - before < 5 * DUSQ_SECOND); /* it does not wait for a session that has nothing to do */
  CHECK_INT(conform_say(site, s, "SELECT 1"), DUSQ_E_CLOSED);
  CHECK_INT(conform_say(site, unused, "SELECT 1"), DUSQ_E_CLOSED);
  dusq_session_unref(s);
  dusq_session_unref(unused);
  dusq_pool_unref(pool);
}

const conform_scenario conform_transactions[] = {
  {"a transaction at once", CONFORM_REAL, NULL, at_once},
  {"rollback", CONFORM_REAL, NULL, rolled_back},
  {"no transaction", CONFORM_REAL, NULL, without_any},
  {"a session dropped", CONFORM_REAL, "pool_size=1", dropped},
  {"a session closed", CONFORM_REAL, NULL, closed},
  {"refused after an error", CONFORM_REAL, NULL, refused},
  {"nested", CONFORM_REAL, NULL, nested},
  {"nested: commit after an error", CONFORM_REAL, NULL, nested_commit_of_a_failed_one},
  {"nested: options", CONFORM_REAL, NULL, nested_options},
  {"read-only transaction", CONFORM_REAL, NULL, read_only},
  {"called off in the queue", CONFORM_REAL, NULL, called_off},
  {"too late in the queue", CONFORM_REAL, NULL, too_late},
  {"refused at once", CONFORM_REAL, NULL, refused_at_once},
  {"a full queue", CONFORM_REAL, "queue_limit=4", full},
  {"BEGIN as text", CONFORM_REAL, NULL, own_words},
  {"ended by COMMIT as text", CONFORM_REAL, NULL, ended_by_words},
  {"begun again by BEGIN as text", CONFORM_REAL, NULL, begun_again_by_words},
  {"ended by DDL", CONFORM_MY, NULL, ended_by_ddl},
  {"many, script and job", CONFORM_REAL, NULL, many_script_and_job},
  {"a session leaves nothing", CONFORM_REAL, "pool_size=1", clean},
  {"a pool with sessions closes", CONFORM_REAL, NULL, pool_closes},
  {NULL, 0, NULL, NULL},
};
