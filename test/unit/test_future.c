/* test_future.c - one future: its states, its readers, its counting, its callbacks, and the log line of an error that
 * was never read.                                                                                                    */
#include "rig.h"

/* ---- reading ----------------------------------------------------------------------------------------------------- */
static void test_states(void)
{
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  dusq_result *r = (dusq_result *)&p;
  CHECK_INT(dusq_future_state(f), DUSQ_STATE_PENDING);
  CHECK_INT(dusq_future_status(f), DUSQ_E_PENDING);
  CHECK_INT(dusq_future_get(f, &r), DUSQ_E_PENDING);
  CHECK(r == NULL);
  CHECK(dusq_future_error(f) == NULL);
  dusq_promise_start(p);
  CHECK_INT(dusq_future_state(f), DUSQ_STATE_RUNNING);
  CHECK_INT(dusq_future_status(f), DUSQ_E_PENDING);
  rig_resolve(p, 7);
  CHECK_INT(dusq_future_state(f), DUSQ_STATE_SETTLED);
  CHECK_INT(dusq_future_status(f), DUSQ_OK);
  CHECK_INT(dusq_future_get(f, NULL), DUSQ_OK);
  for (int i = 0; i < 3; i++)
    CHECK_INT(rig_value(f), 7);
  CHECK(dusq_future_error(f) == NULL);
  CHECK_INT(dusq_future_get(f, &r), DUSQ_OK);
  dusq_future_unref(f);
  CHECK_INT(rig_first(r), 7); /* a result outlives its future */
  dusq_result_unref(r);
}

static void test_failure(void)
{
  dusq_future *f = rig_failed(DUSQ_E_UNIQUE);
  dusq_result *r = (dusq_result *)&f;
  CHECK_INT(dusq_future_get(f, &r), DUSQ_E_UNIQUE);
  CHECK(r == NULL);
  CHECK_INT(dusq_future_get(f, NULL), DUSQ_E_UNIQUE);
  CHECK_INT(dusq_error_status(dusq_future_error(f)), DUSQ_E_UNIQUE);
  CHECK(dusq_future_error(f) == dusq_future_error(f));
  dusq_error *kept = dusq_error_ref(dusq_future_error(f));
  dusq_future_unref(f);
  CHECK_INT(dusq_error_status(kept), DUSQ_E_UNIQUE);
  dusq_error_unref(kept);
}

