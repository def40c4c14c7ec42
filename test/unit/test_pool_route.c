/* test_pool_route.c - who gets a request: the lane, the worker with a connection, and what becomes of those that nobody
 * can serve; and what a second attempt may say of the first.                                                        */
#include "rig.h"

/* ---- lanes: an unseen statement goes by its first word, and is handed over before it is executed ----------------- */

static void test_select_goes_to_readers(void)
{
  site s = site_open("lanes=2&writers=1&readers=2");
  ON(s, "UPDATE 1", .flags = DUSQ_FAKE_HANG);
  dusq_future *writer = site_query(s, "UPDATE 1");
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  expect(site_query(s, "SELECT 1"), DUSQ_OK); /* the writer is busy: only a reader can have done it */
  expect(site_query(s, "SELECT 1"), DUSQ_OK);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect(writer, DUSQ_OK);
  site_close(s);
}

static void test_with_is_handed_over(void)
{
  site s = site_open("lanes=2&writers=1&readers=1");
  ON(s, "WITH a", .flags = DUSQ_FAKE_HANG | DUSQ_FAKE_READS);
  dusq_future *slow = site_query(s, "WITH a"); /* prepared by the writer, executed by the reader */
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  expect(site_query(s, "UPDATE 1"), DUSQ_OK);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect(slow, DUSQ_OK);
  CHECK_INT(dusq_fake_ran(s.fake, "WITH a"), 1);
  CHECK_INT(site_stat(s, "submitted"), 2);
  CHECK_INT(site_stat(s, "settled"), 2);
  site_close(s);
}

static void test_writing_select_goes_back(void)
{
  site s = site_open("lanes=2&writers=1&readers=1");
  ON(s, "SELECT nextval", .flags = DUSQ_FAKE_WRITES, .affected = 3);
  dusq_future *f = site_query(s, "SELECT nextval");
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  dusq_result *result = NULL;
  CHECK_INT(dusq_future_get(f, &result), DUSQ_OK);
  CHECK_INT(dusq_result_affected(result), 3);
  dusq_result_unref(result);
  dusq_future_unref(f);
  CHECK_INT(dusq_fake_ran(s.fake, "SELECT nextval"), 1);
  site_close(s);
}

