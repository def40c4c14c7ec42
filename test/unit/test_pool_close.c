/* test_pool_close.c - the end of a pool in all its forms: idle, busy, stuck, twice, from anywhere, and without a
 * close.                                                                                                             */
#include "rig.h"

/* ---- without work ------------------------------------------------------------------------------------------------ */
static void test_close_idle(void)
{
  site s = site_open("pool_size=2"); /* never used */
  dusq_future *f = dusq_pool_close(s.pool, DUSQ_FOREVER);
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  dusq_result *r = (dusq_result *)&s;
  CHECK_INT(dusq_future_get(f, &r), DUSQ_OK);
  CHECK(r == NULL);
  dusq_future_unref(f);
  site_left(s);
  s = site_open("pool_size=2"); /* with a worker that sleeps */
  expect(site_query(s, "UPDATE 1"), DUSQ_OK);
  expect(dusq_pool_close(s.pool, DUSQ_FOREVER), DUSQ_OK); /* the grace is a bound, not a wait */
  CHECK_INT(site_count(s, DUSQ_FAKE_DISCONNECTS), 1);
  site_left(s);
  CHECK(test_threads_settle(RIG_THREADS));
}

static void test_refuses_work(void)
{
  site s = site_open("pool_size=1");
  ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  dusq_future *first = site_query(s, "UPDATE 0");
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  dusq_future *closing = dusq_pool_close(s.pool, LONG_WAIT);
  dusq_value v = dusq_int(1);
  for (int i = 0; i < 2; i++) { /* while it is closing, and when it is closed */
    tally t = TALLY_INIT;
    expect(site_query(s, "UPDATE 1"), DUSQ_E_CLOSED);
    expect(dusq_pool_script(s.pool, "UPDATE 1", NULL), DUSQ_E_CLOSED);
    expect(dusq_pool_many(s.pool, "UPDATE ?", 1, 1, &v, NULL), DUSQ_E_CLOSED);
    expect(dusq_pool_run(s.pool, rig_no_job, &t, tally_free, NULL), DUSQ_E_CLOSED);
    CHECK_INT(tally_freed(&t), 1);
    if (!i) {
      CHECK_INT(dusq_future_status(closing), DUSQ_E_PENDING);
      CHECK_INT(dusq_fake_release(s.fake), 1);
      expect(first, DUSQ_OK);
      expect(dusq_future_ref(closing), DUSQ_OK);
    }
  }
  dusq_future_unref(closing);
  expect(dusq_pool_close(s.pool, 0), DUSQ_OK); /* and again */
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 1"), 0);
  site_left(s);
}

/* ---- with work --------------------------------------------------------------------------------------------------- */
static void test_drain(void)
{
  site s = site_open("pool_size=2");
  ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  dusq_future *f[40];
  for (int i = 0; i < 40; i++)
    f[i] = site_query(s, i < 2 ? "UPDATE 0" : "UPDATE 1");
  site_reached(s, DUSQ_FAKE_HANGING, 2);
  dusq_future *closing = dusq_pool_close(s.pool, LONG_WAIT);
  CHECK_INT(dusq_future_wait(closing, 2 * MS), DUSQ_E_TIMEDOUT);
  dusq_future_cancel(closing); /* a close goes on */
  CHECK_INT(dusq_fake_release(s.fake), 2);
  expect(closing, DUSQ_OK);
  for (int i = 0; i < 40; i++)
    CHECK_INT(dusq_future_state(f[i]), DUSQ_STATE_SETTLED); /* every request, before the close */
  for (int i = 0; i < 40; i++)
    expect(f[i], DUSQ_OK);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 1"), 38);
  site_left(s);
}

static void test_no_grace(void)
{
  site s = site_open("pool_size=2");
  ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  dusq_future *f[10];
  for (int i = 0; i < 10; i++)
    f[i] = site_query(s, i < 2 ? "UPDATE 0" : "UPDATE 1");
  site_reached(s, DUSQ_FAKE_HANGING, 2);
  expect(dusq_pool_close(s.pool, 0), DUSQ_OK);
  for (int i = 0; i < 10; i++)
    expect_unknown(f[i], DUSQ_E_CLOSED, false);
  CHECK_INT(site_count(s, DUSQ_FAKE_EFFECTS), 0);
  CHECK_INT(site_count(s, DUSQ_FAKE_INTERRUPTS), 2);
  CHECK_INT(site_count(s, DUSQ_FAKE_EXECUTES), 2); /* what waited was never sent */
  site_left(s);
}

static void test_grace_ends(void)
{
  site s = site_open("pool_size=1");
  ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  dusq_future *f = site_query(s, "UPDATE 0"), *g = site_query(s, "UPDATE 1");
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  int64_t begin = test_now();
  expect(dusq_pool_close(s.pool, 20 * MS), DUSQ_OK);
  CHECK(test_now() - begin >= 20 * MS);
  expect(f, DUSQ_E_CLOSED);
  expect(g, DUSQ_E_CLOSED);
  site_left(s);
}

