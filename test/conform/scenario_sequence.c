/* scenario_sequence.c - calls of a transaction that wait behind each other, which a backend may send together: it comes
 * to the same as if each had been waited for.
 *
 * Every case runs twice on one connection, for only what has been prepared is sent together, and a statement that takes
 * a moment goes before, so that the calls do wait.                                                                   */
#include "conform.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALLS = 6 };
#define PUT "INSERT INTO t VALUES (?)"
#define A_MOMENT "{SELECT 1|SELECT 1 FROM (SELECT pg_sleep(0.03)) s|SELECT SLEEP(0.03)}"
#define LONG_ENOUGH "{|SELECT 1 FROM (SELECT pg_sleep(60)) s|SELECT SLEEP(60)}" /* on servers */

static dusq_future *put(dusq_session *session, int64_t value)
{
  return dusq_session_query(session, PUT, DUSQ_PARAMS(dusq_int(value)), NULL);
}

static void check(dusq_future **take_futures, size_t n, const dusq_status *expected)
{
  for (size_t i = 0; i < n; i++)
    CHECK_INT(conform_settle(take_futures[i], NULL), expected[i]);
}

static int64_t batched(const conform_site *site)
{
  int64_t n = -1;
  CHECK_INT(dusq_pool_stat(site->pool, "batched", &n), DUSQ_OK);
  return n;
}

/* ---- sessions ---------------------------------------------------------------------------------------------------- */
static void committed(conform_site *site)
{
  static const dusq_status fine[CALLS] = {0};
  dusq_session *s = conform_start(site);
  int64_t before = 0;
  for (int round = 0; round < 2; round++) {
    before = batched(site);
    dusq_future *first = conform_ask(site, s, A_MOMENT);
    dusq_future *all[CALLS] = {dusq_session_begin(s, NULL, NULL), put(s, round * 10), put(s, round * 10 + 1),
                               put(s, round * 10 + 2), put(s, round * 10 + 3), dusq_session_commit(s)};
    check(all, CALLS, fine);
    CHECK_INT(conform_settle(first, NULL), DUSQ_OK);
    CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  }
  if (conform_is(site, CONFORM_POSTGRESQL) && strcmp(site->batch, "batch=off"))
    CHECK_INT(batched(site) - before, CALLS);
  conform_end(s);
  conform_holds(site, 8);
}

static void affected(conform_site *site)
{
  dusq_session *s = conform_start(site);
  for (int round = 0; round < 2; round++) {
    dusq_future *first = conform_ask(site, s, A_MOMENT);
    dusq_future *all[] = {dusq_session_begin(s, NULL, NULL), put(s, round),
                          conform_ask(site, s, "UPDATE t SET i = i + 100"),
                          conform_ask(site, s, "SELECT i FROM t ORDER BY i"), dusq_session_commit(s)};
    dusq_result *changed = NULL, *rows = NULL;
    int64_t last = -1;
    CHECK_INT(conform_settle(all[2], &changed), DUSQ_OK);
    CHECK_INT(conform_settle(all[3], &rows), DUSQ_OK);
    CHECK_INT(dusq_result_affected(changed), round + 1);
    CHECK_INT(dusq_result_rows(rows), round + 1);
    CHECK_INT(dusq_result_int(rows, (size_t)round, 0, &last), DUSQ_OK);
    CHECK_INT(last, round ? 200 : 100);
    CHECK_INT(conform_settle(all[4], NULL), DUSQ_OK);
    CHECK_INT(conform_settle(all[0], NULL), DUSQ_OK);
    CHECK_INT(conform_settle(all[1], NULL), DUSQ_OK);
    CHECK_INT(conform_settle(first, NULL), DUSQ_OK);
    dusq_result_unref(changed);
    dusq_result_unref(rows);
  }
  conform_end(s);
}

static void error_inside(conform_site *site)
{
  static const dusq_status expected[CALLS] = {DUSQ_OK, DUSQ_OK, DUSQ_E_UNIQUE, DUSQ_E_TX_ABORTED, DUSQ_E_TX_ABORTED,
                                              DUSQ_OK};
  dusq_session *s = conform_start(site);
  for (int round = 0; round < 3; round++) {
    dusq_future *first = conform_ask(site, s, A_MOMENT);
    dusq_future *all[CALLS] = {dusq_session_begin(s, NULL, NULL), put(s, 1), put(s, 1), put(s, 2),
                               dusq_session_commit(s), put(s, 50 + round)};
    check(all, CALLS, expected);
    CHECK_INT(conform_settle(first, NULL), DUSQ_OK);
    CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  }
  conform_end(s);
  conform_holds(site, 3);
}

