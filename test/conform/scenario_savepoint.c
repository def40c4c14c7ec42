/* scenario_savepoint.c - transactions inside of transactions, constraints that wait for the commit, and several
 * sessions that share out the rows of a queue.                                                                       */
#include "conform.h"

#define PUT(i) "INSERT INTO t VALUES (" #i ")"
#define BEGIN conform_begin(s, 0, 0)

/* ---- three levels ------------------------------------------------------------------------------------------------ */
static void middle_undone(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(BEGIN, DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  CHECK_INT(BEGIN, DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_OK);
  CHECK_INT(BEGIN, DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(4)), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(conform_count(site, s, "SELECT sum(i) FROM t"), 1);
  CHECK_INT(conform_say(site, s, PUT(8)), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  conform_finish(site, s, 2, 9);
}

static void outer_undone(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(BEGIN, DUSQ_OK);
  CHECK_INT(BEGIN, DUSQ_OK);
  CHECK_INT(BEGIN, DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  CHECK_INT(conform_count(site, s, "SELECT count(*) FROM t"), 1);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(conform_rollback(s), DUSQ_OK); /* there is none */
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_OK);
  conform_finish(site, s, 1, 2);
}

/* An error in the innermost one, which is rolled back, or committed: then the one around it has failed. */
static void error_inside(conform_site *site)
{
  dusq_session *s = conform_start(site);
  for (int i = 0; i < 2; i++) {
    CHECK_INT(BEGIN, DUSQ_OK);
    CHECK_INT(i ? conform_say(site, s, PUT(3)) : conform_say(site, s, PUT(1)), DUSQ_OK);
    CHECK_INT(BEGIN, DUSQ_OK);
    CHECK_INT(i ? conform_say(site, s, PUT(4)) : conform_say(site, s, PUT(2)), DUSQ_OK);
    CHECK_INT(BEGIN, DUSQ_OK);
    CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_E_UNIQUE);
    CHECK_INT(i ? conform_commit(s) : conform_rollback(s), i ? DUSQ_E_TX_ABORTED : DUSQ_OK);
    CHECK_INT(dusq_session_transaction(s), i ? DUSQ_TX_FAILED : DUSQ_TX_OPEN);
    CHECK_INT(conform_say(site, s, "SELECT count(*) FROM t"), i ? DUSQ_E_TX_ABORTED : DUSQ_OK);
    CHECK_INT(i ? conform_rollback(s) : conform_commit(s), DUSQ_OK);
    CHECK_INT(dusq_session_transaction(s), DUSQ_TX_OPEN);
    CHECK_INT(conform_commit(s), DUSQ_OK);
  }
  conform_finish(site, s, 3, 6);
}

/* A begin after an error is refused, and has its commit or rollback all the same. */
static void begun_after_error(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(BEGIN, DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  CHECK_INT(BEGIN, DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_E_UNIQUE);
  for (int i = 0; i < 2; i++) {
    CHECK_INT(BEGIN, DUSQ_E_TX_ABORTED);
    CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_E_TX_ABORTED);
    CHECK_INT(i ? conform_commit(s) : conform_rollback(s), i ? DUSQ_E_TX_ABORTED : DUSQ_OK);
    CHECK_INT(dusq_session_transaction(s), DUSQ_TX_FAILED); /* the error was further out */
  }
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_OPEN);
  CHECK_INT(conform_say(site, s, PUT(4)), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  conform_finish(site, s, 2, 5);
}

/* Forty levels, submitted at once; the fifteenth takes all that is inside it with it. */
static void many_levels(conform_site *site)
{
  enum { LEVELS = 40, UNDONE = 15 };
  dusq_session *s = conform_start(site);
  dusq_future *all[3 * LEVELS];
  for (int i = 1; i <= LEVELS; i++) {
    const dusq_value value = dusq_int(i);
    all[i - 1] = dusq_session_begin(s, NULL, NULL);
    all[LEVELS + i - 1] = dusq_session_query(s, "INSERT INTO t VALUES (?)", 1, &value, NULL);
  }
  for (int i = LEVELS; i >= 1; i--)
    all[2 * LEVELS + i - 1] = i == UNDONE ? dusq_session_rollback(s) : dusq_session_commit(s);
  for (int i = 0; i < 3 * LEVELS; i++)
    CHECK_INT(conform_settle(all[i], NULL), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_E_TX_STATE);
  conform_finish(site, s, UNDONE - 1, UNDONE * (UNDONE - 1) / 2);
}

/* Savepoints of the caller's own, beside those of the library. */
static void by_words(conform_site *site)
{
  static const char *const words[] = {PUT(1), "SAVEPOINT a", PUT(2), "ROLLBACK TO SAVEPOINT a", PUT(4),
                                      "RELEASE SAVEPOINT a"};
  dusq_session *s = conform_start(site);
  CHECK_INT(BEGIN, DUSQ_OK);
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    test_check_int(conform_say(site, s, words[i]), DUSQ_OK, words[i], __FILE__, __LINE__);
  CHECK_INT(conform_say(site, s, "SAVEPOINT b"), DUSQ_OK);
  CHECK_INT(BEGIN, DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(8)), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  CHECK_INT(conform_say(site, s, "ROLLBACK TO SAVEPOINT b"), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_OPEN);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  conform_finish(site, s, 2, 5);
}

/* In a transaction that was begun by words they mend it; in one that was not they are refused as all else. */
static void mended_by_words(conform_site *site)
{
  dusq_session *s = conform_start(site);
  for (int own = 0; own < 2; own++) {
    CHECK_INT(own ? conform_say(site, s, "BEGIN") : BEGIN, DUSQ_OK);
    CHECK_INT(own ? conform_say(site, s, PUT(2)) : conform_say(site, s, PUT(1)), DUSQ_OK);
    CHECK_INT(conform_say(site, s, "SAVEPOINT a"), DUSQ_OK);
    CHECK_INT(conform_say(site, s, own ? PUT(2) : PUT(1)), DUSQ_E_UNIQUE);
    CHECK_INT(conform_say(site, s, "ROLLBACK TO SAVEPOINT a"), own ? DUSQ_OK : DUSQ_E_TX_ABORTED);
    CHECK_INT(conform_say(site, s, PUT(4)), own ? DUSQ_OK : DUSQ_E_TX_ABORTED);
    CHECK_INT(conform_commit(s), own ? DUSQ_OK : DUSQ_E_TX_ABORTED);
  }
  conform_finish(site, s, 2, 6);
}

/* ---- constraints that wait for the commit ------------------------------------------------------------------------ */
static dusq_session *start_deferred(const conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE u (i INTEGER NOT NULL PRIMARY KEY)"), DUSQ_OK);
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER REFERENCES u (i) DEFERRABLE INITIALLY DEFERRED)"), DUSQ_OK);
  return dusq_pool_session(site->pool, NULL);
}

