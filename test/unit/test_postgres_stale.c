/* test_postgres_stale.c - statements that no longer fit on PostgreSQL: types dropped and made again, columns altered,
 * tables made anew, names deallocated by the user.  Whatever happens to them, and however a statement is run, what it
 * gives is what libpq gives by hand, or is retryable and right the next time.                                         */
#include "unit/postgres_ways.h"
#include <libpq-fe.h>

enum { USUAL = 300, ROOM = 600 };

/* ---- what is broken ------------------------------------------------------------------------------------------------ */

#define TYPES                                                                                                       \
  "DROP TYPE IF EXISTS pg_mood, pg_pair, pg_span CASCADE; DROP DOMAIN IF EXISTS pg_even CASCADE; "                  \
  "CREATE TYPE pg_mood AS ENUM ('ok', 'sad'); CREATE DOMAIN pg_even AS int CHECK (VALUE % 2 = 0); "                 \
  "CREATE TYPE pg_pair AS (a int, b text); CREATE TYPE pg_span AS RANGE (subtype = float8); "
#define COLUMNS                                                                                                     \
  "ALTER TABLE pg_fits ADD IF NOT EXISTS mood pg_mood, ADD IF NOT EXISTS moods pg_mood[], "                         \
  "ADD IF NOT EXISTS even pg_even, ADD IF NOT EXISTS evens pg_even[], ADD IF NOT EXISTS pair pg_pair, "             \
  "ADD IF NOT EXISTS pairs pg_pair[], ADD IF NOT EXISTS span pg_span, ADD IF NOT EXISTS spans pg_span[]"
#define TABLE "DROP TABLE IF EXISTS pg_fits; CREATE TABLE pg_fits (id serial, n int, t text); "

/* By another connection, or by the one whose statements it is. */
static const struct fault {
  const char *name, *sql;
  bool own;
} faults[] = {
    {"types", TYPES COLUMNS, false},
    {"enum", "DROP TYPE pg_mood CASCADE; CREATE TYPE pg_mood AS ENUM ('sad', 'ok'); " COLUMNS, false},
    {"domain", "DROP DOMAIN pg_even CASCADE; CREATE DOMAIN pg_even AS bigint; " COLUMNS, false},
    {"composite", "DROP TYPE pg_pair CASCADE; CREATE TYPE pg_pair AS (a bigint, b text); " COLUMNS, false},
    {"range", "DROP TYPE pg_span CASCADE; CREATE TYPE pg_span AS RANGE (subtype = numeric); " COLUMNS, false},
    {"altered", "ALTER TABLE pg_fits ALTER n TYPE bigint", false},
    {"altered back", "ALTER TABLE pg_fits ALTER n TYPE int", false},
    {"added", "ALTER TABLE pg_fits ADD IF NOT EXISTS more int DEFAULT 5", false},
    {"dropped", "ALTER TABLE pg_fits DROP IF EXISTS more", false},
    {"table", TABLE COLUMNS, false},
    {"all", TABLE TYPES COLUMNS, false},
    {"all of its own", TABLE TYPES COLUMNS, true},
    {"discard", "DISCARD ALL", true},
    {"deallocate", "DEALLOCATE ALL", true},
};
enum { FAULTS = sizeof faults / sizeof *faults };

/* ---- what is run --------------------------------------------------------------------------------------------------- */

