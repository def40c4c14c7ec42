/* test_pool_stop.c - cancels and deadlines: of what waits, of what runs, of one in a batch, of what does not listen. */
#include "rig.h"

/* A pool of one worker which hangs in "UPDATE 0". */
static site site_hanging(const char *options, dusq_future **first)
{
  char all[200];
  snprintf(all, sizeof all, "pool_size=1&%s", options);
  site s = site_open(all);
  ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  *first = site_query(s, "UPDATE 0");
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  return s;
}

static void end_hanging(site s, dusq_future *first)
{
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect(first, DUSQ_OK);
  site_close(s);
}

/* ---- what waits -------------------------------------------------------------------------------------------------- */
static void test_cancel_queued(void)
{
  dusq_future *first;
  site s = site_hanging("batch=on", &first);
  dusq_future *f = site_query(s, "UPDATE 1"), *g = site_query(s, "UPDATE 2");
  CHECK_INT(dusq_future_state(f), DUSQ_STATE_PENDING);
  dusq_future_cancel(f);
  CHECK_INT(dusq_future_status(f), DUSQ_E_CANCELED); /* at once */
  CHECK(!dusq_error_unknown_outcome(dusq_future_error(f)));
  dusq_future_cancel(f);
  dusq_future_unref(f);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect(first, DUSQ_OK);
  expect(g, DUSQ_OK);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 1"), 0);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 2"), 1);
  CHECK_INT(site_count(s, DUSQ_FAKE_EXECUTES), 2); /* it was never sent */
  CHECK_INT(site_count(s, DUSQ_FAKE_INTERRUPTS), 0);
  site_close(s);
}

typedef struct mob {
  dusq_future *f;
  meeting m;
} mob;

static void cancel_it(void *arg, int i)
{
  mob *all = arg;
  (void)i;
  meet(&all->m);
  dusq_future_cancel(all->f);
}

static void test_cancel_from_everywhere(void)
{
  dusq_future *first;
  site s = site_hanging("batch=on", &first);
  for (int i = 0; i < 50; i++) {
    tally t = TALLY_INIT;
    mob all = {.f = site_query(s, "UPDATE 1"), .m = {.n = 8}};
    CHECK_INT(dusq_future_on_done(all.f, NULL, tally_done, &t, tally_free), DUSQ_OK);
    team_run(8, cancel_it, &all);
    expect(all.f, DUSQ_E_CANCELED);
    CHECK(tally_wait_freed(&t, 1));
    CHECK_INT(tally_count(&t), 1);
  }
  mob all = {.f = first, .m = {.n = 8}}; /* and the one that runs */
  team_run(8, cancel_it, &all);
  expect(first, DUSQ_E_CANCELED);
  CHECK_INT(site_count(s, DUSQ_FAKE_INTERRUPTS), 1);
  CHECK_INT(site_count(s, DUSQ_FAKE_EFFECTS), 0);
  CHECK_INT(site_stat(s, "canceled"), 51);
  site_close(s);
}

static void test_deadline_queued(void)
{
  dusq_future *first;
  site s = site_hanging("query_timeout=none", &first);
  int64_t begin = test_now();
  dusq_future *f = site_query_with(s, "UPDATE 1", 5 * MS, 0);
  expect_unknown(f, DUSQ_E_TIMEDOUT, false);
  CHECK(test_now() - begin >= 5 * MS);
  f = site_query_with(s, "UPDATE 1", DUSQ_FOREVER, 0);
  expect(site_query_with(s, "UPDATE 2", 1, 0), DUSQ_E_TIMEDOUT);
  CHECK_INT(dusq_future_status(f), DUSQ_E_PENDING);
  dusq_future_cancel(f);
  expect(f, DUSQ_E_CANCELED);
  CHECK_INT(site_count(s, DUSQ_FAKE_EXECUTES), 1);
  end_hanging(s, first);
}