static void bad_value(conform_site *site)
{
  dusq_status wrong = conform_is(site, CONFORM_SQLITE) ? DUSQ_E_RANGE : DUSQ_E_DATA;
  const dusq_status expected[] = {DUSQ_OK, DUSQ_OK, wrong, DUSQ_E_TX_ABORTED, DUSQ_E_TX_ABORTED};
  dusq_session *s = conform_start(site);
  for (int round = 0; round < 3; round++) {
    dusq_future *first = conform_ask(site, s, A_MOMENT);
    dusq_future *all[] = {dusq_session_begin(s, NULL, NULL), put(s, 1),
                          dusq_session_query(s, PUT, DUSQ_PARAMS(dusq_uint(UINT64_MAX)), NULL), put(s, 3),
                          dusq_session_commit(s)};
    check(all, 5, expected);
    CHECK_INT(conform_settle(first, NULL), DUSQ_OK);
  }
  conform_end(s);
  conform_holds(site, 0);
}

static void at_commit(conform_site *site)
{
  static const dusq_status expected[] = {DUSQ_OK, DUSQ_OK, DUSQ_E_FOREIGN_KEY, DUSQ_OK};
  dusq_session *s = conform_start(site);
  CHECK_INT(conform_run(site, "CREATE TABLE u (t INTEGER REFERENCES t (i) DEFERRABLE INITIALLY DEFERRED)"), DUSQ_OK);
  for (int round = 0; round < 3; round++) {
    dusq_future *first = conform_ask(site, s, A_MOMENT);
    dusq_future *all[] = {dusq_session_begin(s, NULL, NULL), conform_ask(site, s, "INSERT INTO u VALUES (99)"),
                          dusq_session_commit(s), put(s, round)};
    check(all, 4, expected);
    CHECK_INT(conform_settle(first, NULL), DUSQ_OK);
  }
  conform_end(s);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM u"), 0);
  conform_holds(site, 3);
}

/* Rows that find no room fail the transaction, though the database is content. */
static void no_room(conform_site *site)
{
  static const dusq_status expected[] = {DUSQ_OK, DUSQ_OK, DUSQ_E_LIMIT, DUSQ_E_TX_ABORTED, DUSQ_E_TX_ABORTED};
  dusq_session *s = conform_start(site);
  for (int round = 0; round < 3; round++) {
    dusq_future *first = conform_ask(site, s, A_MOMENT);
    dusq_future *all[] = {dusq_session_begin(s, NULL, NULL), put(s, 1), conform_ask(site, s, CONFORM_FIVE("a.i")),
                          put(s, 2), dusq_session_commit(s)};
    check(all, 5, expected);
    CHECK_INT(conform_settle(first, NULL), DUSQ_OK);
  }
  conform_end(s);
  conform_holds(site, 0);
}

/* One that runs, while others wait behind it. */
static void canceled(conform_site *site)
{
  dusq_session *s = conform_start(site);
  for (int round = 0; round < 4; round++) {
    dusq_future *first = conform_ask(site, s, A_MOMENT);
    dusq_future *all[] = {dusq_session_begin(s, NULL, NULL), put(s, 1), conform_ask(site, s, LONG_ENOUGH), put(s, 2),
                          dusq_session_commit(s)};
    CHECK_INT(dusq_future_wait(first, CONFORM_WAIT), DUSQ_OK);
    dusq_future_unref(first);
    CHECK_INT(conform_settle(all[1], NULL), DUSQ_OK);
    dusq_future_cancel(all[2]);
    CHECK_INT(conform_settle(all[2], NULL), DUSQ_E_CANCELED);
    CHECK_INT(conform_settle(all[3], NULL), DUSQ_E_TX_ABORTED);
    CHECK_INT(conform_settle(all[4], NULL), DUSQ_E_TX_ABORTED);
    CHECK_INT(conform_settle(all[0], NULL), DUSQ_OK);
  }
  conform_end(s);
  conform_holds(site, 0);
}

