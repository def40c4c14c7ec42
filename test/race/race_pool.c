/* race_pool.c - pools under fire: submit against close, cancel against completion, and workers that come and go.
 *
 * That a cancel never hits a later statement is proved by what the database has seen: of the fake its history, of
 * SQLite its table.                                                                                                  */
#include "rig.h"

/* ---- submit against close ---------------------------------------------------------------------------------------- */
typedef struct rush {
  site s;
  meeting m;
  tally freed; /* by tally_free */
  atomic_long jobs, ok, wrong;
} rush;

enum { EACH = 20 };

static void rush_hand(void *arg, int i)
{
  rush *r = arg;
  uint32_t random = (uint32_t)(test_now() + i);
  dusq_future *f[2 * EACH];
  meet(&r->m);
  if (i == 0) {
    dawdle(&random, 60000);
    f[0] = dusq_pool_close(r->s.pool, random % 3 ? 0 : LONG_WAIT);
    atomic_fetch_add(&r->wrong, dusq_future_wait(f[0], LONG_WAIT) != DUSQ_OK);
    dusq_future_unref(f[0]);
    return;
  }
  for (int k = 0; k < EACH; k++) {
    f[2 * k] = site_query(r->s, "UPDATE 1");
    f[2 * k + 1] = dusq_pool_run(r->s.pool, rig_no_job, &r->freed, tally_free, NULL);
    atomic_fetch_add(&r->jobs, 1);
  }
  for (int k = 0; k < 2 * EACH; k++) {
    atomic_fetch_add(&r->wrong, dusq_future_wait(f[k], LONG_WAIT) != DUSQ_OK);
    dusq_status status = dusq_future_status(f[k]);
    atomic_fetch_add(&r->wrong, status != DUSQ_OK && status != DUSQ_E_CLOSED);
    atomic_fetch_add(&r->ok, status == DUSQ_OK && k % 2 == 0);
    dusq_future_unref(f[k]);
  }
}

static void test_submit_close(void)
{
  for (long round = test_scale(400); round > 0; round--) {
    rush r = {.s = site_open(round % 2 ? "pool_size=2" : "pool_size=3&batch_min=1"), .m = {.n = 4},
              .freed = TALLY_INIT};
    team_run(4, rush_hand, &r);
    CHECK_INT(atomic_load(&r.wrong), 0);
    CHECK_INT(tally_freed(&r.freed), atomic_load(&r.jobs));
    CHECK_INT(dusq_fake_ran(r.s.fake, "UPDATE 1"), atomic_load(&r.ok)); /* what ran is OK, and nothing else */
    CHECK_INT(site_stat(r.s, "settled"), site_stat(r.s, "submitted"));
    site_left(r.s);
  }
}

/* Several close at once, each with another grace, while the steps of the close are taken. */
static void closer_hand(void *arg, int i)
{
  static const int64_t graces[] = {0, 1000, 20000, LONG_WAIT};
  rush *r = arg;
  uint32_t random = (uint32_t)(test_now() + i);
  meet(&r->m);
  for (int k = 0; k < 4; k++) {
    bool last = i == 0 && k == 3; /* the low bits of `random` are not: somebody has to be in a hurry */
    dusq_future *f = dusq_pool_close(r->s.pool, last ? 0 : graces[(random >> 16) % 4]);
    if (k == 3)
      atomic_fetch_add(&r->wrong, dusq_future_wait(f, LONG_WAIT) != DUSQ_OK);
    dusq_future_unref(f);
    dawdle(&random, 20000);
  }
}

