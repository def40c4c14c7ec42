/* test_wait.c - waiting for one future, for several in three modes, and for one after another. */
#include "rig.h"
#include <signal.h>

enum { N = 3 };

/* Settles what is left, and drops all. */
static void drop(brood *b)
{
  for (int i = 0; i < N; i++)
    if (b->p[i])
      dusq_promise_drop(b->p[i]);
  brood_drop(b);
}

static void resolve(brood *b, int i)
{
  rig_resolve(b->p[i], i);
  b->p[i] = NULL;
}

static void reject(brood *b, int i)
{
  rig_reject(b->p[i], DUSQ_E_DATA);
  b->p[i] = NULL;
}

/* ---- one --------------------------------------------------------------------------------------------------------- */
static void test_wait(void)
{
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  CHECK_INT(dusq_future_wait(f, 0), DUSQ_E_TIMEDOUT);
  int64_t begin = test_now();
  CHECK_INT(dusq_future_wait(f, 5 * MS), DUSQ_E_TIMEDOUT);
  CHECK(test_now() - begin >= 5 * MS);
  CHECK_INT(dusq_future_wait(f, -1), DUSQ_E_INVAL);
  CHECK_INT(dusq_future_wait(NULL, 1), DUSQ_E_INVAL);
  CHECK_INT(dusq_future_wait(NULL, -1), DUSQ_E_INVAL);
  CHECK(!dusq_promise_canceled(p)); /* neither timeout has cancelled it */
  rig_resolve(p, 1);
  CHECK_INT(dusq_future_wait(f, 0), DUSQ_OK);
  CHECK_INT(dusq_future_wait(f, DUSQ_FOREVER), DUSQ_OK);
  CHECK_INT(dusq_future_wait(f, -1), DUSQ_E_INVAL);
  dusq_future_unref(f);
  f = rig_failed(DUSQ_E_DATA);
  CHECK_INT(dusq_future_wait(f, 0), DUSQ_OK); /* well or badly */
  CHECK_INT(dusq_future_status(f), DUSQ_E_DATA);
  dusq_future_unref(f);
}

typedef struct audience {
  dusq_future *f;
  atomic_int ready, woken, wrong;
} audience;

static void listen(void *arg, int i)
{
  audience *a = arg;
  atomic_fetch_add(&a->ready, 1);
  dusq_status status = dusq_future_wait(a->f, i % 2 ? DUSQ_FOREVER : LONG_WAIT);
  atomic_fetch_add(&a->wrong, status != DUSQ_OK || rig_value(a->f) != 4);
  atomic_fetch_add(&a->woken, 1);
}

static void test_many_waiters(void)
{
  dusq_promise *p;
  audience a = {.f = rig_pending(&p)};
  team t;
  team_start(&t, 8, listen, &a);
  while (atomic_load(&a.ready) < 8)
    CHECK_INT(dusq_future_wait(a.f, 1), DUSQ_E_TIMEDOUT);
  rig_resolve(p, 4);
  team_join(&t);
  CHECK_INT(atomic_load(&a.woken), 8);
  CHECK_INT(atomic_load(&a.wrong), 0);
  dusq_future_unref(a.f);
}

static void on_signal(int number)
{
  (void)number;
}

static void test_signals_do_not_end_a_wait(void)
{
  struct sigaction quiet = {.sa_handler = on_signal}, old;
  sigemptyset(&quiet.sa_mask);
  sigaction(SIGUSR1, &quiet, &old);
  dusq_promise *p;
  audience a = {.f = rig_pending(&p)};
  team t;
  team_start(&t, 1, listen, &a);
  while (!atomic_load(&a.ready))
    CHECK_INT(dusq_future_wait(a.f, 1), DUSQ_E_TIMEDOUT);
  for (int i = 0; i < 20; i++) {
    pthread_kill(t.members[0].thread, SIGUSR1);
    CHECK_INT(dusq_future_wait(a.f, MS / 5), DUSQ_E_TIMEDOUT);
  }
  CHECK_INT(atomic_load(&a.woken), 0);
  rig_resolve(p, 4);
  team_join(&t);
  CHECK_INT(atomic_load(&a.wrong), 0);
  dusq_future_unref(a.f);
  sigaction(SIGUSR1, &old, NULL);
}