static void test_queue_timeout(void)
{
  dusq_future *first;
  site s = site_hanging("queue_timeout=150ms", &first);
  int64_t begin = test_now();
  dusq_future *f = site_query(s, "UPDATE 1"), *g = site_query_with(s, "UPDATE 1", DUSQ_FOREVER, 0);
  dusq_future *h = site_query_with(s, "UPDATE 1", 1 * MS, 0);
  expect(h, DUSQ_E_TIMEDOUT);
  expect_unknown(f, DUSQ_E_QUEUE_TIMEOUT, false);
  CHECK(test_now() - begin >= 150 * MS);
  expect(g, DUSQ_E_QUEUE_TIMEOUT);
  CHECK_INT(dusq_future_status(first), DUSQ_E_PENDING); /* only what waits */
  f = site_query(s, "UPDATE 1"); /* the timer is armed again */
  expect(f, DUSQ_E_QUEUE_TIMEOUT);
  CHECK_INT(site_count(s, DUSQ_FAKE_EXECUTES), 1);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect(first, DUSQ_OK);
  expect(site_query(s, "UPDATE 1"), DUSQ_OK);
  site_close(s);
}

/* ---- what runs --------------------------------------------------------------------------------------------------- */
static void test_cancel_running(void)
{
  dusq_future *first;
  site s = site_hanging("batch=on", &first);
  dusq_future *next = site_query(s, "UPDATE 2");
  CHECK_INT(dusq_future_state(first), DUSQ_STATE_RUNNING);
  dusq_future_cancel(first);
  dusq_future_cancel(first);
  expect_unknown(first, DUSQ_E_CANCELED, false);
  expect(next, DUSQ_OK); /* on the same connection, and it is not hit */
  CHECK_INT(site_count(s, DUSQ_FAKE_CONNECTS), 1);
  CHECK_INT(site_count(s, DUSQ_FAKE_INTERRUPTS), 1);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 0"), 0);
  dusq_future *f = site_query(s, "UPDATE 3");
  expect(dusq_future_ref(f), DUSQ_OK);
  dusq_future_cancel(f); /* has settled: nothing happens */
  CHECK_INT(dusq_future_status(f), DUSQ_OK);
  dusq_future_unref(f);
  CHECK_INT(site_count(s, DUSQ_FAKE_INTERRUPTS), 1);
  site_close(s);
}

static void test_deadline_running(void)
{
  site s = site_open("pool_size=1&query_timeout=10ms");
  ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  int64_t begin = test_now();
  expect_unknown(site_query(s, "UPDATE 0"), DUSQ_E_TIMEDOUT, false);
  CHECK(test_now() - begin >= 10 * MS);
  dusq_future *f = site_query_with(s, "UPDATE 0", DUSQ_FOREVER, 0); /* none, whatever the pool says */
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  expect(site_query(s, "UPDATE 1"), DUSQ_E_TIMEDOUT);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect(f, DUSQ_OK);
  CHECK_INT(site_count(s, DUSQ_FAKE_CONNECTS), 1);
  site_close(s);
}

/* The true outcome, if it won: here the server does not care. */
static void test_cancel_lost_the_race(void)
{
  site s = site_open("pool_size=1&cancel_grace=20s");
  ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG | DUSQ_FAKE_DEAF);
  ON(s, "UPDATE 1", .flags = DUSQ_FAKE_HANG | DUSQ_FAKE_DEAF, .status = DUSQ_E_UNIQUE);
  for (int i = 0; i < 2; i++) {
    dusq_future *f = site_query(s, i ? "UPDATE 1" : "UPDATE 0");
    site_reached(s, DUSQ_FAKE_HANGING, 1);
    dusq_future_cancel(f);
    site_reached(s, DUSQ_FAKE_INTERRUPTS, i + 1);
    CHECK_INT(dusq_fake_release(s.fake), 1);
    expect_unknown(f, i ? DUSQ_E_UNIQUE : DUSQ_OK, false);
  }
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 0"), 1);
  CHECK_INT(site_count(s, DUSQ_FAKE_CONNECTS), 1);
  site_close(s);
}

