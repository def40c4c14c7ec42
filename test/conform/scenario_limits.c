/* scenario_limits.c - cancelling, deadlines, full queues, large results: on every backend. */
#include "conform.h"
#include "gate.h"
#include <time.h>

static void next_answers(const conform_site *site)
{
  for (int i = 0; i < 5; i++) {
    dusq_result *result = NULL;
    int64_t n = -1;
    CHECK_INT(conform_settle(conform_query(site, "SELECT ? AS n", DUSQ_PARAMS(dusq_int(i)), NULL), &result),
              DUSQ_OK);
    CHECK_INT(dusq_result_int(result, 0, 0, &n), DUSQ_OK);
    CHECK_INT(n, i);
    dusq_result_unref(result);
  }
}

/* Waits until it runs; a future may not say so, so not for ever. */
static void until_running(dusq_future *future)
{
  int64_t end = test_now() + CONFORM_WAIT;
  while (dusq_future_state(future) == DUSQ_STATE_PENDING && test_now() < end)
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  CHECK_INT(dusq_future_wait(future, 20 * CONFORM_MS), DUSQ_E_TIMEDOUT);
}

static void cancel_one(conform_site *site, const char *sql)
{
  dusq_future *future = conform_query(site, sql, DUSQ_NO_PARAMS, NULL);
  until_running(future);
  int64_t begun = test_now();
  dusq_future_cancel(future);
  dusq_future_cancel(future);
  CHECK_INT(dusq_future_wait(future, CONFORM_WAIT), DUSQ_OK);
  CHECK(test_now() - begun < conform_soon());
  CHECK_INT(dusq_future_status(future), DUSQ_E_CANCELED);
  CHECK(!dusq_error_unknown_outcome(dusq_future_error(future)));
  dusq_future_unref(future);
  next_answers(site);
}

static void cancel_running(conform_site *site)
{
  RULE(site, "*WITH RECURSIVE*", .flags = DUSQ_FAKE_HANG);
  dusq_value none = dusq_int(0);
  const char *name = "n";
  RULE(site, "SELECT count(*)*", .cols = 1, .names = &name, .rows = 1, .cells = &none);
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER)"), DUSQ_OK);
  cancel_one(site, CONFORM_ENDLESS);
  cancel_one(site, "INSERT INTO t " CONFORM_ENDLESS);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 0);
}

static void deadline_one(conform_site *site, const char *sql)
{
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.timeout = 50 * CONFORM_MS;
  int64_t begun = test_now();
  dusq_future *future = conform_query(site, sql, DUSQ_NO_PARAMS, &opts);
  CHECK_INT(dusq_future_wait(future, CONFORM_WAIT), DUSQ_OK);
  int64_t took = test_now() - begun;
  CHECK(took >= 50 * CONFORM_MS && took < conform_soon());
  CHECK_INT(dusq_future_status(future), DUSQ_E_TIMEDOUT);
  CHECK(!dusq_error_unknown_outcome(dusq_future_error(future)));
  dusq_future_unref(future);
  next_answers(site);
}

static void deadline(conform_site *site)
{
  RULE(site, "*WITH RECURSIVE*", .flags = DUSQ_FAKE_HANG);
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER)"), DUSQ_OK);
  deadline_one(site, CONFORM_ENDLESS);
  deadline_one(site, "INSERT INTO t " CONFORM_ENDLESS);
}

static void cancel_script(conform_site *site)
{
  RULE(site, "*WITH RECURSIVE*", .flags = DUSQ_FAKE_HANG);
  dusq_future *future = conform_script(site, "CREATE TABLE t (i INTEGER);" CONFORM_ENDLESS "; DROP TABLE t");
  until_running(future);
  dusq_future_cancel(future);
  CHECK_INT(conform_settle(future, NULL), DUSQ_E_CANCELED);
  next_answers(site);
}