/* A deadline that passes in the queue is its own call's, and only the one that runs may be hit as well. */
static void too_late(conform_site *site)
{
  dusq_session *s = conform_start(site);
  for (int round = 0; round < 3; round++) {
    dusq_opts soon = DUSQ_OPTS_INIT;
    soon.timeout = 20 * CONFORM_MS;
    dusq_future *first = conform_ask(site, s, A_MOMENT);
    dusq_future *all[] = {dusq_session_begin(s, NULL, NULL), conform_ask(site, s, LONG_ENOUGH), put(s, 1),
                          dusq_session_query(s, PUT, DUSQ_PARAMS(dusq_int(2)), NULL), dusq_session_commit(s)};
    dusq_future *late = round ? NULL : dusq_session_query(s, "SELECT 1", DUSQ_NO_PARAMS, &soon);
    CHECK_INT(conform_settle(first, NULL), DUSQ_OK);
    CHECK_INT(conform_settle(all[0], NULL), DUSQ_OK);
    dusq_future_cancel(all[3]);
    CHECK_INT(conform_settle(all[3], NULL), DUSQ_E_CANCELED);
    dusq_future_cancel(all[1]); /* it may have been hit already */
    dusq_status running = conform_settle(all[1], NULL);
    CHECK(running == DUSQ_E_TX_ABORTED || running == DUSQ_E_CANCELED);
    CHECK_INT(conform_settle(all[2], NULL), DUSQ_E_TX_ABORTED);
    CHECK_INT(conform_settle(all[4], NULL), DUSQ_E_TX_ABORTED);
    if (late)
      CHECK_INT(conform_settle(late, NULL), DUSQ_E_TIMEDOUT);
  }
  conform_end(s);
  conform_holds(site, 0);
}

/* A table that changes under what is prepared costs one transaction at the most. */
static void altered(conform_site *site)
{
  static const char all_of_it[] = "SELECT * FROM t WHERE i = 1";
  dusq_session *s = conform_start(site);
  CHECK_INT(conform_run(site, "INSERT INTO t VALUES (1)"), DUSQ_OK);
  for (int round = 0; round < 3; round++) {
    CHECK_INT(conform_settle(conform_ask(site, s, all_of_it), NULL), DUSQ_OK);
    char add[60];
    snprintf(add, sizeof add, "ALTER TABLE t ADD COLUMN more%d INTEGER", round);
    CHECK_INT(conform_run(site, add), DUSQ_OK);
    dusq_status last = DUSQ_E_PENDING;
    for (int attempt = 0; attempt < 2; attempt++) {
      dusq_future *first = conform_ask(site, s, A_MOMENT);
      dusq_future *all[] = {dusq_session_begin(s, NULL, NULL), conform_ask(site, s, all_of_it),
                            dusq_session_rollback(s)};
      CHECK_INT(conform_settle(all[0], NULL), DUSQ_OK);
      last = conform_settle(all[1], NULL);
      CHECK_INT(conform_settle(all[2], NULL), DUSQ_OK);
      CHECK_INT(conform_settle(first, NULL), DUSQ_OK);
    }
    CHECK_INT(last, DUSQ_OK);
  }
  conform_end(s);
}