/* Past the grace nobody waits any longer; the connection is thrown away as soon as it can be. */
static void test_grace(void)
{
  static const struct {
    const char *sql;
    int64_t timeout;
    dusq_status status;
    bool unknown;
  } cases[] = {{"UPDATE 0", 0, DUSQ_E_CANCELED, true},
               {"UPDATE 0", 300 * MS, DUSQ_E_TIMEDOUT, true}, /* long enough to be begun, on any machine */
               {"SELECT 0", 300 * MS, DUSQ_E_TIMEDOUT, false}}; /* a read has no outcome that could be unknown */
  site s = site_open("pool_size=1&cancel_grace=10ms");
  ON(s, "* 0", .flags = DUSQ_FAKE_HANG | DUSQ_FAKE_DEAF);
  for (int i = 0; i < 3; i++) {
    int64_t begin = test_now();
    dusq_future *f = site_query_with(s, cases[i].sql, cases[i].timeout, 0);
    site_reached(s, DUSQ_FAKE_HANGING, 1);
    if (!cases[i].timeout)
      dusq_future_cancel(f);
    expect_unknown(f, cases[i].status, cases[i].unknown);
    CHECK(test_now() - begin >= cases[i].timeout + 10 * MS);
    dusq_future *next = site_query(s, "UPDATE 1");
    CHECK_INT(dusq_future_wait(next, MS), DUSQ_E_TIMEDOUT); /* the worker is still stuck */
    CHECK_INT(dusq_fake_release(s.fake), 1);
    expect(next, DUSQ_OK);
    CHECK_INT(site_count(s, DUSQ_FAKE_CONNECTS), i + 2);
  }
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 1"), 3);
  site_close(s);
}

/* A deadline that passes while a connection is being made. */
static void test_deadline_connecting(void)
{
  site s = site_open("pool_size=1&cancel_grace=10ms&connect_timeout=20s");
  ON(s, "@connect", .flags = DUSQ_FAKE_HANG, .times = 1);
  int64_t begin = test_now();
  expect_unknown(site_query_with(s, "UPDATE 0", 5 * MS, 0), DUSQ_E_TIMEDOUT, false);
  CHECK(test_now() - begin < LONG_WAIT / 2);
  dusq_future *f = site_query(s, "UPDATE 1");
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect(f, DUSQ_OK);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 0"), 0);
  site_close(s);
}

/* Nothing was sent, so there is no outcome to wait for: neither a query, a script, steps, a job nor a session's call
 * waits for the grace, and their error says where they have come to.                                                 */
static dusq_result *job_that_never_runs(dusq_conn *conn, void *arg)
{
  (void)conn;
  (void)arg;
  CHECK(false);
  return NULL;
}

static atomic_int early_freed;

static void free_early(void *arg)
{
  (void)arg;
  atomic_fetch_add(&early_freed, 1);
}

static dusq_future *ask_early(site s, int way)
{
  const dusq_step step = {"UPDATE 0", DUSQ_NO_PARAMS};
  dusq_opts opts = {.size = sizeof opts, .timeout = 500 * MS};
  switch (way) {
  case 0:
    return dusq_pool_query(s.pool, "UPDATE 0", DUSQ_NO_PARAMS, &opts);
  case 1:
    return dusq_pool_script(s.pool, "UPDATE 0", &opts);
  case 2:
    return dusq_pool_transact_steps(s.pool, &step, 1, NULL, &opts);
  case 3:
    return dusq_pool_run(s.pool, job_that_never_runs, NULL, free_early, &opts);
  case 4:
    return dusq_pool_transact(s.pool, job_that_never_runs, NULL, free_early, NULL, &opts);
  default: {
    dusq_session *session = dusq_pool_session(s.pool, NULL);
    dusq_future *f = dusq_session_query(session, "UPDATE 0", DUSQ_NO_PARAMS, &opts);
    dusq_session_unref(session);
    return f;
  }
  }
}