/* ---- a queue behind a job that waits ----------------------------------------------------------------------------- */
static void full_queue(conform_site *site)
{
  enum { ROOM = 5 };
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER)"), DUSQ_OK);
  gate g = GATE_INIT;
  dusq_future *job = gate_hold(&g, site->pool), *futures[ROOM];
  for (int i = 0; i < ROOM; i++)
    futures[i] = conform_query(site, "INSERT INTO t VALUES (?)", DUSQ_PARAMS(dusq_int(i)), NULL);
  dusq_future *refused = conform_query(site, "INSERT INTO t VALUES (99)", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_status(refused), DUSQ_E_BUSY); /* at once */
  CHECK(dusq_error_retryable(dusq_future_error(refused)));
  dusq_future_unref(refused);
  gate_open(&g);
  CHECK_INT(conform_settle(job, NULL), DUSQ_OK);
  for (int i = 0; i < ROOM; i++)
    CHECK_INT(conform_settle(futures[i], NULL), DUSQ_OK);
  CHECK_INT(conform_run(site, "INSERT INTO t VALUES (100)"), DUSQ_OK);
  if (conform_is_fake(site))
    CHECK_INT(dusq_fake_ran(site->fake, "*99*"), 0);
  else
    CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), ROOM + 1);
}

/* What is cancelled, or too late, while it waits is never sent. */
static void cancel_queued(conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER)"), DUSQ_OK);
  gate g = GATE_INIT;
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.timeout = 30 * CONFORM_MS;
  dusq_future *job = gate_hold(&g, site->pool);
  dusq_future *canceled = conform_query(site, "INSERT INTO t VALUES (1)", DUSQ_NO_PARAMS, NULL);
  dusq_future *late = conform_query(site, "INSERT INTO t VALUES (2)", DUSQ_NO_PARAMS, &opts);
  dusq_future *patient = conform_query(site, "INSERT INTO t VALUES (3)", DUSQ_NO_PARAMS, NULL);
  dusq_future_cancel(canceled);
  CHECK_INT(dusq_future_wait(canceled, CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(canceled), DUSQ_E_CANCELED);
  CHECK_INT(dusq_future_wait(late, CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(late), DUSQ_E_TIMEDOUT);
  CHECK(!dusq_error_unknown_outcome(dusq_future_error(late)));
  CHECK_INT(dusq_future_status(patient), DUSQ_E_PENDING);
  gate_open(&g);
  CHECK_INT(conform_settle(job, NULL), DUSQ_OK);
  CHECK_INT(conform_settle(patient, NULL), DUSQ_OK);
  dusq_future_unref(canceled);
  dusq_future_unref(late);
  if (conform_is_fake(site))
    CHECK_INT(dusq_fake_ran(site->fake, "INSERT*"), 1);
  else
    CHECK_INT(conform_number(site, "SELECT sum(i) FROM t"), 3);
}

/* ---- large and many ---------------------------------------------------------------------------------------------- */
static void large_result(conform_site *site)
{
  enum { N = 20000 };
  static dusq_value cells[N];
  const char *name = "i";
  for (int i = 0; i < N; i++)
    cells[i] = dusq_int(i);
  RULE(site, "SELECT*a.i*", .cols = 1, .names = &name, .rows = N, .cells = cells);
  dusq_future *future = conform_query(site, CONFORM_FIVE("a.i + 10 * b.i + 100 * c.i + 1000 * d.i + 10000 * e.i"),
                                      DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(future, CONFORM_WAIT), DUSQ_OK);
  CHECK(!dusq_error_unknown_outcome(dusq_future_error(future)));
  CHECK_INT(conform_settle(future, NULL), DUSQ_E_LIMIT);
  next_answers(site);
}

/* It may have been done, and the error says so. */
static void large_returning(conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER)"), DUSQ_OK);
  dusq_future *future = conform_query(site, "INSERT INTO t " CONFORM_FIVE("a.i") " RETURNING i", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(future, CONFORM_WAIT), DUSQ_OK);
  CHECK(dusq_error_unknown_outcome(dusq_future_error(future)));
  CHECK_INT(conform_settle(future, NULL), DUSQ_E_LIMIT);
  int64_t n = conform_number(site, "SELECT count(*) FROM t");
  CHECK(n == 0 || n == 100000);
  next_answers(site);
}

static void large_values(conform_site *site)
{
  enum { LEN = 3 * 1024 * 1024 };
  char *text = malloc(LEN);
  CHECK(text != NULL);
  for (size_t i = 0; i < LEN; i++)
    text[i] = (char)('a' + i % 26);
  dusq_result *result = NULL;
  CHECK_INT(conform_settle(conform_query(site, "SELECT ? AS t, ? AS b",
                                         DUSQ_PARAMS(dusq_textn(text, LEN), dusq_blob(text, LEN)), NULL),
                           &result),
            DUSQ_OK);
  const char *got = NULL;
  const void *bytes = NULL;
  size_t len = 0;
  CHECK_INT(dusq_result_text(result, 0, 0, &got, &len), DUSQ_OK);
  CHECK(len == LEN && memcmp(got, text, LEN) == 0 && got[LEN] == '\0');
  CHECK_INT(dusq_result_blob(result, 0, 1, &bytes, &len), DUSQ_OK);
  CHECK(len == LEN && memcmp(bytes, text, LEN) == 0);
  dusq_result_unref(result);
  free(text);
}