/* A driver that ignores interrupts is left behind, within grace + cancel_grace and a little. */
static void test_stuck(void)
{
  site s = site_open("pool_size=2&cancel_grace=30ms");
  ON(s, "* 0", .flags = DUSQ_FAKE_HANG | DUSQ_FAKE_DEAF);
  dusq_future *f = site_query(s, "UPDATE 0"), *g = site_query(s, "SELECT 0"), *h = site_query(s, "UPDATE 1");
  site_reached(s, DUSQ_FAKE_HANGING, 2);
  int64_t begin = test_now();
  dusq_future *closing = dusq_pool_close(s.pool, 10 * MS);
  expect(closing, DUSQ_OK);
  int64_t took = test_now() - begin;
  CHECK(took >= 40 * MS);
  CHECK(took < LONG_WAIT / 4);
  expect_unknown(f, DUSQ_E_CLOSED, true);
  expect(g, DUSQ_E_CLOSED);
  expect_unknown(h, DUSQ_E_CLOSED, false);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 1"), 0);
  expect(site_query(s, "UPDATE 2"), DUSQ_E_CLOSED);
  dusq_pool_unref(s.pool);
  CHECK_INT(dusq_fake_release(s.fake), 2); /* and when it comes back, nothing breaks and nothing is left */
  CHECK(test_threads_settle(RIG_THREADS));
  s.pool = NULL;
  site_left(s);
}

static void test_stuck_connect(void)
{
  site s = site_open("pool_size=1&cancel_grace=20ms&connect_timeout=1h");
  ON(s, "@connect", .flags = DUSQ_FAKE_HANG); /* one that listens: its stop is asked */
  dusq_future *f = site_query(s, "UPDATE 0"), *g = site_query(s, "UPDATE 1");
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  expect(dusq_pool_close(s.pool, 0), DUSQ_OK);
  expect_unknown(f, DUSQ_E_CLOSED, false);
  expect(g, DUSQ_E_CLOSED);
  site_left(s);
  s = site_open("pool_size=1&cancel_grace=20ms&connect_timeout=1h");
  ON(s, "@connect", .flags = DUSQ_FAKE_HANG | DUSQ_FAKE_DEAF);
  f = site_query(s, "UPDATE 0");
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  expect(dusq_pool_close(s.pool, 0), DUSQ_OK);
  expect_unknown(f, DUSQ_E_CLOSED, false);
  dusq_pool_unref(s.pool);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  CHECK(test_threads_settle(RIG_THREADS));
  s.pool = NULL;
  site_left(s);
}

/* A server that has no slot free is asked with patience, also by a pool that drains. */
static void test_drain_is_patient(void)
{
  site s = site_open("pool_size=2");
  ON(s, "@connect", .status = DUSQ_E_TOO_MANY_CONNECTIONS);
  dusq_future *f[4];
  for (int i = 0; i < 4; i++)
    f[i] = site_query(s, "UPDATE 1");
  site_reached(s, DUSQ_FAKE_REFUSALS, 1);
  expect(dusq_pool_close(s.pool, 300 * MS), DUSQ_OK);
  for (int i = 0; i < 4; i++)
    expect_unknown(f[i], DUSQ_E_CLOSED, false);
  CHECK(site_count(s, DUSQ_FAKE_REFUSALS) < 20);
  site_left(s);
}

/* ---- twice, and from everywhere ---------------------------------------------------------------------------------- */
static void test_shorter_grace_wins(void)
{
  site s = site_open("pool_size=1");
  ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  dusq_future *f = site_query(s, "UPDATE 0");
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  dusq_future *one = dusq_pool_close(s.pool, DUSQ_FOREVER), *two = dusq_pool_close(s.pool, LONG_WAIT);
  CHECK_INT(dusq_future_wait(one, 2 * MS), DUSQ_E_TIMEDOUT);
  dusq_future *three = dusq_pool_close(s.pool, 5 * MS), *four = dusq_pool_close(s.pool, DUSQ_FOREVER);
  expect(one, DUSQ_OK);
  expect(two, DUSQ_OK);
  expect(three, DUSQ_OK);
  expect(four, DUSQ_OK);
  expect(f, DUSQ_E_CLOSED);
  site_left(s);
}

static void close_it(void *arg, int i)
{
  site *s = arg;
  expect(dusq_pool_close(s->pool, i % 2 ? 0 : LONG_WAIT), DUSQ_OK);
}

static void test_close_from_threads(void)
{
  for (int i = 0; i < 20; i++) {
    site s = site_open("pool_size=2");
    dusq_future *f = site_query(s, "UPDATE 1");
    team_run(4, close_it, &s);
    CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
    dusq_future_unref(f);
    site_left(s);
  }
}

typedef struct inside {
  tally t; /* first */
  site s;
  dusq_future *closing;
} inside;

static void close_in_callback(dusq_future *done, void *arg)
{
  inside *in = arg;
  (void)done;
  in->closing = dusq_pool_close(in->s.pool, LONG_WAIT);
  dusq_pool_unref(in->s.pool);
  tally_add(&in->t);
}

