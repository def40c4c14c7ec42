/* test_off_done.c - callbacks that are taken back, and what a cancel answers. */
#include "rig.h"

static void other_done(dusq_future *done, void *arg)
{
  tally_done(done, arg);
}

/* ---- taking back ------------------------------------------------------------------------------------------------- */
static void test_before_it_settles(void)
{
  dusq_cq *q;
  CHECK_INT(dusq_cq_new(&q), DUSQ_OK);
  tally t = TALLY_INIT;
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  CHECK(!dusq_future_off_done(f, q, tally_done, &t)); /* there is none yet */
  CHECK_INT(dusq_future_on_done(f, q, tally_done, &t, tally_free), DUSQ_OK);
  CHECK(!dusq_future_off_done(f, NULL, tally_done, &t));
  CHECK(!dusq_future_off_done(f, q, other_done, &t));
  CHECK(!dusq_future_off_done(f, q, tally_done, NULL));
  CHECK(dusq_future_off_done(f, q, tally_done, &t));
  CHECK(!dusq_future_off_done(f, q, tally_done, &t));
  CHECK_INT(tally_freed(&t), 0); /* not on the stack of the call */
  CHECK_INT(dusq_cq_dispatch(q, 0, 0), 1);
  CHECK_INT(tally_freed(&t), 1);
  rig_resolve(p, 1);
  CHECK_INT(dusq_cq_dispatch(q, 0, 0), 0);
  CHECK_INT(tally_count(&t), 0);
  dusq_future_unref(f);
  dusq_cq_unref(q);
}

static void test_posted_and_not_begun(void)
{
  dusq_cq *q;
  CHECK_INT(dusq_cq_new(&q), DUSQ_OK);
  tally t = TALLY_INIT;
  dusq_future *f = rig_ok(1);
  CHECK_INT(dusq_future_on_done(f, q, tally_done, &t, tally_free), DUSQ_OK);
  CHECK(dusq_future_off_done(f, q, tally_done, &t));
  CHECK_INT(dusq_cq_dispatch(q, 0, 0), 1);
  CHECK(!tally_count(&t) && tally_freed(&t) == 1);
  CHECK_INT(dusq_future_on_done(f, q, tally_done, &t, NULL), DUSQ_OK);
  CHECK_INT(dusq_cq_dispatch(q, 0, 0), 1);
  CHECK(!dusq_future_off_done(f, q, tally_done, &t)); /* it has run */
  CHECK(tally_count(&t) == 1 && tally_freed(&t) == 1);
  dusq_future_unref(f);
  dusq_cq_unref(q);
}

static void test_one_of_several(void)
{
  dusq_cq *q;
  CHECK_INT(dusq_cq_new(&q), DUSQ_OK);
  tally a = TALLY_INIT, b = TALLY_INIT;
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  for (int i = 0; i < 3; i++) {
    CHECK_INT(dusq_future_on_done(f, q, tally_done, &a, tally_free), DUSQ_OK);
    CHECK_INT(dusq_future_on_done(f, q, tally_done, &b, tally_free), DUSQ_OK);
  }
  CHECK(dusq_future_off_done(f, q, tally_done, &a));
  CHECK(dusq_future_off_done(f, q, tally_done, &b));
  CHECK(dusq_future_off_done(f, q, tally_done, &b));
  rig_resolve(p, 1);
  dusq_future_unref(f);
  CHECK_INT(dusq_cq_dispatch(q, 0, 0), 6);
  CHECK(tally_count(&a) == 2 && tally_freed(&a) == 3);
  CHECK(tally_count(&b) == 1 && tally_freed(&b) == 3);
  dusq_cq_unref(q);
}

typedef struct pair {
  dusq_future *f;
  dusq_cq *q;
  tally other;
  bool self, off;
} pair;

/* Takes itself and its neighbour back; the neighbour has been taken out of the queue with it. */
static void takes_back(dusq_future *done, void *arg)
{
  pair *both = arg;
  both->self = dusq_future_off_done(done, both->q, takes_back, both);
  both->off = dusq_future_off_done(done, both->q, tally_done, &both->other);
}

