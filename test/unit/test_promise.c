/* test_promise.c - the producer's end: its three ends, cancellation as it sees it, and who owns what. */
#include "rig.h"

static void test_ends(void)
{
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  dusq_promise_resolve(p, NULL);
  dusq_result *r = (dusq_result *)&p;
  CHECK_INT(dusq_future_get(f, &r), DUSQ_OK);
  CHECK(r == NULL);
  dusq_future_unref(f);
  f = rig_pending(&p);
  dusq_promise_drop(p);
  CHECK_INT(dusq_error_status(dusq_future_error(f)), DUSQ_E_ABANDONED);
  dusq_future_unref(f);
  f = rig_pending(&p);
  dusq_promise_reject(p, DUSQ_E_UNIQUE, "23505", "%s no. %d", "key", 3);
  CHECK_INT(dusq_future_status(f), DUSQ_E_UNIQUE);
  CHECK_STR(dusq_error_message(dusq_future_error(f)), "key no. 3");
  CHECK_STR(dusq_error_sqlstate(dusq_future_error(f)), "23505");
  dusq_future_unref(f);
  f = rig_pending(&p);
  dusq_promise_reject(p, DUSQ_OK, NULL, "odd");
  CHECK_INT(dusq_future_status(f), DUSQ_E_INVAL);
  dusq_future_unref(f);
  f = rig_pending(&p);
  dusq_error *error = dusq_error_new(DUSQ_E_DATA, NULL, 0, "x");
  dusq_promise_reject_error(p, dusq_error_ref(error));
  CHECK(dusq_future_error(f) == error);
  dusq_future_unref(f);
  dusq_error_unref(error);
  f = rig_pending(&p);
  dusq_promise_reject_error(p, NULL);
  CHECK_INT(dusq_future_status(f), DUSQ_E_INVAL);
  dusq_future_unref(f);
}

static void test_null(void)
{
  CHECK(dusq_promise_new(NULL) == NULL);
  dusq_promise_resolve(NULL, rig_result(1)); /* but frees what it takes */
  dusq_promise_resolve(NULL, NULL);
  dusq_promise_reject(NULL, DUSQ_E_DATA, NULL, "x");
  dusq_promise_reject_error(NULL, dusq_error_new(DUSQ_E_DATA, NULL, 0, "x"));
  dusq_promise_drop(NULL);
  dusq_promise_start(NULL);
  CHECK(!dusq_promise_canceled(NULL));
  CHECK_INT(dusq_promise_on_cancel(NULL, tally_hook, NULL, NULL), DUSQ_E_INVAL);
}

/* The future may go first. */
static void test_future_goes_first(void)
{
  dusq_promise *p;
  tally t = TALLY_INIT;
  dusq_future_unref(rig_pending(&p));
  CHECK_INT(dusq_promise_on_cancel(p, tally_hook, &t, tally_free), DUSQ_OK);
  dusq_promise_start(p);
  CHECK(!dusq_promise_canceled(p));
  rig_resolve(p, 1);
  CHECK_INT(tally_freed(&t), 1);
  CHECK_INT(tally_count(&t), 0);
}

/* ---- cancellation ------------------------------------------------------------------------------------------------ */
static void test_hook(void)
{
  dusq_promise *p;
  tally t = TALLY_INIT;
  dusq_future *f = rig_pending(&p);
  CHECK_INT(dusq_promise_on_cancel(p, NULL, &t, tally_free), DUSQ_E_INVAL);
  CHECK_INT(dusq_promise_on_cancel(p, tally_hook, &t, tally_free), DUSQ_OK);
  CHECK_INT(dusq_promise_on_cancel(p, tally_hook, &t, tally_free), DUSQ_E_INVAL); /* a second: nothing is registered */
  CHECK_INT(tally_freed(&t), 0);
  CHECK(!dusq_promise_canceled(p));
  for (int i = 0; i < 3; i++)
    dusq_future_cancel(f);
  CHECK(dusq_promise_canceled(p));
  CHECK(tally_wait(&t, 1));
  CHECK(tally_wait_freed(&t, 1));
  CHECK(!pthread_equal(t.thread, pthread_self()));
  CHECK_INT(dusq_future_status(f), DUSQ_E_PENDING); /* only the promise settles it */
  CHECK_INT(dusq_promise_on_cancel(p, tally_hook, &t, tally_free), DUSQ_E_INVAL);
  rig_reject(p, DUSQ_E_CANCELED);
  dusq_future_cancel(f);
  CHECK_INT(dusq_future_status(f), DUSQ_E_CANCELED);
  CHECK_INT(tally_count(&t), 1);
  CHECK_INT(tally_freed(&t), 1);
  dusq_future_unref(f);
}

