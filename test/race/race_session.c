/* race_session.c - sessions under fire: calls of many threads on one, against cancels, closes and the close of the
 * pool.
 *
 * Whatever the order: every call settles, a session that is over gives its connection back without a transaction on it,
 * and as much is settled as was submitted.                                                                           */
#include "rig.h"

enum { HANDS = 4, CALLS = 12 };

typedef struct brawl {
  site s;
  meeting m;
  dusq_session *session;
  int closer;        /* what hand 0 does: closes the session, drops it, or closes the pool */
  tally freed;       /* of jobs */
  atomic_long jobs, wrong;
} brawl;

static dusq_future *call(brawl *b, unsigned kind)
{
  const dusq_opts soon = {sizeof soon, 200000, 0, 0, NULL};
  switch (kind) {
  case 0:
    return dusq_session_begin(b->session, NULL, NULL);
  case 1:
    return dusq_session_commit(b->session);
  case 2:
    return dusq_session_rollback(b->session);
  case 3:
    atomic_fetch_add(&b->jobs, 1);
    return dusq_session_run(b->session, rig_no_job, &b->freed, tally_free, NULL);
  case 4:
    return dusq_session_query(b->session, "UPDATE 1", DUSQ_NO_PARAMS, &soon);
  default:
    return dusq_session_query(b->session, "UPDATE 1", DUSQ_NO_PARAMS, NULL);
  }
}

static bool is_expected(dusq_status status)
{
  return !status || status == DUSQ_E_CLOSED || status == DUSQ_E_CANCELED || status == DUSQ_E_TIMEDOUT ||
         status == DUSQ_E_TX_ABORTED || status == DUSQ_E_TX_STATE;
}

static void settle(brawl *b, dusq_future *take_future)
{
  atomic_fetch_add(&b->wrong, dusq_future_wait(take_future, LONG_WAIT) != DUSQ_OK);
  atomic_fetch_add(&b->wrong, !is_expected(dusq_future_status(take_future)));
  if (!is_expected(dusq_future_status(take_future)))
    printf("    status %d: %s\n", dusq_future_status(take_future), dusq_error_message(dusq_future_error(take_future)));
  dusq_future_unref(take_future);
}

static void end_it(brawl *b, uint32_t *random)
{
  dawdle(random, 60000);
  if (b->closer == 0)
    settle(b, dusq_session_close(b->session));
  else if (b->closer == 1)
    settle(b, dusq_pool_close(b->s.pool, *random % 3 ? 0 : LONG_WAIT));
  dusq_session_unref(b->session); /* its own reference */
}

static void hand(void *arg, int i)
{
  brawl *b = arg;
  uint32_t random = (uint32_t)test_now() + (uint32_t)i * 7919;
  dusq_future *f[CALLS];
  meet(&b->m);
  if (i == 0) {
    end_it(b, &random);
    return;
  }
  for (int k = 0; k < CALLS; k++) {
    random = random * 1664525u + 1013904223u;
    f[k] = call(b, (random >> 16) % 8);
    if ((random >> 8) % 4 == 0)
      dusq_future_cancel(f[k]);
  }
  dusq_session_unref(b->session);
  for (int k = 0; k < CALLS; k++)
    settle(b, f[k]);
}

static void fight(int closer, long rounds)
{
  for (; rounds > 0; rounds--) {
    brawl b = {.s = site_open(rounds % 2 ? "pool_size=1" : "pool_size=3"), .m = {.n = HANDS}, .closer = closer,
               .freed = TALLY_INIT};
    b.session = dusq_pool_session(b.s.pool, NULL);
    for (int i = 1; i < HANDS; i++)
      dusq_session_ref(b.session); /* each hand has one */
    team_run(HANDS, hand, &b);
    CHECK_INT(atomic_load(&b.wrong), 0);
    CHECK(tally_wait_freed(&b.freed, (int)atomic_load(&b.jobs)));
    if (closer != 1) { /* the connection can be had, and nothing is open on it */
      dusq_session *next = dusq_pool_session(b.s.pool, NULL);
      dusq_future *begun = dusq_session_begin(next, NULL, NULL), *committed = dusq_session_commit(next);
      CHECK_INT(dusq_future_wait(committed, LONG_WAIT), DUSQ_OK);
      CHECK_INT(dusq_future_status(committed), DUSQ_OK);
      dusq_future_unref(begun);
      dusq_future_unref(committed);
      dusq_session_unref(next);
    }
    site_stat_reaches(b.s, "settled", site_stat(b.s, "submitted"));
    site_close(b.s);
  }
}

static void test_close(void)
{
  fight(0, test_scale(300));
}

static void test_pool_close(void)
{
  fight(1, test_scale(300));
}

static void test_drop(void)
{
  fight(2, test_scale(300));
}

void suite_race_session(void);
void suite_race_session(void)
{
  test_suite("race_session");
  test_case("calls against close", test_close);
  test_case("calls against the close of the pool", test_pool_close);
  test_case("calls against the last reference", test_drop);
}