static void test_inside_a_callback(void)
{
  pair both = {.f = rig_ok(1), .other = TALLY_INIT, .self = true};
  CHECK_INT(dusq_cq_new(&both.q), DUSQ_OK);
  CHECK_INT(dusq_future_on_done(both.f, both.q, takes_back, &both, NULL), DUSQ_OK);
  CHECK_INT(dusq_future_on_done(both.f, both.q, tally_done, &both.other, tally_free), DUSQ_OK);
  CHECK_INT(dusq_cq_dispatch(both.q, 0, 0), 2);
  CHECK(!both.self && both.off);
  CHECK(!tally_count(&both.other) && tally_freed(&both.other) == 1);
  dusq_future_unref(both.f);
  dusq_cq_unref(both.q);
}

static void test_on_the_notifier(void)
{
  tally t = TALLY_INIT;
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  CHECK_INT(dusq_future_on_done(f, NULL, tally_done, &t, tally_free), DUSQ_OK);
  CHECK(dusq_future_off_done(f, NULL, tally_done, &t));
  CHECK(tally_wait_freed(&t, 1)); /* though it has not settled */
  CHECK(!pthread_equal(t.thread, pthread_self()) || !tally_count(&t));
  rig_resolve(p, 1);
  dusq_future_unref(f);
  CHECK_INT(tally_count(&t), 0);
  CHECK(!dusq_future_off_done(NULL, NULL, tally_done, &t));
}

static void test_errors_stay_unseen(void)
{
  journal log = JOURNAL_INIT;
  dusq_cq *q;
  CHECK_INT(dusq_cq_new(&q), DUSQ_OK);
  dusq_set_log(journal_write, &log);
  tally t = TALLY_INIT;
  dusq_future *f = rig_failed(DUSQ_E_DATA);
  CHECK_INT(dusq_future_on_done(f, q, tally_done, &t, NULL), DUSQ_OK);
  CHECK(dusq_future_off_done(f, q, tally_done, &t));
  dusq_future_unref(f);
  CHECK_INT(dusq_cq_dispatch(q, 0, 0), 1);
  CHECK(journal_has(&log, "an error was never read"));
  dusq_set_log(NULL, NULL);
  dusq_cq_unref(q);
}

typedef struct race {
  dusq_promise *p;
  meeting m;
} race;

static void settle_it(void *arg, int i)
{
  race *r = arg;
  uint32_t random = (uint32_t)i + 1;
  meet(&r->m);
  dawdle(&random, 100);
  rig_resolve(r->p, 1);
}

static void test_races(void)
{
  CHECK(test_threads_settle(RIG_THREADS));
  long live = test_alloc_live(), rounds = test_scale(300);
  for (long i = 0; i < rounds; i++) {
    race r = {.m = {.n = 2}};
    tally t = TALLY_INIT;
    dusq_future *f = rig_pending(&r.p);
    CHECK_INT(dusq_future_on_done(f, NULL, tally_done, &t, tally_free), DUSQ_OK);
    team one;
    team_start(&one, 1, settle_it, &r);
    uint32_t random = (uint32_t)i;
    meet(&r.m);
    dawdle(&random, 400);
    bool off = dusq_future_off_done(f, NULL, tally_done, &t);
    dusq_future_unref(f);
    team_join(&one);
    CHECK(tally_wait_freed(&t, 1));
    CHECK_INT(tally_count(&t), !off);
  }
  CHECK(test_threads_settle(RIG_THREADS));
  CHECK_INT(test_alloc_live(), live);
}

static int in_child(void *arg)
{
  tally t = TALLY_INIT;
  return dusq_future_off_done(arg, NULL, tally_done, &t) || dusq_future_cancel(arg) != DUSQ_CANCEL_LATE;
}

static void test_in_a_child(void)
{
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  CHECK_INT(rig_in_child(in_child, f), 0);
  dusq_promise_drop(p);
  expect(f, DUSQ_E_ABANDONED);
}

