/* test_combine.c - futures of futures: all (asyncio.gather's four rules, each with a case), any, then, shield,
 * timeout.                                                                                                           */
#include "rig.h"

enum { N = 4 };

static dusq_result *get(dusq_future *f)
{
  dusq_result *r = NULL;
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_get(f, &r), DUSQ_OK);
  return r;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */
/* Rule 1: an item for each, in the order of the arguments, whatever the order in which they settle. */
static void test_all_order(void)
{
  brood b = brood_pending(N);
  dusq_future *all = dusq_future_all(b.f, N, DUSQ_ALL_FAIL_FAST);
  for (int i = N; i-- > 0;) {
    CHECK_INT(dusq_future_state(all), DUSQ_STATE_PENDING);
    rig_resolve(b.p[i], 10 + i);
  }
  CHECK_INT(dusq_future_state(all), DUSQ_STATE_SETTLED); /* by the thread that settled the last */
  dusq_result *r = get(all);
  CHECK_INT(dusq_result_items(r), N);
  for (int i = 0; i < N; i++) {
    CHECK_INT(rig_first(dusq_result_item(r, (size_t)i)), 10 + i);
    CHECK(dusq_result_item_error(r, (size_t)i) == NULL);
  }
  CHECK(dusq_result_item(r, N) == NULL);
  dusq_result_unref(r);
  dusq_future_unref(all);
  brood_drop(&b);
}

/* Rules 2 and 3: the first error settles it at once, and the others run on. */
static void test_all_first_error(void)
{
  brood b = brood_pending(N);
  dusq_future *all = dusq_future_all(b.f, N, DUSQ_ALL_FAIL_FAST);
  rig_resolve(b.p[0], 1);
  rig_reject(b.p[2], DUSQ_E_CHECK);
  CHECK_INT(dusq_future_status(all), DUSQ_E_CHECK);
  CHECK(dusq_future_error(all) == dusq_future_error(b.f[2]));
  CHECK(!dusq_promise_canceled(b.p[1]));
  CHECK(!dusq_promise_canceled(b.p[3]));
  CHECK_INT(dusq_future_status(b.f[1]), DUSQ_E_PENDING);
  dusq_future_cancel(all); /* it has settled: nothing happens to them any more */
  CHECK(!dusq_promise_canceled(b.p[1]));
  rig_reject(b.p[1], DUSQ_E_UNIQUE);
  rig_resolve(b.p[3], 3);
  CHECK_INT(dusq_future_status(all), DUSQ_E_CHECK);
  CHECK_INT(rig_value(b.f[3]), 3);
  dusq_future_unref(all);
  brood_drop(&b);
}

/* Rule 4: cancelling it cancels all of them ... */
static void test_all_cancel(void)
{
  brood b = brood_pending(N);
  rig_resolve(b.p[0], 1);
  dusq_future *all = dusq_future_all(b.f, N, DUSQ_ALL_FAIL_FAST);
  dusq_future_cancel(all);
  dusq_future_cancel(all);
  CHECK_INT(dusq_future_status(all), DUSQ_E_PENDING); /* a request: it settles as they do */
  for (int i = 1; i < N; i++)
    CHECK(dusq_promise_canceled(b.p[i]));
  rig_reject(b.p[1], DUSQ_E_CANCELED);
  CHECK_INT(dusq_future_status(all), DUSQ_E_CANCELED);
  rig_resolve(b.p[2], 2);
  rig_resolve(b.p[3], 3);
  dusq_future_unref(all);
  brood_drop(&b);
}

/* ... while a child that is cancelled is an error like another. */
static void test_all_child_cancel(void)
{
  brood b = brood_pending(N);
  dusq_future *all = dusq_future_all(b.f, N, DUSQ_ALL_FAIL_FAST);
  dusq_future_cancel(b.f[1]);
  for (int i = 0; i < N; i++)
    CHECK_INT(dusq_promise_canceled(b.p[i]), i == 1);
  rig_reject(b.p[1], DUSQ_E_CANCELED);
  CHECK_INT(dusq_future_status(all), DUSQ_E_CANCELED);
  dusq_future_unref(all);
  for (int i = 0; i < N; i++)
    if (i != 1)
      dusq_promise_drop(b.p[i]);
  for (int i = 0; i < N; i++)
    CHECK_INT(dusq_future_status(b.f[i]), i == 1 ? DUSQ_E_CANCELED : DUSQ_E_ABANDONED);
  brood_drop(&b);
}

