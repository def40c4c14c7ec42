/* test_postgres.c - the PostgreSQL backend: pipelines, plans, values, many rows, and what a session leaves behind. */
#include "unit/postgres_pools.h"
#include <libpq-fe.h>
#include <poll.h>

/* ---- pipelines ----------------------------------------------------------------------------------------------------- */
/* Each statement is its own transaction: an error hits nobody else. */
static void test_errors_are_isolated(void)
{
  dusq_pool *pool = open_server("pool_size=1");
  if (!pool)
    return;
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS pg_iso; CREATE TABLE pg_iso (a int PRIMARY KEY, b int CHECK (b < 10))"),
            "0/0 0/0");
  CHECK_STR(GROUP(pool, "INSERT INTO pg_iso VALUES (1, 1)", "INSERT INTO pg_iso VALUES (1, 2)",
                  "INSERT INTO pg_iso VALUES (2, 2)", "INSERT INTO pg_iso VALUES (3, 30)", "SELECT 1/0",
                  "UPDATE pg_iso SET b = 5 WHERE a = 2 RETURNING a, b", "INSERT INTO pg_iso VALUES (4, NULL)"),
            "1/0 | UNIQUE | 1/0 | CHECK | DATA | 1/0[2,5] | 1/0");
  CHECK_STR(query(pool, "SELECT a, b FROM pg_iso ORDER BY a"), "0/0[1,1 2,5 4,]");
  CHECK_STR(query(pool, "DROP TABLE pg_iso"), "0/0");
  close_pool(pool);
}

/* Those that their callers say only read share a Sync; an error makes the others run again. */
static void test_readers_share(void)
{
  dusq_pool *pool = open_server("pool_size=1");
  if (!pool)
    return;
  enum { N = 40 };
  const dusq_opts reads = {.size = sizeof reads, .flags = DUSQ_READ_ONLY};
  dusq_future *futures[N];
  hold one;
  CHECK_STR(query_with(pool, "SELECT 100 / ?::int", dusq_int(1)), "0/0[100]");
  hold_writer(&one, pool, NULL);
  for (int i = 0; i < N; i++) {
    dusq_value value = dusq_int(i);
    futures[i] = dusq_pool_query(pool, "SELECT 100 / ?::int", 1, &value, &reads); /* by 0: an error */
  }
  let_go(&one);
  for (int i = 0; i < N; i++) {
    char expected[32];
    snprintf(expected, sizeof expected, i ? "0/0[%d]" : "DATA", i ? 100 / i : 0);
    CHECK_STR(outcome(futures[i]), expected);
  }
  close_pool(pool);
}

/* A pipeline far larger than the buffers on the way must not make both sides wait for each other. */
static void test_large_pipeline(void)
{
  dusq_pool *pool = open_server("pool_size=1&batch_max=256");
  if (!pool)
    return;
  enum { N = 128, BYTES = 200000 };
  char *text = malloc(BYTES);
  memset(text, 'x', BYTES);
  dusq_future *futures[N];
  hold one;
  CHECK_STR(query_with(pool, "SELECT length(?::text)", dusq_text("x")), "0/0[1]");
  hold_writer(&one, pool, NULL);
  for (int i = 0; i < N; i++) {
    dusq_value value = dusq_textn(text, (size_t)(BYTES - i));
    futures[i] = dusq_pool_query(pool, i % 2 ? "SELECT length(?::text)" : "SELECT ?::text", 1, &value, NULL);
  }
  let_go(&one);
  for (int i = 0; i < N; i++) {
    dusq_result *result = NULL;
    CHECK_INT(dusq_future_wait(futures[i], LONG_WAIT), DUSQ_OK);
    CHECK_INT(dusq_future_get(futures[i], &result), DUSQ_OK);
    int64_t n = 0;
    size_t len = 0;
    const char *back;
    if (i % 2)
      CHECK_INT(dusq_result_int(result, 0, 0, &n), DUSQ_OK);
    else
      CHECK_INT(dusq_result_text(result, 0, 0, &back, &len), DUSQ_OK);
    CHECK_INT(i % 2 ? (size_t)n : len, BYTES - i);
    dusq_result_unref(result);
    dusq_future_unref(futures[i]);
  }
  free(text);
  close_pool(pool);
}