static void test_closers(void)
{
  for (long round = test_scale(500); round > 0; round--) {
    rush r = {.s = site_open("pool_size=2&cancel_grace=20s"), .m = {.n = 4}};
    ON(r.s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
    dusq_future *f = site_query(r.s, "UPDATE 0");
    team_run(4, closer_hand, &r);
    CHECK_INT(atomic_load(&r.wrong), 0);
    expect(f, DUSQ_E_CLOSED);
    site_left(r.s);
  }
  CHECK(test_threads_settle(RIG_THREADS));
}

/* ---- cancel against completion ----------------------------------------------------------------------------------- */
typedef struct hunt {
  dusq_pool *pool;
  const char *victim, *next; /* SQL with one placeholder */
  meeting m;
  long rounds;
  dusq_future *prey;
  atomic_long wrong;
  long ok, canceled; /* the hunted's */
} hunt;

/* 0 submits, and behind it one that nobody cancels; 1 and 2 cancel the first at any moment. */
static void hunt_hand(void *arg, int i)
{
  hunt *h = arg;
  uint32_t random = (uint32_t)i + 1;
  for (long round = 0; round < h->rounds; round++) {
    if (i == 0)
      h->prey = dusq_pool_query(h->pool, h->victim, DUSQ_PARAMS(dusq_int(round)), NULL);
    meet(&h->m);
    if (i > 0) {
      dawdle(&random, 20000);
      dusq_future_cancel(h->prey);
    } else {
      dusq_future *next = dusq_pool_query(h->pool, h->next, DUSQ_PARAMS(dusq_int(round)), NULL);
      atomic_fetch_add(&h->wrong, dusq_future_wait(next, LONG_WAIT) || dusq_future_wait(h->prey, LONG_WAIT));
      atomic_fetch_add(&h->wrong, dusq_future_status(next) != DUSQ_OK);
      dusq_status status = dusq_future_status(h->prey);
      h->ok += status == DUSQ_OK;
      h->canceled += status == DUSQ_E_CANCELED;
      atomic_fetch_add(&h->wrong, dusq_error_unknown_outcome(dusq_future_error(h->prey)));
      dusq_future_unref(next);
    }
    meet(&h->m);
    if (i == 0)
      dusq_future_unref(h->prey);
  }
}

static void run_hunt(hunt *h)
{
  h->m.n = 3;
  team_run(3, hunt_hand, h);
  CHECK_INT(atomic_load(&h->wrong), 0);
  CHECK_INT(h->ok + h->canceled, h->rounds);
}

static void test_cancel_fake(void)
{
  static const char *const options[] = {"pool_size=1&cancel_grace=20s", "pool_size=1&cancel_grace=20s&batch_min=1",
                                        "pool_size=2&cancel_grace=20s&batch=off"};
  for (int i = 0; i < 3; i++) {
    site s = site_open(options[i]);
    ON(s, "UPDATE prey ?", .delay = 15000);
    hunt h = {.pool = s.pool, .victim = "UPDATE prey ?", .next = "UPDATE next ?", .rounds = test_scale(3000)};
    run_hunt(&h);
    CHECK_INT(dusq_fake_ran(s.fake, "UPDATE prey*"), h.ok); /* cancelled means that it has not happened */
    CHECK_INT(dusq_fake_ran(s.fake, "UPDATE next*"), h.rounds);
    CHECK(site_count(s, DUSQ_FAKE_CONNECTS) <= 2); /* and no connection was lost for it */
    site_close(s);
  }
}

#ifdef DUSQ_WITH_SQLITE
static int64_t one_number(dusq_pool *pool, const char *sql)
{
  dusq_future *f = dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  int64_t value = rig_value(f);
  dusq_future_unref(f);
  return value;
}

/* The victims count to some thousands in SQL, so that the interrupt often meets them at work. */
static void test_cancel_sqlite(void)
{
  static const char *const options[] = {"", "?batch=off", "?batch_min=1"};
  for (int i = 0; i < 3; i++) {
    char uri[64];
    dusq_pool *pool;
    snprintf(uri, sizeof uri, "sqlite::memory:%s", options[i]);
    CHECK_INT(dusq_pool_open_uri(uri, &pool, NULL), DUSQ_OK);
    expect(dusq_pool_script(pool, "CREATE TABLE prey(i INTEGER PRIMARY KEY, n INT);"
                                  "CREATE TABLE next(i INTEGER PRIMARY KEY)",
                            NULL),
           DUSQ_OK);
    hunt h = {.pool = pool,
              .victim = "INSERT INTO prey WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 1000) "
                        "SELECT ?, max(n) FROM c",
              .next = "INSERT INTO next VALUES (?)", .rounds = test_scale(1200)};
    run_hunt(&h);
    CHECK_INT(one_number(pool, "SELECT count(*) FROM prey"), h.ok);
    CHECK_INT(one_number(pool, "SELECT count(*) FROM next"), h.rounds);
    hunt r = {.pool = pool,
              .victim = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 2000) "
                        "SELECT max(n) + ? FROM c",
              .next = "SELECT ? + (SELECT count(*) FROM next)", .rounds = test_scale(1200)};
    run_hunt(&r);
    expect(dusq_pool_close(pool, LONG_WAIT), DUSQ_OK);
    dusq_pool_unref(pool);
  }
}
#endif

