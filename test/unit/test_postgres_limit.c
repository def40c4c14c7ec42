/* test_postgres_limit.c - max_result_bytes on PostgreSQL: what is nearly as large comes, what is far larger is stopped
 * on the way, and neighbours do not feel it; over a slow line, too.                                                  */
#include "fault/proxy.h"
#include "unit/postgres_pools.h"

#define NEARLY "SELECT repeat('x', 1000) FROM generate_series(1, 15000)" /* of 16 MiB */
#define FAR_MORE "SELECT repeat('x', 1000) FROM generate_series(1, 400000)"

static void fits(dusq_future *take_future, size_t rows)
{
  dusq_result *result = NULL;
  CHECK_INT(dusq_future_wait(take_future, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_get(take_future, &result), DUSQ_OK);
  CHECK_INT(dusq_result_rows(result), rows);
  dusq_result_unref(result);
  dusq_future_unref(take_future);
}

/* Not gathered first: the server was stopped on the way. */
static void is_stopped(dusq_future *take_future)
{
  CHECK_INT(dusq_future_wait(take_future, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(take_future), DUSQ_E_LIMIT);
  const char *message = dusq_error_message(dusq_future_error(take_future));
  CHECK(message && strstr(message, "stopped"));
  dusq_future_unref(take_future);
}

static dusq_future *ask(dusq_pool *pool, dusq_session *session, const char *sql)
{
  return session ? dusq_session_query(session, sql, DUSQ_NO_PARAMS, NULL)
                 : dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
}

/* One by one, with neighbours in a batch, and in a transaction whose calls wait behind a moment, twice for those that
 * have to be prepared first.                                                                                         */
static void limit_over(const char *variable, const char *options)
{
  const char *uri = server_uri(variable, options);
  dusq_pool *pool = uri ? open_uri(uri) : NULL;
  if (!pool)
    return;
  dusq_session *session = dusq_pool_session(pool, NULL);
  for (int round = 0; round < 2; round++) {
    fits(ask(pool, NULL, NEARLY), 15000);
    is_stopped(ask(pool, NULL, FAR_MORE));
    dusq_future *all[] = {ask(pool, NULL, FAR_MORE), ask(pool, NULL, NEARLY), ask(pool, NULL, FAR_MORE),
                          ask(pool, NULL, "SELECT 1")};
    for (int i = 0; i < 4; i++)
      i % 2 ? fits(all[i], i < 3 ? 15000 : 1) : is_stopped(all[i]);
    dusq_future *inside[] = {ask(pool, session, "SELECT 1 FROM (SELECT pg_sleep(0.03)) s"),
                             dusq_session_begin(session, NULL, NULL), ask(pool, session, "SELECT 1"),
                             ask(pool, session, NEARLY), ask(pool, session, FAR_MORE)};
    for (int i = 0; i < 4; i++)
      i == 1 ? (void)outcome(inside[i]) : fits(inside[i], i < 3 ? 1 : 15000);
    is_stopped(inside[4]);
    CHECK_STR(outcome(ask(pool, session, "SELECT 1")), "TX_ABORTED");
    CHECK_STR(outcome(dusq_session_rollback(session)), "");
  }
  CHECK_STR(outcome(dusq_session_close(session)), "");
  dusq_session_unref(session);
  close_pool(pool);
}

static void test_result_limit(void)
{
  limit_over("DUSQ_TEST_POSTGRESQL", "pool_size=2&queue_timeout=300s&max_result_bytes=16MiB");
  limit_over("DUSQ_TEST_POSTGRESQL_SOCKET", "pool_size=2&queue_timeout=300s&max_result_bytes=16MiB&batch_min=1");
  limit_over("DUSQ_TEST_POSTGRESQL_SOCKET", "pool_size=2&queue_timeout=300s&max_result_bytes=16MiB&stmt_cache=0");
}

static void test_result_limit_in_batch(void)
{
  dusq_pool *pool = open_server("pool_size=1&batch_min=1&max_result_bytes=1MiB");
  if (!pool)
    return;
  CHECK_STR(query(pool, "SELECT repeat('x', 2000000)"), "LIMIT");
  CHECK_STR(GROUP(pool, "SELECT 1", "SELECT repeat('x', 2000000)", "SELECT 2"), "0/0[1] | LIMIT | 0/0[2]");
  int64_t connects = 0;
  CHECK_INT(dusq_pool_stat(pool, "connects", &connects), DUSQ_OK);
  CHECK_INT(connects, 1);
  close_pool(pool);
}

/* ---- a slow line ------------------------------------------------------------------------------------------------- */
/* The server notices a cancel between two rows, and what it has sent by then takes longer than cancel_grace: the one
 * that is too large says so, and those in its batch are as if it had not been there.                                */
static void test_slow_line(void)
{
  enum { GRACE_MS = 250, FAST = 16 << 20, LITTLE = 64 * 1024, TICK_MS = 10 };
  static proxy line_to;
  char uri[URI_SIZE];
  const char *given = server_uri("DUSQ_TEST_POSTGRESQL", NULL);
  if (!given || !proxy_start(&line_to, proxy_port_of(given)))
    return;
  proxy_uri(&line_to, given, "pool_size=1&batch_min=1&max_result_bytes=1MiB&sslmode=disable", uri, sizeof uri);
  proxy_arm(&line_to, (proxy_rule){.fault = PROXY_SLOW, .way = PROXY_DOWN, .after = FAST, .piece = LITTLE,
                                   .tick_ms = TICK_MS});
  dusq_pool *pool = open_uri(uri);
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS pg_slow; CREATE TABLE pg_slow (a int)"), "0/0 0/0");
  dusq_future *before = ask(pool, NULL, "INSERT INTO pg_slow VALUES (1)");
  dusq_future *large = ask(pool, NULL, FAR_MORE);
  dusq_future *behind = ask(pool, NULL, "INSERT INTO pg_slow VALUES (2)");
  int64_t start = test_now();
  CHECK_STR(outcome(before), "1/0");
  is_stopped(large);
  CHECK(test_now() - start > GRACE_MS * MS); /* or the line was not slow */
  CHECK_STR(outcome(behind), "1/0");
  CHECK_INT(number(pool, "SELECT sum(a) FROM pg_slow"), 3);
  int64_t connects = 0;
  CHECK_INT(dusq_pool_stat(pool, "connects", &connects), DUSQ_OK);
  CHECK_INT(connects, 1);
  CHECK_STR(query(pool, "DROP TABLE pg_slow"), "0/0");
  close_pool(pool);
  proxy_end(&line_to);
}

void suite_postgres_limit(void);
void suite_postgres_limit(void)
{
  test_suite("postgres_limit");
  test_case("result_limit", test_result_limit);
  test_case("result_limit_in_batch", test_result_limit_in_batch);
  test_case("slow_line", test_slow_line);
}
