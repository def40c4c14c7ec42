/* race_future.c - settle, register, cancel, wait and unref of one future at the same moment, some ten thousand times.
 *
 * What can be asserted in a race is little: everything is called once, nothing twice, and the outcome is one of those
 * that are allowed.  The sanitizers see the rest.                                                                    */
#include "rig.h"

/* ---- all at once ------------------------------------------------------------------------------------------------- */
enum { HANDS = 4 };

typedef struct storm {
  meeting m;
  long rounds;
  dusq_cq *queue;
  dusq_promise *promise;    /* of this round; read between two meetings, like the next two */
  dusq_future *future[HANDS]; /* a reference for each */
  tally posted, queued;
  atomic_long registered, in_queue, wrong;
} storm;

static void settle_hand(storm *s, long round)
{
  if (round % 3 == 0)
    rig_resolve(s->promise, round);
  else if (round % 3 == 1)
    rig_reject(s->promise, DUSQ_E_DATA);
  else
    dusq_promise_drop(s->promise);
}

static void register_hand(storm *s, dusq_future *f)
{
  dusq_cq *queue = NULL;
  for (int i = 0; i < 3; i++) {
    queue = queue ? NULL : s->queue;
    if (!dusq_future_on_done(f, queue, tally_done, queue ? &s->queued : &s->posted, tally_free))
      atomic_fetch_add(queue ? &s->in_queue : &s->registered, 1);
  }
}

static void cancel_hand(storm *s, dusq_future *f)
{
  dusq_future_cancel(f);
  atomic_fetch_add(&s->wrong, dusq_future_wait(f, LONG_WAIT) != DUSQ_OK);
  atomic_fetch_add(&s->wrong, dusq_future_state(f) != DUSQ_STATE_SETTLED);
  atomic_fetch_add(&s->wrong, dusq_future_status(f) == DUSQ_E_PENDING);
}

static void combine_hand(storm *s, dusq_future *f, long round)
{
  dusq_future *two[] = {f, f}, *made[] = {dusq_future_all(two, 2, (uint32_t)(round % 2)), dusq_future_any(two, 2),
                                          dusq_future_shield(f), dusq_future_timeout(f, LONG_WAIT, 0)};
  dusq_future_cancel(made[round % 4]);
  atomic_fetch_add(&s->wrong, dusq_future_wait_many(made, 4, DUSQ_ALL_COMPLETED, LONG_WAIT, NULL) != DUSQ_OK);
  for (int i = 0; i < 4; i++) {
    dusq_status status = dusq_future_status(made[i]);
    bool like = status == dusq_future_status(f) || (i == 2 && status == DUSQ_E_CANCELED) || (i == 0 && round % 2);
    atomic_fetch_add(&s->wrong, !like);
    dusq_future_unref(made[i]);
  }
}

static void hand(void *arg, int i)
{
  storm *s = arg;
  uint32_t random = (uint32_t)i + 1;
  for (long round = 0; round < s->rounds; round++) {
    if (i == 0) {
      s->future[0] = rig_pending(&s->promise);
      for (int k = 1; k < HANDS; k++)
        s->future[k] = dusq_future_ref(s->future[0]);
    }
    meet(&s->m);
    dusq_future *f = s->future[i];
    dawdle(&random, 400);
    if (i == 0)
      settle_hand(s, round);
    else if (i == 1)
      register_hand(s, f);
    else if (i == 2)
      cancel_hand(s, f);
    else
      combine_hand(s, f, round);
    dusq_future_unref(f);
    if (i == 1 && round % 16 == 0)
      dusq_cq_dispatch(s->queue, 0, 0);
    meet(&s->m);
  }
}

