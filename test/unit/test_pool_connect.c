/* test_pool_connect.c - connections that cannot be made, that break, that grow old, and what becomes of the requests.
 */
#include "rig.h"

/* ---- connects that fail ------------------------------------------------------------------------------------------ */
static void test_refused(void)
{
  journal log = JOURNAL_INIT;
  site s = site_open_logged("pool_size=1", &log);
  ON(s, "@connect", .status = DUSQ_E_AUTH, .sqlstate = "28P01", .native = 7, .message = "who are you?", .times = 1);
  dusq_future *f = site_query(s, "UPDATE 1");
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  CHECK_STR(dusq_error_message(dusq_future_error(f)), "who are you?");
  CHECK_STR(dusq_error_sqlstate(dusq_future_error(f)), "28P01");
  CHECK_INT(dusq_error_native(dusq_future_error(f)), 7);
  expect_unknown(f, DUSQ_E_AUTH, false);
  CHECK(journal_has(&log, "who are you?"));
  CHECK_INT(site_stat(s, "connect_errors"), 1);
  CHECK_INT(site_stat(s, "connections"), 0);
  expect(site_query(s, "UPDATE 2"), DUSQ_OK); /* recovers by itself */
  CHECK_INT(site_stat(s, "connects"), 1);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 1"), 0);
  CHECK_INT(site_stat(s, "failed"), 1);
  site_close(s);
}

/* A driver that puts the password into its message. */
static void test_no_secret(void)
{
  journal log = JOURNAL_INIT;
  site s = {NULL, NULL};
  CHECK_INT(dusq_fake_new(&s.fake), DUSQ_OK);
  dusq_config *config = dusq_config_new(dusq_fake_uri(s.fake));
  CHECK_INT(dusq_config_set(config, "password", "s3cr3t"), DUSQ_OK);
  dusq_config_set_log(config, journal_write, &log);
  CHECK_INT(dusq_pool_open(config, &s.pool, NULL), DUSQ_OK);
  dusq_config_free(config);
  ON(s, "@connect", .status = DUSQ_E_AUTH, .message = "no entry with s3cr3t", .detail = "s3cr3t", .times = 1);
  dusq_future *f = site_query(s, "UPDATE 1");
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  CHECK_STR(dusq_error_message(dusq_future_error(f)), "no entry with ***");
  CHECK_STR(dusq_error_detail(dusq_future_error(f)), "***");
  expect(f, DUSQ_E_AUTH);
  CHECK(!journal_has(&log, "s3cr3t"));
  site_close(s);
}

/* Nobody hammers at a closed door, however many knock. */
static void test_backoff(void)
{
  site s = site_open("pool_size=4");
  ON(s, "@connect", .status = DUSQ_E_CONNECT, .message = "nobody home");
  int64_t until = test_now() + DUSQ_SECOND, n = 0;
  while (test_now() < until) {
    dusq_future *f[8];
    for (int i = 0; i < 8; i++)
      f[i] = site_query(s, "UPDATE 1");
    for (int i = 0; i < 8; i++, n++)
      expect(f[i], DUSQ_E_CONNECT);
  }
  CHECK(n >= 8);
  CHECK(site_count(s, DUSQ_FAKE_REFUSALS) < 10);
  CHECK_INT(dusq_fake_clear(s.fake), DUSQ_OK);
  expect(site_query(s, "UPDATE 2"), DUSQ_OK);
  site_close(s);
}

/* "Too many connections" and "starting up" pass by themselves: the request waits for them ... */
static void test_patience(void)
{
  static const dusq_status passing[] = {DUSQ_E_TOO_MANY_CONNECTIONS, DUSQ_E_SHUTDOWN};
  for (int i = 0; i < 2; i++) {
    site s = site_open("pool_size=2");
    ON(s, "@connect", .status = passing[i], .times = 3);
    dusq_future *f[6];
    for (int k = 0; k < 6; k++)
      f[k] = site_query(s, "UPDATE 1");
    for (int k = 0; k < 6; k++)
      expect(f[k], DUSQ_OK);
    CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 1"), 6);
    CHECK_INT(site_count(s, DUSQ_FAKE_REFUSALS), 3);
    site_close(s);
  }
}