/* ---- several ----------------------------------------------------------------------------------------------------- */
static void check_done(const bool *done, bool a, bool b, bool c)
{
  CHECK_INT(done[0], a);
  CHECK_INT(done[1], b);
  CHECK_INT(done[2], c);
}

static void test_first_completed(void)
{
  brood b = brood_pending(N);
  bool done[N] = {true, true, true};
  CHECK_INT(dusq_future_wait_many(b.f, N, DUSQ_FIRST_COMPLETED, 0, done), DUSQ_E_TIMEDOUT);
  check_done(done, false, false, false);
  CHECK_INT(dusq_future_wait_many(b.f, N, DUSQ_FIRST_COMPLETED, 2 * MS, done), DUSQ_E_TIMEDOUT);
  check_done(done, false, false, false);
  reject(&b, 1);
  CHECK_INT(dusq_future_wait_many(b.f, N, DUSQ_FIRST_COMPLETED, DUSQ_FOREVER, done), DUSQ_OK);
  check_done(done, false, true, false);
  CHECK_INT(dusq_future_wait_many(b.f, N, DUSQ_FIRST_COMPLETED, 0, NULL), DUSQ_OK);
  for (int i = 0; i < N; i += 2)
    CHECK(!dusq_promise_canceled(b.p[i])); /* neither an error nor a timeout cancels anything */
  drop(&b);
}

static void test_first_exception(void)
{
  brood b = brood_pending(N);
  bool done[N];
  resolve(&b, 0);
  CHECK_INT(dusq_future_wait_many(b.f, N, DUSQ_FIRST_EXCEPTION, 2 * MS, done), DUSQ_E_TIMEDOUT);
  check_done(done, true, false, false); /* also after a timeout */
  reject(&b, 2);
  CHECK_INT(dusq_future_wait_many(b.f, N, DUSQ_FIRST_EXCEPTION, 0, done), DUSQ_OK);
  check_done(done, true, false, true);
  drop(&b);
  b = brood_pending(N);
  for (int i = 0; i < N; i++)
    resolve(&b, i);
  CHECK_INT(dusq_future_wait_many(b.f, N, DUSQ_FIRST_EXCEPTION, 0, done), DUSQ_OK); /* none fails: all */
  check_done(done, true, true, true);
  drop(&b);
}

static void test_all_completed(void)
{
  brood b = brood_pending(N);
  bool done[N];
  resolve(&b, 0);
  reject(&b, 1);
  CHECK_INT(dusq_future_wait_many(b.f, N, DUSQ_ALL_COMPLETED, 2 * MS, done), DUSQ_E_TIMEDOUT);
  check_done(done, true, true, false);
  resolve(&b, 2);
  CHECK_INT(dusq_future_wait_many(b.f, N, DUSQ_ALL_COMPLETED, 0, done), DUSQ_OK);
  check_done(done, true, true, true);
  drop(&b);
}

typedef struct duty {
  brood *b;
  audience a;
  int mode;
  bool done[N];
} duty;

static void wait_in_mode(void *arg, int i)
{
  duty *d = arg;
  (void)i;
  atomic_store(&d->a.ready, 1);
  atomic_store(&d->a.wrong, dusq_future_wait_many(d->b->f, N, d->mode, LONG_WAIT, d->done));
  atomic_store(&d->a.woken, 1);
}

/* One that sleeps is woken by the right one, and by no other. */
static void test_woken_in_mode(void)
{
  for (int mode = DUSQ_FIRST_COMPLETED; mode <= DUSQ_ALL_COMPLETED; mode++) {
    brood b = brood_pending(N);
    duty d = {.b = &b, .mode = mode};
    team t;
    team_start(&t, 1, wait_in_mode, &d);
    while (!atomic_load(&d.a.ready))
      CHECK_INT(dusq_future_wait(b.f[2], 1), DUSQ_E_TIMEDOUT);
    CHECK_INT(dusq_future_wait(b.f[2], MS), DUSQ_E_TIMEDOUT);
    CHECK_INT(atomic_load(&d.a.woken), 0);
    if (mode > DUSQ_FIRST_COMPLETED) {
      resolve(&b, 0);
      CHECK_INT(dusq_future_wait(b.f[2], MS), DUSQ_E_TIMEDOUT);
      CHECK_INT(atomic_load(&d.a.woken), 0);
    }
    reject(&b, 1);
    if (mode == DUSQ_ALL_COMPLETED) {
      CHECK_INT(dusq_future_wait(b.f[2], MS), DUSQ_E_TIMEDOUT);
      CHECK_INT(atomic_load(&d.a.woken), 0);
      resolve(&b, 2);
    }
    team_join(&t);
    CHECK_INT(atomic_load(&d.a.wrong), DUSQ_OK);
    check_done(d.done, mode > DUSQ_FIRST_COMPLETED, true, mode == DUSQ_ALL_COMPLETED);
    drop(&b);
  }
}