/* What a call gives does not depend on those before it. */
static const struct subject {
  const char *sql; /* with one value */
  const char *text;
  int kind;
} subjects[] = {
    {"INSERT INTO pg_fits (mood) VALUES (?)", "ok", DUSQ_TEXT},
    {"SELECT ?::pg_mood", "sad", DUSQ_TEXT},
    {"SELECT count(*) FROM pg_fits WHERE mood = ? AND false", "ok", DUSQ_TEXT},
    {"INSERT INTO pg_fits (moods) VALUES (?) RETURNING moods", "{ok,sad}", DUSQ_TEXT},
    {"INSERT INTO pg_fits (even) VALUES (?)", "4", DUSQ_INT},
    {"SELECT ?::pg_even + 1", "6", DUSQ_TEXT},
    {"SELECT (?::pg_even[])[1]", "{2,4}", DUSQ_TEXT},
    {"INSERT INTO pg_fits (pair) VALUES (?) RETURNING pair", "(1,x)", DUSQ_TEXT},
    {"SELECT (?::pg_pair).b", "(1,x)", DUSQ_TEXT},
    {"INSERT INTO pg_fits (pairs) VALUES (?)", "{\"(1,x)\"}", DUSQ_TEXT},
    {"SELECT upper(?::pg_span)::text", "[1,2)", DUSQ_TEXT},
    {"INSERT INTO pg_fits (span) VALUES (?)", "[1,2)", DUSQ_TEXT},
    {"INSERT INTO pg_fits (n) VALUES (?) RETURNING n", "7", DUSQ_INT},
    {"INSERT INTO pg_fits (n) VALUES (?)", "-7", DUSQ_INT},
    {"INSERT INTO pg_fits (t) VALUES (?) RETURNING t, 'ok'::pg_mood", "x", DUSQ_TEXT},
    {"SELECT n, t, mood, pair FROM pg_fits WHERE id = ? AND false", "1", DUSQ_INT},
    {"WITH x AS (DELETE FROM pg_fits), y AS (SELECT ?::int) SELECT * FROM y LEFT JOIN pg_fits ON false", "8", DUSQ_INT},
};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

static dusq_value value_of(const struct subject *one)
{
  return one->kind == DUSQ_INT ? dusq_int(atoi(one->text)) : dusq_text(one->text);
}

/* What somebody has said: the SQLSTATE, or the cells. */
typedef struct answer {
  char text[ROOM];
  bool failed, retryable;
  dusq_status status;
} answer;

static void put(answer *out, const char *text)
{
  size_t len = strlen(out->text);
  snprintf(out->text + len, ROOM - len, "%s%s", len ? " " : "", text);
}

static void by_hand(PGconn *pg, const struct subject *one, answer *out)
{
  char sql[ROOM];
  const char *mark = strchr(one->sql, '?');
  snprintf(sql, sizeof sql, "%.*s$1%s", (int)(mark - one->sql), one->sql, mark + 1);
  PGresult *result = PQexecParams(pg, sql, 1, NULL, &one->text, NULL, NULL, 0);
  *out = (answer){.failed = PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK};
  if (out->failed)
    put(out, PQresultErrorField(result, PG_DIAG_SQLSTATE));
  for (int row = 0; row < PQntuples(result); row++)
    for (int col = 0; col < PQnfields(result); col++)
      put(out, PQgetisnull(result, row, col) ? "-" : PQgetvalue(result, row, col));
  PQclear(result);
}

static void take_error(const dusq_error *error, answer *out)
{
  *out = (answer){.failed = true, .retryable = dusq_error_retryable(error), .status = dusq_error_status(error)};
  put(out, *dusq_error_sqlstate(error) ? dusq_error_sqlstate(error) : dusq_error_message(error));
}

static void take_rows(const dusq_result *result, answer *out)
{
  for (size_t row = 0; row < dusq_result_rows(result); row++)
    for (size_t col = 0; col < dusq_result_cols(result); col++) {
      char text[100];
      dusq_value cell = dusq_result_at(result, row, col);
      dusq_value_format(&cell, text, sizeof text);
      put(out, cell.type == DUSQ_NULL ? "-" : text);
    }
}

static void take(dusq_future *future, answer *out)
{
  dusq_result *result = NULL;
  *out = (answer){.failed = false};
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  if (dusq_future_get(future, &result))
    take_error(dusq_future_error(future), out);
  else
    take_rows(result, out);
  dusq_result_unref(result);
  dusq_future_unref(future);
}

static void take_stream(dusq_stream *stream, answer *out)
{
  answer batch;
  *out = (answer){.failed = false};
  do {
    take(dusq_stream_next(stream), &batch);
    if (batch.failed)
      *out = batch;
    else if (*batch.text)
      put(out, batch.text);
  } while (*batch.text && !batch.failed);
  dusq_future *end = dusq_stream_close(stream);
  CHECK_INT(dusq_future_wait(end, LONG_WAIT), DUSQ_OK);
  dusq_future_unref(end);
}

/* ---- how it is run ------------------------------------------------------------------------------------------------- */

static dusq_result *in_job(dusq_conn *conn, void *arg)
{
  const dusq_step *step = arg;
  dusq_result *result = NULL;
  dusq_error *error = NULL;
  if (dusq_conn_query(conn, step->sql, step->n, step->values, &result, &error))
    dusq_conn_fail(conn, error);
  return result;
}