/* ... within queue_timeout, and then it is the connection's error. */
static void test_patience_ends(void)
{
  site s = site_open("pool_size=1&queue_timeout=150ms");
  ON(s, "@connect", .status = DUSQ_E_TOO_MANY_CONNECTIONS, .message = "full house");
  int64_t begin = test_now();
  dusq_future *f = site_query(s, "UPDATE 1"), *g = site_query(s, "UPDATE 1");
  dusq_future *h = site_query_with(s, "UPDATE 1", 30 * MS, 0);
  site_reached(s, DUSQ_FAKE_REFUSALS, 1);
  dusq_future_cancel(g); /* while it waits for another attempt */
  CHECK_INT(dusq_future_wait(g, LONG_WAIT), DUSQ_OK);
  expect(g, DUSQ_E_CANCELED);
  expect(h, DUSQ_E_TIMEDOUT);
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  CHECK(test_now() - begin >= 150 * MS);
  CHECK_STR(dusq_error_message(dusq_future_error(f)), "full house");
  expect(f, DUSQ_E_TOO_MANY_CONNECTIONS);
  CHECK_INT(site_count(s, DUSQ_FAKE_EFFECTS), 0);
  site_close(s);
}

static void test_connect_timeout(void)
{
  site s = site_open("pool_size=1&connect_timeout=15ms");
  ON(s, "@connect", .flags = DUSQ_FAKE_HANG, .times = 1);
  int64_t begin = test_now();
  expect_unknown(site_query(s, "UPDATE 1"), DUSQ_E_CONNECT, false);
  CHECK(test_now() - begin >= 15 * MS);
  expect(site_query(s, "UPDATE 1"), DUSQ_OK);
  site_close(s);
}

/* ---- connections that break -------------------------------------------------------------------------------------- */
static void test_lost_query(void)
{
  site s = site_open("pool_size=1&batch=off");
  ON(s, "UPDATE before", .lose = DUSQ_FAKE_LOSE_BEFORE_SEND, .times = 2);
  ON(s, "UPDATE after", .lose = DUSQ_FAKE_LOSE_AFTER_SEND, .times = 1);
  ON(s, "SELECT after", .lose = DUSQ_FAKE_LOSE_AFTER_SEND, .times = 1);
  ON(s, "UPDATE twice", .lose = DUSQ_FAKE_LOSE_AFTER_SEND, .times = 1);
  ON(s, "UPDATE never", .lose = DUSQ_FAKE_LOSE_BEFORE_SEND);
  expect(site_query(s, "UPDATE before"), DUSQ_OK);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE before"), 1);
  dusq_future *f = site_query(s, "UPDATE after");
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  CHECK(!dusq_error_retryable(dusq_future_error(f)));
  expect_unknown(f, DUSQ_E_CONNECTION_LOST, true);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE after"), 1); /* never run again by itself */
  expect_unknown(site_query(s, "SELECT after"), DUSQ_E_CONNECTION_LOST, false);
  expect(site_query_with(s, "UPDATE twice", 0, DUSQ_IDEMPOTENT), DUSQ_OK); /* unless its caller says that it may */
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE twice"), 2);
  expect_unknown(site_query(s, "UPDATE never"), DUSQ_E_CONNECTION_LOST, false); /* a few attempts, and no more */
  CHECK(site_count(s, DUSQ_FAKE_LOSSES) < 12);
  expect(site_query(s, "UPDATE 1"), DUSQ_OK);
  site_close(s);
}