/* ---- what a cancel met ------------------------------------------------------------------------------------------- */
static void test_cancel_of_requests(void)
{
  site s = site_open("pool_size=1");
  ON(s, "*slow*", .flags = DUSQ_FAKE_HANG);
  dusq_future *runs = site_query(s, "SELECT slow"), *waits = site_query(s, "SELECT 2"), *done = rig_ok(1);
  site_reached(s, DUSQ_FAKE_WAITING, 1);
  CHECK_INT(dusq_future_cancel(waits), DUSQ_CANCEL_QUEUED);
  CHECK_INT(dusq_future_status(waits), DUSQ_E_CANCELED);
  CHECK_INT(dusq_future_cancel(waits), DUSQ_CANCEL_LATE);
  CHECK_INT(dusq_future_cancel(runs), DUSQ_CANCEL_SENT);
  int again = dusq_future_cancel(runs);
  CHECK(again == DUSQ_CANCEL_SENT || again == DUSQ_CANCEL_LATE); /* it may have settled */
  expect(runs, DUSQ_E_CANCELED);
  expect(waits, DUSQ_E_CANCELED);
  CHECK_INT(dusq_future_cancel(done), DUSQ_CANCEL_LATE);
  CHECK_INT(dusq_future_cancel(NULL), DUSQ_CANCEL_LATE);
  CHECK_INT(dusq_future_cancel(dusq_future_all(NULL, 1, 0)), DUSQ_CANCEL_LATE);
  dusq_future_unref(done);
  CHECK_INT(site_count(s, DUSQ_FAKE_EXECUTES), 1); /* QUEUED was never sent */
  site_close(s);
}

static void test_cancel_of_what_goes_on(void)
{
  site s = site_open("pool_size=1");
  ON(s, "*slow*", .flags = DUSQ_FAKE_HANG);
  dusq_session *session = dusq_pool_session(s.pool, NULL);
  dusq_future *runs = dusq_session_query(session, "SELECT slow", DUSQ_NO_PARAMS, NULL);
  site_reached(s, DUSQ_FAKE_WAITING, 1);
  dusq_future *undone = dusq_session_rollback(session), *end = dusq_session_close(session);
  dusq_future *closed = dusq_pool_close(s.pool, LONG_WAIT);
  for (int i = 0; i < 2; i++) {
    CHECK_INT(dusq_future_cancel(undone), DUSQ_CANCEL_LATE);
    CHECK_INT(dusq_future_cancel(end), DUSQ_CANCEL_LATE);
    CHECK_INT(dusq_future_cancel(closed), DUSQ_CANCEL_LATE);
  }
  dusq_fake_release(s.fake);
  expect(runs, DUSQ_OK);
  expect(undone, DUSQ_OK);
  expect(end, DUSQ_OK);
  expect(closed, DUSQ_OK);
  dusq_session_unref(session);
  site_left(s);
}

static int cancel_all_of(dusq_future *const *futures, size_t n)
{
  dusq_future *all = dusq_future_all(futures, n, DUSQ_ALL_COLLECT);
  int met = dusq_future_cancel(all);
  CHECK_INT(dusq_future_wait(all, LONG_WAIT), DUSQ_OK);
  dusq_future_unref(all);
  return met;
}

static void test_cancel_of_combinations(void)
{
  site s = site_open("pool_size=1");
  ON(s, "*slow*", .flags = DUSQ_FAKE_HANG);
  dusq_future *f[4] = {site_query(s, "SELECT slow")};
  site_reached(s, DUSQ_FAKE_WAITING, 1);
  for (int i = 1; i < 4; i++)
    f[i] = site_query(s, "SELECT 2");
  dusq_future *inner = dusq_future_any(&f[1], 1), *outer = dusq_future_timeout(inner, DUSQ_FOREVER, 0);
  CHECK_INT(dusq_future_cancel(outer), DUSQ_CANCEL_QUEUED); /* of the child of its child */
  CHECK_INT(dusq_future_status(f[1]), DUSQ_E_CANCELED);
  CHECK_INT(dusq_future_cancel(inner), DUSQ_CANCEL_LATE);
  dusq_future *shield = dusq_future_shield(f[0]);
  CHECK_INT(dusq_future_cancel(shield), DUSQ_CANCEL_QUEUED);
  CHECK_INT(dusq_future_cancel(shield), DUSQ_CANCEL_LATE);
  CHECK_INT(dusq_future_status(f[0]), DUSQ_E_PENDING);
  CHECK_INT(cancel_all_of(f + 1, 2), DUSQ_CANCEL_QUEUED); /* one had settled */
  CHECK_INT(cancel_all_of(f + 1, 2), DUSQ_CANCEL_LATE);
  CHECK_INT(cancel_all_of(f, 4), DUSQ_CANCEL_SENT);
  dusq_future *rest[] = {inner, outer, shield, f[0], f[1], f[2], f[3]};
  for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
    expect(rest[i], DUSQ_E_CANCELED);
  site_close(s);
}

