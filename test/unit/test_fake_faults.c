/* test_fake_faults.c - delays, hangs, broken connections, refused connects and chaos, as <dusq/fake.h> promises them.
 *                                                                                                                    */
#include "rig.h"

static void expect_run(site s, const char *sql, dusq_status status)
{
  expect_unknown(site_query_with(s, sql, 0, 0), status, false);
}

/* ---- broken connections ------------------------------------------------------------------------------------------ */
static void test_lose_before_send(void)
{
  site s = site_open("pool_size=1&batch=off");
  ON(s, "INSERT *", .lose = DUSQ_FAKE_LOSE_BEFORE_SEND, .times = 1);
  expect_run(s, "INSERT INTO t VALUES (1)", DUSQ_OK); /* it was certainly not run, and runs on another connection */
  CHECK_INT(dusq_fake_ran(s.fake, "INSERT*"), 1);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_CONNECTS), 2);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_LOSSES), 1);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_EXECUTES), 2);
  site_close(s);
}

static void test_lose_after_send(void)
{
  site s = site_open("pool_size=1");
  dusq_value cells[] = {dusq_int(1), dusq_int(2)};
  const char *name = "x";
  ON(s, "INSERT *", .lose = DUSQ_FAKE_LOSE_AFTER_SEND, .times = 1);
  ON(s, "UPDATE *", .status = DUSQ_E_CONNECTION_LOST, .times = 1);
  ON(s, "DELETE *", .status = DUSQ_E_SHUTDOWN, .lose = DUSQ_FAKE_LOSE_AFTER_ROWS, .after = 1, .cols = 1,
     .names = &name, .rows = 2, .cells = cells, .times = 1);
  expect_unknown(site_query_with(s, "INSERT INTO t VALUES (1)", 0, 0), DUSQ_E_CONNECTION_LOST, true);
  expect_unknown(site_query_with(s, "UPDATE t", 0, 0), DUSQ_E_CONNECTION_LOST, true);
  dusq_future *f = site_query_with(s, "DELETE FROM t", 0, 0);
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(f), DUSQ_E_SHUTDOWN);
  dusq_future_unref(f);
  CHECK_INT(dusq_fake_ran(s.fake, "*"), 3); /* each once: nothing is run again by itself */
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_LOSSES), 3);
  expect_run(s, "UPDATE t", DUSQ_OK);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_CONNECTS), 4);
  site_close(s);
}

static void test_idempotent(void)
{
  site s = site_open("pool_size=1");
  ON(s, "INSERT *", .lose = DUSQ_FAKE_LOSE_AFTER_SEND, .times = 1);
  expect_unknown(site_query_with(s, "INSERT INTO t VALUES (1)", 0, DUSQ_IDEMPOTENT), DUSQ_OK, false);
  CHECK_INT(dusq_fake_ran(s.fake, "INSERT*"), 2);
  site_close(s);
}

static void test_lose_at_commit(void)
{
  site s = site_open("pool_size=1");
  dusq_value rows[] = {dusq_int(1), dusq_int(2)};
  ON(s, "INSERT INTO t VALUES (?)", .affected = 1, .lose = DUSQ_FAKE_LOSE_AT_COMMIT, .times = 1);
  expect_unknown(dusq_pool_many(s.pool, "INSERT INTO t VALUES (?)", 1, 2, rows, NULL), DUSQ_E_CONNECTION_LOST, true);
  CHECK_INT(dusq_fake_ran(s.fake, "INSERT*"), 2);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_COMMITS), 1);
  ON(s, "UPDATE *", .lose = DUSQ_FAKE_LOSE_AT_COMMIT, .times = 1);
  expect_unknown(site_query_with(s, "UPDATE t", 0, 0), DUSQ_E_CONNECTION_LOST, true); /* its own commit */
  ON(s, "@commit", .lose = DUSQ_FAKE_LOSE_AFTER_SEND, .times = 1);
  expect_unknown(dusq_pool_many(s.pool, "INSERT INTO u VALUES (?)", 1, 2, rows, NULL), DUSQ_E_CONNECTION_LOST, true);
  CHECK_INT(dusq_fake_ran(s.fake, "INSERT INTO u*"), 2);
  site_close(s);
}