/* In a batch the others are not hit: what had not been sent runs on another connection, once; what may run twice, does. */
static void test_lost_batch(void)
{
  enum { N = 8, BEFORE = 0, AFTER = 1, IDEMPOTENT = 2 };
  for (int i = 0; i < 3; i++) {
    site s = site_open("pool_size=1&batch_min=1");
    ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
    ON(s, "UPDATE 3", .lose = i == BEFORE ? DUSQ_FAKE_LOSE_BEFORE_SEND : DUSQ_FAKE_LOSE_AFTER_SEND, .times = 1);
    dusq_future *f[N];
    for (int k = 0; k < N; k++) {
      char sql[20];
      snprintf(sql, sizeof sql, "UPDATE %d", k);
      f[k] = site_query_with(s, sql, 0, i == IDEMPOTENT ? DUSQ_IDEMPOTENT : 0);
      if (k == 0)
        site_reached(s, DUSQ_FAKE_HANGING, 1);
    }
    CHECK_INT(dusq_fake_release(s.fake), 1);
    for (int k = 0; k < N; k++)
      expect_unknown(f[k], i == AFTER && k == 3 ? DUSQ_E_CONNECTION_LOST : DUSQ_OK, i == AFTER && k == 3);
    for (int k = 0; k < N; k++) {
      char sql[20];
      snprintf(sql, sizeof sql, "UPDATE %d", k);
      CHECK_INT(dusq_fake_ran(s.fake, sql), i == IDEMPOTENT && k == 3 ? 2 : 1);
    }
    CHECK_INT(site_count(s, DUSQ_FAKE_CONNECTS), 2);
    CHECK(site_stat(s, "batched") >= N - 1);
    site_close(s);
  }
}

static dusq_result *query_in_job(dusq_conn *conn, void *arg)
{
  dusq_status *status = arg;
  dusq_error *error = NULL;
  status[0] = dusq_conn_query(conn, "UPDATE lost", DUSQ_NO_PARAMS, NULL, &error);
  status[1] = dusq_conn_query(conn, "UPDATE 1", DUSQ_NO_PARAMS, NULL, NULL); /* nothing more can be done */
  status[2] = dusq_conn_script(conn, "UPDATE 1", NULL, NULL);
  status[3] = dusq_conn_native(conn) ? DUSQ_OK : DUSQ_E_CONNECTION_LOST;
  dusq_conn_fail(conn, error);
  return NULL;
}

static void test_lost_others(void)
{
  site s = site_open("pool_size=1");
  dusq_status status[4] = {0};
  dusq_value rows[] = {dusq_int(1), dusq_int(2), dusq_int(3)};
  ON(s, "* lost*", .lose = DUSQ_FAKE_LOSE_AFTER_SEND);
  expect_unknown(dusq_pool_script(s.pool, "UPDATE 1; UPDATE lost; UPDATE 2", NULL), DUSQ_E_CONNECTION_LOST, true);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 2"), 0);
  expect_unknown(dusq_pool_many(s.pool, "UPDATE lost ?", 1, 3, rows, NULL), DUSQ_E_CONNECTION_LOST, false);
  expect(dusq_pool_run(s.pool, query_in_job, status, NULL, NULL), DUSQ_E_CONNECTION_LOST);
  for (int i = 0; i < 4; i++)
    CHECK_INT(status[i], DUSQ_E_CONNECTION_LOST);
  CHECK_INT(dusq_fake_clear(s.fake), DUSQ_OK);
  ON(s, "@commit", .lose = DUSQ_FAKE_LOSE_BEFORE_SEND, .times = 1);
  expect_unknown(dusq_pool_many(s.pool, "UPDATE ?", 1, 3, rows, NULL), DUSQ_E_CONNECTION_LOST, false);
  ON(s, "@commit", .lose = DUSQ_FAKE_LOSE_AFTER_SEND, .times = 1);
  expect_unknown(dusq_pool_many(s.pool, "UPDATE ?", 1, 3, rows, NULL), DUSQ_E_CONNECTION_LOST, true);
  expect(dusq_pool_many(s.pool, "UPDATE ?", 1, 3, rows, NULL), DUSQ_OK);
  CHECK_INT(site_stat(s, "connections"), 1);
  site_close(s);
}

/* What died while it was idle is replaced without anybody noticing. */
static void test_dead_when_idle(void)
{
  site s = site_open("pool_size=1");
  for (int i = 0; i < 3; i++) {
    expect(site_query(s, "UPDATE 1"), DUSQ_OK);
    site_stat_reaches(s, "idle", 1);
    CHECK_INT(dusq_fake_cut(s.fake), 1);
  }
  expect(site_query(s, "UPDATE 1"), DUSQ_OK);
  CHECK_INT(site_count(s, DUSQ_FAKE_CONNECTS), 4);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 1"), 4);
  CHECK_INT(site_stat(s, "failed"), 0);
  site_close(s);
}

