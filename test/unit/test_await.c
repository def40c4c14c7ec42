/* test_await.c - dusq_await: what it gives, whose it is, and that it consumes the future whatever it says. */
#include "rig.h"

/* What a call gave. */
typedef struct gift {
  dusq_status status;
  dusq_result *result;
  dusq_error *error;
} gift;

static gift await(dusq_future *take_future, int64_t timeout)
{
  gift g = {-1, (dusq_result *)&g, (dusq_error *)&g}; /* both are written in every case */
  g.status = dusq_await(take_future, timeout, &g.result, &g.error);
  return g;
}

/* The status, whether it says so twice, and nothing besides; drops what was given. */
static void check(gift g, dusq_status status)
{
  CHECK_INT(g.status, status);
  CHECK_INT(dusq_error_status(g.error), status);
  CHECK((g.error != NULL) == (status != DUSQ_OK));
  CHECK(!status || !g.result);
  CHECK_STR(dusq_error_message(dusq_error_ref(g.error)), dusq_error_message(g.error));
  dusq_error_unref(g.error);
  dusq_error_unref(g.error);
  dusq_result_unref(g.result);
}

static void test_gives(void)
{
  long live = test_alloc_live();
  gift g = await(rig_ok(7), 0);
  CHECK_INT(rig_first(g.result), 7); /* the future has gone */
  check(g, DUSQ_OK);
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  dusq_promise_resolve(p, NULL);
  g = await(f, DUSQ_FOREVER);
  CHECK(!g.result);
  check(g, DUSQ_OK);
  g = await(rig_failed(DUSQ_E_UNIQUE), DUSQ_FOREVER);
  CHECK_STR(dusq_error_message(g.error), dusq_strstatus(DUSQ_E_UNIQUE));
  check(g, DUSQ_E_UNIQUE);
  CHECK_INT(test_alloc_live(), live);
}

static void test_null_outs(void)
{
  long live = test_alloc_live();
  dusq_result *result = (dusq_result *)&live;
  dusq_error *error = (dusq_error *)&live;
  CHECK_INT(dusq_await(rig_ok(1), 0, NULL, NULL), DUSQ_OK);
  CHECK_INT(dusq_await(rig_ok(1), 0, NULL, &error), DUSQ_OK);
  CHECK(!error);
  CHECK_INT(dusq_await(rig_failed(DUSQ_E_DATA), 0, NULL, NULL), DUSQ_E_DATA);
  CHECK_INT(dusq_await(rig_failed(DUSQ_E_DATA), 0, &result, NULL), DUSQ_E_DATA);
  CHECK(!result);
  CHECK_INT(test_alloc_live(), live);
}

static void test_arguments(void)
{
  long live = test_alloc_live();
  check(await(NULL, DUSQ_FOREVER), DUSQ_E_INVAL);
  check(await(NULL, -1), DUSQ_E_INVAL);
  CHECK_INT(dusq_await(NULL, 0, NULL, NULL), DUSQ_E_INVAL);
  check(await(rig_ok(1), -1), DUSQ_E_INVAL); /* dropped, with what it has */
  check(await(rig_failed(DUSQ_E_DATA), -1), DUSQ_E_INVAL);
  check(await(dusq_pool_query(NULL, "SELECT 1", DUSQ_NO_PARAMS, NULL), DUSQ_FOREVER), DUSQ_E_INVAL);
  dusq_promise *p;
  check(await(rig_pending(&p), -1), DUSQ_E_INVAL);
  CHECK(!dusq_promise_canceled(p));
  dusq_promise_drop(p);
  CHECK_INT(test_alloc_live(), live);
}

/* ---- whose time is over ------------------------------------------------------------------------------------------ */
static void test_own_timeout(void)
{
  long live = test_alloc_live();
  dusq_promise *p;
  check(await(rig_pending(&p), 0), DUSQ_E_PENDING);
  CHECK(!dusq_promise_canceled(p)); /* the work goes on */
  rig_resolve(p, 1);
  int64_t begin = test_now();
  check(await(rig_pending(&p), 5 * MS), DUSQ_E_PENDING);
  CHECK(test_now() - begin >= 5 * MS);
  rig_resolve(p, 1);
  check(await(rig_failed(DUSQ_E_TIMEDOUT), 0), DUSQ_E_TIMEDOUT);
  check(await(rig_failed(DUSQ_E_CANCELED), 0), DUSQ_E_CANCELED);
  CHECK_INT(test_alloc_live(), live);
}

static void test_statements_deadline(void)
{
  site s = site_open("pool_size=1");
  ON(s, "*slow*", .delay = DUSQ_FOREVER);
  check(await(site_query_with(s, "SELECT slow", 5 * MS, 0), LONG_WAIT), DUSQ_E_TIMEDOUT);
  dusq_future *f = site_query(s, "SELECT slow");
  check(await(dusq_future_ref(f), 5 * MS), DUSQ_E_PENDING);
  CHECK_INT(dusq_future_status(f), DUSQ_E_PENDING);
  dusq_future_cancel(f);
  check(await(f, LONG_WAIT), DUSQ_E_CANCELED);
  site_close(s);
}

/* ---- where it may not wait --------------------------------------------------------------------------------------- */
typedef struct inside {
  dusq_future *pending; /* the callback's or job's to consume */
  gift of_pending, of_settled;
  tally done;
} inside;

static void await_inside(inside *in)
{
  in->of_pending = await(in->pending, DUSQ_FOREVER);
  in->of_settled = await(rig_ok(3), DUSQ_FOREVER);
  tally_add(&in->done);
}