/* The one connection is as good as new for whoever comes next. */
static void deferred_clean(conform_site *site)
{
  dusq_session *s = start_deferred(site);
  CHECK_INT(BEGIN, DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  dusq_future *failed = dusq_session_commit(s);
  CHECK_INT(dusq_future_wait(failed, CONFORM_WAIT), DUSQ_OK);
  CHECK(!dusq_error_unknown_outcome(dusq_future_error(failed)));
  CHECK_INT(conform_settle(failed, NULL), DUSQ_E_FOREIGN_KEY);
  CHECK_INT(conform_rollback(s), DUSQ_OK); /* it is over */
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_E_FOREIGN_KEY); /* a transaction by itself */
  CHECK_INT(BEGIN, DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(3)), DUSQ_OK);
  CHECK_INT(conform_say(site, s, "INSERT INTO u VALUES (3)"), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  conform_end(s);
  s = dusq_pool_session(site->pool, NULL);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  CHECK_INT(conform_say(site, s, "INSERT INTO u VALUES (4)"), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(4)), DUSQ_OK);
  conform_finish(site, s, 2, 7);
}

/* Not a savepoint's commit finds it, but that of the whole. */
static void deferred_nested(conform_site *site)
{
  dusq_session *s = start_deferred(site);
  for (int i = 0; i < 2; i++) {
    CHECK_INT(BEGIN, DUSQ_OK);
    CHECK_INT(BEGIN, DUSQ_OK);
    CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
    CHECK_INT(conform_commit(s), DUSQ_OK);
    CHECK_INT(dusq_session_transaction(s), DUSQ_TX_OPEN);
    if (i)
      CHECK_INT(conform_say(site, s, "INSERT INTO u VALUES (1)"), DUSQ_OK);
    CHECK_INT(conform_commit(s), i ? DUSQ_OK : DUSQ_E_FOREIGN_KEY);
    CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  }
  CHECK_INT(BEGIN, DUSQ_OK); /* and what is rolled back owes nothing */
  CHECK_INT(BEGIN, DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_OK);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  conform_finish(site, s, 1, 1);
}