/* ---- plans that go stale ------------------------------------------------------------------------------------------- */
static void test_stale_plans(void)
{
  static const char select[] = "SELECT * FROM pg_stale";
  dusq_pool *pool = open_server("pool_size=1&batch_min=1"), *other = open_server("pool_size=1");
  if (!pool || !other)
    return;
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS pg_stale; CREATE TABLE pg_stale (a int);"
                         "INSERT INTO pg_stale VALUES (1)"),
            "0/0 0/0 1/0");
  CHECK_STR(query(pool, select), "0/0[1]");
  CHECK_STR(query(other, "ALTER TABLE pg_stale ADD b text DEFAULT 'x'"), "0/0");
  CHECK_STR(query(pool, select), "0/0[1,x]"); /* prepared again, and run once */
  CHECK_STR(query(other, "ALTER TABLE pg_stale ALTER b DROP DEFAULT, ALTER b TYPE bigint USING 7"), "0/0");
  CHECK_STR(GROUP(pool, select, "SELECT 2", select), "0/0[1,7] | 0/0[2] | 0/0[1,7]");
  CHECK_STR(query(pool, "DEALLOCATE ALL"), "0/0");
  CHECK_STR(query(pool, select), "0/0[1,7]");
  CHECK_STR(query(pool, "DISCARD ALL"), "0/0");
  CHECK_STR(GROUP(pool, select, "SELECT 2"), "0/0[1,7] | 0/0[2]");
  CHECK_STR(query(pool, "DROP TABLE pg_stale"), "0/0");
  close_pool(pool);
  close_pool(other);
}

/* More texts than are kept: names are closed on the server as well. */
static void test_cache_is_bounded(void)
{
  dusq_pool *pool = open_server("pool_size=1&stmt_cache=8");
  if (!pool)
    return;
  for (int i = 0; i < 100; i++) {
    char sql[64], expected[32];
    snprintf(sql, sizeof sql, "SELECT %d", i);
    snprintf(expected, sizeof expected, "0/0[%d]", i);
    CHECK_STR(query(pool, sql), expected);
  }
  CHECK(number(pool, "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'dusq%'") <= 10);
  close_pool(pool);
}

/* stmt_cache=0 and pgbouncer=on leave no names behind, and give the same results. */
static void test_no_names(void)
{
  static const char *const options[] = {"pool_size=1&batch_min=1&stmt_cache=0", "pool_size=1&batch_min=1&pgbouncer=on"};
  for (int i = 0; i < 2; i++) {
    dusq_pool *pool = open_server(options[i]);
    if (!pool)
      return;
    CHECK_STR(query_with(pool, "SELECT ?::int + 1", dusq_int(41)), "0/0[42]");
    CHECK_STR(query_with(pool, "SELECT ?::bytea", dusq_blob("\0\\x", 3)), "0/0[\\x005c78]");
    CHECK_STR(query_with(pool, "SELECT ?::timestamptz", dusq_timestamp(1500000)), "0/0[1970-01-01 00:00:01.5]");
    CHECK_STR(GROUP(pool, "SELECT 1", "SELECT nosuch", "SELECT 1.50, true, NULL"),
              "0/0[1] | NO_SUCH_OBJECT | 0/0[1.50,true,]");
    CHECK_INT(number(pool, "SELECT count(*) FROM pg_prepared_statements"), 0);
    close_pool(pool);
  }
}

/* ---- values -------------------------------------------------------------------------------------------------------- */
/* The kind of a value decides where the context does not, in a transaction as well. */
static void test_undetermined(void)
{
  dusq_pool *pool = open_server("pool_size=1");
  if (!pool)
    return;
  CHECK_STR(query_with(pool, "SELECT pg_typeof(?)::text", dusq_int(7)), "0/0[bigint]");
  CHECK_STR(query_with(pool, "SELECT pg_typeof(?)::text", dusq_real(7)), "0/0[double precision]");
  CHECK_STR(query_with(pool, "SELECT pg_typeof(?)::text", dusq_text("7")), "0/0[text]");
  CHECK_STR(query_with(pool, "SELECT ? IS NULL", dusq_null()), "0/0[true]");
  CHECK_STR(query_with(pool, "SELECT ? IS NULL", dusq_int(1)), "0/0[false]");
  CHECK_STR(query_with(pool, "SELECT 'a' LIKE ?", dusq_int(1)), "0/0[false]"); /* bigint would be no pattern */
  CHECK_STR(query_with(pool, "SELECT substr('abc', ?)", dusq_int(2)), "0/0[bc]");
  close_pool(pool);
}