static dusq_result *job(dusq_conn *conn, void *arg)
{
  (void)conn;
  await_inside(arg);
  return NULL;
}

static void callback(dusq_future *done, void *arg)
{
  (void)done;
  await_inside(arg);
}

static void check_inside(inside *in, dusq_promise *p)
{
  CHECK(!dusq_promise_canceled(p));
  rig_resolve(p, 1);
  check(in->of_pending, DUSQ_E_DEADLOCK);
  CHECK_INT(rig_first(in->of_settled.result), 3);
  check(in->of_settled, DUSQ_OK);
}

static void test_on_the_librarys_threads(void)
{
  CHECK(test_threads_settle(RIG_THREADS));
  long live = test_alloc_live();
  dusq_promise *p;
  inside in = {.pending = rig_pending(&p), .done = TALLY_INIT};
  site s = site_open("pool_size=1");
  check(await(dusq_pool_run(s.pool, job, &in, NULL, NULL), LONG_WAIT), DUSQ_OK);
  check_inside(&in, p);
  in.pending = rig_pending(&p);
  dusq_future *f = rig_ok(1);
  CHECK_INT(dusq_future_on_done(f, NULL, callback, &in, NULL), DUSQ_OK);
  dusq_future_unref(f);
  CHECK(tally_wait(&in.done, 2));
  check_inside(&in, p);
  site_close(s);
  CHECK(test_threads_settle(RIG_THREADS));
  CHECK_INT(test_alloc_live(), live);
}

static int in_child(void *arg)
{
  dusq_future **both = arg;
  for (int i = 0; i < 2; i++) {
    gift g = await(both[i], DUSQ_FOREVER);
    if (g.status != DUSQ_E_FORKED || g.result || dusq_error_status(g.error) != DUSQ_E_FORKED)
      return 1 + i;
    dusq_error_unref(g.error);
  }
  gift g = await(rig_ok(5), 0); /* made here */
  return g.status == DUSQ_OK && rig_first(g.result) == 5 ? 0 : 3;
}

static void test_in_a_child(void)
{
  dusq_promise *p;
  dusq_future *both[] = {rig_pending(&p), rig_ok(1)};
  CHECK_INT(rig_in_child(in_child, both), 0);
  check(await(both[1], 0), DUSQ_OK); /* the parent's are as they were */
  rig_resolve(p, 2);
  check(await(both[0], 0), DUSQ_OK);
}

/* ---- errors are seen, and none needs memory ---------------------------------------------------------------------- */
static void test_looks(void)
{
  journal log = JOURNAL_INIT;
  dusq_set_log(journal_write, &log);
  check(await(rig_failed(DUSQ_E_DATA), 0), DUSQ_E_DATA);
  CHECK_INT(dusq_await(rig_failed(DUSQ_E_DATA), 0, NULL, NULL), DUSQ_E_DATA);
  CHECK_INT(journal_lines(&log), 0);
  dusq_promise *p;
  check(await(rig_pending(&p), 0), DUSQ_E_PENDING);
  rig_reject(p, DUSQ_E_DATA); /* of which nobody will hear any more */
  CHECK(journal_has(&log, "an error was never read: DUSQ_E_DATA"));
  dusq_set_log(NULL, NULL);
}

static void test_without_memory(void)
{
  dusq_promise *p;
  dusq_future *failed = rig_failed(DUSQ_E_DATA), *good = rig_ok(1), *pending = rig_pending(&p);
  test_alloc_fail(1, true);
  gift of_failed = await(failed, 0), of_good = await(good, 0), of_pending = await(pending, 0), of_null = await(NULL, 0);
  CHECK(!test_alloc_failed());
  test_alloc_fail(0, false);
  check(of_failed, DUSQ_E_DATA);
  check(of_good, DUSQ_OK);
  check(of_pending, DUSQ_E_PENDING);
  check(of_null, DUSQ_E_INVAL);
  dusq_promise_drop(p);
}

/* ---- at the moment it settles ------------------------------------------------------------------------------------ */
typedef struct race {
  dusq_promise *p;
  meeting m;
} race;

static void settle_it(void *arg, int i)
{
  race *r = arg;
  (void)i;
  meet(&r->m);
  rig_reject(r->p, DUSQ_E_DATA);
}

static void test_races(void)
{
  long live = test_alloc_live(), rounds = test_scale(200);
  for (long i = 0; i < rounds; i++) {
    race r = {.m = {.n = 2}};
    dusq_future *f = rig_pending(&r.p);
    team t;
    team_start(&t, 1, settle_it, &r);
    meet(&r.m);
    gift g = await(f, i % 3 ? (i % 20) * 1000 : 0);
    team_join(&t);
    check(g, g.status == DUSQ_E_PENDING ? DUSQ_E_PENDING : DUSQ_E_DATA);
  }
  CHECK_INT(test_alloc_live(), live);
}

void suite_await(void);
void suite_await(void)
{
  test_suite("await");
  test_case("gives", test_gives);
  test_case("null outs", test_null_outs);
  test_case("arguments", test_arguments);
  test_case("own timeout", test_own_timeout);
  test_case("statement's deadline", test_statements_deadline);
  test_case("on the library's threads", test_on_the_librarys_threads);
  test_case("in a child", test_in_a_child);
  test_case("looks", test_looks);
  test_case("without memory", test_without_memory);
  test_case("races", test_races);
}