/* What has been done is told while the next call waits for a lock that nobody lets go of before. */
static void lock_behind(conform_site *site)
{
  static const char change[] = "UPDATE t SET i = i + 100 WHERE i = 1";
  dusq_session *s = conform_start(site), *holder = dusq_pool_session(site->pool, NULL);
  CHECK_INT(conform_run(site, "INSERT INTO t VALUES (1)"), DUSQ_OK);
  for (int round = 0; round < 3; round++) {
    CHECK_INT(conform_settle(dusq_session_begin(holder, NULL, NULL), NULL), DUSQ_OK);
    CHECK_INT(conform_settle(conform_ask(site, holder, "UPDATE t SET i = i WHERE i = 1"), NULL), DUSQ_OK);
    dusq_future *first = conform_ask(site, s, A_MOMENT);
    dusq_future *all[] = {dusq_session_begin(s, NULL, NULL), put(s, 10 + round), conform_ask(site, s, change),
                          dusq_session_rollback(s)};
    CHECK_INT(conform_settle(first, NULL), DUSQ_OK);
    CHECK_INT(conform_settle(all[0], NULL), DUSQ_OK);
    CHECK_INT(conform_settle(all[1], NULL), DUSQ_OK);
    CHECK_INT(dusq_future_state(all[2]) == DUSQ_STATE_SETTLED, 0);
    CHECK_INT(conform_settle(dusq_session_commit(holder), NULL), DUSQ_OK);
    CHECK_INT(conform_settle(all[2], NULL), DUSQ_OK);
    CHECK_INT(conform_settle(all[3], NULL), DUSQ_OK);
  }
  conform_end(s);
  conform_end(holder);
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */
static void steps(conform_site *site)
{
  conform_end(conform_start(site));
  for (int round = 0; round < 3; round++) {
    const dusq_value values[] = {dusq_int(round * 10), dusq_int(round * 10 + 1)};
    const dusq_step good[] = {{PUT, 1, &values[0]}, {PUT, 1, &values[1]}}, bad[] = {good[0], {PUT, 1, &values[0]}};
    const dusq_step read[] = {good[0], {"SELECT count(*) FROM t", 0, NULL}, good[1]};
    dusq_result *result = NULL;
    dusq_future *failed = dusq_pool_transact_steps(site->pool, bad, 2, NULL, NULL);
    CHECK_INT(dusq_future_wait(failed, CONFORM_WAIT), DUSQ_OK);
    CHECK_INT(dusq_error_index(dusq_future_error(failed)), 1);
    CHECK_INT(conform_settle(failed, NULL), DUSQ_E_UNIQUE);
    int64_t n = -1;
    bool reads = round % 2;
    CHECK_INT(conform_settle(dusq_pool_transact_steps(site->pool, reads ? read : good, reads ? 3 : 2, NULL, NULL),
                             &result),
              DUSQ_OK);
    CHECK_INT(dusq_result_affected(result), 1);
    const dusq_result *second = dusq_result_next(result);
    CHECK(second != NULL);
    if (reads) {
      CHECK_INT(dusq_result_int(second, 0, 0, &n), DUSQ_OK);
      CHECK_INT(n, round * 2 + 1);
    } else {
      CHECK_INT(dusq_result_affected(second), 1);
    }
    CHECK((dusq_result_next(second) != NULL) == reads);
    dusq_result_unref(result);
  }
  conform_holds(site, 6);
}

static void steps_limited(conform_site *site)
{
  conform_end(conform_start(site));
  for (int round = 0; round < 3; round++) {
    const dusq_value value = dusq_int(round);
    const dusq_step large[] = {{PUT, 1, &value}, {CONFORM_FIVE("a.i"), 0, NULL}};
    CHECK_INT(conform_settle(dusq_pool_transact_steps(site->pool, large, 2, NULL, NULL), NULL), DUSQ_E_LIMIT);
  }
  conform_holds(site, 0);
}

const conform_scenario conform_sequences[] = {
    {"calls together", CONFORM_REAL, "pool_size=1", committed},
    {"calls together, what they bring", CONFORM_REAL, "pool_size=1", affected},
    {"calls together, an error inside", CONFORM_REAL, "pool_size=1", error_inside},
    {"calls together, a bad value", CONFORM_REAL, "pool_size=1", bad_value},
    {"calls together, an error at the commit", CONFORM_SQLITE | CONFORM_POSTGRESQL, "pool_size=1", at_commit},
    {"calls together, no room for rows", CONFORM_REAL, "pool_size=1&max_result_bytes=200000", no_room},
    {"calls together, cancelled", CONFORM_SERVERS, "pool_size=1&cancel_grace=20s", canceled},
    {"calls together, too late", CONFORM_SERVERS, "pool_size=1&cancel_grace=20s", too_late},
    {"calls together, a table that changes", CONFORM_REAL, "pool_size=2", altered},
    {"calls together, a lock", CONFORM_SERVERS, "pool_size=3", lock_behind},
    {"steps together", CONFORM_REAL, "pool_size=1", steps},
    {"steps together, no room for rows", CONFORM_REAL, "pool_size=1&max_result_bytes=200000", steps_limited},
    {NULL, 0, NULL, NULL}};
