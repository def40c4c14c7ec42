/* test_fork.c - what a forked child may do with what it inherited (nothing, safely) and with what it makes
 * (everything).                                                                                                      */
#include "rig.h"

/* In the child: the number of the first check that failed, as its exit status. */
#define MUST(condition) \
  do { \
    checks++; \
    if (!(condition)) \
      return checks; \
  } while (0)

typedef struct estate {
  site s;
  dusq_future *pending, *settled, *query;
  dusq_promise *promise;
  dusq_cq *queue;
  dusq_as_completed *it;
  tally t;
} estate;

static bool forked(dusq_future *take)
{
  bool is = dusq_future_status(take) == DUSQ_E_FORKED && dusq_future_state(take) == DUSQ_STATE_SETTLED &&
            dusq_future_wait(take, DUSQ_FOREVER) == DUSQ_OK;
  dusq_future_unref(take);
  return is;
}

static int child_of_futures(void *arg)
{
  estate *e = arg;
  int checks = 0;
  dusq_future *both[] = {e->pending, e->settled}, *out;
  dusq_as_completed *it;
  for (int i = 0; i < 2; i++) {
    dusq_result *r = (dusq_result *)e;
    MUST(dusq_future_status(both[i]) == DUSQ_E_FORKED);
    MUST(dusq_future_get(both[i], &r) == DUSQ_E_FORKED && !r);
    MUST(dusq_error_status(dusq_future_error(both[i])) == DUSQ_E_FORKED);
    MUST(dusq_future_state(both[i]) == DUSQ_STATE_SETTLED);
    MUST(dusq_future_wait(both[i], DUSQ_FOREVER) == DUSQ_E_FORKED);
    MUST(dusq_future_on_done(both[i], NULL, tally_done, &e->t, tally_free) == DUSQ_E_FORKED);
    dusq_future_cancel(both[i]);
    MUST(dusq_future_ref(both[i]) == both[i]);
  }
  MUST(dusq_future_wait_many(both, 2, DUSQ_ALL_COMPLETED, DUSQ_FOREVER, NULL) == DUSQ_E_FORKED);
  MUST(dusq_as_completed_new(both, 2, &it) == DUSQ_E_FORKED && !it);
  MUST(dusq_as_completed_next(e->it, DUSQ_FOREVER, &out) == DUSQ_E_FORKED && !out);
  dusq_as_completed_free(e->it);
  MUST(forked(dusq_future_all(both, 2, 0)));
  MUST(forked(dusq_future_any(both, 2)));
  MUST(forked(dusq_future_shield(e->pending)));
  MUST(forked(dusq_future_timeout(e->pending, 1, 1)));
  MUST(forked(dusq_future_then(e->pending, NULL, rig_pass_on, &e->t, tally_free)));
  MUST(e->t.freed == 1);
  for (int i = 0; i < 5; i++)
    MUST(!dusq_future_unref(e->pending)); /* a no-op, as often as one likes */
  return 0;
}

static int child_of_the_rest(void *arg)
{
  estate *e = arg;
  int checks = 0;
  dusq_value v = dusq_int(1);
  int64_t number;
  MUST(forked(dusq_pool_query(e->s.pool, "SELECT 1", DUSQ_NO_PARAMS, NULL)));
  MUST(forked(dusq_pool_script(e->s.pool, "SELECT 1", NULL)));
  MUST(forked(dusq_pool_many(e->s.pool, "SELECT ?", 1, 1, &v, NULL)));
  MUST(forked(dusq_pool_run(e->s.pool, rig_no_job, &e->t, tally_free, NULL)));
  MUST(e->t.freed == 1);
  MUST(forked(dusq_pool_close(e->s.pool, 0)));
  MUST(dusq_pool_stat(e->s.pool, "queued", &number) == DUSQ_E_FORKED);
  MUST(dusq_pool_ref(e->s.pool) == e->s.pool);
  for (int i = 0; i < 5; i++)
    MUST(!dusq_pool_unref(e->s.pool) && !dusq_cq_unref(e->queue));
  MUST(dusq_cq_fd(e->queue) == -1);
  MUST(dusq_cq_dispatch(e->queue, 0, DUSQ_FOREVER) == -1);
  dusq_cq_wake(e->queue);
  MUST(dusq_promise_on_cancel(e->promise, tally_hook, &e->t, tally_free) == DUSQ_E_FORKED);
  MUST(e->t.freed == 1);
  dusq_promise_start(e->promise);
  dusq_promise_resolve(e->promise, rig_result(1));
  return 0;
}