static dusq_future *gives(dusq_future *done, void *arg)
{
  (void)done;
  return dusq_future_ref(arg);
}

static void test_cancel_of_promises_and_then(void)
{
  dusq_cq *q;
  CHECK_INT(dusq_cq_new(&q), DUSQ_OK);
  dusq_promise *p;
  dusq_future *inner = rig_pending(&p), *first = rig_ok(1);
  dusq_future *then = dusq_future_then(first, q, gives, inner, NULL);
  CHECK_INT(dusq_future_cancel(then), DUSQ_CANCEL_SENT); /* what fn gives is cancelled, when it has run */
  CHECK(!dusq_promise_canceled(p));
  CHECK_INT(dusq_cq_dispatch(q, 0, 0), 1);
  CHECK(dusq_promise_canceled(p));
  CHECK_INT(dusq_future_cancel(then), DUSQ_CANCEL_SENT);
  CHECK_INT(dusq_future_cancel(inner), DUSQ_CANCEL_SENT);
  dusq_future *twice[] = {inner, inner};
  dusq_future *all = dusq_future_all(twice, 2, 0);
  CHECK_INT(dusq_future_cancel(all), DUSQ_CANCEL_SENT); /* of children that had been asked before */
  rig_reject(p, DUSQ_E_CANCELED);
  expect(then, DUSQ_E_CANCELED);
  expect(all, DUSQ_E_CANCELED);
  expect(inner, DUSQ_E_CANCELED);
  dusq_future_unref(first);
  dusq_cq_unref(q);
}

/* A caller's free_arg may cancel, on the stack of a cancel. */
typedef struct nest {
  dusq_future *f;
  int met;
} nest;

static void cancels(void *arg)
{
  nest *n = arg;
  n->met = dusq_future_cancel(n->f);
}

static dusq_result *no_job(dusq_conn *conn, void *arg)
{
  (void)conn;
  (void)arg;
  return NULL;
}

static void test_cancel_inside_a_cancel(void)
{
  site s = site_open("pool_size=1");
  ON(s, "*slow*", .flags = DUSQ_FAKE_HANG);
  nest n = {site_query(s, "SELECT slow"), -1};
  site_reached(s, DUSQ_FAKE_WAITING, 1);
  dusq_future *job = dusq_pool_run(s.pool, no_job, &n, cancels, NULL);
  CHECK_INT(dusq_future_cancel(job), DUSQ_CANCEL_QUEUED);
  CHECK_INT(n.met, DUSQ_CANCEL_SENT);
  expect(job, DUSQ_E_CANCELED);
  expect(n.f, DUSQ_E_CANCELED);
  site_close(s);
}

void suite_off_done(void);
void suite_off_done(void)
{
  test_suite("off_done");
  test_case("before it settles", test_before_it_settles);
  test_case("posted and not begun", test_posted_and_not_begun);
  test_case("one of several", test_one_of_several);
  test_case("inside a callback", test_inside_a_callback);
  test_case("on the notifier", test_on_the_notifier);
  test_case("errors stay unseen", test_errors_stay_unseen);
  test_case("races", test_races);
  test_case("in a child", test_in_a_child);
  test_case("cancel of requests", test_cancel_of_requests);
  test_case("cancel of what goes on", test_cancel_of_what_goes_on);
  test_case("cancel of combinations", test_cancel_of_combinations);
  test_case("cancel of promises and then", test_cancel_of_promises_and_then);
  test_case("cancel inside a cancel", test_cancel_inside_a_cancel);
}