static dusq_result *in_job_in_tx(dusq_conn *conn, void *arg)
{
  dusq_error *error = NULL;
  if (dusq_conn_begin(conn, NULL, &error)) {
    dusq_conn_fail(conn, error);
    return NULL;
  }
  dusq_result *result = in_job(conn, arg);
  dusq_conn_rollback(conn, NULL);
  return result;
}

typedef enum way_of_running {
  QUERY, BATCH, MANY, SESSION, SESSION_MANY, STEPS, TRANSACT, STREAM, SCRIPT, JOB, /* nothing is to be seen */
  SESSION_IN_TX, SESSION_MANY_IN_TX, SESSION_TRIP, STREAM_IN_TX, JOB_IN_TX, /* the first time may fail and be retryable */
  RUNNINGS
} running;
static const char *const names[RUNNINGS] = {
    "query", "batch", "many", "session", "many of a session", "steps", "transact", "stream", "script", "job",
    "in a transaction", "many in a transaction", "a trip in a transaction", "stream in a transaction",
    "job in a transaction"};

static bool is_for(running how_it_is, const struct subject *one)
{
  bool many = how_it_is == MANY || how_it_is == SESSION_MANY || how_it_is == SESSION_MANY_IN_TX;
  return !many || (!strncmp(one->sql, "INSERT", 6) && !strstr(one->sql, "RETURNING"));
}

static void run_session(dusq_pool *pool, running in, const dusq_step *step, answer *out)
{
  dusq_session *session = dusq_pool_session(pool, NULL);
  bool many = in == SESSION_MANY || in == SESSION_MANY_IN_TX;
  if (in > JOB)
    dusq_future_unref(dusq_session_begin(session, NULL, &how));
  if (in == STREAM_IN_TX)
    take_stream(dusq_session_stream(session, step->sql, 1, step->values, &how), out);
  else if (many)
    take(dusq_session_many(session, step->sql, 1, 1, step->values, &how), out);
  else if (in == SESSION_TRIP) {
    dusq_future *future = dusq_session_query(session, step->sql, 1, step->values, &how);
    dusq_future_unref(dusq_session_commit(session));
    take(future, out);
  } else
    take(dusq_session_query(session, step->sql, 1, step->values, &how), out);
  dusq_session_unref(session);
}

static void run_script(dusq_pool *pool, const struct subject *one, answer *out)
{
  char sql[ROOM];
  const char *mark = strchr(one->sql, '?');
  snprintf(sql, sizeof sql, "%.*s'%s'%s", (int)(mark - one->sql), one->sql, one->text, mark + 1);
  take(dusq_pool_script(pool, sql, &how), out);
}

/* Two at once, which go in one trip; the answer is the second one's. */
static void run_batch(dusq_pool *pool, const dusq_step *step, answer *out)
{
  hold one;
  answer first;
  hold_writer(&one, pool, NULL);
  dusq_future *futures[2];
  for (int i = 0; i < 2; i++)
    futures[i] = dusq_pool_query(pool, step->sql, 1, step->values, &how);
  let_go(&one);
  take(futures[0], &first);
  take(futures[1], out);
  CHECK_STR(first.text, out->text);
}

static void run(dusq_pool *pool, running in, const struct subject *one, answer *out)
{
  dusq_value value = value_of(one);
  dusq_step step = {one->sql, 1, &value};
  switch (in) {
  case QUERY: take(dusq_pool_query(pool, one->sql, 1, &value, &how), out); return;
  case BATCH: run_batch(pool, &step, out); return;
  case MANY: take(dusq_pool_many(pool, one->sql, 1, 1, &value, &how), out); return;
  case STEPS: take(dusq_pool_transact_steps(pool, &step, 1, NULL, &how), out); return;
  case TRANSACT: take(dusq_pool_transact(pool, in_job, &step, NULL, NULL, &how), out); return;
  case STREAM: take_stream(dusq_pool_stream(pool, one->sql, 1, &value, &how), out); return;
  case SCRIPT: run_script(pool, one, out); return;
  case JOB: take(dusq_pool_run(pool, in_job, &step, NULL, &how), out); return;
  case JOB_IN_TX: take(dusq_pool_run(pool, in_job_in_tx, &step, NULL, &how), out); return;
  default: run_session(pool, in, &step, out); return;
  }
}

