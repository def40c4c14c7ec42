/* scenario_transact.c - whole transactions as one request: which attempt counts, how many there are, and statements
 * as a list.                                                                                                         */
#include "conform.h"

#define PUT(i) "INSERT INTO t VALUES (" #i ")"

static void make_table(const conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER NOT NULL PRIMARY KEY)"), DUSQ_OK);
}

static void holds(const conform_site *site, int64_t n, int64_t sum)
{
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), n);
  CHECK_INT(conform_number(site, "SELECT coalesce(sum(i), 0) FROM t"), sum);
}

/* ---- a function -------------------------------------------------------------------------------------------------- */
typedef struct attempts {
  const conform_site *site;
  int calls, good, freed; /* good: the number of the call that does not fail */
} attempts;

static void count_free(void *arg)
{
  attempts *a = arg;
  a->freed++;
}

/* Writes its number, and says that it lost against somebody until its time has come. */
static dusq_result *attempt(dusq_conn *conn, void *arg)
{
  attempts *a = arg;
  const dusq_value number = dusq_int(++a->calls);
  static const char *const name = "call";
  CHECK_INT(dusq_conn_transaction(conn), DUSQ_TX_OPEN);
  dusq_error *error = NULL;
  if (dusq_conn_query(conn, "INSERT INTO t VALUES (?)", 1, &number, NULL, &error)) {
    dusq_conn_fail(conn, error); /* it is too late */
    return NULL;
  }
  dusq_result *result = dusq_result_new(1, &name);
  CHECK_INT(dusq_result_append(result, &number), DUSQ_OK);
  if (a->calls < a->good)
    dusq_conn_fail(conn, dusq_error_new(DUSQ_E_SERIALIZATION, "40001", 0, "lost call %d", a->calls));
  return result;
}

/* The result and the rows are those of the attempt that was committed. */
static void result_of_last(conform_site *site)
{
  attempts a = {site, 0, 3, 0};
  dusq_result *result = NULL;
  int64_t number = -1;
  make_table(site);
  CHECK_INT(conform_settle(dusq_pool_transact(site->pool, attempt, &a, count_free, NULL, NULL), &result), DUSQ_OK);
  CHECK_INT(dusq_result_scalar_int(result, &number), DUSQ_OK);
  CHECK_STR(dusq_result_name(result, 0), "call");
  dusq_result_unref(result);
  CHECK_INT(number, 3);
  CHECK_INT(a.calls, 3);
  CHECK_INT(a.freed, 1);
  holds(site, 1, 3);
}

static void bounded(conform_site *site)
{
  make_table(site);
  for (uint32_t most = 1; most <= 3; most++) {
    attempts a = {site, 0, 1000, 0};
    dusq_tx_opts tx = DUSQ_TX_OPTS_INIT;
    tx.attempts = most;
    dusq_future *future = dusq_pool_transact(site->pool, attempt, &a, count_free, &tx, NULL);
    CHECK_INT(dusq_future_wait(future, CONFORM_WAIT), DUSQ_OK);
    char message[40];
    snprintf(message, sizeof message, "lost call %d", (int)most);
    CHECK_STR(dusq_error_message(dusq_future_error(future)), message);
    CHECK_STR(dusq_error_sqlstate(dusq_future_error(future)), "40001");
    CHECK_INT(conform_settle(future, NULL), DUSQ_E_SERIALIZATION);
    CHECK_INT(a.calls, most);
    CHECK_INT(a.freed, 1);
  }
  holds(site, 0, 0);
}

static dusq_result *rest(dusq_conn *conn, void *arg)
{
  (void)arg;
  CHECK_INT(dusq_conn_transaction(conn), DUSQ_TX_NONE);
  return NULL;
}