static dusq_result *close_in_job(dusq_conn *conn, void *arg)
{
  inside *in = arg;
  in->closing = dusq_pool_close(in->s.pool, LONG_WAIT);
  tally_add(&in->t);
  dusq_conn_query(conn, "UPDATE 1", DUSQ_NO_PARAMS, NULL, NULL); /* it still may */
  dusq_pool_unref(in->s.pool);
  return rig_result(dusq_future_wait(in->closing, DUSQ_FOREVER));
}

static void test_close_inside(void)
{
  inside in = {.t = TALLY_INIT, .s = site_open("pool_size=1")};
  dusq_future *f = site_query(in.s, "UPDATE 1");
  CHECK_INT(dusq_future_on_done(f, NULL, close_in_callback, &in, tally_free), DUSQ_OK);
  CHECK(tally_wait_freed(&in.t, 1));
  expect(f, DUSQ_OK);
  expect(in.closing, DUSQ_OK);
  in.s.pool = NULL;
  site_left(in.s);
  in.s = site_open("pool_size=1");
  expect_value(dusq_pool_run(in.s.pool, close_in_job, &in, tally_free, NULL), DUSQ_E_DEADLOCK);
  expect(in.closing, DUSQ_OK);
  CHECK_INT(dusq_fake_ran(in.s.fake, "UPDATE 1"), 1);
  in.s.pool = NULL;
  site_left(in.s);
  CHECK(test_threads_settle(RIG_THREADS));
}

/* ---- without a close --------------------------------------------------------------------------------------------- */
static void test_last_unref(void)
{
  site s = site_open("pool_size=1");
  ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  dusq_future *f = site_query(s, "UPDATE 0"), *g = site_query(s, "UPDATE 1");
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  dusq_pool_unref(s.pool); /* does not wait; what runs is cancelled */
  expect(f, DUSQ_E_CLOSED);
  expect(g, DUSQ_E_CLOSED);
  CHECK(test_threads_settle(RIG_THREADS));
  s.pool = NULL;
  site_left(s);
  s = site_open("pool_size=1");
  f = site_query(s, "UPDATE 1");
  expect(dusq_future_ref(f), DUSQ_OK);
  dusq_pool_unref(s.pool);
  CHECK_INT(dusq_future_status(f), DUSQ_OK); /* outlives its pool */
  dusq_future_unref(f);
  CHECK(test_threads_settle(RIG_THREADS));
  s.pool = NULL;
  site_left(s);
}

/* The last unref closes a pool that is open; one that is closing keeps its grace. */
static void test_unref_keeps_the_grace(void)
{
  site s = site_open("pool_size=1");
  ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  dusq_future *f = site_query(s, "UPDATE 0"), *g = site_query(s, "UPDATE 1");
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  dusq_future *closing = dusq_pool_close(s.pool, LONG_WAIT);
  dusq_pool_unref(s.pool);
  CHECK_INT(dusq_future_wait(closing, 20 * MS), DUSQ_E_TIMEDOUT);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect(f, DUSQ_OK);
  expect(g, DUSQ_OK);
  expect(closing, DUSQ_OK);
  s.pool = NULL;
  site_left(s);
}

/* A second close of the session, which its last reference makes, is no error to tell of. */
static void test_session_quietly(void)
{
  journal log = JOURNAL_INIT;
  site s = site_open_logged("pool_size=1", &log);
  for (int closes = 0; closes < 3; closes++) {
    dusq_session *session = dusq_pool_session(s.pool, NULL);
    expect(dusq_session_query(session, "SELECT 1", DUSQ_NO_PARAMS, NULL), DUSQ_OK);
    for (int i = 0; i < closes; i++)
      expect(dusq_session_close(session), i ? DUSQ_E_CLOSED : DUSQ_OK);
    dusq_session_unref(session);
  }
  dusq_session *unused = dusq_pool_session(s.pool, NULL);
  expect(dusq_session_close(unused), DUSQ_OK);
  dusq_session_unref(unused);
  CHECK(!journal_has(&log, "never read"));
  site_close(s);
}

void suite_pool_close(void);
void suite_pool_close(void)
{
  test_suite("pool_close");
  test_case("close_idle", test_close_idle);
  test_case("refuses_work", test_refuses_work);
  test_case("drain", test_drain);
  test_case("no_grace", test_no_grace);
  test_case("grace_ends", test_grace_ends);
  test_case("stuck", test_stuck);
  test_case("stuck_connect", test_stuck_connect);
  test_case("drain_is_patient", test_drain_is_patient);
  test_case("shorter_grace_wins", test_shorter_grace_wins);
  test_case("close_from_threads", test_close_from_threads);
  test_case("close_inside", test_close_inside);
  test_case("last_unref", test_last_unref);
  test_case("unref_keeps_the_grace", test_unref_keeps_the_grace);
  test_case("a session, quietly", test_session_quietly);
}
