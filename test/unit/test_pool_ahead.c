/* test_pool_ahead.c - jobs that a worker has pulled out of the queue behind another one: they still wait.
 *
 * Only quick jobs are pulled, and no case can tell whether these were; so each submits a burst of them first, and is
 * repeated.  What must hold is the same either way.                                                                  */
#include "rig.h"
#include <sched.h>

enum { BURST = 100, BEHIND = 6, TIMES = 30 };

/* Quick jobs, so that a worker that meets the next ones has pulled them with these. */
static void burst(site s)
{
  for (int i = 0; i < BURST; i++)
    dusq_future_unref(dusq_pool_run(s.pool, rig_no_job, NULL, NULL, NULL));
}

/* A job that holds its worker until somebody opens the gate, and those behind it. */
typedef struct gate {
  atomic_int reached, open, ran;
  dusq_future *holder, *behind[BEHIND];
} gate;

static dusq_result *hold(dusq_conn *conn, void *arg)
{
  gate *g = arg;
  (void)conn;
  atomic_store(&g->reached, 1);
  int64_t end = test_now() + LONG_WAIT;
  while (!atomic_load(&g->open) && test_now() < end)
    sched_yield();
  return atomic_load(&g->open) ? rig_result(1) : NULL;
}

static dusq_result *run_behind(dusq_conn *conn, void *arg)
{
  gate *g = arg;
  (void)conn;
  atomic_fetch_add(&g->ran, 1);
  return NULL;
}

static dusq_result *open_gate(dusq_conn *conn, void *arg)
{
  gate *g = arg;
  (void)conn;
  atomic_store(&g->open, 1);
  return NULL;
}

static void hold_up(site s, gate *g, const dusq_opts *opts)
{
  *g = (gate){0};
  burst(s);
  g->holder = dusq_pool_run(s.pool, hold, g, NULL, NULL);
  for (int i = 0; i < BEHIND; i++)
    g->behind[i] = dusq_pool_run(s.pool, run_behind, g, NULL, opts);
  int64_t end = test_now() + LONG_WAIT;
  while (!atomic_load(&g->reached) && test_now() < end)
    sched_yield();
  CHECK_INT(atomic_load(&g->reached), 1);
}

static void let_go(gate *g)
{
  atomic_store(&g->open, 1);
  expect_value(g->holder, 1);
}

/* ---- somebody else takes them ------------------------------------------------------------------------------------ */
static void test_waits_for_the_one_behind(void)
{
  site s = site_open("pool_size=2");
  for (int i = 0; i < TIMES; i++) {
    gate g = {0};
    burst(s);
    dusq_future *holder = dusq_pool_run(s.pool, hold, &g, NULL, NULL);
    dusq_future *opener = dusq_pool_run(s.pool, open_gate, &g, NULL, NULL);
    expect_value(holder, 1);
    expect(opener, DUSQ_OK);
  }
  site_close(s);
}

/* The last one opens the gate of the one before it, and so on. */
static dusq_result *pass_on(dusq_conn *conn, void *arg)
{
  gate *own = arg;
  dusq_result *result = hold(conn, own);
  atomic_store(&own[-1].open, 1);
  return result;
}

static void test_a_row_that_waits(void)
{
  site s = site_open("pool_size=8");
  for (int i = 0; i < TIMES; i++) {
    gate gates[BEHIND] = {{0}};
    dusq_future *f[BEHIND];
    burst(s);
    f[0] = dusq_pool_run(s.pool, hold, &gates[0], NULL, NULL);
    for (int k = 1; k < BEHIND; k++)
      f[k] = dusq_pool_run(s.pool, pass_on, &gates[k], NULL, NULL);
    dusq_future *opener = dusq_pool_run(s.pool, open_gate, &gates[BEHIND - 1], NULL, NULL);
    for (int k = 0; k < BEHIND; k++)
      expect_value(f[k], 1);
    expect(opener, DUSQ_OK);
  }
  site_close(s);
}

/* ---- they still wait --------------------------------------------------------------------------------------------- */
static void test_counted_as_queued(void)
{
  site s = site_open("pool_size=1&queue_limit=200");
  for (int i = 0; i < TIMES; i++) {
    gate g;
    hold_up(s, &g, NULL);
    CHECK_INT(site_stat(s, "queued"), BEHIND);
    CHECK_INT(site_stat(s, "running"), 1);
    for (int k = 0; k < BEHIND; k++)
      CHECK_INT(dusq_future_state(g.behind[k]), DUSQ_STATE_PENDING);
    let_go(&g);
    for (int k = 0; k < BEHIND; k++)
      expect(g.behind[k], DUSQ_OK);
    CHECK_INT(atomic_load(&g.ran), BEHIND);
  }
  site_close(s);
}