/* There would be attempts enough for a day. */
static void deadline(conform_site *site)
{
  attempts a = {site, 0, INT32_MAX, 0};
  dusq_tx_opts tx = DUSQ_TX_OPTS_INIT;
  dusq_opts opts = DUSQ_OPTS_INIT;
  make_table(site);
  tx.attempts = UINT32_MAX;
  opts.timeout = 60 * CONFORM_MS;
  int64_t before = test_now();
  dusq_status status = conform_settle(dusq_pool_transact(site->pool, attempt, &a, count_free, &tx, &opts), NULL);
  CHECK(status == DUSQ_E_TIMEDOUT || status == DUSQ_E_SERIALIZATION);
  CHECK(test_now() - before >= 10 * CONFORM_MS || status == DUSQ_E_TIMEDOUT);
  CHECK(test_now() - before < 10 * DUSQ_SECOND);
  CHECK_INT(conform_settle(dusq_pool_run(site->pool, rest, NULL, NULL, NULL), NULL), DUSQ_OK);
  CHECK_INT(a.freed, 1);
  holds(site, 0, 0);
}

/* A level inside may fail and be rolled back; one that is left open fails all. */
static dusq_result *levels(dusq_conn *conn, void *arg)
{
  attempts *a = arg;
  a->calls++;
  CHECK_INT(conform_on(a->site, conn, PUT(1), NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_begin(conn, NULL, NULL), DUSQ_OK);
  CHECK_INT(conform_on(a->site, conn, PUT(2), NULL), DUSQ_OK);
  CHECK_INT(conform_on(a->site, conn, PUT(1), NULL), DUSQ_E_UNIQUE);
  CHECK_INT(conform_on(a->site, conn, PUT(3), NULL), DUSQ_E_TX_ABORTED);
  CHECK_INT(dusq_conn_rollback(conn, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_rollback(conn, NULL), DUSQ_E_TX_STATE); /* that is not for the function to do */
  CHECK_INT(dusq_conn_begin(conn, NULL, NULL), DUSQ_OK);
  CHECK_INT(conform_on(a->site, conn, PUT(4), NULL), DUSQ_OK);
  if (a->good)
    CHECK_INT(dusq_conn_commit(conn, NULL), DUSQ_OK);
  return NULL;
}

static void nested(conform_site *site)
{
  attempts a = {site, 0, 0, 0};
  make_table(site);
  CHECK_INT(conform_settle(dusq_pool_transact(site->pool, levels, &a, count_free, NULL, NULL), NULL), DUSQ_E_TX_STATE);
  holds(site, 0, 0);
  a.good = 1;
  CHECK_INT(conform_settle(dusq_pool_transact(site->pool, levels, &a, count_free, NULL, NULL), NULL), DUSQ_OK);
  holds(site, 2, 5);
  CHECK_INT(a.calls, 2);
  CHECK_INT(a.freed, 2);
}

/* ---- its options ------------------------------------------------------------------------------------------------- */
static dusq_result *write_one(dusq_conn *conn, void *arg)
{
  attempts *a = arg;
  dusq_error *error = NULL;
  a->calls++;
  CHECK_INT(dusq_conn_query(conn, "SELECT count(*) FROM t", DUSQ_NO_PARAMS, NULL, NULL), DUSQ_OK);
  if (dusq_conn_query(conn, PUT(1), DUSQ_NO_PARAMS, NULL, &error))
    dusq_conn_fail(conn, error);
  return NULL;
}

static void read_only(conform_site *site)
{
  attempts a = {site, 0, 0, 0};
  dusq_tx_opts tx = DUSQ_TX_OPTS_INIT;
  const dusq_step steps[] = {{"SELECT count(*) FROM t", DUSQ_NO_PARAMS}, {PUT(2), DUSQ_NO_PARAMS}};
  make_table(site);
  tx.flags = DUSQ_TX_READ_ONLY;
  tx.isolation = DUSQ_ISOLATION_SERIALIZABLE;
  CHECK_INT(conform_settle(dusq_pool_transact(site->pool, write_one, &a, NULL, &tx, NULL), NULL), DUSQ_E_READ_ONLY);
  CHECK_INT(a.calls, 1);
  dusq_future *failed = dusq_pool_transact_steps(site->pool, steps, 2, &tx, NULL);
  CHECK_INT(dusq_future_wait(failed, CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(dusq_error_index(dusq_future_error(failed)), 1);
  CHECK_INT(conform_settle(failed, NULL), DUSQ_E_READ_ONLY);
  CHECK_INT(conform_settle(dusq_pool_transact_steps(site->pool, steps, 1, &tx, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_pool_transact(site->pool, write_one, &a, NULL, NULL, NULL), NULL), DUSQ_OK);
  holds(site, 1, 1);
}

/* ---- a list ------------------------------------------------------------------------------------------------------ */
/* One set a statement, in order, those of writes with what they changed. */
static void sets(conform_site *site)
{
  const dusq_step steps[] = {{"INSERT INTO t VALUES (1), (2), (3)", DUSQ_NO_PARAMS},
                             {"SELECT i FROM t WHERE i > ? ORDER BY i", DUSQ_PARAMS(dusq_int(1))},
                             {"UPDATE t SET i = i + 10 WHERE i >= $1", DUSQ_PARAMS(dusq_int(2))},
                             {"SELECT i FROM t WHERE i = 99", DUSQ_NO_PARAMS},
                             {"DELETE FROM t WHERE i = :i", DUSQ_PARAMS(dusq_named("i", dusq_int(1)))}};
  static const int64_t affected[] = {3, 0, 2, 0, 1};
  static const size_t rows[] = {0, 2, 0, 0, 0}, cols[] = {0, 1, 0, 1, 0};
  dusq_result *result = NULL;
  make_table(site);
  CHECK_INT(conform_settle(dusq_pool_transact_steps(site->pool, steps, 5, NULL, NULL), &result), DUSQ_OK);
  const dusq_result *set = result;
  for (int i = 0; i < 5; i++, set = dusq_result_next(set)) {
    CHECK(set != NULL);
    CHECK_INT(dusq_result_affected(set), affected[i]);
    CHECK_INT(dusq_result_rows(set), rows[i]);
    CHECK_INT(dusq_result_cols(set), cols[i]);
  }
  CHECK(set == NULL);
  dusq_result_unref(result);
  holds(site, 2, 25);
}

static void hundred(conform_site *site)
{
  enum { N = 100 };
  dusq_step steps[N];
  dusq_value values[N];
  dusq_result *result = NULL;
  make_table(site);
  for (int i = 0; i < N; i++) {
    values[i] = dusq_int(i);
    steps[i] = (dusq_step){i % 2 ? "SELECT count(*) FROM t WHERE i <= ?" : "INSERT INTO t VALUES (?)", 1, &values[i]};
  }
  CHECK_INT(conform_settle(dusq_pool_transact_steps(site->pool, steps, N, NULL, NULL), &result), DUSQ_OK);
  int n = 0;
  for (const dusq_result *set = result; set; set = dusq_result_next(set), n++) {
    int64_t count = -1;
    if (n % 2)
      CHECK_INT(dusq_result_int(set, 0, 0, &count), DUSQ_OK);
    CHECK_INT(n % 2 ? count : dusq_result_affected(set), n % 2 ? (n + 1) / 2 : 1);
  }
  CHECK_INT(n, N);
  dusq_result_unref(result);
  values[N - 2] = dusq_int(0); /* once more: the first that is there already is the first */
  dusq_future *failed = dusq_pool_transact_steps(site->pool, steps + 1, N - 1, NULL, NULL);
  CHECK_INT(dusq_future_wait(failed, CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(dusq_error_index(dusq_future_error(failed)), 1);
  CHECK_INT(conform_settle(failed, NULL), DUSQ_E_UNIQUE);
  holds(site, N / 2, (N / 2) * (N / 2 - 1));
}

static void no_steps(conform_site *site)
{
  dusq_result *result = NULL;
  dusq_tx_opts tx = DUSQ_TX_OPTS_INIT;
  tx.flags = DUSQ_TX_READ_ONLY;
  CHECK_INT(conform_settle(dusq_pool_transact_steps(site->pool, NULL, 0, &tx, NULL), &result), DUSQ_OK);
  CHECK_INT(dusq_result_rows(result), 0);
  CHECK_INT(dusq_result_cols(result), 0);
  CHECK_INT(dusq_result_affected(result), 0);
  CHECK(dusq_result_next(result) == NULL);
  dusq_result_unref(result);
  CHECK_INT(conform_settle(dusq_pool_transact_steps(site->pool, NULL, 1, NULL, NULL), NULL), DUSQ_E_INVAL);
}

/* What is wrong with a statement or its values, before anything is sent or on the server; nothing is done then. */
static void bad_step(conform_site *site)
{
  const dusq_value seven[] = {dusq_int(7), dusq_int(8)};
  const struct {
    dusq_step step;
    dusq_status status;
  } bad[] = {{{"INSERT INTO t VALUES (?)", DUSQ_NO_PARAMS}, DUSQ_E_PARAMS},
             {{"INSERT INTO t VALUES (?)", 2, seven}, DUSQ_E_PARAMS},
             {{"INSERT INTO t VALUES (:i)", DUSQ_PARAMS(dusq_named("j", dusq_int(7)))}, DUSQ_E_PARAMS},
             {{"INSERT INTO t VALUES (?)", 1, NULL}, DUSQ_E_INVAL},
             {{NULL, DUSQ_NO_PARAMS}, DUSQ_E_INVAL},
             {{"INSERT INTO t VALUES (?)", DUSQ_PARAMS(dusq_text("\xff"))}, DUSQ_E_DATA},
             {{"SELECT 'open", DUSQ_NO_PARAMS}, DUSQ_E_SYNTAX},
             {{"INSERT INTO no_such_table VALUES (?)", 1, seven}, DUSQ_E_NO_SUCH_OBJECT},
             {{"INSERT INTO t VALUES (?)", DUSQ_PARAMS(dusq_int(1))}, DUSQ_E_UNIQUE}};
  make_table(site);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    const dusq_step steps[] = {{PUT(1), DUSQ_NO_PARAMS}, {PUT(2), DUSQ_NO_PARAMS}, bad[i].step,
                               {PUT(3), DUSQ_NO_PARAMS}};
    dusq_future *failed = dusq_pool_transact_steps(site->pool, steps, 4, NULL, NULL);
    const char *about = bad[i].step.sql ? bad[i].step.sql : "NULL";
    CHECK_INT(dusq_future_wait(failed, CONFORM_WAIT), DUSQ_OK);
    test_check_int(dusq_error_index(dusq_future_error(failed)), 2, about, __FILE__, __LINE__);
    test_check_int(conform_settle(failed, NULL), bad[i].status, about, __FILE__, __LINE__);
  }
  holds(site, 0, 0);
}

const conform_scenario conform_transacts[] = {
  {"transact: the attempt that counts", CONFORM_REAL, NULL, result_of_last},
  {"transact: so many attempts", CONFORM_REAL, NULL, bounded},
  {"transact: until the deadline", CONFORM_REAL, NULL, deadline},
  {"transact: nested", CONFORM_REAL, NULL, nested},
  {"transact: read-only", CONFORM_REAL, NULL, read_only},
  {"steps: a set for each", CONFORM_REAL, NULL, sets},
  {"steps: a hundred", CONFORM_REAL, NULL, hundred},
  {"steps: none", CONFORM_REAL, NULL, no_steps},
  {"steps: a bad one", CONFORM_REAL, NULL, bad_step},
  {NULL, 0, NULL, NULL},
};