static estate make_estate(void)
{
  estate e = {.s = site_open("pool_size=1"), .t = TALLY_INIT};
  ON(e.s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  e.query = site_query(e.s, "UPDATE 0");
  site_reached(e.s, DUSQ_FAKE_HANGING, 1);
  e.pending = rig_pending(&e.promise);
  e.settled = rig_ok(5);
  CHECK_INT(dusq_cq_new(&e.queue), DUSQ_OK);
  CHECK(dusq_cq_fd(e.queue) >= 0);
  CHECK_INT(dusq_as_completed_new(&e.pending, 1, &e.it), DUSQ_OK);
  return e;
}

/* The parent has not been touched: everything still works. */
static void end_estate(estate *e)
{
  CHECK_INT(dusq_future_status(e->pending), DUSQ_E_PENDING);
  CHECK(!dusq_promise_canceled(e->promise));
  CHECK_INT(dusq_future_on_done(e->pending, e->queue, tally_done, &e->t, tally_free), DUSQ_OK);
  rig_resolve(e->promise, 1);
  CHECK_INT(dusq_cq_dispatch(e->queue, 0, 0), 1);
  dusq_future *f;
  CHECK_INT(dusq_as_completed_next(e->it, 0, &f), DUSQ_OK);
  CHECK(f == e->pending);
  dusq_future_unref(f);
  dusq_as_completed_free(e->it);
  expect(e->pending, DUSQ_OK);
  expect_value(e->settled, 5);
  dusq_cq_unref(e->queue);
  CHECK_INT(dusq_fake_release(e->s.fake), 1);
  expect(e->query, DUSQ_OK);
  expect(site_query(e->s, "UPDATE 1"), DUSQ_OK);
  CHECK_INT(site_count(e->s, DUSQ_FAKE_CONNECTS), 1);
  CHECK_INT(site_count(e->s, DUSQ_FAKE_LOSSES), 0);
  site_close(e->s);
}

static void test_inherited(void)
{
  estate e = make_estate();
  CHECK_INT(rig_in_child(child_of_futures, &e), 0);
  CHECK_INT(rig_in_child(child_of_the_rest, &e), 0);
  end_estate(&e);
}

#ifndef RIG_TSAN /* ThreadSanitizer has no threads in children */
/* A whole life, in the child, while the parent's threads do not exist. */
static int child_of_its_own(void *arg)
{
  int checks = 0;
  tally t = TALLY_INIT;
  dusq_pool *pool;
  dusq_cq *queue;
  (void)arg;
  MUST(dusq_pool_open_uri("fake:?pool_size=2", &pool, NULL) == DUSQ_OK);
  MUST(dusq_cq_new(&queue) == DUSQ_OK);
  dusq_future *f = dusq_pool_query(pool, "SELECT ?", DUSQ_PARAMS(dusq_int(42)), NULL);
  MUST(dusq_future_on_done(f, NULL, tally_done, &t, tally_free) == DUSQ_OK);
  MUST(dusq_future_on_done(f, queue, tally_done, &t, tally_free) == DUSQ_OK);
  MUST(dusq_cq_dispatch(queue, 0, LONG_WAIT) == 1);
  MUST(dusq_future_wait(f, LONG_WAIT) == DUSQ_OK && rig_value(f) == 42);
  MUST(tally_wait_freed(&t, 2));
  dusq_future_unref(f);
  dusq_cq_unref(queue);
  f = rig_ok(3);
  MUST(dusq_future_on_done(f, NULL, tally_done, &t, tally_free) == DUSQ_OK);
  MUST(tally_wait_freed(&t, 3));
  dusq_future *g = dusq_future_timeout(f, LONG_WAIT, 0);
  MUST(dusq_future_wait(g, LONG_WAIT) == DUSQ_OK && rig_value(g) == 3);
  dusq_future_unref(g);
  dusq_future_unref(f);
  f = dusq_pool_close(pool, LONG_WAIT);
  MUST(dusq_future_wait(f, LONG_WAIT) == DUSQ_OK);
  dusq_future_unref(f);
  dusq_pool_unref(pool);
  return 0;
}

static void test_own(void)
{
  estate e = make_estate();
  CHECK_INT(rig_in_child(child_of_its_own, NULL), 0);
  end_estate(&e);
}

typedef struct inside {
  tally t; /* first */
  int status;
} inside;

static void fork_in_callback(dusq_future *done, void *arg)
{
  (void)done;
  ((inside *)arg)->status = rig_in_child(child_of_its_own, NULL);
}

static dusq_result *fork_in_job(dusq_conn *conn, void *arg)
{
  (void)conn;
  ((inside *)arg)->status = rig_in_child(child_of_its_own, NULL);
  return NULL;
}

/* The one thread of the child is nobody's worker, though it comes from one. */
static void test_from_inside(void)
{
  inside in = {TALLY_INIT, -1};
  dusq_future *f = rig_ok(1);
  CHECK_INT(dusq_future_on_done(f, NULL, fork_in_callback, &in, tally_free), DUSQ_OK);
  CHECK(tally_wait_freed(&in.t, 1));
  CHECK_INT(in.status, 0);
  dusq_future_unref(f);
  in.status = -1;
  site s = site_open("pool_size=1");
  expect(dusq_pool_run(s.pool, fork_in_job, &in, tally_free, NULL), DUSQ_OK);
  CHECK_INT(in.status, 0);
  site_close(s);
}

#ifndef RIG_ASAN /* AddressSanitizer's allocator has locks that a child may inherit */
static void use_library(void *arg, int i)
{
  static journal log = JOURNAL_INIT;
  atomic_bool *stop = arg;
  while (!atomic_load(stop)) {
    tally t = TALLY_INIT;
    dusq_pool *pool;
    for (int k = 0; k < 500; k++) {
      if (i)
        dusq_has_backend("fake");
      else
        dusq_set_log(journal_write, &log);
    }
    dusq_set_log(NULL, NULL);
    if (!dusq_pool_open_uri("fake:", &pool, NULL))
      dusq_pool_unref(pool);
    dusq_future *f = rig_ok(1);
    if (!dusq_future_on_done(f, NULL, tally_done, &t, tally_free))
      tally_wait_freed(&t, 1);
    dusq_future_unref(f);
  }
}

/* A fork may come at any moment, also while another thread has a lock that is for all. */
static void test_at_any_moment(void)
{
  atomic_bool stop = false;
  team t;
  team_start(&t, 2, use_library, &stop);
  int bad = 0;
  int64_t end = test_now() + LONG_WAIT; /* a fork waits for locks that the others take again and again */
  for (long i = test_scale(100); i > 0 && !bad && test_now() < end; i--)
    bad = rig_in_child(child_of_its_own, NULL);
  atomic_store(&stop, true);
  team_join(&t);
  CHECK_INT(bad, 0);
}
#endif
#endif

void suite_fork(void);
void suite_fork(void)
{
  test_suite("fork");
  test_case("inherited", test_inherited);
#ifndef RIG_TSAN
  test_case("own", test_own);
  test_case("from_inside", test_from_inside);
#ifndef RIG_ASAN
  test_case("at_any_moment", test_at_any_moment);
#endif
#endif
}