static dusq_result *undetermined_in_transaction(dusq_conn *conn, void *arg)
{
  (void)arg;
  dusq_error *error = NULL;
  dusq_result *result = NULL;
  dusq_value value = dusq_int(1);
  if (dusq_conn_query(conn, "BEGIN", DUSQ_NO_PARAMS, NULL, &error) ||
      dusq_conn_query(conn, "SELECT 'b' LIKE ?", 1, &value, NULL, &error) || /* is refused as bigint */
      dusq_conn_query(conn, "SELECT ? + 1, ?", DUSQ_PARAMS(dusq_int(1), dusq_real(0.5)), &result, &error) ||
      dusq_conn_query(conn, "COMMIT", DUSQ_NO_PARAMS, NULL, &error))
    dusq_conn_fail(conn, error);
  return result;
}

static void test_undetermined_in_transaction(void)
{
  dusq_pool *pool = open_server("pool_size=1");
  if (!pool)
    return;
  CHECK_STR(outcome(dusq_pool_run(pool, undetermined_in_transaction, NULL, NULL, NULL)), "0/0[2,0.5]");
  close_pool(pool);
}

/* In binary and in text (an array makes the whole row text) the kinds are the same. */
static void test_same_kinds_in_text(void)
{
  static const char columns[] = "true, 1::int2, -2::int4, 3::int8, 1.5::float4, 'NaN'::float8, -0.00010::numeric, "
                                "1e20::numeric, 'a'::text, '\\x00ff'::bytea, '2024-02-29'::date, "
                                "'23:59:59.999999'::time, "
                                "'2024-02-29 12:00:00.5'::timestamp, '2024-02-29 12:00+02'::timestamptz, "
                                "'123e4567-e89b-12d3-a456-426614174000'::uuid, '{\"a\": 1}'::json, '[1]'::jsonb, "
                                "'infinity'::timestamp, NULL::int";
  check_same_in_text(columns);
}

/* ---- many rows ----------------------------------------------------------------------------------------------------- */
static void test_many(void)
{
  enum { ROWS = 3000, BAD = 1234 };
  static dusq_value rows[ROWS];
  dusq_pool *pool = open_server("pool_size=1");
  if (!pool)
    return;
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS pg_many; CREATE TABLE pg_many (a int UNIQUE)"), "0/0 0/0");
  for (int i = 0; i < ROWS; i++)
    rows[i] = dusq_int(i);
  rows[BAD] = dusq_int(BAD - 1);
  dusq_future *future = dusq_pool_many(pool, "INSERT INTO pg_many VALUES (?)", 1, ROWS, rows, NULL);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(future), DUSQ_E_UNIQUE);
  CHECK_INT(dusq_error_index(dusq_future_error(future)), BAD);
  dusq_future_unref(future);
  CHECK_INT(number(pool, "SELECT count(*) FROM pg_many"), 0);
  rows[BAD] = dusq_null();
  CHECK_STR(outcome(dusq_pool_many(pool, "INSERT INTO pg_many VALUES (?)", 1, ROWS, rows, NULL)), "3000/0");
  CHECK_INT(number(pool, "SELECT count(*) FROM pg_many"), ROWS);
  CHECK_STR(query(pool, "DROP TABLE pg_many"), "0/0");
  close_pool(pool);
}

/* ---- sessions ------------------------------------------------------------------------------------------------------ */
static void test_nothing_is_left_behind(void)
{
  static const char *const texts[] = {
      "BEGIN; CREATE TEMP TABLE left_open (a int)", "SET search_path TO pg_catalog", "SET TimeZone TO 'Asia/Tokyo'",
      "CREATE TEMP TABLE left_temp (a int)",        "SELECT pg_advisory_lock(4711)", "LISTEN left_listen",
      "SELECT set_config('work_mem', '1MB', false)", "SET ROLE pg_monitor",          "PREPARE left_plan AS SELECT 1",
      "SET default_transaction_read_only TO on",     "BEGIN; SELECT 1/0",
      "DECLARE c CURSOR WITH HOLD FOR SELECT 1"};
  static const char look[] =
      "SELECT current_setting('search_path') || ' ' || current_setting('TimeZone') || ' ' || current_user || ' ' || "
      "current_setting('default_transaction_read_only') || ' ' || current_setting('work_mem') || ' ' || "
      "(SELECT count(*) FROM pg_class WHERE relname LIKE 'left%') || ' ' || "
      "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) || ' ' || "
      "(SELECT count(*) FROM pg_listening_channels()) || ' ' || (SELECT count(*) FROM pg_cursors WHERE name = 'c')";
  dusq_pool *pool = open_server("pool_size=1");
  if (!pool)
    return;
  char before[TEXT_SIZE];
  snprintf(before, sizeof before, "%s", query(pool, look));
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    (void)script(pool, texts[i]);
    CHECK_STR(query(pool, look), before);
    if (!strchr(texts[i], ';')) {
      (void)query(pool, texts[i]); /* as a plain query */
      CHECK_STR(query(pool, look), before);
    }
  }
  close_pool(pool);
}

