/* race_cq.c - completion queues that are dispatched, woken, polled and closed while callbacks arrive. */
#include "rig.h"
#include <poll.h>

enum { POSTS = 8 };

typedef struct traffic {
  meeting m;
  long rounds;
  dusq_cq *queue;      /* of this round */
  tally t;
  atomic_long wrong;
  atomic_int left;
} traffic;

static void post(traffic *c, dusq_cq *queue)
{
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  if (dusq_future_on_done(f, queue, tally_done, &c->t, tally_free))
    atomic_fetch_add(&c->wrong, 1);
  dusq_future_unref(f);
  dusq_promise_resolve(p, NULL);
}

/* 0 makes the queue and posts; 1 dispatches and lets go; 2 lets its reference go at once. */
static void close_hand(void *arg, int i)
{
  traffic *c = arg;
  uint32_t random = (uint32_t)i + 1;
  for (long round = 0; round < c->rounds; round++) {
    if (i == 0) {
      atomic_fetch_add(&c->wrong, dusq_cq_new(&c->queue) != DUSQ_OK);
      dusq_cq_ref(c->queue);
      dusq_cq_ref(c->queue);
      if (round % 2)
        dusq_cq_fd(c->queue);
    }
    meet(&c->m);
    dusq_cq *queue = c->queue;
    dawdle(&random, 2000);
    for (int k = 0; k < POSTS && i == 0; k++)
      post(c, queue);
    if (i == 1)
      dusq_cq_dispatch(queue, 2, 1000);
    dusq_cq_unref(queue);
    meet(&c->m);
  }
}

static void test_close(void)
{
  traffic c = {.m = {.n = 3}, .rounds = test_scale(4000), .t = TALLY_INIT};
  team_run(3, close_hand, &c);
  CHECK_INT(atomic_load(&c.wrong), 0);
  CHECK(tally_wait_freed(&c.t, (int)(POSTS * c.rounds))); /* each once, wherever it ran */
  CHECK(test_threads_settle(RIG_THREADS));
  CHECK_INT(tally_count(&c.t), POSTS * c.rounds);
  CHECK_INT(tally_freed(&c.t), POSTS * c.rounds);
}

/* Promises that settle on one thread while the queue, which nobody holds any more, is closed by another. */
static void late_hand(void *arg, int i)
{
  traffic *c = arg;
  static dusq_promise *p[POSTS]; /* handed over between two meetings */
  uint32_t random = (uint32_t)i + 1;
  for (long round = 0; round < c->rounds; round++) {
    if (i == 0) {
      atomic_fetch_add(&c->wrong, dusq_cq_new(&c->queue) != DUSQ_OK);
      for (int k = 0; k < POSTS; k++) {
        dusq_future *f = rig_pending(&p[k]);
        atomic_fetch_add(&c->wrong, dusq_future_on_done(f, c->queue, tally_done, &c->t, tally_free) != DUSQ_OK);
        dusq_future_unref(f);
      }
    }
    meet(&c->m);
    dawdle(&random, 1000);
    if (i == 0)
      dusq_cq_unref(c->queue);
    for (int k = i; k < POSTS && i > 0; k += 2) /* 1 and 2 share them */
      dusq_promise_resolve(p[k], NULL);
    if (i == 2)
      dusq_promise_resolve(p[0], NULL);
    meet(&c->m);
  }
}

static void test_late(void)
{
  traffic c = {.m = {.n = 3}, .rounds = test_scale(4000), .t = TALLY_INIT};
  team_run(3, late_hand, &c);
  CHECK_INT(atomic_load(&c.wrong), 0);
  CHECK(tally_wait_freed(&c.t, (int)(POSTS * c.rounds)));
  CHECK(test_threads_settle(RIG_THREADS));
  CHECK_INT(tally_count(&c.t), POSTS * c.rounds);
}

/* An event loop that trusts the descriptor never misses anything: two post, two poll and dispatch. */
static void count_down(dusq_future *done, void *arg)
{
  (void)done;
  atomic_fetch_sub(&((traffic *)arg)->left, 1);
}

static void loop_hand(void *arg, int i)
{
  traffic *c = arg;
  uint32_t random = (uint32_t)i + 1;
  if (i < 2) {
    for (long round = 0; round < c->rounds; round++) {
      dusq_future *f = rig_ok(1);
      if (dusq_future_on_done(f, c->queue, count_down, c, NULL))
        atomic_fetch_add(&c->wrong, 1);
      dusq_future_unref(f);
      dawdle(&random, 200);
    }
    return;
  }
  struct pollfd fd = {.fd = dusq_cq_fd(c->queue), .events = POLLIN};
  while (atomic_load(&c->left) > 0) {
    if (poll(&fd, 1, 20000) != 1)
      atomic_fetch_add(&c->wrong, atomic_load(&c->left) > 0);
    atomic_fetch_add(&c->wrong, dusq_cq_dispatch(c->queue, 3, 0) < 0);
    if (atomic_load(&c->left) <= 0)
      dusq_cq_wake(c->queue); /* for the other one */
  }
}

static void test_poll(void)
{
  traffic c = {.rounds = test_scale(10000)};
  CHECK_INT(dusq_cq_new(&c.queue), DUSQ_OK);
  atomic_store(&c.left, (int)(2 * c.rounds));
  team_run(4, loop_hand, &c);
  CHECK_INT(atomic_load(&c.wrong), 0);
  CHECK_INT(atomic_load(&c.left), 0);
  dusq_cq_unref(c.queue);
}

void suite_race_cq(void);
void suite_race_cq(void)
{
  test_suite("race_cq");
  test_case("close", test_close);
  test_case("late", test_late);
  test_case("poll", test_poll);
}