static void test_cut(void)
{
  site s = site_open("pool_size=2");
  ON(s, "HANG", .flags = DUSQ_FAKE_HANG, .times = 1);
  dusq_future *f = site_query_with(s, "HANG", 0, 0);
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  CHECK_INT(dusq_fake_cut(s.fake), 1);
  expect_unknown(f, DUSQ_E_CONNECTION_LOST, true);
  CHECK_INT(dusq_fake_ran(s.fake, "HANG"), 0);
  expect_run(s, "UPDATE t", DUSQ_OK);
  CHECK_INT(dusq_fake_cut(s.fake), 1);
  expect_run(s, "UPDATE t", DUSQ_OK); /* the idle one was found dead */
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE t"), 2);
  CHECK_INT(dusq_fake_cut(NULL), 0);
  site_close(s);
}

static void test_alive(void)
{
  site s = site_open("pool_size=1");
  expect_run(s, "UPDATE t", DUSQ_OK);
  ON(s, "@alive", .status = DUSQ_E_CONNECTION_LOST, .times = 1);
  expect_run(s, "UPDATE t", DUSQ_OK);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_CONNECTS), 2);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_LOSSES), 0);
  site_close(s);
}

/* ---- hangs and the clock ----------------------------------------------------------------------------------------- */
static void test_hang(void)
{
  site s = site_open("pool_size=1&cancel_grace=10s");
  ON(s, "HANG", .flags = DUSQ_FAKE_HANG | DUSQ_FAKE_ECHO);
  dusq_future *f = site_query_with(s, "HANG", 0, 0);
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_RUNNING), 1);
  CHECK_INT(dusq_future_status(f), DUSQ_E_PENDING);
  dusq_future_cancel(f);
  expect_unknown(f, DUSQ_E_CANCELED, false);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_INTERRUPTS), 1);
  expect_unknown(site_query_with(s, "HANG", 30 * MS, 0), DUSQ_E_TIMEDOUT, false);
  CHECK_INT(dusq_fake_ran(s.fake, "HANG"), 0);
  f = site_query_with(s, "HANG", 0, 0);
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect_unknown(f, DUSQ_OK, false);
  CHECK_INT(dusq_fake_ran(s.fake, "HANG"), 1);
  CHECK_INT(dusq_fake_release(s.fake), 0);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_CONNECTS), 1); /* the connection stayed good */
  site_close(s);
}

static void test_deaf(void)
{
  site s = site_open("pool_size=1&cancel_grace=50ms");
  ON(s, "HANG", .flags = DUSQ_FAKE_HANG | DUSQ_FAKE_DEAF);
  expect_run(s, "UPDATE t", DUSQ_OK); /* so that there is a connection, and the next one is sent in time */
  int64_t begun = test_now();
  expect_unknown(site_query_with(s, "HANG", 500 * MS, 0), DUSQ_E_TIMEDOUT, true); /* past the grace nobody waits */
  CHECK(test_now() - begun < 5 * DUSQ_SECOND);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect_run(s, "UPDATE t", DUSQ_OK);
  site_close(s);
}

static void test_clock(void)
{
  site s = site_open("pool_size=1&latency=10s");
  ON(s, "SLOW", .delay = 20 * DUSQ_SECOND);
  CHECK_INT(dusq_fake_clock_manual(s.fake), DUSQ_OK);
  CHECK_INT(dusq_fake_clock_manual(s.fake), DUSQ_OK);
  dusq_future *f = site_query_with(s, "SLOW", 0, 0);
  site_reached(s, DUSQ_FAKE_WAITING, 1);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_HANGING), 0);
  CHECK_INT(dusq_fake_clock_advance(s.fake, 30 * DUSQ_SECOND - 1), DUSQ_OK);
  CHECK_INT(dusq_future_wait(f, 50 * MS), DUSQ_E_TIMEDOUT);
  CHECK_INT(dusq_fake_clock_advance(s.fake, 1), DUSQ_OK);
  expect_unknown(f, DUSQ_OK, false);
  f = site_query_with(s, "UPDATE t", 0, 0); /* the latency alone */
  site_reached(s, DUSQ_FAKE_WAITING, 1);
  dusq_future_cancel(f);
  expect_unknown(f, DUSQ_E_CANCELED, false);
  CHECK_INT(dusq_fake_clock_advance(s.fake, INT64_MAX), DUSQ_OK); /* does not run over */
  CHECK_INT(dusq_fake_clock_advance(s.fake, -1), DUSQ_E_INVAL);
  site_close(s);
}