static void test_all_cancel_won(void)
{
  brood b = brood_pending(N);
  dusq_future *all = dusq_future_all(b.f, N, DUSQ_ALL_FAIL_FAST);
  dusq_future_cancel(all);
  for (int i = 0; i < N; i++)
    rig_resolve(b.p[i], i); /* they were faster */
  expect(all, DUSQ_OK);
  brood_drop(&b);
}

static void test_all_collect(void)
{
  brood b = brood_pending(N);
  dusq_future *all = dusq_future_all(b.f, N, DUSQ_ALL_COLLECT);
  rig_reject(b.p[3], DUSQ_E_UNIQUE);
  rig_resolve(b.p[2], 2);
  dusq_future_cancel(b.f[0]);
  rig_reject(b.p[0], DUSQ_E_CANCELED);
  CHECK_INT(dusq_future_status(all), DUSQ_E_PENDING);
  dusq_promise_resolve(b.p[1], NULL); /* a success that has nothing to say */
  dusq_result *r = get(all);
  static const dusq_status expected[N] = {DUSQ_E_CANCELED, DUSQ_OK, DUSQ_OK, DUSQ_E_UNIQUE};
  CHECK_INT(dusq_result_items(r), N);
  for (size_t i = 0; i < N; i++)
    CHECK_INT(dusq_error_status(dusq_result_item_error(r, i)), expected[i]);
  CHECK(dusq_result_item(r, 0) == NULL);
  CHECK(dusq_result_item(r, 1) == NULL);
  CHECK_INT(rig_first(dusq_result_item(r, 2)), 2);
  dusq_result_unref(r);
  dusq_future_unref(all);
  brood_drop(&b);
}

static void test_all_edges(void)
{
  for (uint32_t flags = 0; flags <= DUSQ_ALL_COLLECT; flags++) {
    dusq_future *none = dusq_future_all(NULL, 0, flags);
    CHECK_INT(dusq_future_state(none), DUSQ_STATE_SETTLED);
    dusq_result *r = get(none);
    CHECK(r != NULL);
    CHECK_INT(dusq_result_items(r), 0);
    dusq_result_unref(r);
    dusq_future_unref(none);
  }
  dusq_future *f = rig_ok(4), *three[] = {f, f, f}, *hole[] = {f, NULL};
  expect(dusq_future_all(three, 3, 2), DUSQ_E_INVAL);
  expect(dusq_future_all(NULL, 1, 0), DUSQ_E_INVAL);
  expect(dusq_future_all(hole, 2, 0), DUSQ_E_INVAL);
  dusq_future *all = dusq_future_all(three, 3, 0); /* the same one several times, and settled before */
  dusq_result *r = get(all);
  for (size_t i = 0; i < 3; i++)
    CHECK_INT(rig_first(dusq_result_item(r, i)), 4);
  dusq_result_unref(r);
  dusq_future_unref(all);
  dusq_future_unref(f);
  dusq_promise *p;
  f = rig_pending(&p);
  dusq_future *twice[] = {f, f};
  all = dusq_future_all(twice, 2, DUSQ_ALL_COLLECT);
  dusq_future_unref(f); /* it holds references of its own */
  rig_reject(p, DUSQ_E_DATA);
  r = get(all);
  CHECK_INT(dusq_error_status(dusq_result_item_error(r, 1)), DUSQ_E_DATA);
  dusq_result_unref(r);
  dusq_future_unref(all);
}

static void test_all_nested(void)
{
  brood b = brood_pending(N);
  dusq_future *left = dusq_future_all(b.f, 2, 0), *right = dusq_future_all(b.f + 2, 2, DUSQ_ALL_COLLECT);
  dusq_future *both[] = {left, right}, *all = dusq_future_all(both, 2, 0);
  dusq_future_unref(left);
  dusq_future_unref(right);
  for (int i = 0; i < N; i++)
    i == 3 ? rig_reject(b.p[i], DUSQ_E_DATA) : rig_resolve(b.p[i], i);
  dusq_result *r = get(all);
  CHECK_INT(rig_first(dusq_result_item(dusq_result_item(r, 0), 1)), 1);
  CHECK_INT(rig_first(dusq_result_item(dusq_result_item(r, 1), 0)), 2);
  CHECK_INT(dusq_error_status(dusq_result_item_error(dusq_result_item(r, 1), 1)), DUSQ_E_DATA);
  dusq_result_unref(r);
  dusq_future_unref(all);
  brood_drop(&b);
  b = brood_pending(N); /* and a cancel goes all the way down */
  left = dusq_future_all(b.f, 2, 0);
  right = dusq_future_any(b.f + 2, 2);
  dusq_future *nest[] = {left, right};
  all = dusq_future_all(nest, 2, 0);
  dusq_future_cancel(all);
  for (int i = 0; i < N; i++) {
    CHECK(dusq_promise_canceled(b.p[i]));
    rig_reject(b.p[i], DUSQ_E_CANCELED);
  }
  expect(all, DUSQ_E_CANCELED);
  expect(left, DUSQ_E_CANCELED);
  expect(right, DUSQ_E_CANCELED);
  brood_drop(&b);
}