/* ---- connections that grow old ----------------------------------------------------------------------------------- */
static void test_idle_workers_retire(void)
{
  site s = site_open("pool_size=3&idle_timeout=15ms&batch=off");
  ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  for (int round = 1; round <= 2; round++) {
    dusq_future *f[3];
    for (int i = 0; i < 3; i++)
      f[i] = site_query(s, "UPDATE 0");
    site_reached(s, DUSQ_FAKE_HANGING, 3);
    CHECK_INT(dusq_fake_release(s.fake), 3);
    for (int i = 0; i < 3; i++)
      expect(f[i], DUSQ_OK);
    site_stat_reaches(s, "workers", 0); /* all of them go ... */
    site_reached(s, DUSQ_FAKE_DISCONNECTS, 3 * round);
    site_stat_reaches(s, "connections", 0);
    CHECK_INT(site_stat(s, "connects"), 3 * round); /* ... and come again */
  }
  site_stat_reaches(s, "retired", 6);
  site_close(s);
}

static void test_min_connections(void)
{
  site s = site_open("pool_size=3&min_connections=2&idle_timeout=10ms&batch=off");
  ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  dusq_future *f[3];
  for (int i = 0; i < 3; i++)
    f[i] = site_query(s, "UPDATE 0");
  site_reached(s, DUSQ_FAKE_HANGING, 3);
  CHECK_INT(dusq_fake_release(s.fake), 3);
  for (int i = 0; i < 3; i++)
    expect(f[i], DUSQ_OK);
  site_stat_reaches(s, "workers", 2);
  dusq_promise *p;
  dusq_future *never = rig_pending(&p);
  CHECK_INT(dusq_future_wait(never, 40 * MS), DUSQ_E_TIMEDOUT);
  CHECK_INT(site_stat(s, "workers"), 2);
  CHECK_INT(site_stat(s, "connections"), 2);
  dusq_promise_drop(p);
  dusq_future_unref(never);
  site_close(s);
}

/* They are made when the pool is opened, in each lane, without anybody asking for anything. */
static void test_prefill(void)
{
  site s = site_open("pool_size=5&min_connections=3&idle_timeout=10ms");
  site_stat_reaches(s, "connections", 3);
  CHECK_INT(site_count(s, DUSQ_FAKE_CONNECTS), 3);
  CHECK_INT(site_stat(s, "connects"), 3);
  CHECK_INT(site_stat(s, "workers"), 3);
  expect(site_query(s, "UPDATE 1"), DUSQ_OK);
  CHECK_INT(site_count(s, DUSQ_FAKE_CONNECTS), 3);
  site_close(s);
  s = site_open("pool_size=2&min_connections=9");
  site_stat_reaches(s, "connections", 2); /* not more than the pool has */
  site_close(s);
}

/* A pool that begins to connect at once needs a fake with its rules. */
static site open_ruled(dusq_fake_step rule, const char *options, journal *log)
{
  site s = {NULL, NULL};
  char uri[256];
  CHECK_INT(dusq_fake_new(&s.fake), DUSQ_OK);
  fake_on(s.fake, "@connect", rule);
  snprintf(uri, sizeof uri, "%s?%s", dusq_fake_uri(s.fake), options);
  dusq_config *config = dusq_config_new(uri);
  dusq_config_set_log(config, journal_write, log);
  CHECK_INT(dusq_pool_open(config, &s.pool, NULL), DUSQ_OK);
  dusq_config_free(config);
  return s;
}
#define RULE(...) ((dusq_fake_step){.size = sizeof(dusq_fake_step), __VA_ARGS__})

/* Failures are paced and logged, and fail no request. */
static void test_prefill_fails(void)
{
  static journal log = JOURNAL_INIT;
  site s = open_ruled(RULE(.status = DUSQ_E_TOO_MANY_CONNECTIONS, .message = "no room here", .times = 3),
                      "pool_size=3&min_connections=2&queue_timeout=60s", &log);
  expect(site_query(s, "UPDATE 1"), DUSQ_OK);
  site_stat_reaches(s, "connections", 2);
  CHECK(site_stat(s, "connect_errors") == 3 && journal_has(&log, "no room here"));
  site_close(s);
}