static void test_real_clock(void)
{
  site s = site_open("pool_size=1&latency=10ms");
  ON(s, "SLOW", .delay = 20 * MS);
  expect_run(s, "UPDATE t", DUSQ_OK);
  int64_t begun = test_now();
  expect_run(s, "SLOW", DUSQ_OK);
  CHECK(test_now() - begun >= 30 * MS);
  site_close(s);
}

/* ---- connecting and preparing ------------------------------------------------------------------------------------ */
static void test_connect(void)
{
  site s = site_open("pool_size=1&connect_timeout=100ms");
  ON(s, "@connect", .status = DUSQ_E_AUTH, .sqlstate = "28P01", .message = "no such user", .times = 1);
  dusq_future *f = site_query_with(s, "UPDATE t", 0, 0);
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(f), DUSQ_E_AUTH);
  CHECK_STR(dusq_error_sqlstate(dusq_future_error(f)), "28P01");
  CHECK(!dusq_error_unknown_outcome(dusq_future_error(f)));
  dusq_future_unref(f);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_REFUSALS), 1);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_EXECUTES), 0);
  site_close(s);
}

static void test_connect_timeout(void)
{
  site s = site_open("pool_size=1&connect_timeout=100ms");
  ON(s, "@connect", .flags = DUSQ_FAKE_HANG);
  dusq_future *f = site_query_with(s, "UPDATE t", 0, 0);
  site_reached(s, DUSQ_FAKE_CONNECTING, 1);
  expect_unknown(f, DUSQ_E_CONNECT, false); /* the database's own word, not a bare timeout */
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_REFUSALS), 1);
  CHECK_INT(dusq_fake_clear(s.fake), DUSQ_OK);
  int64_t deadline = test_now() + LONG_WAIT;
  dusq_status status = DUSQ_E_CONNECT; /* the pool tries again after a while */
  while (status && test_now() < deadline) {
    f = site_query_with(s, "UPDATE t", 0, 0);
    CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
    status = dusq_future_status(f);
    dusq_future_unref(f);
    if (status)
      CHECK_INT(dusq_fake_wait(s.fake, DUSQ_FAKE_CONNECTS, 1, 5 * MS), DUSQ_E_TIMEDOUT);
  }
  CHECK_INT(status, DUSQ_OK);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE t"), 1);
  site_close(s);
}

static void test_connect_latency(void)
{
  site s = site_open("pool_size=1&connect_latency=30ms");
  int64_t begun = test_now();
  expect_run(s, "UPDATE t", DUSQ_OK);
  CHECK(test_now() - begun >= 30 * MS);
  site_close(s);
}

static void test_prepare(void)
{
  site s = site_open("pool_size=1");
  ON(s, "@prepare UPDATE *", .status = DUSQ_E_NO_SUCH_OBJECT, .times = 1);
  ON(s, "@prepare INSERT *", .lose = DUSQ_FAKE_LOSE_AFTER_SEND, .times = 1);
  expect_run(s, "DELETE FROM t", DUSQ_OK);
  expect_run(s, "UPDATE t", DUSQ_E_NO_SUCH_OBJECT);
  expect_run(s, "UPDATE t", DUSQ_OK);
  expect_run(s, "INSERT INTO t VALUES (1)", DUSQ_OK); /* preparing has no effect: it runs on another connection */
  CHECK_INT(dusq_fake_ran(s.fake, "INSERT*"), 1);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_CONNECTS), 2);
  ON(s, "@prepare", .status = DUSQ_E_SYNTAX, .times = 1);
  expect_run(s, "UPDATE anything", DUSQ_E_SYNTAX);
  int64_t prepares = dusq_fake_count(s.fake, DUSQ_FAKE_PREPARES);
  for (int i = 0; i < 10; i++)
    expect_run(s, "UPDATE twice", DUSQ_OK);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_PREPARES) - prepares, 1);
  site_close(s);
}