static void complain(const char *fault, running in, const struct subject *one, const answer *got,
                     const answer *expected)
{
  char what[3 * ROOM];
  snprintf(what, sizeof what, "%s, %s: %s gave %s%.200s (%s), by hand %.200s", fault, names[in], one->sql,
           got->retryable ? "retryable " : "", got->text, dusq_status_name(got->status), expected->text);
  test_check(false, what, __FILE__, __LINE__);
}

/* True unless it has failed, and may do so no second time. */
static bool check_once(dusq_pool *pool, PGconn *pg, const char *fault, running in, size_t i, bool may_fail)
{
  answer expected, got;
  by_hand(pg, &subjects[i], &expected);
  run(pool, in, &subjects[i], &got);
  bool stale = may_fail && in > JOB && got.failed && got.retryable && got.status == DUSQ_E_STALE_STATEMENT;
  if (stale || !strcmp(got.text, expected.text))
    CHECK(true);
  else
    complain(fault, in, &subjects[i], &got, &expected);
  return !stale;
}

static void check(dusq_pool *pool, PGconn *pg, const char *fault, running in, size_t i)
{
  if (is_for(in, &subjects[i]) && !check_once(pool, pg, fault, in, i, true))
    check_once(pool, pg, fault, in, i, false);
}

static void make(dusq_pool *pool, PGconn *pg, const struct fault *fault)
{
  if (fault->own) {
    answer got;
    take(dusq_pool_script(pool, fault->sql, NULL), &got);
    CHECK_STR(got.text, "");
    return;
  }
  PGresult *result = PQexec(pg, fault->sql);
  CHECK_INT(PQresultStatus(result), PGRES_COMMAND_OK);
  PQclear(result);
}

/* ---- the cases ----------------------------------------------------------------------------------------------------- */

static PGconn *connect_by_hand(void)
{
  const char *uri = server_uri("DUSQ_TEST_POSTGRESQL", NULL);
  PGconn *pg = uri ? PQconnectdb(uri) : NULL;
  if (!pg)
    return NULL;
  CHECK_INT(PQstatus(pg), CONNECTION_OK);
  PQclear(PQexec(pg, "SET client_min_messages TO error; SET synchronous_commit TO off"));
  PQclear(PQexec(pg, TABLE TYPES COLUMNS));
  return pg;
}

static void drop_by_hand(PGconn *pg)
{
  PQclear(PQexec(pg, "DROP TABLE pg_fits; DROP TYPE pg_mood, pg_pair, pg_span CASCADE; DROP DOMAIN pg_even CASCADE"));
  PQfinish(pg);
}

/* Every fault under every way of running, each statement having been prepared before. */
static void check_table(running in)
{
  for (size_t w = 0; w < 2; w++) { /* the others come in any order, below */
    PGconn *pg = connect_by_hand();
    dusq_pool *pool = pg ? open_way(&ways[w]) : NULL;
    if (!pool)
      return;
    for (size_t i = 0; i < 2 * SUBJECTS; i++)
      check(pool, pg, "nothing", in, i % SUBJECTS);
    for (size_t f = 0; f < FAULTS; f++) {
      make(pool, pg, &faults[f]);
      for (size_t i = 0; i < SUBJECTS; i++)
        check(pool, pg, faults[f].name, in, i);
    }
    close_pool(pool);
    drop_by_hand(pg);
  }
}

static void test_query(void)
{
  check_table(QUERY);
  check_table(BATCH);
  check_table(SCRIPT);
  check_table(JOB);
}
static void test_many(void)
{
  check_table(MANY);
  check_table(SESSION_MANY);
  check_table(SESSION_MANY_IN_TX);
}
static void test_session(void)
{
  check_table(SESSION);
  check_table(SESSION_IN_TX);
  check_table(SESSION_TRIP);
}
static void test_stream(void)
{
  check_table(STREAM);
  check_table(STREAM_IN_TX);
}
static void test_steps(void)
{
  check_table(STEPS);
}
static void test_transact(void)
{
  check_table(TRANSACT);
  check_table(JOB_IN_TX);
}

/* ---- what is asked, what is made by the same transaction, and what is no fault of the statement's ------------------ */