/* ---- many settle together ---------------------------------------------------------------------------------------- */
enum { SHARE = 64 };

typedef struct flood {
  site s;
  meeting m;
  long rounds;
  dusq_future *f[SHARE];
  tally t;
  dusq_cq *queue;
  atomic_long wrong;
} flood;

/* 0 submits and drops; the others wait, register and cancel while shares are settled. */
static void flood_hand(void *arg, int i)
{
  flood *d = arg;
  uint32_t random = (uint32_t)i + 1;
  for (long round = 0; round < d->rounds; round++) {
    for (int k = 0; k < SHARE && i == 0; k++)
      d->f[k] = site_query(d->s, "UPDATE 1");
    meet(&d->m);
    dawdle(&random, 5000);
    for (int k = 0; k < SHARE; k++) {
      if (i == 1)
        atomic_fetch_add(&d->wrong, dusq_future_on_done(d->f[k], k % 2 ? d->queue : NULL, tally_done, &d->t,
                                                        tally_free) != DUSQ_OK);
      else if (i == 2 && k % 5 == 0)
        dusq_future_cancel(d->f[k]);
      else
        atomic_fetch_add(&d->wrong, dusq_future_wait(d->f[k], LONG_WAIT) != DUSQ_OK);
    }
    if (i == 1)
      dusq_cq_dispatch(d->queue, 0, 0);
    meet(&d->m);
    for (int k = 0; k < SHARE && i == 0; k++)
      dusq_future_unref(d->f[k]);
  }
}

static void test_shares(void)
{
  flood d = {.s = site_open("pool_size=2&batch_min=1&cancel_grace=20s"), .m = {.n = 3}, .rounds = test_scale(300),
             .t = TALLY_INIT};
  CHECK_INT(dusq_cq_new(&d.queue), DUSQ_OK);
  team_run(3, flood_hand, &d);
  dusq_cq_unref(d.queue);
  CHECK_INT(atomic_load(&d.wrong), 0);
  CHECK(tally_wait_freed(&d.t, (int)(SHARE * d.rounds)));
  CHECK_INT(tally_count(&d.t), SHARE * d.rounds);
  int64_t ran = (int64_t)dusq_fake_ran(d.s.fake, "UPDATE 1"), all = SHARE * d.rounds - site_stat(d.s, "canceled");
  CHECK_INT(ran, all < 65536 ? all : 65536); /* the fake remembers no more */
  site_close(d.s);
}

/* ---- workers that come and go ------------------------------------------------------------------------------------ */
static void seldom_hand(void *arg, int i)
{
  flood *d = arg;
  uint32_t random = (uint32_t)i + 1;
  for (long round = 0; round < d->rounds; round++) {
    dusq_future *f = site_query(d->s, "UPDATE 1");
    atomic_fetch_add(&d->wrong, dusq_future_wait(f, LONG_WAIT) || dusq_future_status(f));
    dusq_future_unref(f);
    int64_t number;
    atomic_fetch_add(&d->wrong, dusq_pool_stat(d->s.pool, "workers", &number) || number < 0 || number > 3);
    dawdle(&random, 100000);
  }
}