static void test_storm(void)
{
  storm s = {.m = {.n = HANDS}, .rounds = test_scale(12000), .posted = TALLY_INIT, .queued = TALLY_INIT};
  CHECK_INT(dusq_cq_new(&s.queue), DUSQ_OK);
  team_run(HANDS, hand, &s);
  dusq_cq_dispatch(s.queue, 0, 0);
  CHECK_INT(atomic_load(&s.wrong), 0);
  CHECK(tally_wait_freed(&s.posted, (int)atomic_load(&s.registered)));
  CHECK_INT(tally_count(&s.posted), atomic_load(&s.registered));
  CHECK_INT(tally_count(&s.queued), atomic_load(&s.in_queue));
  CHECK_INT(tally_freed(&s.queued), atomic_load(&s.in_queue));
  dusq_cq_unref(s.queue);
}

/* ---- the order of callbacks -------------------------------------------------------------------------------------- */
enum { CALLS = 40 };

typedef struct sequence {
  meeting m;
  long rounds;
  dusq_cq *queue;
  dusq_promise *promise;
  dusq_future *future;
  int seen[CALLS], n, wrong; /* the registering thread's, which dispatches, too */
} sequence;

typedef struct mark {
  sequence *in;
  int i;
} mark;

static void note(dusq_future *done, void *arg)
{
  mark *one = arg;
  (void)done;
  one->in->wrong += one->i != one->in->n;
  one->in->n++;
}

/* Registers one after the other while the future settles: they must run in that order all the same. */
static void ordered_hand(void *arg, int i)
{
  sequence *s = arg;
  mark marks[CALLS];
  uint32_t random = (uint32_t)i + 7;
  for (long round = 0; round < s->rounds; round++) {
    if (i == 0)
      s->future = rig_pending(&s->promise);
    meet(&s->m);
    dawdle(&random, 4000);
    if (i == 0) {
      dusq_promise_resolve(s->promise, NULL);
    } else {
      s->n = 0;
      for (int k = 0; k < CALLS; k++) {
        marks[k] = (mark){s, k};
        s->wrong += dusq_future_on_done(s->future, s->queue, note, &marks[k], NULL) != DUSQ_OK;
      }
      while (s->n < CALLS)
        dusq_cq_dispatch(s->queue, 0, LONG_WAIT);
      dusq_future_unref(s->future);
    }
    meet(&s->m);
  }
}

static void test_order(void)
{
  sequence s = {.m = {.n = 2}, .rounds = test_scale(20000)};
  CHECK_INT(dusq_cq_new(&s.queue), DUSQ_OK);
  team_run(2, ordered_hand, &s);
  CHECK_INT(s.wrong, 0);
  dusq_cq_unref(s.queue);
}

/* ---- continuations, cancelled while they run --------------------------------------------------------------------- */
typedef struct relay {
  meeting m;
  long rounds;
  dusq_promise *promise;
  dusq_future *source, *last;
  tally t;
  atomic_long wrong, ran;
} relay;

static dusq_future *pass_to_new(dusq_future *done, void *arg)
{
  relay *r = arg;
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  atomic_fetch_add(&r->wrong, dusq_future_state(done) != DUSQ_STATE_SETTLED);
  atomic_fetch_add(&r->ran, 1);
  rig_resolve(p, 1);
  return f;
}

static void free_relay(void *arg)
{
  tally_free(&((relay *)arg)->t);
}

static void relay_hand(void *arg, int i)
{
  relay *r = arg;
  uint32_t random = (uint32_t)i + 3;
  for (long round = 0; round < r->rounds; round++) {
    if (i == 0) {
      r->source = rig_pending(&r->promise);
      dusq_future *one = dusq_future_then(r->source, NULL, pass_to_new, r, free_relay);
      dusq_future *two = dusq_future_timeout(one, round % 2 ? 20000 : DUSQ_FOREVER, DUSQ_FOREVER);
      r->last = dusq_future_then(two, NULL, pass_to_new, r, free_relay);
      dusq_future_unref(one);
      dusq_future_unref(two);
    }
    meet(&r->m);
    dawdle(&random, 2000);
    if (i == 0)
      rig_resolve(r->promise, 2);
    else if (i == 1)
      dusq_future_cancel(r->last);
    else
      atomic_fetch_add(&r->wrong, dusq_future_wait(r->last, LONG_WAIT) != DUSQ_OK);
    meet(&r->m);
    if (i == 2) {
      atomic_fetch_add(&r->wrong, dusq_future_status(r->last) != DUSQ_OK); /* nobody rejects */
      dusq_future_unref(r->source);
      dusq_future_unref(r->last);
    }
    meet(&r->m);
  }
}