/* A password that is refused is not tried again and again; when a request is let in, the rest is made. */
static void test_prefill_refused(void)
{
  static journal log = JOURNAL_INIT;
  dusq_promise *p;
  dusq_future *never = rig_pending(&p);
  site s = open_ruled(RULE(.status = DUSQ_E_AUTH, .message = "who are you", .times = 4),
                      "pool_size=3&min_connections=2", &log);
  int64_t begin = test_now();
  while (site_stat(s, "connect_errors") == 0 && test_now() - begin < LONG_WAIT)
    sched_yield();
  site_stat_reaches(s, "idle", 2); /* both have given up */
  int64_t tried = site_stat(s, "connect_errors");
  CHECK(tried > 0 && tried <= 2 && journal_has(&log, "who are you"));
  CHECK_INT(dusq_future_wait(never, 200 * MS), DUSQ_E_TIMEDOUT);
  CHECK_INT(site_stat(s, "connect_errors"), tried);
  for (int64_t i = tried; i < 4; i++)
    expect(site_query(s, "UPDATE 1"), DUSQ_E_AUTH);
  expect(site_query(s, "UPDATE 1"), DUSQ_OK);
  site_stat_reaches(s, "connections", 2);
  site_close(s);
  dusq_promise_drop(p);
  dusq_future_unref(never);
}

/* A close does not wait for connects that nobody needs, whatever its grace. */
static void test_prefill_closed(void)
{
  static journal log = JOURNAL_INIT;
  for (int i = 0; i < 2; i++) {
    site s = open_ruled(RULE(.flags = DUSQ_FAKE_HANG),
                        "pool_size=3&min_connections=3&connect_timeout=60s&cancel_grace=10s", &log);
    if (i)
      site_reached(s, DUSQ_FAKE_HANGING, 3);
    int64_t begin = test_now();
    dusq_future *closing = dusq_pool_close(s.pool, 60 * DUSQ_SECOND);
    CHECK_INT(dusq_future_wait(closing, LONG_WAIT), DUSQ_OK);
    CHECK(test_now() - begin < 30 * DUSQ_SECOND);
    dusq_future_unref(closing);
    site_left(s);
  }
}

/* A connection that the server closes while it is idle is made anew, without anybody asking for anything. */
static void test_kept(void)
{
  site s = site_open("pool_size=3&min_connections=2&idle_timeout=100ms");
  site_stat_reaches(s, "connections", 2);
  CHECK_INT(dusq_fake_cut(s.fake), 2);
  site_reached(s, DUSQ_FAKE_CONNECTS, 4);
  site_stat_reaches(s, "connections", 2);
  site_close(s);
}

static void test_max_lifetime(void)
{
  site s = site_open("pool_size=1&max_lifetime=5ms");
  dusq_promise *p;
  dusq_future *never = rig_pending(&p);
  for (int i = 1; i <= 3; i++) {
    expect(site_query(s, "UPDATE 1"), DUSQ_OK);
    CHECK_INT(site_count(s, DUSQ_FAKE_CONNECTS), i);
    CHECK_INT(dusq_future_wait(never, 6 * MS), DUSQ_E_TIMEDOUT); /* 10 % older than it may grow */
  }
  dusq_promise_drop(p);
  dusq_future_unref(never);
  site_close(s);
}

void suite_pool_connect(void);
void suite_pool_connect(void)
{
  test_suite("pool_connect");
  test_case("refused", test_refused);
  test_case("no_secret", test_no_secret);
  test_case("backoff", test_backoff);
  test_case("patience", test_patience);
  test_case("patience_ends", test_patience_ends);
  test_case("connect_timeout", test_connect_timeout);
  test_case("lost_query", test_lost_query);
  test_case("lost_batch", test_lost_batch);
  test_case("lost_others", test_lost_others);
  test_case("dead_when_idle", test_dead_when_idle);
  test_case("idle_workers_retire", test_idle_workers_retire);
  test_case("min_connections", test_min_connections);
  test_case("prefill", test_prefill);
  test_case("prefill_fails", test_prefill_fails);
  test_case("prefill_refused", test_prefill_refused);
  test_case("prefill_closed", test_prefill_closed);
  test_case("kept", test_kept);
  test_case("max_lifetime", test_max_lifetime);
}