static void test_many_edges(void)
{
  brood b = brood_pending(N);
  dusq_future *twice[] = {b.f[0], b.f[0], b.f[1]}, *hole[] = {b.f[0], NULL};
  bool done[N] = {true, true, true};
  CHECK_INT(dusq_future_wait_many(NULL, 0, DUSQ_ALL_COMPLETED, DUSQ_FOREVER, NULL), DUSQ_OK);
  CHECK_INT(dusq_future_wait_many(b.f, 0, DUSQ_FIRST_COMPLETED, DUSQ_FOREVER, done), DUSQ_OK);
  CHECK_INT(dusq_future_wait_many(NULL, 1, DUSQ_ALL_COMPLETED, 0, NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_future_wait_many(hole, 2, DUSQ_ALL_COMPLETED, 0, NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_future_wait_many(b.f, N, 3, 0, NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_future_wait_many(b.f, N, -1, 0, NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_future_wait_many(b.f, N, DUSQ_ALL_COMPLETED, -1, NULL), DUSQ_E_INVAL);
  resolve(&b, 0);
  CHECK_INT(dusq_future_wait_many(twice, 3, DUSQ_ALL_COMPLETED, 1 * MS, done), DUSQ_E_TIMEDOUT);
  check_done(done, true, true, false);
  resolve(&b, 1);
  CHECK_INT(dusq_future_wait_many(twice, 3, DUSQ_ALL_COMPLETED, LONG_WAIT, done), DUSQ_OK);
  check_done(done, true, true, true);
  drop(&b);
}

/* ---- one after another ------------------------------------------------------------------------------------------- */
static dusq_future *next(dusq_as_completed *it, int64_t timeout, dusq_status expected)
{
  dusq_future *f = (dusq_future *)it;
  CHECK_INT(dusq_as_completed_next(it, timeout, &f), expected);
  dusq_future_unref(f); /* the caller of this function holds another */
  return f;
}

static void test_as_completed(void)
{
  brood b = brood_pending(N);
  dusq_as_completed *it;
  CHECK_INT(dusq_as_completed_new(b.f, N, &it), DUSQ_OK);
  CHECK(next(it, 0, DUSQ_E_TIMEDOUT) == NULL);
  CHECK(next(it, 1 * MS, DUSQ_E_TIMEDOUT) == NULL);
  reject(&b, 2);
  resolve(&b, 0);
  CHECK(next(it, 0, DUSQ_OK) == b.f[2]);
  CHECK(next(it, DUSQ_FOREVER, DUSQ_OK) == b.f[0]);
  CHECK(next(it, 0, DUSQ_E_TIMEDOUT) == NULL);
  CHECK(next(it, -1, DUSQ_E_INVAL) == NULL);
  resolve(&b, 1);
  CHECK(next(it, 0, DUSQ_OK) == b.f[1]);
  for (int i = 0; i < 2; i++)
    CHECK(next(it, DUSQ_FOREVER, DUSQ_OK) == NULL); /* after the last */
  dusq_as_completed_free(it);
  drop(&b);
}

static void test_as_completed_edges(void)
{
  brood b = brood_pending(N);
  dusq_as_completed *it = (dusq_as_completed *)&b;
  dusq_future *hole[] = {b.f[0], NULL}, *twice[] = {b.f[0], b.f[0]}, *out = b.f[0];
  CHECK_INT(dusq_as_completed_new(hole, 2, &it), DUSQ_E_INVAL);
  CHECK(it == NULL);
  CHECK_INT(dusq_as_completed_new(NULL, 1, &it), DUSQ_E_INVAL);
  CHECK_INT(dusq_as_completed_new(b.f, N, NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_as_completed_next(NULL, 0, &out), DUSQ_E_INVAL);
  CHECK(out == NULL);
  dusq_as_completed_free(NULL);
  CHECK_INT(dusq_as_completed_new(NULL, 0, &it), DUSQ_OK);
  CHECK_INT(dusq_as_completed_next(it, 0, NULL), DUSQ_E_INVAL);
  CHECK(next(it, DUSQ_FOREVER, DUSQ_OK) == NULL);
  dusq_as_completed_free(it);
  CHECK_INT(dusq_as_completed_new(twice, 2, &it), DUSQ_OK);
  resolve(&b, 0);
  CHECK(next(it, 0, DUSQ_OK) == b.f[0]);
  CHECK(next(it, 0, DUSQ_OK) == b.f[0]);
  CHECK(next(it, 0, DUSQ_OK) == NULL);
  dusq_as_completed_free(it);
  CHECK_INT(dusq_as_completed_new(b.f, N, &it), DUSQ_OK);
  CHECK(next(it, 0, DUSQ_OK) == b.f[0]); /* settled before */
  CHECK(!dusq_promise_canceled(b.p[1]));
  dusq_as_completed_free(it); /* those that were not taken go on */
  CHECK(!dusq_promise_canceled(b.p[1]));
  resolve(&b, 1);
  CHECK_INT(rig_value(b.f[1]), 1);
  drop(&b);
}

/* It holds a reference to each. */
static void test_as_completed_keeps(void)
{
  brood b = brood_pending(N);
  dusq_as_completed *it;
  CHECK_INT(dusq_as_completed_new(b.f, N, &it), DUSQ_OK);
  for (int i = 0; i < N; i++)
    dusq_future_unref(b.f[i]);
  int64_t sum = 0;
  for (int i = 0; i < N; i++) {
    dusq_future *f;
    rig_resolve(b.p[i], 10 + i);
    CHECK_INT(dusq_as_completed_next(it, LONG_WAIT, &f), DUSQ_OK);
    sum += rig_value(f);
    dusq_future_unref(f);
  }
  CHECK_INT(sum, 33);
  dusq_as_completed_free(it);
}

static void take_all(void *arg, int i)
{
  duty *d = arg;
  (void)i;
  dusq_as_completed *it;
  dusq_future *f;
  atomic_fetch_add(&d->a.wrong, dusq_as_completed_new(d->b->f, N, &it) != DUSQ_OK);
  atomic_fetch_add(&d->a.ready, 1);
  for (int k = 0; k < N; k++) {
    atomic_fetch_add(&d->a.wrong, dusq_as_completed_next(it, LONG_WAIT, &f) != DUSQ_OK || f != d->b->f[N - 1 - k]);
    dusq_future_unref(f);
  }
  dusq_as_completed_free(it);
}

static void test_as_completed_sleeps(void)
{
  brood b = brood_pending(N);
  duty d = {.b = &b};
  team t;
  team_start(&t, 4, take_all, &d);
  while (atomic_load(&d.a.ready) < 4)
    CHECK_INT(dusq_future_wait(b.f[0], 1), DUSQ_E_TIMEDOUT);
  for (int i = N; i-- > 0;)
    resolve(&b, i);
  team_join(&t);
  CHECK_INT(atomic_load(&d.a.wrong), 0);
  drop(&b);
}

void suite_wait(void);
void suite_wait(void)
{
  test_suite("wait");
  test_case("wait", test_wait);
  test_case("many_waiters", test_many_waiters);
  test_case("signals_do_not_end_a_wait", test_signals_do_not_end_a_wait);
  test_case("first_completed", test_first_completed);
  test_case("first_exception", test_first_exception);
  test_case("all_completed", test_all_completed);
  test_case("woken_in_mode", test_woken_in_mode);
  test_case("many_edges", test_many_edges);
  test_case("as_completed", test_as_completed);
  test_case("as_completed_edges", test_as_completed_edges);
  test_case("as_completed_keeps", test_as_completed_keeps);
  test_case("as_completed_sleeps", test_as_completed_sleeps);
}