/* Rows of no columns are nothing, but what made them has happened. */
static void test_no_columns(void)
{
  dusq_pool *pool = open_server("pool_size=1");
  if (!pool)
    return;
  CHECK_STR(query(pool, "SELECT"), "0/0");
  CHECK_STR(query(pool, "SELECT FROM generate_series(1, 3)"), "0/0");
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS pg_none; CREATE TABLE pg_none (a int)"), "0/0 0/0");
  CHECK_STR(query(pool, "WITH x AS (INSERT INTO pg_none VALUES (1) RETURNING a) SELECT FROM x"), "0/0");
  CHECK_INT(number(pool, "SELECT count(*) FROM pg_none"), 1);
  CHECK_STR(query(pool, "DROP TABLE pg_none"), "0/0");
  close_pool(pool);
}

static void test_copy_is_refused(void)
{
  dusq_pool *pool = open_server("pool_size=1");
  if (!pool)
    return;
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS pg_copy; CREATE TABLE pg_copy (a int)"), "0/0 0/0");
  CHECK_STR(query(pool, "COPY pg_copy FROM STDIN"), "NOTSUP");
  CHECK_STR(query(pool, "COPY pg_copy TO STDOUT"), "NOTSUP");
  CHECK_STR(script(pool, "SELECT 1; COPY pg_copy FROM STDIN; SELECT 2"), "NOTSUP");
  const dusq_value none = dusq_null();
  static const char *const copies[] = {"COPY pg_copy FROM STDIN", "COPY pg_copy TO STDOUT",
                                       "COPY (SELECT 1) TO STDOUT"};
  int64_t pid = number(pool, "SELECT pg_backend_pid()");
  for (size_t i = 0; i < sizeof copies / sizeof *copies; i++) {
    CHECK_STR(outcome(dusq_pool_many(pool, copies[i], 0, 2, &none, NULL)), "NOTSUP");
    dusq_session *session = dusq_pool_session(pool, NULL);
    CHECK_STR(outcome(dusq_session_begin(session, NULL, NULL)), "");
    CHECK_STR(outcome(dusq_session_many(session, copies[i], 0, 2, &none, NULL)), "NOTSUP");
    CHECK_STR(outcome(dusq_session_rollback(session)), "");
    dusq_session_unref(session);
  }
  CHECK_STR(outcome(dusq_pool_many(pool, "CREATE TEMP TABLE IF NOT EXISTS pg_m (a int)", 0, 2, &none, NULL)), "0/0");
  CHECK_INT(number(pool, "SELECT pg_backend_pid()"), pid);
  CHECK_STR(script(pool, "DROP TABLE pg_copy"), "0/0");
  close_pool(pool);
}

/* Statements that hold placeholders of their own, which are no values of the call. */
static void test_own_numbers(void)
{
  dusq_pool *pool = open_server("pool_size=1");
  if (!pool)
    return;
  CHECK_STR(query(pool, "PREPARE pg_own(int) AS SELECT $1 + 1"), "0/0");
  CHECK_STR(query(pool, "EXECUTE pg_own(41)"), "0/0[42]");
  CHECK_STR(script(pool, "DEALLOCATE pg_own; PREPARE pg_own(int, int) AS SELECT $2; EXECUTE pg_own(1, 2)"),
            "0/0 0/0 0/0[2]");
  CHECK_STR(query(pool, "/* x */ prepare pg_two (text) as select $1"), "0/0");
  CHECK_STR(query(pool, "CREATE OR REPLACE FUNCTION pg_own(int) RETURNS int LANGUAGE sql RETURN $1 + 1"), "0/0");
  CHECK_STR(query(pool, "CREATE OR REPLACE FUNCTION pg_own(int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT $1; END"),
            "0/0");
  CHECK_STR(query(pool, "SELECT pg_own(5)"), "0/0[5]");
  CHECK_STR(query(pool, "DROP FUNCTION pg_own(int)"), "0/0");
  CHECK_STR(query(pool, "CREATE TEMP TABLE prepare AS SELECT $1"), "PARAMS");
  CHECK_STR(query_with(pool, "EXPLAIN (COSTS OFF) SELECT 1 FROM (SELECT $1) x", dusq_int(1)), "0/0[Result]");
  close_pool(pool);
}

/* What other sessions notify stays for whoever has the native handle, until the session is cleaned. */
typedef struct heard {
  int wanted, n;
} heard;