static dusq_result *owe(dusq_conn *conn, void *arg)
{
  int *calls = arg;
  ++*calls;
  CHECK_INT(dusq_conn_query(conn, PUT(1), DUSQ_NO_PARAMS, NULL, NULL), DUSQ_OK);
  return NULL;
}

/* The commit fails: not any of the statements, and not to be tried again. */
static void deferred_transact(conform_site *site)
{
  dusq_session *s = start_deferred(site);
  const dusq_step steps[] = {{PUT(1), DUSQ_NO_PARAMS}, {"SELECT 1", DUSQ_NO_PARAMS}};
  int calls = 0;
  CHECK_INT(conform_settle(dusq_pool_transact(site->pool, owe, &calls, NULL, NULL, NULL), NULL), DUSQ_E_FOREIGN_KEY);
  CHECK_INT(calls, 1);
  dusq_future *failed = dusq_pool_transact_steps(site->pool, steps, 2, NULL, NULL);
  CHECK_INT(dusq_future_wait(failed, CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(dusq_error_index(dusq_future_error(failed)), -1);
  CHECK_INT(conform_settle(failed, NULL), DUSQ_E_FOREIGN_KEY);
  conform_finish(site, s, 0, 0);
}

/* Each query is its own transaction, and is told how that one ended, whatever else waits with it. */
static void deferred_at_once(conform_site *site)
{
  enum { N = 20 };
  dusq_future *all[N];
  dusq_session *s = start_deferred(site);
  CHECK_INT(conform_run(site, PUT(99)), DUSQ_E_FOREIGN_KEY);
  for (int i = 0; i < N; i++) {
    const dusq_value value = dusq_int(i);
    all[i] = dusq_pool_query(site->pool, i % 2 ? "INSERT INTO u VALUES (?)" : "INSERT INTO t VALUES (?)", 1, &value,
                             NULL);
  }
  for (int i = 0; i < N; i++)
    CHECK_INT(conform_settle(all[i], NULL), i % 2 ? DUSQ_OK : DUSQ_E_FOREIGN_KEY);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM u"), N / 2);
  conform_finish(site, s, 0, 0);
}

/* ---- the rows of a queue ----------------------------------------------------------------------------------------- */
#define TAKE "SELECT i FROM t ORDER BY i LIMIT 1 FOR UPDATE SKIP LOCKED"
enum { CONSUMERS = 4 };

/* Each takes the first row that nobody has; one puts its row back, and gets it again. */
static void queue(conform_site *site)
{
  dusq_session *s[CONSUMERS];
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER NOT NULL PRIMARY KEY)"), DUSQ_OK);
  CHECK_INT(conform_run(site, "INSERT INTO t VALUES (1), (2), (3), (4)"), DUSQ_OK);
  for (int k = 0; k < CONSUMERS; k++) {
    s[k] = dusq_pool_session(site->pool, NULL);
    CHECK_INT(conform_begin(s[k], DUSQ_ISOLATION_READ_COMMITTED, 0), DUSQ_OK);
    CHECK_INT(conform_count(site, s[k], TAKE), k + 1);
  }
  CHECK_INT(conform_run(site, TAKE), DUSQ_OK); /* nothing is left, and nobody waits */
  CHECK_INT(conform_rollback(s[1]), DUSQ_OK);
  CHECK_INT(conform_begin(s[1], DUSQ_ISOLATION_READ_COMMITTED, 0), DUSQ_OK);
  CHECK_INT(conform_count(site, s[1], TAKE), 2);
  for (int k = 0; k < CONSUMERS; k++) {
    const dusq_value mine = dusq_int(k + 1);
    dusq_future *done = dusq_session_query(s[k], "DELETE FROM t WHERE i = ?", 1, &mine, NULL);
    CHECK_INT(conform_settle(done, NULL), DUSQ_OK);
  }
  for (int k = 0; k < CONSUMERS; k++) {
    CHECK_INT(k == 2 ? conform_rollback(s[k]) : conform_commit(s[k]), DUSQ_OK);
    conform_end(s[k]);
  }
  CHECK_INT(conform_number(site, TAKE), 3);
}

/* NOWAIT fails the level that it stands in, and no more. */
static void nowait_nested(conform_site *site)
{
  dusq_session *s = conform_start(site), *other = dusq_pool_session(site->pool, NULL);
  CHECK_INT(conform_run(site, "INSERT INTO t VALUES (1), (2)"), DUSQ_OK);
  CHECK_INT(conform_begin(other, 0, 0), DUSQ_OK);
  CHECK_INT(conform_say(site, other, "SELECT i FROM t WHERE i = 1 FOR UPDATE"), DUSQ_OK);
  CHECK_INT(BEGIN, DUSQ_OK);
  CHECK_INT(conform_say(site, s, "DELETE FROM t WHERE i = 2"), DUSQ_OK);
  CHECK_INT(BEGIN, DUSQ_OK);
  dusq_future *taken = dusq_session_query(s, "SELECT i FROM t WHERE i = 1 FOR UPDATE NOWAIT", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(taken, CONFORM_WAIT), DUSQ_OK);
  CHECK(dusq_error_retryable(dusq_future_error(taken)));
  CHECK_INT(conform_settle(taken, NULL), DUSQ_E_LOCKED);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(conform_rollback(other), DUSQ_OK);
  CHECK_INT(conform_count(site, s, "SELECT i FROM t WHERE i = 1 FOR UPDATE NOWAIT"), 1);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  conform_end(other);
  conform_finish(site, s, 1, 1);
}

const conform_scenario conform_savepoints[] = {
  {"nested: the middle one is rolled back", CONFORM_REAL, NULL, middle_undone},
  {"nested: the outer one is rolled back", CONFORM_REAL, NULL, outer_undone},
  {"nested: an error in the innermost", CONFORM_REAL, NULL, error_inside},
  {"nested: begun after an error", CONFORM_REAL, NULL, begun_after_error},
  {"nested: forty levels", CONFORM_REAL, NULL, many_levels},
  {"savepoints by words", CONFORM_REAL, NULL, by_words},
  {"savepoints by words mend", CONFORM_REAL, NULL, mended_by_words},
  {"deferred: clean afterwards", CONFORM_SQLITE | CONFORM_POSTGRESQL, "pool_size=1", deferred_clean},
  {"deferred: nested", CONFORM_SQLITE | CONFORM_POSTGRESQL, NULL, deferred_nested},
  {"deferred: transact", CONFORM_SQLITE | CONFORM_POSTGRESQL, NULL, deferred_transact},
  {"deferred: at once", CONFORM_SQLITE | CONFORM_POSTGRESQL, "pool_size=1", deferred_at_once},
  {"the rows of a queue", CONFORM_SERVERS, "pool_size=5", queue},
  {"NOWAIT: nested", CONFORM_SERVERS, NULL, nowait_nested},
  {NULL, 0, NULL, NULL},
};