static dusq_result *leave_open(dusq_conn *conn, void *arg)
{
  (void)arg;
  CHECK_INT(dusq_conn_query(conn, "BEGIN", DUSQ_NO_PARAMS, NULL, NULL), DUSQ_OK);
  return NULL;
}

static void test_reset(void)
{
  site s = site_open("pool_size=1");
  ON(s, "@reset", .status = DUSQ_E_IO, .times = 1);
  expect_unknown(dusq_pool_run(s.pool, leave_open, NULL, NULL, NULL), DUSQ_OK, false);
  expect_run(s, "COMMIT", DUSQ_E_TX_STATE); /* another connection: the one that could not be reset is gone */
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_CONNECTS), 2);
  CHECK(dusq_fake_count(s.fake, DUSQ_FAKE_RESETS) >= 1);
  site_close(s);
}

/* What the pool does of its own has nobody to cancel it: connect_timeout ends it, and the connection with it. */
static void test_own_bounds(void)
{
  site s = site_open("pool_size=1&connect_timeout=100ms&cancel_grace=20ms");
  ON(s, "@rollback", .flags = DUSQ_FAKE_HANG, .times = 1);
  dusq_session *session = dusq_pool_session(s.pool, NULL);
  expect_unknown(dusq_session_begin(session, NULL, NULL), DUSQ_OK, false);
  expect_unknown(dusq_session_rollback(session), DUSQ_E_CONNECTION_LOST, false);
  expect_unknown(dusq_session_query(session, "UPDATE t", DUSQ_NO_PARAMS, NULL), DUSQ_E_CONNECTION_LOST, false);
  dusq_session_unref(session);
  ON(s, "@reset", .flags = DUSQ_FAKE_HANG, .times = 1);
  expect_unknown(dusq_pool_script(s.pool, "UPDATE u", NULL), DUSQ_OK, false);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_CONNECTS), 2);
  expect_run(s, "UPDATE t", DUSQ_OK);
  CHECK_INT(dusq_fake_count(s.fake, DUSQ_FAKE_CONNECTS), 3);
  site_close(s);
}

static void test_slow_interrupt(void)
{
  site s = site_open("pool_size=1&cancel_grace=10s");
  ON(s, "@interrupt", .flags = DUSQ_FAKE_HANG, .times = 1);
  ON(s, "HANG", .flags = DUSQ_FAKE_HANG, .times = 1);
  dusq_future *f = site_query_with(s, "HANG", 0, 0);
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  dusq_future_cancel(f);
  site_reached(s, DUSQ_FAKE_INTERRUPTS, 1);
  dusq_future *next = site_query_with(s, "UPDATE t", 0, 0);
  CHECK_INT(dusq_future_wait(next, 50 * MS), DUSQ_E_TIMEDOUT); /* nothing runs before the interrupt has returned */
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE t"), 0);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect_unknown(next, DUSQ_OK, false);
  expect_unknown(f, DUSQ_E_CANCELED, false);
  site_close(s);
}