static void test_limit(void)
{
  site s = site_open("pool_size=1&queue_limit=120");
  for (int i = 0; i < TIMES; i++) {
    gate g;
    dusq_future *more[120];
    hold_up(s, &g, NULL);
    for (int k = 0; k < 120; k++)
      more[k] = dusq_pool_run(s.pool, run_behind, &g, NULL, NULL);
    for (int k = 0; k < 120; k++)
      CHECK_INT(dusq_future_status(more[k]), k < 120 - BEHIND ? DUSQ_E_PENDING : DUSQ_E_BUSY);
    let_go(&g);
    for (int k = 0; k < BEHIND; k++)
      expect(g.behind[k], DUSQ_OK);
    for (int k = 0; k < 120; k++)
      expect(more[k], k < 120 - BEHIND ? DUSQ_OK : DUSQ_E_BUSY);
  }
  site_close(s);
}

static void test_cancel(void)
{
  site s = site_open("pool_size=1");
  for (int i = 0; i < TIMES; i++) {
    gate g;
    hold_up(s, &g, NULL);
    for (int k = 0; k < BEHIND; k += 2) {
      dusq_future_cancel(g.behind[k]);
      CHECK_INT(dusq_future_status(g.behind[k]), DUSQ_E_CANCELED); /* at once */
    }
    let_go(&g);
    for (int k = 0; k < BEHIND; k++)
      expect(g.behind[k], k % 2 ? DUSQ_OK : DUSQ_E_CANCELED);
    CHECK_INT(atomic_load(&g.ran), BEHIND / 2);
  }
  CHECK_INT(site_stat(s, "canceled"), TIMES * BEHIND / 2);
  site_close(s);
}

static void test_deadline(void)
{
  const dusq_opts opts = {.size = sizeof opts, .timeout = 20 * MS};
  site s = site_open("pool_size=1");
  for (int i = 0; i < TIMES / 3; i++) {
    gate g;
    hold_up(s, &g, &opts);
    for (int k = 0; k < BEHIND; k++)
      expect(g.behind[k], DUSQ_E_TIMEDOUT);
    let_go(&g);
    CHECK_INT(atomic_load(&g.ran), 0);
  }
  site_close(s);
}

static void test_queue_timeout(void)
{
  site s = site_open("pool_size=1&queue_timeout=300ms"); /* the holder itself must not wait for so long */
  for (int i = 0; i < TIMES / 10; i++) {
    gate g;
    hold_up(s, &g, NULL);
    for (int k = 0; k < BEHIND; k++)
      expect(g.behind[k], DUSQ_E_QUEUE_TIMEOUT);
    let_go(&g);
    CHECK_INT(atomic_load(&g.ran), 0);
  }
  site_close(s);
}

static void test_close(void)
{
  for (int i = 0; i < TIMES; i++) {
    site s = site_open("pool_size=1&cancel_grace=20s");
    gate g;
    hold_up(s, &g, NULL);
    dusq_future *closed = dusq_pool_close(s.pool, 0);
    for (int k = 0; k < BEHIND; k++)
      expect(g.behind[k], DUSQ_E_CLOSED);
    let_go(&g);
    CHECK_INT(atomic_load(&g.ran), 0);
    expect(closed, DUSQ_OK);
    site_close(s);
  }
}

/* ---- under fire -------------------------------------------------------------------------------------------------- */
enum { CROWD = 64 };

typedef struct fire {
  site s;
  gate g;
  dusq_future *f[CROWD];
} fire;

static void cancel_some(void *arg, int i)
{
  fire *all = arg;
  for (int k = i; k < CROWD; k += 4)
    dusq_future_cancel(all->f[k]);
}

static void test_cancel_while_they_run(void)
{
  fire all = {.s = site_open("pool_size=3")};
  for (int i = 0; i < TIMES; i++) {
    int ran = 0;
    atomic_store(&all.g.ran, 0);
    burst(all.s);
    for (int k = 0; k < CROWD; k++)
      all.f[k] = dusq_pool_run(all.s.pool, run_behind, &all.g, NULL, NULL);
    team_run(3, cancel_some, &all);
    for (int k = 0; k < CROWD; k++) {
      CHECK_INT(dusq_future_wait(all.f[k], LONG_WAIT), DUSQ_OK);
      ran += dusq_future_status(all.f[k]) == DUSQ_OK;
      dusq_future_unref(all.f[k]);
    }
    CHECK_INT(atomic_load(&all.g.ran), ran); /* what was cancelled did not run, and what ran is OK */
  }
  site_close(all.s);
}

void suite_pool_ahead(void);
void suite_pool_ahead(void)
{
  test_suite("pool_ahead");
  test_case("waits_for_the_one_behind", test_waits_for_the_one_behind);
  test_case("a_row_that_waits", test_a_row_that_waits);
  test_case("counted_as_queued", test_counted_as_queued);
  test_case("limit", test_limit);
  test_case("cancel", test_cancel);
  test_case("deadline", test_deadline);
  test_case("queue_timeout", test_queue_timeout);
  test_case("close", test_close);
  test_case("cancel_while_they_run", test_cancel_while_they_run);
}