/* ---- any --------------------------------------------------------------------------------------------------------- */
static void test_any(void)
{
  brood b = brood_pending(N);
  dusq_future *any = dusq_future_any(b.f, N);
  rig_reject(b.p[1], DUSQ_E_DATA);
  CHECK_INT(dusq_future_status(any), DUSQ_E_PENDING);
  rig_resolve(b.p[2], 2);
  CHECK_INT(dusq_future_status(any), DUSQ_OK);
  CHECK(!dusq_promise_canceled(b.p[0])); /* the others run on */
  rig_resolve(b.p[0], 5);
  rig_reject(b.p[3], DUSQ_E_DATA);
  expect_value(any, 2);
  brood_drop(&b);
  b = brood_pending(N);
  any = dusq_future_any(b.f, N);
  static const dusq_status why[N] = {DUSQ_E_CHECK, DUSQ_E_UNIQUE, DUSQ_E_DATA, DUSQ_E_IO};
  for (int i = N; i-- > 0;) /* all fail: the error of the first argument, not of the first to fail */
    rig_reject(b.p[i], why[i]);
  expect(any, DUSQ_E_CHECK);
  brood_drop(&b);
}

static void test_any_cancel(void)
{
  brood b = brood_pending(N);
  dusq_future *any = dusq_future_any(b.f, N);
  dusq_future_cancel(any);
  for (int i = 0; i < N; i++) {
    CHECK(dusq_promise_canceled(b.p[i]));
    rig_reject(b.p[i], DUSQ_E_CANCELED);
  }
  expect(any, DUSQ_E_CANCELED);
  brood_drop(&b);
}

static void test_any_edges(void)
{
  dusq_future *hole[] = {NULL};
  expect(dusq_future_any(NULL, 0), DUSQ_E_INVAL);
  expect(dusq_future_any(NULL, 1), DUSQ_E_INVAL);
  expect(dusq_future_any(hole, 1), DUSQ_E_INVAL);
  dusq_future *f = rig_failed(DUSQ_E_DATA), *g = rig_ok(6), *list[] = {f, f, g, g};
  expect(dusq_future_any(list, 2), DUSQ_E_DATA);
  expect_value(dusq_future_any(list, 4), 6);
  dusq_future_unref(f);
  dusq_future_unref(g);
}

/* ---- then -------------------------------------------------------------------------------------------------------- */
typedef struct step {
  tally t;
  dusq_future *give; /* owned */
} step;

static dusq_future *go_on(dusq_future *done, void *arg)
{
  step *s = arg;
  tally_done(done, &s->t);
  dusq_future *give = s->give;
  s->give = NULL;
  return give;
}

static void free_step(void *arg)
{
  tally_free(&((step *)arg)->t);
}

static void test_then(void)
{
  step s = {TALLY_INIT, rig_ok(2)};
  dusq_promise *p;
  dusq_future *f = rig_pending(&p), *g = dusq_future_then(f, NULL, go_on, &s, free_step);
  CHECK_INT(dusq_future_status(g), DUSQ_E_PENDING);
  rig_reject(p, DUSQ_E_DATA);
  expect_value(g, 2); /* the continuation has repaired it */
  CHECK(tally_wait_freed(&s.t, 1));
  CHECK_INT(s.t.status, DUSQ_E_DATA);
  CHECK(!pthread_equal(s.t.thread, pthread_self()));
  g = dusq_future_then(f, NULL, go_on, &s, free_step); /* NULL: like the one before, here an error */
  expect(g, DUSQ_E_DATA);
  CHECK(tally_wait_freed(&s.t, 2));
  dusq_future_unref(f);
}