static void test_early(void)
{
  for (int way = 0; way < 6; way++) {
    site s = site_open("pool_size=1&cancel_grace=30s&connect_timeout=60s");
    atomic_store(&early_freed, 0);
    ON(s, "@connect", .flags = DUSQ_FAKE_HANG, .times = 1);
    int64_t begin = test_now();
    dusq_future *f = ask_early(s, way);
    CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
    CHECK(test_now() - begin < 15 * DUSQ_SECOND);
    const dusq_error *error = dusq_future_error(f);
    CHECK_INT(dusq_error_status(error), DUSQ_E_TIMEDOUT);
    CHECK(dusq_error_retryable(error) && !dusq_error_unknown_outcome(error));
    CHECK(strstr(dusq_error_message(error), "connection") != NULL);
    CHECK_INT(atomic_load(&early_freed), way == 3 || way == 4);
    dusq_future_unref(f);
    site_reached(s, DUSQ_FAKE_HANGING, 1);
    f = dusq_pool_query(s.pool, "UPDATE 1", DUSQ_NO_PARAMS, NULL);
    CHECK_INT(dusq_fake_release(s.fake), 1);
    expect(f, DUSQ_OK); /* by the connection that was being made */
    CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 0"), 0);
    CHECK_INT(site_count(s, DUSQ_FAKE_CONNECTS), 1);
    site_close(s);
  }
}

/* A cancel likewise; and while no connection can be made, the error says why. */
static void test_early_others(void)
{
  site s = site_open("pool_size=1&cancel_grace=30s&connect_timeout=60s");
  ON(s, "@connect", .flags = DUSQ_FAKE_HANG, .times = 1);
  dusq_future *f = site_query(s, "UPDATE 0");
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  int64_t begin = test_now();
  dusq_future_cancel(f);
  expect_unknown(f, DUSQ_E_CANCELED, false);
  CHECK(test_now() - begin < 15 * DUSQ_SECOND);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect(site_query(s, "UPDATE 1"), DUSQ_OK);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 0"), 0);
  site_close(s);
  s = site_open("pool_size=1&cancel_grace=30s");
  ON(s, "@connect", .status = DUSQ_E_TOO_MANY_CONNECTIONS, .message = "no room here");
  f = site_query_with(s, "UPDATE 0", 30 * MS, 0);
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  const dusq_error *error = dusq_future_error(f);
  CHECK_INT(dusq_error_status(error), DUSQ_E_TIMEDOUT);
  CHECK(dusq_error_retryable(error) && strstr(dusq_error_message(error), "no room here"));
  dusq_future_unref(f);
  site_close(s);
}

/* ---- one of a batch ---------------------------------------------------------------------------------------------- */
enum { BATCH = 10 };

static void test_cancel_in_batch(void)
{
  dusq_future *first, *f[BATCH];
  site s = site_hanging("batch_min=1", &first);
  ON(s, "UPDATE 3", .flags = DUSQ_FAKE_HANG);
  for (int i = 0; i < BATCH; i++) {
    char sql[20];
    snprintf(sql, sizeof sql, "UPDATE %d", i + 1);
    f[i] = site_query(s, sql);
  }
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect(first, DUSQ_OK);
  site_reached(s, DUSQ_FAKE_HANGING, 1); /* number 3 of the batch */
  dusq_future_cancel(f[7]);              /* number 8: not begun, but taken */
  site_reached(s, DUSQ_FAKE_INTERRUPTS, 1);
  dusq_future_cancel(f[2]);
  for (int i = 0; i < BATCH; i++)
    expect_unknown(f[i], i == 2 || i == 7 ? DUSQ_E_CANCELED : DUSQ_OK, false);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 3"), 0);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 8"), 0);
  CHECK_INT(site_count(s, DUSQ_FAKE_EFFECTS), 1 + BATCH - 2); /* and nobody else was hit, or ran twice */
  CHECK_INT(site_count(s, DUSQ_FAKE_CONNECTS), 1);
  site_close(s);
}

/* ---- jobs -------------------------------------------------------------------------------------------------------- */
typedef struct work {
  tally t; /* first: tally_free gets it */
  dusq_status status[2];
  bool stopped;
} work;