/* The types are those of the day: a text where an integer was.  Where nothing stays open, nothing is seen. */
static void check_retyped(dusq_pool *pool, PGconn *pg, running in)
{
  static const struct subject before = {"INSERT INTO pg_fits (n) VALUES (?)", "7", DUSQ_INT},
                              after = {"INSERT INTO pg_fits (n) VALUES (?)", "abc", DUSQ_TEXT};
  answer got;
  PQclear(PQexec(pg, TABLE));
  for (int i = 0; i < 2; i++)
    run(pool, in, &before, &got);
  CHECK_STR(got.text, "");
  PQclear(PQexec(pg, "ALTER TABLE pg_fits ALTER n TYPE text"));
  run(pool, in, &after, &got);
  if (in <= JOB) {
    CHECK_STR(got.text, "");
  } else if (got.failed) { /* the server cannot be asked any more: as for whoever prepares by hand */
    CHECK_STR(got.text, "22P02");
    run(pool, in, &after, &got);
    CHECK_STR(got.text, "");
  }
}

static void test_retyped(void)
{
  for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
    PGconn *pg = connect_by_hand();
    dusq_pool *pool = pg ? open_way(&ways[w]) : NULL;
    for (int in = 0; pool && in < RUNNINGS; in++)
      if (in != SCRIPT)
        check_retyped(pool, pg, (running)in);
    if (!pool)
      return;
    close_pool(pool);
    drop_by_hand(pg);
  }
}

/* A transaction that makes its types anew. */
static void check_own(dusq_pool *pool)
{
  const char insert[] = "INSERT INTO pg_fits (mood, pair) VALUES (?, ?)";
  const dusq_value values[] = {dusq_text("ok"), dusq_text("(1,x)")};
  dusq_session *session = dusq_pool_session(pool, NULL);
  CHECK_STR(outcome(dusq_session_query(session, insert, 2, values, &how)), "1/0");
  CHECK_STR(outcome(dusq_session_begin(session, NULL, NULL)), "");
  for (int i = 0; i < 3; i++) {
    CHECK_STR(outcome(dusq_session_query(session, insert, 2, values, &how)), "1/0");
    CHECK_STR(outcome(dusq_session_begin(session, NULL, NULL)), "");
    CHECK(strstr(outcome(dusq_session_script(session, TYPES COLUMNS, NULL)), "0/0") != NULL);
    CHECK_STR(outcome(dusq_session_query(session, insert, 2, values, &how)), "1/0");
    if (i == 1)
      CHECK_STR(outcome(dusq_session_commit(session)), "");
    else
      CHECK_STR(outcome(dusq_session_rollback(session)), "");
  }
  CHECK_STR(outcome(dusq_session_query(session, "DEALLOCATE ALL", DUSQ_NO_PARAMS, &how)), "0/0");
  CHECK_STR(outcome(dusq_session_query(session, insert, 2, values, &how)), "1/0");
  CHECK_STR(outcome(dusq_session_commit(session)), "");
  dusq_session_unref(session);
}

static void test_own(void)
{
  PGconn *pg = connect_by_hand();
  if (!pg)
    return;
  each_way(check_own);
  drop_by_hand(pg);
}

