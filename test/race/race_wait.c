/* race_wait.c - waits that end by time while what they wait for settles: the watch lives on the waiter's stack. */
#include "rig.h"
#include <sched.h>

enum { N = 4 };

typedef struct duel {
  meeting m;
  long rounds;
  brood b;
  atomic_long wrong, timed_out;
} duel;

static void settle(duel *d, uint32_t *random, long round)
{
  for (int i = 0; i < N; i++) {
    dawdle(random, 100);
    if ((round + i) % 2)
      dusq_promise_resolve(d->b.p[i], NULL);
    else
      dusq_promise_drop(d->b.p[i]);
  }
}

/* Overwrites the stack on which the watch of the wait before has stood. */
static int spoil(int depth)
{
  volatile char room[256];
  memset((void *)(uintptr_t)room, 0x5a, sizeof room);
  return depth > 0 ? spoil(depth - 1) + room[depth] : room[0];
}

/* 0 makes them and settles them; the others do what they are here for.  `tried`: the first round goes on until a wait
 * has ended by time.                                                                                                 */
static void duel_rounds(duel *d, int i, bool tried, void (*other)(duel *d, int i, long round))
{
  uint32_t random = (uint32_t)i + 1;
  for (long round = 0; round < d->rounds; round++) {
    if (i == 0)
      d->b = brood_pending(N);
    meet(&d->m);
    while (i == 0 && tried && round == 0 && !atomic_load(&d->timed_out))
      sched_yield();
    if (i == 0)
      settle(d, &random, round);
    else
      other(d, i, round);
    meet(&d->m);
    if (i == 0)
      brood_drop(&d->b);
  }
}

static void wait_for_one(duel *d, int i, long round)
{
  (void)round;
  dusq_status status = DUSQ_E_TIMEDOUT;
  for (int64_t timeout = 1; status == DUSQ_E_TIMEDOUT; timeout = (timeout * 7) % 3001) {
    status = dusq_future_wait(d->b.f[i % N], timeout);
    atomic_fetch_add(&d->timed_out, status == DUSQ_E_TIMEDOUT);
    atomic_fetch_add(&d->wrong, spoil(4) == 0);
  }
  atomic_fetch_add(&d->wrong, status != DUSQ_OK || dusq_future_state(d->b.f[i % N]) != DUSQ_STATE_SETTLED);
}

static void wait_hand(void *d, int i)
{
  duel_rounds(d, i, true, wait_for_one);
}

static void test_wait(void)
{
  duel d = {.m = {.n = 3}, .rounds = test_scale(15000)};
  team_run(3, wait_hand, &d);
  CHECK_INT(atomic_load(&d.wrong), 0);
  CHECK(atomic_load(&d.timed_out) > 0);
}

static void wait_for_many(duel *d, int i, long round)
{
  bool done[N];
  int mode = (int)(round + i) % 3, settled = 0;
  dusq_status status = DUSQ_E_TIMEDOUT;
  for (int64_t timeout = 1; status == DUSQ_E_TIMEDOUT; timeout = (timeout * 7) % 3001) {
    status = dusq_future_wait_many(d->b.f, N, mode, timeout, done);
    atomic_fetch_add(&d->timed_out, status == DUSQ_E_TIMEDOUT);
  }
  for (int k = 0; k < N; k++)
    settled += done[k];
  atomic_fetch_add(&d->wrong, status != DUSQ_OK || settled == 0 || (mode == DUSQ_ALL_COMPLETED && settled < N));
}

static void many_hand(void *d, int i)
{
  duel_rounds(d, i, true, wait_for_many);
}

static void test_wait_many(void)
{
  duel d = {.m = {.n = 3}, .rounds = test_scale(8000)};
  team_run(3, many_hand, &d);
  CHECK_INT(atomic_load(&d.wrong), 0);
  CHECK(atomic_load(&d.timed_out) > 0);
}

/* Takes a few and leaves, while the rest settles. */
static void leave_early(duel *d, int i, long round)
{
  long want = (round + i) % (N + 1);
  dusq_as_completed *it;
  dusq_future *f;
  if (dusq_as_completed_new(d->b.f, N, &it)) {
    atomic_fetch_add(&d->wrong, 1);
    return;
  }
  for (long k = 0; k < want; k++) {
    dusq_status status;
    while ((status = dusq_as_completed_next(it, 700, &f)) == DUSQ_E_TIMEDOUT)
      atomic_fetch_add(&d->timed_out, 1);
    atomic_fetch_add(&d->wrong, status != DUSQ_OK || !f || dusq_future_state(f) != DUSQ_STATE_SETTLED);
    dusq_future_unref(f);
  }
  dusq_as_completed_free(it);
}

static void completed_hand(void *d, int i)
{
  duel_rounds(d, i, false, leave_early);
}

static void test_as_completed(void)
{
  duel d = {.m = {.n = 3}, .rounds = test_scale(8000)};
  team_run(3, completed_hand, &d);
  CHECK_INT(atomic_load(&d.wrong), 0);
}

void suite_race_wait(void);
void suite_race_wait(void)
{
  test_suite("race_wait");
  test_case("wait", test_wait);
  test_case("wait_many", test_wait_many);
  test_case("as_completed", test_as_completed);
}