/* A hand-over meets a cancel and a close. */
static void test_hand_over_and_cancel(void)
{
  for (long round = test_scale(300); round > 0; round--) {
    site s = site_open("lanes=2&writers=1&readers=1");
    dusq_future *f[16];
    char sql[32];
    for (int i = 0; i < 16; i++) {
      snprintf(sql, sizeof sql, "WITH a%d", i);
      f[i] = site_query(s, sql);
    }
    for (int i = 0; i < 16; i += 3)
      dusq_future_cancel(f[i]);
    dusq_future *closing = round % 2 ? dusq_pool_close(s.pool, round % 4 ? 0 : LONG_WAIT) : NULL;
    for (int i = 0; i < 16; i++) {
      CHECK_INT(dusq_future_wait(f[i], LONG_WAIT), DUSQ_OK);
      dusq_status status = dusq_future_status(f[i]);
      CHECK(status == DUSQ_OK || (i % 3 == 0 && status == DUSQ_E_CANCELED) || (closing && status == DUSQ_E_CLOSED));
      dusq_future_unref(f[i]);
    }
    if (closing) {
      expect(closing, DUSQ_OK);
      site_left(s);
    } else {
      site_close(s);
    }
  }
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

/* The server refuses more, and one connection lives: it serves everybody. */
static void with_one_left(dusq_status refusal)
{
  site s = site_open("pool_size=2");
  ON(s, "HOLD *", .flags = DUSQ_FAKE_HANG);
  dusq_future *one = site_query(s, "HOLD 1"), *two = site_query(s, "HOLD 2");
  site_reached(s, DUSQ_FAKE_HANGING, 2);
  CHECK_INT(dusq_fake_clear(s.fake), DUSQ_OK);
  CHECK_INT(dusq_fake_release(s.fake), 2);
  expect(one, DUSQ_OK);
  expect(two, DUSQ_OK);
  ON(s, "UPDATE lost", .lose = DUSQ_FAKE_LOSE_AFTER_SEND, .times = 1);
  ON(s, "@connect", .status = refusal);
  expect_unknown(site_query(s, "UPDATE lost"), DUSQ_E_CONNECTION_LOST, true);
  for (int i = 0; i < 20; i++)
    expect(site_query(s, "UPDATE 1"), DUSQ_OK);
  CHECK_INT(site_stat(s, "connections"), 1);
  site_close(s);
}

static void test_one_connection_left(void)
{
  with_one_left(DUSQ_E_TOO_MANY_CONNECTIONS);
  with_one_left(DUSQ_E_CONNECT);
}

/* A driver that hears neither the interrupt nor the clock while it connects. */
static void test_stuck_connect(void)
{
  site s = site_open("pool_size=1&connect_timeout=20ms&cancel_grace=10ms");
  ON(s, "@connect", .flags = DUSQ_FAKE_HANG | DUSQ_FAKE_DEAF, .times = 1);
  dusq_future *f = site_query(s, "UPDATE 1");
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  CHECK_INT(site_stat(s, "settled"), 1);
  CHECK_INT(site_stat(s, "failed"), 1);
  expect_unknown(f, DUSQ_E_CONNECT, false);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect(site_query(s, "UPDATE 2"), DUSQ_OK);
  CHECK_INT(dusq_fake_ran(s.fake, "UPDATE 1"), 0);
  CHECK_INT(site_stat(s, "settled"), 2);
  site_close(s);
}

/* ---- attempts ---------------------------------------------------------------------------------------------------- */

/* The first attempt took effect and lost its answer: whatever the second says, nobody knows. */
static void test_second_attempt_does_not_know(void)
{
  static const dusq_status second[] = {DUSQ_E_UNIQUE, DUSQ_E_LOCKED, DUSQ_E_SERIALIZATION, DUSQ_E_IO};
  for (size_t i = 0; i < sizeof second / sizeof *second; i++) {
    site s = site_open("pool_size=1");
    ON(s, "UPDATE 1", .lose = DUSQ_FAKE_LOSE_AFTER_SEND, .times = 1);
    ON(s, "UPDATE 1", .status = second[i]);
    dusq_future *f = site_query_with(s, "UPDATE 1", 0, DUSQ_IDEMPOTENT);
    CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
    CHECK(!dusq_error_retryable(dusq_future_error(f)));
    expect_unknown(f, second[i], true);
    site_close(s);
  }
  site s = site_open("pool_size=1");
  ON(s, "UPDATE 1", .lose = DUSQ_FAKE_LOSE_AFTER_SEND, .times = 1);
  ON(s, "@connect", .delay = 0, .times = 1);
  ON(s, "@connect", .status = DUSQ_E_CONNECT);
  dusq_future *f = site_query_with(s, "UPDATE 1", 0, DUSQ_IDEMPOTENT);
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  CHECK(!dusq_error_retryable(dusq_future_error(f)));
  expect_unknown(f, DUSQ_E_CONNECT, true);
  site_close(s);
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static void test_opts_of_a_newer_program(void)
{
  struct {
    dusq_opts known;
    uint64_t more;
  } newer = {DUSQ_OPTS_INIT, 0};
  newer.known.size = sizeof newer;
  site s = site_open("");
  expect(dusq_pool_query(s.pool, "UPDATE 1", DUSQ_NO_PARAMS, &newer.known), DUSQ_OK);
  newer.more = 1;
  expect(dusq_pool_query(s.pool, "UPDATE 1", DUSQ_NO_PARAMS, &newer.known), DUSQ_E_INVAL);
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.prefetch = 5;
  expect(dusq_pool_query(s.pool, "UPDATE 1", DUSQ_NO_PARAMS, &opts), DUSQ_E_INVAL);
  site_close(s);
}

static void test_label(void)
{
  journal log = JOURNAL_INIT;
  site s = site_open_logged("", &log);
  ON(s, "UPDATE 1", .status = DUSQ_E_UNIQUE, .message = "twice");
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.label = "nightly job";
  expect(dusq_pool_query(s.pool, "UPDATE 1", DUSQ_NO_PARAMS, &opts), DUSQ_E_UNIQUE);
  CHECK(journal_has(&log, "nightly job: DUSQ_E_UNIQUE: twice"));
  site_close(s);
}

void suite_pool_route(void);
void suite_pool_route(void)
{
  test_suite("pool_route");
  test_case("select_goes_to_readers", test_select_goes_to_readers);
  test_case("with_is_handed_over", test_with_is_handed_over);
  test_case("writing_select_goes_back", test_writing_select_goes_back);
  test_case("hand_over_and_cancel", test_hand_over_and_cancel);
  test_case("one_connection_left", test_one_connection_left);
  test_case("stuck_connect", test_stuck_connect);
  test_case("second_attempt_does_not_know", test_second_attempt_does_not_know);
  test_case("opts_of_a_newer_program", test_opts_of_a_newer_program);
  test_case("label", test_label);
}