static void test_null(void)
{
  dusq_result *r;
  dusq_future *f = rig_ok(1);
  CHECK(dusq_future_ref(NULL) == NULL);
  CHECK(dusq_future_unref(NULL) == NULL);
  CHECK(dusq_future_ref(f) == f);
  CHECK(dusq_future_unref(f) == NULL);
  dusq_future_cancel(NULL);
  CHECK_INT(dusq_future_status(NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_future_get(NULL, &r), DUSQ_E_INVAL);
  CHECK_INT(dusq_error_status(dusq_future_error(NULL)), DUSQ_E_INVAL);
  CHECK_INT(dusq_future_on_done(NULL, NULL, tally_done, NULL, NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_future_on_done(f, NULL, NULL, NULL, tally_free), DUSQ_E_INVAL); /* and tally_free is not called */
  int64_t a = 5, b = 5, c = 5;
  dusq_future_times(NULL, &a, &b, &c);
  CHECK_INT(a + b + c, 0);
  dusq_future_unref(f);
}

static void test_times(void)
{
  int64_t before = test_now(), submitted, started, settled;
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  dusq_future_times(f, &submitted, &started, &settled);
  CHECK(submitted >= before && submitted <= test_now());
  CHECK_INT(started, 0);
  CHECK_INT(settled, 0);
  dusq_promise_start(p);
  dusq_future_times(f, NULL, &started, NULL);
  CHECK(started >= submitted);
  rig_resolve(p, 1);
  dusq_future_times(f, NULL, NULL, &settled);
  CHECK(settled >= started && settled <= test_now());
  dusq_future_times(f, NULL, NULL, NULL);
  dusq_future_unref(f);
}

/* ---- callbacks --------------------------------------------------------------------------------------------------- */
static void test_callback_on_notifier(void)
{
  tally t = TALLY_INIT;
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  CHECK_INT(dusq_future_on_done(f, NULL, tally_done, &t, tally_free), DUSQ_OK);
  CHECK_INT(tally_count(&t), 0);
  rig_reject(p, DUSQ_E_DATA);
  CHECK(tally_wait(&t, 1));
  CHECK(tally_wait_freed(&t, 1));
  CHECK_INT(t.status, DUSQ_E_DATA);
  CHECK(!pthread_equal(t.thread, pthread_self()));
  CHECK_INT(dusq_future_on_done(f, NULL, tally_done, &t, tally_free), DUSQ_OK); /* settled already: not on this stack */
  CHECK(tally_wait_freed(&t, 2));
  CHECK_INT(tally_count(&t), 2);
  CHECK(!pthread_equal(t.thread, pthread_self()));
  dusq_future_unref(f);
}

/* The callback keeps the future, though nobody else does. */
static void test_callback_keeps_future(void)
{
  tally t = TALLY_INIT;
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  CHECK_INT(dusq_future_on_done(f, NULL, tally_done, &t, tally_free), DUSQ_OK);
  dusq_future_unref(f);
  rig_reject(p, DUSQ_E_CHECK);
  CHECK(tally_wait_freed(&t, 1));
  CHECK_INT(t.status, DUSQ_E_CHECK);
}

enum { ORDER_N = 200 };
typedef struct order {
  tally t;
  int seen[ORDER_N], n; /* the notifier's */
} order;
typedef struct place {
  order *in;
  int i;
} place;

static void note_place(dusq_future *done, void *arg)
{
  place *p = arg;
  (void)done;
  if (p->in->n < ORDER_N)
    p->in->seen[p->in->n++] = p->i;
}

static void free_place(void *arg)
{
  order *in = ((place *)arg)->in;
  free(arg);
  tally_free(&in->t);
}

static void add_place(order *in, dusq_future *f, int i)
{
  place *p = malloc(sizeof *p);
  *p = (place){in, i};
  CHECK_INT(dusq_future_on_done(f, NULL, note_place, p, free_place), DUSQ_OK);
}

static void test_callback_order(void)
{
  order in = {.t = TALLY_INIT};
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  for (int i = 0; i < ORDER_N / 2; i++)
    add_place(&in, f, i);
  rig_resolve(p, 1);
  for (int i = ORDER_N / 2; i < ORDER_N; i++)
    add_place(&in, f, i);
  CHECK(tally_wait_freed(&in.t, ORDER_N));
  int wrong = 0;
  for (int i = 0; i < ORDER_N; i++)
    wrong += in.seen[i] != i;
  CHECK_INT(wrong, 0);
  CHECK_INT(in.n, ORDER_N);
  dusq_future_unref(f);
}

typedef struct again {
  tally t;
  dusq_status waited, waited_many, next;
  int dispatched;
  dusq_future *pending;
} again;

/* Everything may be called in a callback; what would have to wait says so. */
static void call_everything(dusq_future *done, void *arg)
{
  again *a = arg;
  a->waited = dusq_future_wait(a->pending, DUSQ_FOREVER);
  a->waited_many = dusq_future_wait_many(&a->pending, 1, DUSQ_ALL_COMPLETED, DUSQ_FOREVER, NULL);
  dusq_as_completed *it;
  dusq_future *out;
  dusq_cq *queue;
  a->next = DUSQ_OK;
  if (!dusq_as_completed_new(&a->pending, 1, &it))
    a->next = dusq_as_completed_next(it, DUSQ_FOREVER, &out);
  dusq_as_completed_free(it);
  if (!dusq_cq_new(&queue))
    a->dispatched = dusq_cq_dispatch(queue, 0, DUSQ_FOREVER) * 10 + dusq_cq_dispatch(queue, 0, 0);
  dusq_cq_unref(queue);
  if (tally_count(&a->t) == 0)
    dusq_future_on_done(done, NULL, call_everything, arg, NULL);
  if (dusq_future_wait(done, DUSQ_FOREVER) == DUSQ_OK)
    tally_add(&a->t);
}

static void test_in_a_callback(void)
{
  again a = {.t = TALLY_INIT};
  dusq_promise *p, *never;
  dusq_future *f = rig_pending(&p);
  a.pending = rig_pending(&never);
  CHECK_INT(dusq_future_on_done(f, NULL, call_everything, &a, NULL), DUSQ_OK);
  rig_resolve(p, 1);
  CHECK(tally_wait(&a.t, 2)); /* settled: the wait is no wait; and a callback may register another */
  CHECK_INT(a.waited, DUSQ_E_DEADLOCK);
  CHECK_INT(a.waited_many, DUSQ_E_DEADLOCK);
  CHECK_INT(a.next, DUSQ_E_DEADLOCK);
  CHECK_INT(a.dispatched, -10);
  dusq_promise_drop(never);
  expect(a.pending, DUSQ_E_ABANDONED);
  dusq_future_unref(f);
}

/* ---- errors that were never read --------------------------------------------------------------------------------- */
static void look_by(int way, dusq_future *f)
{
  dusq_result *r;
  dusq_future *other = NULL;
  switch (way) {
  case 0:
    CHECK_INT(dusq_future_status(f), DUSQ_E_DATA);
    break;
  case 1:
    CHECK_INT(dusq_future_get(f, &r), DUSQ_E_DATA);
    break;
  case 2:
    CHECK(dusq_future_error(f) != NULL);
    break;
  case 3:
    other = dusq_future_all(&f, 1, DUSQ_ALL_FAIL_FAST);
    break;
  case 4:
    other = dusq_future_any(&f, 1);
    break;
  case 5:
    other = dusq_future_shield(f);
    break;
  default:
    other = dusq_future_timeout(f, LONG_WAIT, 0);
  }
  if (other)
    expect(other, DUSQ_E_DATA);
}

static void test_unseen_error(void)
{
  journal log = JOURNAL_INIT;
  dusq_set_log(journal_write, &log);
  dusq_future_unref(rig_failed(DUSQ_E_FOREIGN_KEY));
  CHECK_INT(journal_lines(&log), 1);
  CHECK(journal_has(&log, "DUSQ_E_FOREIGN_KEY"));
  dusq_future_unref(rig_ok(1));
  CHECK_INT(journal_lines(&log), 1);
  for (int way = 0; way <= 6; way++) {
    dusq_future *f = rig_failed(DUSQ_E_DATA);
    look_by(way, f);
    dusq_future_unref(f);
    CHECK_INT(journal_lines(&log), 1);
  }
  dusq_future *f = rig_failed(DUSQ_E_DATA);
  CHECK_INT(dusq_future_wait(f, DUSQ_FOREVER), DUSQ_OK); /* waiting is not looking */
  dusq_future_unref(f);
  CHECK_INT(journal_lines(&log), 2);
  f = rig_failed(DUSQ_E_DATA);
  dusq_future_unref(dusq_future_shield(f)); /* passed on to one that nobody looks at: one line, not two */
  dusq_future_unref(f);
  CHECK_INT(journal_lines(&log), 3);
  dusq_set_log(NULL, NULL);
}

static void test_unseen_callback(void)
{
  journal log = JOURNAL_INIT;
  tally t = TALLY_INIT;
  dusq_set_log(journal_write, &log);
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  CHECK_INT(dusq_future_on_done(f, NULL, tally_done, &t, tally_free), DUSQ_OK);
  dusq_future_unref(f);
  rig_reject(p, DUSQ_E_DATA);
  CHECK(tally_wait_freed(&t, 1));
  f = rig_pending(&p);
  dusq_future_cancel(f); /* a cancellation that was asked for is not reported */
  rig_reject(p, DUSQ_E_CANCELED);
  dusq_future_unref(f);
  CHECK_INT(journal_lines(&log), 0);
  dusq_set_log(NULL, NULL);
}

/* ---- long chains need no stack ----------------------------------------------------------------------------------- */
enum { DEEP = 100000 };

typedef dusq_future *wrap_fn(dusq_future *inner);
static dusq_future *wrap_then(dusq_future *inner)
{
  return dusq_future_then(inner, NULL, rig_pass_on, NULL, NULL);
}
static dusq_future *wrap_all(dusq_future *inner)
{
  return dusq_future_all(&inner, 1, DUSQ_ALL_FAIL_FAST);
}
static dusq_future *wrap_any(dusq_future *inner)
{
  return dusq_future_any(&inner, 1);
}
static dusq_future *wrap_timeout(dusq_future *inner)
{
  return dusq_future_timeout(inner, DUSQ_FOREVER, 0);
}
static wrap_fn *const wraps[] = {wrap_then, wrap_all, wrap_any, dusq_future_shield, wrap_timeout};

static dusq_future *nest(dusq_future *take, wrap_fn *wrap, long n)
{
  while (n-- > 0) {
    dusq_future *outer = wrap(take);
    dusq_future_unref(take);
    take = outer;
  }
  return take;
}

/* On 256 KiB of stack: settles a chain, cancels one, drops one. */
static void *run_deep(void *arg)
{
  wrap_fn *wrap = *(wrap_fn *const *)arg;
  long depth = test_scale(DEEP);
  dusq_promise *p;
  dusq_future *f = nest(rig_pending(&p), wrap, depth);
  rig_resolve(p, 3);
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(f), DUSQ_OK);
  dusq_future_unref(f);
  f = nest(rig_pending(&p), wrap, depth);
  dusq_future_cancel(f);
  CHECK_INT(dusq_promise_canceled(p), wrap != dusq_future_shield);
  rig_reject(p, DUSQ_E_CANCELED);
  expect(f, DUSQ_E_CANCELED);
  dusq_future_unref(nest(rig_pending(&p), wrap, depth));
  dusq_promise_drop(p);
  return NULL;
}

static void test_deep_chains(void)
{
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, 256 * 1024);
  for (size_t i = 0; i < sizeof wraps / sizeof *wraps; i++) {
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, &attr, run_deep, (void *)(uintptr_t)&wraps[i]), 0);
    pthread_join(thread, NULL);
  }
  pthread_attr_destroy(&attr);
}

/* A continuation that goes on with another one, and so on: a loop written with futures. */
static dusq_future *count_down(dusq_future *done, void *arg)
{
  long *left = arg;
  if (--*left <= 0)
    return NULL;
  return dusq_future_then(done, NULL, count_down, left, NULL);
}

static void test_async_loop(void)
{
  long left = test_scale(DEEP);
  dusq_future *f = rig_ok(9);
  dusq_future *last = dusq_future_then(f, NULL, count_down, &left, NULL);
  expect_value(last, 9);
  CHECK_INT(left, 0);
  dusq_future_unref(f);
}

void suite_future(void);
void suite_future(void)
{
  test_suite("future");
  test_case("states", test_states);
  test_case("failure", test_failure);
  test_case("null", test_null);
  test_case("times", test_times);
  test_case("callback_on_notifier", test_callback_on_notifier);
  test_case("callback_keeps_future", test_callback_keeps_future);
  test_case("callback_order", test_callback_order);
  test_case("in_a_callback", test_in_a_callback);
  test_case("unseen_error", test_unseen_error);
  test_case("unseen_callback", test_unseen_callback);
  test_case("deep_chains", test_deep_chains);
  test_case("async_loop", test_async_loop);
}