static void many_values(conform_site *site)
{
  enum { N = 1000 };
  static dusq_value values[N];
  char sql[8 + 3 * N] = "SELECT ?";
  size_t len = strlen(sql);
  for (int i = 0; i < N; i++) {
    values[i] = dusq_int(i);
    if (i)
      len += (size_t)snprintf(sql + len, sizeof sql - len, ",?");
  }
  dusq_result *result = NULL;
  CHECK_INT(conform_settle(conform_query(site, sql, N, values, NULL), &result), DUSQ_OK);
  CHECK_INT(dusq_result_cols(result), N);
  for (size_t i = 0; i < N; i += 111) {
    int64_t n = -1;
    CHECK_INT(dusq_result_int(result, 0, i, &n), DUSQ_OK);
    CHECK_INT(n, (int64_t)i);
  }
  dusq_result_unref(result);
}

static void after_close(conform_site *site)
{
  CHECK_INT(conform_run(site, "SELECT 1"), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_pool_close(site->pool, 0), NULL), DUSQ_OK);
  CHECK_INT(conform_run(site, "SELECT 1"), DUSQ_E_CLOSED);
  CHECK_INT(conform_settle(dusq_pool_script(site->pool, "SELECT 1", NULL), NULL), DUSQ_E_CLOSED);
  CHECK_INT(conform_settle(dusq_pool_many(site->pool, "SELECT 1", 0, 1, NULL, NULL), NULL), DUSQ_E_CLOSED);
  CHECK_INT(conform_settle(dusq_pool_run(site->pool, gate_job, NULL, NULL, NULL), NULL), DUSQ_E_CLOSED);
}

static void bad_calls(conform_site *site)
{
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.timeout = -1;
  CHECK_INT(conform_settle(dusq_pool_query(site->pool, NULL, DUSQ_NO_PARAMS, NULL), NULL), DUSQ_E_INVAL);
  CHECK_INT(conform_settle(dusq_pool_query(NULL, "SELECT 1", DUSQ_NO_PARAMS, NULL), NULL), DUSQ_E_INVAL);
  CHECK_INT(conform_settle(conform_query(site, "SELECT ?", 1, NULL, NULL), NULL), DUSQ_E_INVAL);
  CHECK_INT(conform_settle(conform_query(site, "SELECT 1", DUSQ_NO_PARAMS, &opts), NULL), DUSQ_E_INVAL);
  CHECK_INT(conform_settle(dusq_pool_script(site->pool, NULL, NULL), NULL), DUSQ_E_INVAL);
  CHECK_INT(conform_settle(dusq_pool_run(site->pool, NULL, NULL, NULL, NULL), NULL), DUSQ_E_INVAL);
  CHECK_INT(conform_run(site, "SELECT 1"), DUSQ_OK);
}

const conform_scenario conform_limits[] = {
  {"cancel what runs", CONFORM_ANY, "pool_size=1&cancel_grace=20s", cancel_running},
  {"deadlines", CONFORM_ANY, "pool_size=1&cancel_grace=20s", deadline},
  {"cancel a script", CONFORM_ANY, "pool_size=1&cancel_grace=20s", cancel_script},
  {"a full queue", CONFORM_ANY, "pool_size=1&queue_limit=5", full_queue},
  {"cancel what waits", CONFORM_ANY, "pool_size=1", cancel_queued},
  {"a result that is too large", CONFORM_ANY, "max_result_bytes=128KiB", large_result},
  {"a write whose result is too large", CONFORM_REAL & ~CONFORM_MYSQL, "max_result_bytes=128KiB", large_returning},
  {"large values", CONFORM_ANY, NULL, large_values},
  {"a thousand values", CONFORM_ANY, NULL, many_values},
  {"a closed pool", CONFORM_ANY, NULL, after_close},
  {"calls that make no sense", CONFORM_ANY, NULL, bad_calls},
  {NULL, 0, NULL, NULL},
};