/* The hook of a future that was cancelled before there was one. */
static void test_hook_too_late(void)
{
  dusq_promise *p;
  tally t = TALLY_INIT;
  dusq_future *f = rig_pending(&p);
  dusq_future_cancel(f);
  CHECK_INT(dusq_promise_on_cancel(p, tally_hook, &t, tally_free), DUSQ_OK);
  CHECK(tally_wait_freed(&t, 1));
  CHECK_INT(tally_count(&t), 1);
  rig_resolve(p, 1); /* it may win all the same */
  CHECK_INT(dusq_future_status(f), DUSQ_OK);
  dusq_future_unref(f);
}

static void test_hook_not_needed(void)
{
  dusq_promise *p;
  tally t = TALLY_INIT;
  dusq_future *f = rig_pending(&p);
  CHECK_INT(dusq_promise_on_cancel(p, tally_hook, &t, tally_free), DUSQ_OK);
  rig_resolve(p, 1);
  CHECK_INT(tally_freed(&t), 1);
  dusq_future_cancel(f);
  CHECK_INT(tally_count(&t), 0);
  CHECK_INT(dusq_future_status(f), DUSQ_OK);
  dusq_future_unref(f);
}

/* What a hook may do: settle its own promise. */
typedef struct selfish {
  tally t;
  dusq_promise *p;
} selfish;

static void settle_own(void *arg)
{
  selfish *s = arg;
  rig_reject(s->p, DUSQ_E_CANCELED);
  tally_add(&s->t);
}

static void test_hook_settles(void)
{
  selfish s = {.t = TALLY_INIT};
  dusq_future *f = rig_pending(&s.p);
  CHECK_INT(dusq_promise_on_cancel(s.p, settle_own, &s, tally_free), DUSQ_OK);
  dusq_future_cancel(f);
  expect(f, DUSQ_E_CANCELED);
  CHECK(tally_wait_freed(&s.t, 1));
  CHECK_INT(tally_count(&s.t), 1);
}

/* ---- the thread that runs it all goes when nothing needs it ------------------------------------------------------ */
static void test_threads_go(void)
{
  CHECK(test_threads_settle(RIG_THREADS));
  tally t = TALLY_INIT;
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  CHECK_INT(test_threads(), RIG_THREADS); /* a promise needs no thread */
  CHECK_INT(dusq_future_on_done(f, NULL, tally_done, &t, tally_free), DUSQ_OK);
  CHECK_INT(test_threads(), RIG_THREADS + 1);
  dusq_future *g = dusq_future_timeout(f, LONG_WAIT, 0);
  CHECK_INT(test_threads(), RIG_THREADS + 2);
  rig_resolve(p, 1);
  CHECK(tally_wait_freed(&t, 1));
  dusq_future_unref(f);
  dusq_future_unref(g);
  CHECK(test_threads_settle(RIG_THREADS));
}

void suite_promise(void);
void suite_promise(void)
{
  test_suite("promise");
  test_case("ends", test_ends);
  test_case("null", test_null);
  test_case("future_goes_first", test_future_goes_first);
  test_case("hook", test_hook);
  test_case("hook_too_late", test_hook_too_late);
  test_case("hook_not_needed", test_hook_not_needed);
  test_case("hook_settles", test_hook_settles);
  test_case("threads_go", test_threads_go);
}