/* Errors of the same codes that a statement gives however often it is prepared: never retryable, never another one. */
static void check_errors(dusq_pool *pool)
{
  static const struct subject bad[] = {
      {"SELECT pg_bad(?)", "42804", DUSQ_TEXT}, {"SELECT pg_bad(?)", "42883", DUSQ_TEXT},
      {"SELECT pg_bad(?)", "0A000", DUSQ_TEXT}, {"SELECT pg_bad(?)", "26000", DUSQ_TEXT},
      {"SELECT ?::int", "abc", DUSQ_TEXT},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    for (int in = 0; in < RUNNINGS; in++)
      for (int times = 0; times < 2; times++) {
        answer got;
        if (!is_for((running)in, &bad[i]))
          continue;
        run(pool, (running)in, &bad[i], &got);
        CHECK_STR(got.text, strcmp(bad[i].text, "abc") != 0 ? bad[i].text : "22P02");
        CHECK(got.failed && !got.retryable && got.status != DUSQ_E_STALE_STATEMENT);
      }
  CHECK_STR(query(pool, "EXECUTE nosuch"), "NO_SUCH_OBJECT");
  CHECK_STR(query(pool, "DEALLOCATE nosuch"), "NO_SUCH_OBJECT");
  CHECK_STR(script(pool, "PREPARE twice AS SELECT 1; PREPARE twice AS SELECT 2"), "DUPLICATE_OBJECT");
  CHECK_STR(query(pool, "DEALLOCATE twice"), "0/0");
}

static void test_errors(void)
{
  dusq_pool *pool = open_server(NULL);
  if (!pool)
    return;
  CHECK_STR(query(pool, "CREATE OR REPLACE FUNCTION pg_bad(state text) RETURNS int LANGUAGE plpgsql AS "
                        "'BEGIN RAISE EXCEPTION ''no'' USING ERRCODE = state; END'"),
            "0/0");
  each_way(check_errors);
  CHECK_STR(query(pool, "DROP FUNCTION pg_bad"), "0/0");
  close_pool(pool);
}

/* Several that are stale at once cost a transaction one more attempt, not one each. */
static void check_several(dusq_pool *pool, PGconn *pg)
{
  enum { ALL = 6, ATTEMPTS = 2 };
  const dusq_value values[] = {dusq_text("ok"), dusq_text("{ok}"), dusq_int(4), dusq_text("(1,x)"), dusq_text("[1,2)"),
                               dusq_int(7)};
  static const char *const columns[ALL] = {"mood", "moods", "even", "pair", "span", "n"};
  static char sql[ALL][80];
  dusq_step steps[ALL];
  for (size_t i = 0; i < ALL; i++) {
    snprintf(sql[i], sizeof sql[i], "INSERT INTO pg_fits (%s) VALUES (?)", columns[i]);
    steps[i] = (dusq_step){sql[i], 1, &values[i]};
  }
  dusq_tx_opts tx = DUSQ_TX_OPTS_INIT;
  tx.attempts = ATTEMPTS;
  for (int times = 0; times < 3; times++) {
    for (int again = 0; again < 2; again++)
      CHECK_STR(outcome(dusq_pool_transact_steps(pool, steps, ALL, &tx, &how)), "1/0 1/0 1/0 1/0 1/0 1/0");
    PQclear(PQexec(pg, TABLE TYPES COLUMNS));
  }
}

static void test_several(void)
{
  for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
    PGconn *pg = connect_by_hand();
    dusq_pool *pool = pg ? open_way(&ways[w]) : NULL;
    if (!pool)
      return;
    check_several(pool, pg);
    close_pool(pool);
    drop_by_hand(pg);
  }
}

/* ---- in any order -------------------------------------------------------------------------------------------------- */

static uint64_t seed;

static unsigned roll(unsigned n)
{
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (unsigned)(seed >> 20) % n;
}

static void test_random(void)
{
  enum { POOLS = sizeof ways / sizeof *ways };
  const char *given = getenv("DUSQ_TEST_SEED"), *last = "nothing";
  seed = given ? strtoull(given, NULL, 0) : (uint64_t)test_now() | 1;
  unsigned long long began_with = seed;
  dusq_pool *pools[POOLS] = {NULL};
  PGconn *pg = connect_by_hand();
  for (size_t w = 0; pg && w < POOLS; w++)
    pools[w] = open_way(&ways[w]);
  unsigned failures = CU_get_number_of_failures();
  for (long n = test_scale(USUAL); pg && n > 0; n--) {
    unsigned w = roll(POOLS);
    how.flags = ways[w].flags;
    if (!roll(2)) {
      const struct fault *fault = &faults[roll(FAULTS)];
      make(pools[w], pg, fault);
      last = fault->name;
    }
    for (unsigned k = 1 + roll(4); k > 0; k--)
      check(pools[w], pg, last, (running)roll(RUNNINGS), roll(SUBJECTS));
  }
  if (CU_get_number_of_failures() != failures)
    printf("seed %llu\n", began_with);
  for (size_t w = 0; pg && w < POOLS; w++)
    close_pool(pools[w]);
  if (pg)
    drop_by_hand(pg);
}

void suite_postgres_stale(void);
void suite_postgres_stale(void)
{
  test_suite("postgres_stale");
  test_case("query", test_query);
  test_case("many", test_many);
  test_case("session", test_session);
  test_case("stream", test_stream);
  test_case("steps", test_steps);
  test_case("transact", test_transact);
  test_case("retyped", test_retyped);
  test_case("own", test_own);
  test_case("errors", test_errors);
  test_case("several", test_several);
  test_case("random", test_random);
}
