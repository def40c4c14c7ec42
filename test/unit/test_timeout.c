/* test_timeout.c - dusq_future_timeout: a deadline around a future that is not the pool's. */
#include "rig.h"

/* Cancels are answered as the case says. */
typedef struct answer {
  tally t; /* first: tally_free gets the answer */
  dusq_promise *promise;
  dusq_status status; /* DUSQ_OK: a success */
  bool silent;
} answer;

static void give_answer(void *arg)
{
  answer *a = arg;
  if (a->silent) {
    tally_add(&a->t);
    return;
  }
  if (!a->status) {
    rig_resolve(a->promise, 5);
  } else {
    dusq_error *error = dusq_error_new(a->status, NULL, 0, "stopped");
    dusq_promise_reject_error(a->promise, error);
  }
  tally_add(&a->t);
}

static dusq_future *answering(answer *a)
{
  dusq_future *f = rig_pending(&a->promise);
  CHECK_INT(dusq_promise_on_cancel(a->promise, give_answer, a, tally_free), DUSQ_OK);
  return f;
}

static void test_in_time(void)
{
  dusq_promise *p;
  dusq_future *f = rig_pending(&p), *g = dusq_future_timeout(f, LONG_WAIT, LONG_WAIT);
  CHECK_INT(dusq_future_status(g), DUSQ_E_PENDING);
  rig_resolve(p, 1);
  CHECK_INT(dusq_future_status(g), DUSQ_OK); /* without the timer's help */
  expect_value(g, 1);
  g = dusq_future_timeout(f, 0, 0);
  expect_value(g, 1);
  dusq_future_unref(f);
  f = rig_failed(DUSQ_E_CANCELED); /* cancelled by somebody else: no timeout */
  expect(dusq_future_timeout(f, LONG_WAIT, 0), DUSQ_E_CANCELED);
  dusq_future_unref(f);
}

static void test_late(void)
{
  answer a = {.t = TALLY_INIT, .status = DUSQ_E_CANCELED};
  dusq_future *f = answering(&a);
  int64_t begin = test_now();
  dusq_future *g = dusq_future_timeout(f, 10 * MS, LONG_WAIT);
  expect_unknown(g, DUSQ_E_TIMEDOUT, false); /* its outcome is known: it was cancelled */
  CHECK(test_now() - begin >= 10 * MS);
  CHECK(tally_wait_freed(&a.t, 1));
  CHECK_INT(tally_count(&a.t), 1);
  expect(f, DUSQ_E_CANCELED);
}

static void test_late_but_won(void)
{
  answer a = {.t = TALLY_INIT, .status = DUSQ_OK};
  dusq_future *f = answering(&a);
  expect_value(dusq_future_timeout(f, 1 * MS, LONG_WAIT), 5);
  CHECK(tally_wait_freed(&a.t, 1));
  dusq_future_unref(f);
  answer b = {.t = TALLY_INIT, .status = DUSQ_E_UNIQUE};
  f = answering(&b);
  expect(dusq_future_timeout(f, 1 * MS, LONG_WAIT), DUSQ_E_UNIQUE); /* the true outcome */
  CHECK(tally_wait_freed(&b.t, 1));
  dusq_future_unref(f);
}

static void test_grace_over(void)
{
  answer a = {.t = TALLY_INIT, .silent = true};
  dusq_future *f = answering(&a);
  int64_t begin = test_now();
  expect_unknown(dusq_future_timeout(f, 5 * MS, 15 * MS), DUSQ_E_TIMEDOUT, true);
  CHECK(test_now() - begin >= 20 * MS);
  CHECK(tally_wait_freed(&a.t, 1));
  CHECK_INT(dusq_future_status(f), DUSQ_E_PENDING);
  rig_resolve(a.promise, 1);
  expect_value(f, 1);
  answer b = {.t = TALLY_INIT, .silent = true};
  f = answering(&b);
  expect_unknown(dusq_future_timeout(f, 0, 0), DUSQ_E_TIMEDOUT, true);
  CHECK(tally_wait_freed(&b.t, 1));
  dusq_promise_drop(b.promise);
  dusq_future_unref(f);
}

/* What is cancelled may say that it does not know what happened; the timeout must not know better. */
static void test_unknown_stays_unknown(void)
{
  site s = site_open("pool_size=1&cancel_grace=1ms");
  ON(s, "UPDATE *", .flags = DUSQ_FAKE_HANG | DUSQ_FAKE_DEAF);
  dusq_future *f = site_query(s, "UPDATE t");
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  expect_unknown(dusq_future_timeout(f, 1 * MS, LONG_WAIT), DUSQ_E_TIMEDOUT, true);
  expect_unknown(f, DUSQ_E_CANCELED, true);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  site_close(s);
}

static void test_cancel(void)
{
  answer a = {.t = TALLY_INIT, .status = DUSQ_E_CANCELED};
  dusq_future *f = answering(&a), *g = dusq_future_timeout(f, DUSQ_FOREVER, 0);
  dusq_future_cancel(g);
  expect(g, DUSQ_E_CANCELED); /* it was not late: a cancel, no timeout */
  CHECK(tally_wait_freed(&a.t, 1));
  dusq_future_unref(f);
}

static void test_edges(void)
{
  dusq_future *f = rig_ok(1);
  expect(dusq_future_timeout(NULL, 1, 1), DUSQ_E_INVAL);
  expect(dusq_future_timeout(f, -1, 1), DUSQ_E_INVAL);
  expect(dusq_future_timeout(f, 1, -1), DUSQ_E_INVAL);
  expect_value(dusq_future_timeout(f, DUSQ_FOREVER, DUSQ_FOREVER), 1);
  dusq_future_unref(f);
  dusq_promise *p;
  f = rig_pending(&p);
  dusq_future *g = dusq_future_timeout(f, 30 * MS, DUSQ_FOREVER); /* nobody holds it: the timer ends all the same */
  dusq_future_unref(g);
  dusq_future_unref(f);
  rig_resolve(p, 1);
}

static void test_nested(void)
{
  answer a = {.t = TALLY_INIT, .status = DUSQ_E_CANCELED};
  dusq_future *f = answering(&a), *g = dusq_future_timeout(f, LONG_WAIT, LONG_WAIT);
  dusq_future *h = dusq_future_timeout(g, 5 * MS, LONG_WAIT);
  expect(h, DUSQ_E_TIMEDOUT);
  expect(g, DUSQ_E_CANCELED);
  expect(f, DUSQ_E_CANCELED);
  CHECK(tally_wait_freed(&a.t, 1));
}

void suite_timeout(void);
void suite_timeout(void)
{
  test_suite("timeout");
  test_case("in_time", test_in_time);
  test_case("late", test_late);
  test_case("late_but_won", test_late_but_won);
  test_case("grace_over", test_grace_over);
  test_case("unknown_stays_unknown", test_unknown_stays_unknown);
  test_case("cancel", test_cancel);
  test_case("edges", test_edges);
  test_case("nested", test_nested);
}