static dusq_result *work_until_stopped(dusq_conn *conn, void *arg)
{
  work *w = arg;
  tally_add(&w->t);
  int64_t until = test_now() + LONG_WAIT;
  w->status[0] = dusq_conn_query(conn, "UPDATE 0", DUSQ_NO_PARAMS, NULL, NULL); /* hangs until it is cancelled */
  while (!dusq_conn_stopped(conn) && test_now() < until)
    ;
  w->stopped = dusq_conn_stopped(conn);
  w->status[1] = dusq_conn_query(conn, "UPDATE 1", DUSQ_NO_PARAMS, NULL, NULL);
  dusq_conn_fail(conn, dusq_error_new(w->status[1], NULL, 0, "stopped"));
  return NULL;
}

static void test_stop_job(void)
{
  site s = site_open("pool_size=1");
  ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  for (int i = 0; i < 2; i++) {
    work w = {.t = TALLY_INIT};
    dusq_opts opts = DUSQ_OPTS_INIT;
    opts.timeout = i ? 300 * MS : DUSQ_FOREVER; /* long enough to be begun, on any machine */
    dusq_future *f = dusq_pool_run(s.pool, work_until_stopped, &w, tally_free, &opts);
    if (!i) {
      site_reached(s, DUSQ_FAKE_HANGING, 1);
      dusq_future_cancel(f);
    }
    expect(f, i ? DUSQ_E_TIMEDOUT : DUSQ_E_CANCELED);
    CHECK(tally_wait_freed(&w.t, 1));
    CHECK(w.stopped);
    CHECK_INT(w.status[0], i ? DUSQ_E_TIMEDOUT : DUSQ_E_CANCELED);
    CHECK_INT(w.status[1], i ? DUSQ_E_TIMEDOUT : DUSQ_E_CANCELED);
  }
  CHECK_INT(site_count(s, DUSQ_FAKE_EFFECTS), 0);
  CHECK_INT(site_count(s, DUSQ_FAKE_CONNECTS), 1);
  site_close(s);
}

/* A job that does not look: its future settles after the grace, its argument is freed when it returns. */
static dusq_result *work_on(dusq_conn *conn, void *arg)
{
  work *w = arg;
  (void)conn;
  tally_add(&w->t);
  CHECK_INT(tally_wait(&w->t, 2), true);
  return rig_result(1);
}

static void test_stubborn_job(void)
{
  site s = site_open("pool_size=1&cancel_grace=5ms");
  work w = {.t = TALLY_INIT};
  dusq_future *f = dusq_pool_run(s.pool, work_on, &w, tally_free, NULL);
  CHECK(tally_wait(&w.t, 1));
  dusq_future_cancel(f);
  expect_unknown(f, DUSQ_E_CANCELED, true);
  CHECK_INT(tally_freed(&w.t), 0);
  CHECK_INT(site_stat(s, "settled"), 1);
  tally_add(&w.t);
  CHECK(tally_wait_freed(&w.t, 1));
  expect(site_query(s, "UPDATE 1"), DUSQ_OK);
  site_close(s);
  CHECK_INT(tally_freed(&w.t), 1);
}

void suite_pool_stop(void);
void suite_pool_stop(void)
{
  test_suite("pool_stop");
  test_case("cancel_queued", test_cancel_queued);
  test_case("cancel_from_everywhere", test_cancel_from_everywhere);
  test_case("deadline_queued", test_deadline_queued);
  test_case("queue_timeout", test_queue_timeout);
  test_case("cancel_running", test_cancel_running);
  test_case("deadline_running", test_deadline_running);
  test_case("cancel_lost_the_race", test_cancel_lost_the_race);
  test_case("grace", test_grace);
  test_case("deadline_connecting", test_deadline_connecting);
  test_case("early", test_early);
  test_case("early_others", test_early_others);
  test_case("cancel_in_batch", test_cancel_in_batch);
  test_case("stop_job", test_stop_job);
  test_case("stubborn_job", test_stubborn_job);
}