/* ---- chaos ------------------------------------------------------------------------------------------------------- */
/* The outcomes of some statements, one after another, as a text: the status of each as a letter. */
static void chaos_run(uint64_t seed, char *outcomes, size_t n)
{
  site s = site_open("pool_size=1&batch=off");
  CHECK_INT(dusq_fake_chaos(s.fake, seed, 200, 200, 10000), DUSQ_OK);
  char sql[60];
  for (size_t i = 0; i < n; i++) {
    snprintf(sql, sizeof sql, "INSERT INTO ledger VALUES (%zu)", i);
    dusq_future *f = site_query_with(s, sql, 0, 0);
    CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
    dusq_status status = dusq_future_status(f);
    bool unknown = dusq_error_unknown_outcome(dusq_future_error(f));
    outcomes[i] = (char)('0' + status % 64);
    size_t ran = dusq_fake_ran(s.fake, sql);
    CHECK(unknown ? ran <= 1 : ran == (status == DUSQ_OK)); /* at most once, and what is known is true */
    dusq_future_unref(f);
  }
  outcomes[n] = '\0';
  CHECK_INT(dusq_fake_chaos(s.fake, 0, 0, 0, 0), DUSQ_OK);
  expect_run(s, "UPDATE t", DUSQ_OK);
  site_close(s);
}

static void test_chaos(void)
{
  enum { N = 200 };
  char first[N + 1], again[N + 1], other[N + 1];
  chaos_run(7, first, N);
  chaos_run(7, again, N);
  chaos_run(8, other, N);
  CHECK_STR(first, again);
  CHECK(strcmp(first, other) != 0);
  size_t well = 0;
  for (size_t i = 0; i < N; i++)
    well += first[i] == '0';
  CHECK(well > N / 3 && well < N * 9 / 10);
}

static dusq_result *insert_job(dusq_conn *conn, void *arg)
{
  dusq_error *error = NULL;
  bool *unknown = arg;
  CHECK_INT(dusq_conn_query(conn, "INSERT INTO t VALUES (1)", DUSQ_NO_PARAMS, NULL, &error), DUSQ_E_CONNECTION_LOST);
  *unknown = dusq_error_unknown_outcome(error);
  dusq_conn_fail(conn, error);
  return NULL;
}

static dusq_result *script_job(dusq_conn *conn, void *arg)
{
  dusq_error *error = NULL;
  bool *unknown = arg;
  CHECK_INT(dusq_conn_script(conn, "INSERT INTO t VALUES (1); COMMIT", NULL, &error), DUSQ_E_CONNECTION_LOST);
  *unknown = dusq_error_unknown_outcome(error);
  dusq_conn_fail(conn, error);
  return NULL;
}

/* What a job has sent may have been done; what it has not, has not. */
static void test_lost_in_a_job(void)
{
  static dusq_job_fn *const jobs[] = {insert_job, script_job};
  for (int sent = 0; sent < 2; sent++)
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
      site s = site_open("pool_size=1");
      bool unknown = !sent;
      ON(s, "INSERT *", .lose = sent ? DUSQ_FAKE_LOSE_AFTER_SEND : DUSQ_FAKE_LOSE_BEFORE_SEND);
      dusq_future *future = dusq_pool_run(s.pool, jobs[i], &unknown, NULL, NULL);
      CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
      CHECK_INT(unknown, sent);
      CHECK_INT(dusq_error_unknown_outcome(dusq_future_error(future)), sent);
      dusq_future_unref(future);
      site_close(s);
    }
}

void suite_fake_faults(void);
void suite_fake_faults(void)
{
  test_suite("fake_faults");
  test_case("lost before it was sent", test_lose_before_send);
  test_case("lost after it was sent", test_lose_after_send);
  test_case("lost in a job", test_lost_in_a_job);
  test_case("idempotent statements run again", test_idempotent);
  test_case("lost at the commit", test_lose_at_commit);
  test_case("a server goes down", test_cut);
  test_case("an idle connection is dead", test_alive);
  test_case("hang, cancel, deadline, release", test_hang);
  test_case("a driver that is stuck", test_deaf);
  test_case("the manual clock", test_clock);
  test_case("the real clock", test_real_clock);
  test_case("connecting", test_connect);
  test_case("connect_timeout", test_connect_timeout);
  test_case("slow connects", test_connect_latency);
  test_case("preparing", test_prepare);
  test_case("resetting", test_reset);
  test_case("own bounds", test_own_bounds);
  test_case("an interrupt that takes its time", test_slow_interrupt);
  test_case("chaos", test_chaos);
}