static void test_then_cancel(void)
{
  step s = {TALLY_INIT, NULL};
  dusq_promise *p, *inner;
  dusq_future *f = rig_pending(&p), *g = dusq_future_then(f, NULL, go_on, &s, free_step);
  dusq_future_cancel(g);
  CHECK(dusq_promise_canceled(p));
  s.give = rig_pending(&inner);
  dusq_future *seen = dusq_future_ref(s.give);
  rig_resolve(p, 1); /* it won; the continuation runs, and what it gives is cancelled at once */
  CHECK(tally_wait_freed(&s.t, 1));
  rig_reject(inner, DUSQ_E_CANCELED);
  expect(g, DUSQ_E_CANCELED);
  expect(seen, DUSQ_E_CANCELED);
  dusq_future_unref(f);
  f = rig_ok(1);
  s.give = rig_pending(&inner);
  g = dusq_future_then(f, NULL, go_on, &s, free_step);
  CHECK(tally_wait_freed(&s.t, 2));
  while (!dusq_promise_canceled(inner))
    dusq_future_cancel(g); /* idempotent, so this ends only if the first one reached the inner one, or does */
  rig_resolve(inner, 3);
  expect_value(g, 3);
  dusq_future_unref(f);
}

static void test_then_edges(void)
{
  step s = {TALLY_INIT, NULL};
  dusq_future *f = rig_ok(1);
  expect(dusq_future_then(NULL, NULL, go_on, &s, free_step), DUSQ_E_INVAL);
  expect(dusq_future_then(f, NULL, NULL, &s, free_step), DUSQ_E_INVAL);
  CHECK_INT(tally_freed(&s.t), 2);
  dusq_cq *queue;
  CHECK_INT(dusq_cq_new(&queue), DUSQ_OK);
  dusq_future *g = dusq_future_then(f, queue, go_on, &s, NULL);
  CHECK_INT(dusq_future_status(g), DUSQ_E_PENDING);
  CHECK_INT(dusq_cq_dispatch(queue, 0, LONG_WAIT), 1);
  CHECK(pthread_equal(s.t.thread, pthread_self()));
  expect_value(g, 1);
  dusq_cq_unref(queue);
  dusq_future_unref(f);
}

/* ---- shield ------------------------------------------------------------------------------------------------------ */
static void test_shield(void)
{
  dusq_promise *p;
  dusq_future *f = rig_pending(&p), *g = dusq_future_shield(f), *h = dusq_future_shield(f);
  dusq_future_cancel(g);
  CHECK_INT(dusq_future_status(g), DUSQ_E_CANCELED);
  CHECK(!dusq_promise_canceled(p));
  CHECK_INT(dusq_future_status(h), DUSQ_E_PENDING);
  rig_resolve(p, 8);
  expect(g, DUSQ_E_CANCELED);
  expect_value(h, 8);
  dusq_future_unref(f);
  f = rig_failed(DUSQ_E_DATA);
  expect(dusq_future_shield(f), DUSQ_E_DATA);
  expect(dusq_future_shield(NULL), DUSQ_E_INVAL);
  dusq_future_unref(f);
}

static dusq_future *return_itself(dusq_future *done, void *arg)
{
  dusq_future **itself = arg;
  (void)done;
  return dusq_future_ref(*itself);
}

static void test_then_itself(void)
{
  dusq_promise *promise;
  dusq_future *source = rig_pending(&promise), *chained = NULL;
  chained = dusq_future_then(source, NULL, return_itself, &chained, NULL);
  rig_resolve(promise, 1);
  CHECK_INT(dusq_future_wait(chained, LONG_WAIT), DUSQ_OK);
  expect(chained, DUSQ_E_INVAL);
  dusq_future_unref(source);
}

void suite_combine(void);
void suite_combine(void)
{
  test_suite("combine");
  test_case("then_itself", test_then_itself);
  test_case("all_order", test_all_order);
  test_case("all_first_error", test_all_first_error);
  test_case("all_cancel", test_all_cancel);
  test_case("all_child_cancel", test_all_child_cancel);
  test_case("all_cancel_won", test_all_cancel_won);
  test_case("all_collect", test_all_collect);
  test_case("all_edges", test_all_edges);
  test_case("all_nested", test_all_nested);
  test_case("any", test_any);
  test_case("any_cancel", test_any_cancel);
  test_case("any_edges", test_any_edges);
  test_case("then", test_then);
  test_case("then_cancel", test_then_cancel);
  test_case("then_edges", test_then_edges);
  test_case("shield", test_shield);
}