static dusq_result *hear(dusq_conn *conn, void *arg)
{
  enum { PATIENCE_MS = 20000 };
  heard *all = arg;
  PGconn *pg = dusq_conn_native(conn);
  struct pollfd ready = {.fd = PQsocket(pg), .events = POLLIN};
  do {
    PQconsumeInput(pg);
    for (PGnotify *one; (one = PQnotifies(pg)) != NULL; all->n++)
      PQfreemem(one);
  } while (all->n < all->wanted && poll(&ready, 1, PATIENCE_MS) > 0);
  return NULL;
}

static void test_notifications(void)
{
  dusq_pool *pool = open_server("pool_size=1"), *other = open_server("pool_size=1");
  if (!pool || !other)
    return;
  heard all = {.wanted = 4};
  dusq_session *session = dusq_pool_session(pool, NULL);
  CHECK_STR(outcome(dusq_session_query(session, "LISTEN pg_heard", DUSQ_NO_PARAMS, NULL)), "0/0");
  for (int i = 0; i < 3; i++)
    CHECK_STR(query(other, "NOTIFY pg_heard"), "0/0");
  CHECK_STR(outcome(dusq_session_query(session, "SELECT 1", DUSQ_NO_PARAMS, NULL)), "0/0[1]");
  CHECK_STR(query(other, "NOTIFY pg_heard"), "0/0");
  CHECK_STR(outcome(dusq_session_run(session, hear, &all, NULL, NULL)), "");
  CHECK_INT(all.n, 4);
  CHECK_STR(query(other, "NOTIFY pg_heard"), "0/0");
  CHECK_STR(outcome(dusq_session_query(session, "SELECT 1", DUSQ_NO_PARAMS, NULL)), "0/0[1]");
  CHECK_STR(outcome(dusq_session_close(session)), "");
  dusq_session_unref(session);
  all = (heard){0};
  CHECK_STR(outcome(dusq_pool_run(pool, hear, &all, NULL, NULL)), "");
  CHECK_INT(all.n, 0); /* it was for somebody else */
  close_pool(other);
  close_pool(pool);
}

/* Quick statements of a server on this machine get few workers; who is stuck does not count. */
static void test_stuck_workers(void)
{
  enum { QUICK = 100, SLEEPERS = 5, ROUNDS = 5 };
  dusq_pool *pool = open_server("pool_size=8&batch=off");
  if (!pool)
    return;
  for (int round = 0; round < ROUNDS; round++) {
    dusq_future *sleepers[SLEEPERS];
    for (int i = 0; i < QUICK; i++)
      CHECK_STR(query(pool, "SELECT 1"), "0/0[1]");
    for (int i = 0; i < SLEEPERS; i++)
      sleepers[i] = dusq_pool_query(pool, "SELECT 2 FROM (SELECT pg_sleep(30)) s", DUSQ_NO_PARAMS, NULL);
    for (int i = 0; i < QUICK; i++)
      CHECK_STR(query(pool, "SELECT 1"), "0/0[1]");
    for (int i = 0; i < SLEEPERS; i++) {
      CHECK_INT(dusq_future_wait(sleepers[i], 0), DUSQ_E_TIMEDOUT); /* nobody has waited for them */
      dusq_future_cancel(sleepers[i]);
    }
    for (int i = 0; i < SLEEPERS; i++) {
      CHECK_INT(dusq_future_wait(sleepers[i], LONG_WAIT), DUSQ_OK);
      dusq_future_unref(sleepers[i]);
    }
  }
  close_pool(pool);
}

void suite_postgres(void);
void suite_postgres(void)
{
  test_suite("postgres");
  test_case("errors_are_isolated", test_errors_are_isolated);
  test_case("readers_share", test_readers_share);
  test_case("large_pipeline", test_large_pipeline);
  test_case("stale_plans", test_stale_plans);
  test_case("cache_is_bounded", test_cache_is_bounded);
  test_case("no_names", test_no_names);
  test_case("undetermined", test_undetermined);
  test_case("undetermined_in_transaction", test_undetermined_in_transaction);
  test_case("same_kinds_in_text", test_same_kinds_in_text);
  test_case("many", test_many);
  test_case("nothing_is_left_behind", test_nothing_is_left_behind);
  test_case("no_columns", test_no_columns);
  test_case("copy_is_refused", test_copy_is_refused);
  test_case("own_numbers", test_own_numbers);
  test_case("notifications", test_notifications);
  test_case("stuck_workers", test_stuck_workers);
}