static void test_retire(void)
{
  flood d = {.s = site_open("pool_size=3&idle_timeout=40us&max_lifetime=1ms"), .rounds = test_scale(1500)};
  team_run(2, seldom_hand, &d);
  CHECK_INT(atomic_load(&d.wrong), 0);
  CHECK_INT(dusq_fake_ran(d.s.fake, "UPDATE 1"), 2 * d.rounds);
  CHECK(site_stat(d.s, "retired") > 0);
  site_close(d.s);
}

/* ---- the last references, on several threads --------------------------------------------------------------------- */
typedef struct farewell {
  dusq_pool *pool;
  meeting m;
  atomic_long wrong;
} farewell;

static void farewell_hand(void *arg, int i)
{
  farewell *w = arg;
  uint32_t random = (uint32_t)(test_now() + i);
  meet(&w->m);
  dawdle(&random, 5000);
  dusq_future *f = dusq_pool_query(w->pool, "SELECT ?", DUSQ_PARAMS(dusq_int(i)), NULL);
  dusq_pool_unref(w->pool);
  atomic_fetch_add(&w->wrong, dusq_future_wait(f, LONG_WAIT) != DUSQ_OK);
  dusq_status status = dusq_future_status(f);
  atomic_fetch_add(&w->wrong, status ? status != DUSQ_E_CLOSED : rig_value(f) != i);
  dusq_future_unref(f);
}

static void test_last_references(void)
{
  for (long round = test_scale(400); round > 0; round--) {
    farewell w = {.m = {.n = 3}};
    CHECK_INT(dusq_pool_open_uri("fake:?pool_size=2", &w.pool, NULL), DUSQ_OK);
    dusq_pool_ref(w.pool);
    dusq_pool_ref(w.pool);
    team_run(3, farewell_hand, &w);
    CHECK_INT(atomic_load(&w.wrong), 0);
  }
  CHECK(test_threads_settle(RIG_THREADS));
}

/* ---- one in flight: both sides look for the other before they sleep ---------------------------------------------- */
enum { LONE = 40 };

static void lone_hand(void *arg, int i)
{
  rush *r = arg;
  uint32_t random = (uint32_t)(test_now() + i);
  for (int k = 0; k < LONE; k++) {
    if (k % 8 == 7)
      dawdle(&random, 100000); /* longer than anybody lingers, or about as long */
    dusq_future *f = i ? dusq_pool_run(r->s.pool, rig_no_job, NULL, NULL, NULL) : site_query(r->s, "UPDATE 1");
    if (random % 16 == 0)
      dusq_future_cancel(f);
    atomic_fetch_add(&r->wrong, dusq_future_wait(f, LONG_WAIT) != DUSQ_OK);
    dusq_status status = dusq_future_status(f);
    atomic_fetch_add(&r->wrong, status != DUSQ_OK && status != DUSQ_E_CANCELED);
    dusq_future_unref(f);
  }
}

static void test_lone(void)
{
  for (long round = test_scale(200); round > 0; round--) {
    rush r = {.s = site_open("pool_size=2")};
    lone_hand(&r, (int)(round % 2)); /* alone, so that the worker lingers; then two, who find it lingering */
    team_run(2, lone_hand, &r);
    CHECK_INT(atomic_load(&r.wrong), 0);
    site_close(r.s); /* at once */
  }
}

void suite_race_pool(void);
void suite_race_pool(void)
{
  test_suite("race_pool");
  test_case("submit_close", test_submit_close);
  test_case("closers", test_closers);
  test_case("cancel_fake", test_cancel_fake);
#ifdef DUSQ_WITH_SQLITE
  test_case("cancel_sqlite", test_cancel_sqlite);
#endif
  test_case("shares", test_shares);
  test_case("retire", test_retire);
  test_case("last_references", test_last_references);
  test_case("lone", test_lone);
}
