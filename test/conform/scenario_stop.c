/* scenario_stop.c - what a cancel and a deadline hit, and what they must not hit: the statement's neighbours on the
 * same connection, before and behind it.                                                                             */
#include "conform.h"
#include <unistd.h>

/* Which connection answers: the server's own number for it; 1 where there are no numbers. */
#define WHO "SELECT {1|pg_backend_pid()|CONNECTION_ID()} AS n"

static void rule_who(const conform_site *site)
{
  dusq_value one = dusq_int(1);
  const char *name = "n";
  RULE(site, "SELECT 1 AS n", .cols = 1, .names = &name, .rows = 1, .cells = &one);
  RULE(site, "*WITH RECURSIVE*", .flags = DUSQ_FAKE_HANG);
}

/* Waits until it runs, and then a little, so that it does. */
static void until_running(dusq_future *future)
{
  int64_t end = test_now() + CONFORM_WAIT;
  while (dusq_future_state(future) == DUSQ_STATE_PENDING && test_now() < end)
    conform_nap(CONFORM_MS);
  CHECK_INT(dusq_future_wait(future, 30 * CONFORM_MS), DUSQ_E_TIMEDOUT);
}

static void same_connection(conform_site *site)
{
  rule_who(site);
  int64_t who = conform_number(site, WHO);
  dusq_future *future = conform_query(site, CONFORM_ENDLESS, DUSQ_NO_PARAMS, NULL);
  until_running(future);
  int64_t begun = test_now();
  dusq_future_cancel(future);
  CHECK_INT(conform_settle(future, NULL), DUSQ_E_CANCELED);
  CHECK(test_now() - begun < conform_soon());
  CHECK_INT(conform_number(site, WHO), who);
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.timeout = 100 * CONFORM_MS;
  begun = test_now();
  CHECK_INT(conform_settle(conform_query(site, CONFORM_ENDLESS, DUSQ_NO_PARAMS, &opts), NULL), DUSQ_E_TIMEDOUT);
  CHECK(test_now() - begun < conform_soon());
  CHECK_INT(conform_number(site, WHO), who);
}

/* ---- late cancels ------------------------------------------------------------------------------------------------ */
static int64_t answer(conform_site *site, int i)
{
  dusq_result *result = NULL;
  int64_t n = -1;
  dusq_status status = conform_settle(conform_query(site, "SELECT ? AS n", DUSQ_PARAMS(dusq_int(i)), NULL), &result);
  CHECK_INT(status, DUSQ_OK);
  if (!status)
    CHECK_INT(dusq_result_int(result, 0, 0, &n), DUSQ_OK);
  dusq_result_unref(result);
  return n;
}

/* A statement of about a millisecond is cancelled somewhere around its end, and another follows at once. */
static void late_cancels(conform_site *site)
{
  static const char brief[] = "{WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT "
                              "count(*) FROM n|SELECT 1 FROM (SELECT pg_sleep(0.001)) s|SELECT SLEEP(0.001)}";
  bool usual = !strcmp(site->batch, "batch=on"); /* each is a connection to PostgreSQL: not three times as many */
  long rounds = test_scale(usual ? 500 : 50), canceled = 0;
  uint32_t random = 12345;
  RULE(site, "WITH*", .delay = CONFORM_MS);
  for (long i = 0; i < rounds; i++) {
    random = random * 1664525u + 1013904223u;
    dusq_future *future = conform_query(site, brief, DUSQ_NO_PARAMS, NULL);
    int64_t until = test_now() + (int64_t)(random >> 16) % (2 * CONFORM_MS);
    while (test_now() < until && dusq_future_status(future) == DUSQ_E_PENDING)
      continue;
    dusq_future_cancel(future);
    dusq_future *next = conform_query(site, "SELECT 1 AS n", DUSQ_NO_PARAMS, NULL); /* it waits behind */
    dusq_status status = conform_settle(future, NULL);
    CHECK(status == DUSQ_OK || status == DUSQ_E_CANCELED);
    canceled += status == DUSQ_E_CANCELED;
    CHECK_INT(conform_settle(next, NULL), DUSQ_OK);
    if (i % 10 == 0 && !conform_is_fake(site))
      CHECK_INT(answer(site, (int)i), i);
  }
  CHECK(canceled > 0);
}