static void test_relay(void)
{
  relay r = {.m = {.n = 3}, .rounds = test_scale(10000), .t = TALLY_INIT};
  team_run(3, relay_hand, &r);
  CHECK_INT(atomic_load(&r.wrong), 0);
  CHECK(tally_wait_freed(&r.t, (int)(2 * r.rounds)));
  CHECK_INT(atomic_load(&r.ran), 2 * r.rounds);
  CHECK(test_threads_settle(RIG_THREADS)); /* no timer with a grace without end is left */
}

/* ---- hooks: set, asked for and not needed any more, at once ------------------------------------------------------ */
typedef struct hooks {
  meeting m;
  long rounds;
  dusq_promise *promise;
  dusq_future *future;
  tally t;
  long set, refused; /* the producer's */
} hooks;

static void hook_hand(void *arg, int i)
{
  hooks *h = arg;
  uint32_t random = (uint32_t)i + 11;
  for (long round = 0; round < h->rounds; round++) {
    if (i == 0)
      h->future = rig_pending(&h->promise);
    meet(&h->m);
    dusq_promise *promise = h->promise;
    dusq_future *future = h->future;
    dawdle(&random, 300);
    if (i == 0) {
      if (dusq_promise_on_cancel(promise, tally_hook, &h->t, tally_free))
        h->refused++;
      else
        h->set++;
      dawdle(&random, 300);
      rig_resolve(promise, 1);
    } else {
      dusq_future_cancel(future);
    }
    meet(&h->m);
    if (i == 0)
      dusq_future_unref(future);
  }
}

static void test_hooks(void)
{
  hooks h = {.m = {.n = 3}, .rounds = test_scale(10000), .t = TALLY_INIT};
  team_run(3, hook_hand, &h);
  CHECK_INT(h.refused, 0);
  CHECK(tally_wait_freed(&h.t, (int)h.set)); /* each is freed once ... */
  CHECK(test_threads_settle(RIG_THREADS));
  CHECK_INT(tally_freed(&h.t), h.set);
  CHECK(tally_count(&h.t) <= h.set); /* ... and has run at most once */
  CHECK(tally_count(&h.t) > 0);
}

/* ---- the two ends of the shared home ----------------------------------------------------------------------------- */
/* Every round makes it and lets it go, on three threads. */
static void home_hand(void *arg, int i)
{
  storm *s = arg;
  uint32_t random = (uint32_t)i + 5;
  for (long round = 0; round < s->rounds; round++) {
    dusq_future *f = rig_ok(1);
    if (dusq_future_on_done(f, NULL, tally_done, &s->posted, tally_free))
      atomic_fetch_add(&s->wrong, 1);
    dusq_future_unref(f);
    dawdle(&random, 20000);
  }
}

static void test_shared_home(void)
{
  storm s = {.rounds = test_scale(3000), .posted = TALLY_INIT};
  team_run(3, home_hand, &s);
  CHECK_INT(atomic_load(&s.wrong), 0);
  CHECK(tally_wait_freed(&s.posted, (int)(3 * s.rounds)));
  CHECK(test_threads_settle(RIG_THREADS));
}

void suite_race_future(void);
void suite_race_future(void)
{
  test_suite("race_future");
  test_case("storm", test_storm);
  test_case("order", test_order);
  test_case("relay", test_relay);
  test_case("hooks", test_hooks);
  test_case("shared_home", test_shared_home);
}