/* Some of many in a batch are cancelled: the others answer. */
static void cancel_some(conform_site *site)
{
  enum { N = 60 };
  dusq_future *futures[N];
  long rounds = test_scale(10);
  for (long round = 0; round < rounds; round++) {
    for (int i = 0; i < N; i++)
      futures[i] = conform_query(site, "SELECT ? AS n", DUSQ_PARAMS(dusq_int(i)), NULL);
    for (int i = 0; i < N; i += 3)
      dusq_future_cancel(futures[i]);
    for (int i = 0; i < N; i++) {
      dusq_result *result = NULL;
      int64_t n = -1;
      dusq_status status = conform_settle(futures[i], &result);
      CHECK(status == DUSQ_OK || (i % 3 == 0 && status == DUSQ_E_CANCELED));
      if (!status && !conform_is_fake(site)) {
        CHECK_INT(dusq_result_int(result, 0, 0, &n), DUSQ_OK);
        CHECK_INT(n, i);
      }
      dusq_result_unref(result);
    }
  }
}

/* A cancel in the middle of a transaction of many rows: nothing is left of it. */
static void cancel_many(conform_site *site)
{
  enum { N = 20000 };
  CHECK_INT(conform_run(site, "CREATE TABLE t (id {id}, a INTEGER)"), DUSQ_OK);
  dusq_value *values = calloc(N, sizeof *values);
  CHECK(values != NULL);
  for (int i = 0; values && i < N; i++)
    values[i] = dusq_int(i);
  dusq_future *future = dusq_pool_many(site->pool, "INSERT INTO t (a) VALUES (?)", 1, N, values, NULL);
  free(values);
  int64_t end = test_now() + CONFORM_WAIT;
  while (dusq_future_state(future) == DUSQ_STATE_PENDING && test_now() < end)
    conform_nap(CONFORM_MS / 10);
  dusq_future_cancel(future);
  dusq_status status = conform_settle(future, NULL);
  CHECK(status == DUSQ_OK || status == DUSQ_E_CANCELED);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), status ? 0 : N);
}

/* ---- side by side ------------------------------------------------------------------------------------------------ */
static void overlap(conform_site *site)
{
  static const char sleep[] = "{SELECT 'sleep'|SELECT 1 FROM (SELECT pg_sleep(0.3)) s|SELECT SLEEP(0.3)}";
  RULE(site, "SELECT 'sleep'", .delay = 300 * CONFORM_MS);
  dusq_future *first = conform_query(site, "SELECT 1", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(conform_settle(first, NULL), DUSQ_OK);
  dusq_future *both[2];
  for (int i = 0; i < 2; i++) /* the connections are made here */
    both[i] = conform_query(site, sleep, DUSQ_NO_PARAMS, NULL);
  for (int i = 0; i < 2; i++)
    CHECK_INT(conform_settle(both[i], NULL), DUSQ_OK);
  int64_t begun = test_now();
  for (int i = 0; i < 2; i++)
    both[i] = conform_query(site, sleep, DUSQ_NO_PARAMS, NULL);
  for (int i = 0; i < 2; i++)
    CHECK_INT(conform_settle(both[i], NULL), DUSQ_OK);
  int64_t took = test_now() - begun;
  CHECK(took >= 290 * CONFORM_MS);
  bool forced = !strcmp(site->batch, "batch_min=1"); /* one worker may take both, and they run one after the other */
  CHECK(took < 550 * CONFORM_MS || forced || test_scale(100) != 100);
}

const conform_scenario conform_stops[] = {
  {"a cancel and a deadline leave the connection", CONFORM_ANY, "pool_size=1&cancel_grace=20s",
   same_connection},
  {"late cancels hit nobody else", CONFORM_ANY, "pool_size=1&cancel_grace=20s", late_cancels},
  {"some of many are cancelled", CONFORM_ANY, "pool_size=2&cancel_grace=20s", cancel_some},
  {"many rows are cancelled", CONFORM_REAL, "pool_size=1&cancel_grace=20s", cancel_many},
  {"two at the same time", CONFORM_ANY & ~CONFORM_SQLITE, "pool_size=2", overlap},
  {NULL, 0, NULL, NULL},
};
