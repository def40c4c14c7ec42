/* scenario_stream.c - results in batches: all rows, in order, up to the end or an error; and what is left of a stream
 * that is closed before.                                                                                             */
#include "conform.h"
#include <stdio.h>
#include <string.h>

#define ALL CONFORM_FIVE("a.i + 10 * b.i + 100 * c.i + 1000 * d.i + 10000 * e.i AS n")
enum { ROWS_OF_ALL = 100000 };
#define SUM_OF_ALL INT64_C(4999950000)

static dusq_stream *start(const conform_site *site, dusq_session *session, const char *sql, uint32_t prefetch,
                          int64_t timeout)
{
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.prefetch = prefetch;
  opts.timeout = timeout;
  char *spelt = conform_sql(site, sql);
  dusq_stream *stream = session ? dusq_session_stream(session, spelt, DUSQ_NO_PARAMS, &opts)
                                : dusq_pool_stream(site->pool, spelt, DUSQ_NO_PARAMS, &opts);
  free(spelt);
  CHECK(stream != NULL);
  return stream;
}

static dusq_status next(dusq_stream *stream, dusq_result **out)
{
  return conform_settle(dusq_stream_next(stream), out);
}

static dusq_status shut(dusq_stream *take_stream)
{
  return conform_settle(dusq_stream_close(take_stream), NULL);
}

typedef struct tally {
  size_t rows, batches, largest;
  int64_t sum, last;
  bool rising;
} tally;

static void count(tally *all, const dusq_result *batch)
{
  size_t rows = dusq_result_rows(batch);
  for (size_t row = 0; row < rows; row++) {
    int64_t n = -1;
    CHECK_INT(dusq_result_int(batch, row, 0, &n), DUSQ_OK);
    all->rising = all->rising && n > all->last;
    all->last = n;
    all->sum += n;
  }
  all->rows += rows;
  all->batches += rows > 0;
  all->largest = rows > all->largest ? rows : all->largest;
}

/* Reads to the end, or to the error that it answers. */
static dusq_status drain(dusq_stream *stream, tally *all)
{
  for (;;) {
    dusq_result *batch = NULL;
    dusq_status status = next(stream, &batch);
    size_t rows = status ? 0 : dusq_result_rows(batch);
    if (!status)
      count(all, batch);
    dusq_result_unref(batch);
    if (!rows)
      return status;
  }
}
#define TALLY {0, 0, 0, 0, INT64_MIN, true}

/* The pool goes on, and how many connections it has made so far. */
static int64_t is_well(const conform_site *site)
{
  int64_t n = -1;
  CHECK_INT(conform_number(site, "SELECT 42"), 42);
  CHECK_INT(dusq_pool_stat(site->pool, "connects", &n), DUSQ_OK);
  return n;
}

static void make_table(const conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER NOT NULL PRIMARY KEY)"), DUSQ_OK);
  CHECK_INT(conform_run(site, "INSERT INTO t VALUES (1), (2), (3), (4), (5)"), DUSQ_OK);
}

/* ---- to the end -------------------------------------------------------------------------------------------------- */
static void all_rows(conform_site *site)
{
  dusq_stream *stream = start(site, NULL, ALL, 0, 0);
  tally all = TALLY;
  CHECK_INT(drain(stream, &all), DUSQ_OK);
  CHECK_INT(all.rows, ROWS_OF_ALL);
  CHECK_INT(all.sum, SUM_OF_ALL);
  CHECK_INT(all.largest, 1024);
  CHECK_INT(all.batches, (ROWS_OF_ALL + 1023) / 1024);
  dusq_result *end = NULL;
  CHECK_INT(next(stream, &end), DUSQ_OK);
  CHECK_INT(dusq_result_rows(end), 0);
  CHECK_INT(dusq_result_cols(end), 1);
  CHECK_STR(dusq_result_name(end, 0), "n");
  dusq_result_unref(end);
  CHECK_INT(shut(stream), DUSQ_OK);
}

static void in_order(conform_site *site)
{
  static const uint32_t sizes[] = {1, 2, 3, 5, 6};
  make_table(site);
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    dusq_stream *stream = start(site, NULL, "SELECT i FROM t ORDER BY i", sizes[i], 0);
    tally all = TALLY;
    CHECK_INT(drain(stream, &all), DUSQ_OK);
    CHECK_INT(all.rows, 5);
    CHECK(all.rising);
    CHECK_INT(all.batches, (5 + sizes[i] - 1) / sizes[i]);
    CHECK_INT(shut(stream), DUSQ_OK);
  }
}

static void no_rows(conform_site *site)
{
  make_table(site);
  dusq_stream *stream = start(site, NULL, "SELECT i AS number FROM t WHERE i > 9", 0, 0);
  dusq_result *end = NULL;
  for (int i = 0; i < 3; i++) {
    CHECK_INT(next(stream, &end), DUSQ_OK);
    CHECK_INT(dusq_result_rows(end), 0);
    CHECK_STR(dusq_result_name(end, 0), "number");
    dusq_result_unref(end);
  }
  CHECK_INT(shut(stream), DUSQ_OK);
}

static void with_values(conform_site *site)
{
  make_table(site);
  dusq_stream *stream = dusq_pool_stream(site->pool, "SELECT i FROM t WHERE i > ? AND i < ? ORDER BY i",
                                         DUSQ_PARAMS(dusq_int(1), dusq_int(5)), NULL);
  tally all = TALLY;
  CHECK_INT(drain(stream, &all), DUSQ_OK);
  CHECK_INT(all.rows, 3);
  CHECK_INT(all.sum, 9);
  CHECK_INT(shut(stream), DUSQ_OK);
}

/* Asked for before they are there, and answered in order. */
static void many_at_once(conform_site *site)
{
  enum { AHEAD = 7 };
  dusq_stream *stream = start(site, NULL, ALL, 16384, 0);
  dusq_future *asked[AHEAD + 2];
  tally all = TALLY;
  for (int i = 0; i < AHEAD + 2; i++)
    asked[i] = dusq_stream_next(stream);
  for (int i = 0; i < AHEAD + 2; i++) {
    dusq_result *batch = NULL;
    CHECK_INT(conform_settle(asked[i], &batch), DUSQ_OK);
    count(&all, batch);
    if (i >= AHEAD)
      CHECK_INT(dusq_result_rows(batch), 0);
    dusq_result_unref(batch);
  }
  CHECK_INT(all.rows, ROWS_OF_ALL);
  CHECK_INT(all.sum, SUM_OF_ALL);
  CHECK_INT(shut(stream), DUSQ_OK);
}

/* A batch ends by its bytes, too, and max_result_bytes is for each. */
static void wide_rows(conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER NOT NULL PRIMARY KEY, x {TEXT|TEXT|LONGTEXT})"), DUSQ_OK);
  static char text[300001];
  memset(text, 'x', sizeof text - 1);
  enum { WIDE = 20 };
  for (int i = 0; i < WIDE; i++)
    CHECK_INT(conform_settle(conform_query(site, "INSERT INTO t VALUES (?, ?)",
                                           DUSQ_PARAMS(dusq_int(i), dusq_text(text)), NULL),
                             NULL),
              DUSQ_OK);
  dusq_stream *stream = start(site, NULL, "SELECT i, x FROM t ORDER BY i", 0, 0);
  tally all = TALLY;
  CHECK_INT(drain(stream, &all), DUSQ_OK);
  CHECK_INT(all.rows, WIDE);
  CHECK(all.rising);
  CHECK_INT(all.largest, 4);
  CHECK_INT(shut(stream), DUSQ_OK);
  stream = start(site, NULL, "SELECT i, {printf('%1500000s', i)|repeat(x, 5)|repeat(x, 5)} FROM t ORDER BY i", 0, 0);
  CHECK_INT(next(stream, NULL), DUSQ_E_LIMIT);
  CHECK_INT(shut(stream), DUSQ_E_LIMIT);
  is_well(site);
}

static void writes(conform_site *site)
{
  make_table(site);
  dusq_stream *stream = start(site, NULL, "UPDATE t SET i = i + 10", 0, 0);
  dusq_result *end = NULL;
  CHECK_INT(next(stream, &end), DUSQ_OK);
  CHECK_INT(dusq_result_rows(end), 0);
  CHECK_INT(dusq_result_affected(end), 5);
  dusq_result_unref(end);
  CHECK_INT(shut(stream), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT sum(i) FROM t"), 65);
}

static void returning(conform_site *site)
{
  make_table(site);
  dusq_stream *stream = start(site, NULL, "INSERT INTO t VALUES (6), (7), (8) RETURNING i", 2, 0);
  tally all = TALLY;
  CHECK_INT(drain(stream, &all), DUSQ_OK);
  CHECK_INT(all.sum, 21);
  dusq_result *end = NULL;
  CHECK_INT(next(stream, &end), DUSQ_OK);
  CHECK_INT(dusq_result_affected(end), 3);
  dusq_result_unref(end);
  CHECK_INT(shut(stream), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 8);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */
/* In the third row: behind the two before it. */
static void in_a_row(conform_site *site)
{
  make_table(site);
  dusq_stream *stream = start(site, NULL, "{SELECT CASE WHEN i = 3 THEN abs(-9223372036854775807 - 1) ELSE i END FROM "
                                          "t ORDER BY i|SELECT 2 / (3 - i) FROM t ORDER BY i|"
                                          "SELECT 18446744073709551613 + i FROM t ORDER BY i}",
                              0, 0);
  dusq_result *batch = NULL;
  CHECK_INT(next(stream, &batch), DUSQ_OK);
  CHECK_INT(dusq_result_rows(batch), 2);
  dusq_result_unref(batch);
  dusq_status status = next(stream, NULL);
  CHECK(status != DUSQ_OK);
  CHECK_INT(next(stream, NULL), status);
  CHECK_INT(shut(stream), status);
  is_well(site);
}

static void at_once(conform_site *site)
{
  static const struct {
    const char *sql;
    dusq_status status;
  } bad[] = {{"SELECT i FROM no_such_table", DUSQ_E_NO_SUCH_OBJECT},
             {"SELECTED", DUSQ_E_SYNTAX},
             {"", DUSQ_E_SYNTAX},
             {"SELECT ?", DUSQ_E_PARAMS},
             {"SELECT 'open", DUSQ_E_SYNTAX}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    dusq_stream *stream = start(site, NULL, bad[i].sql, 0, 0);
    CHECK_INT(next(stream, NULL), bad[i].status);
    CHECK_INT(next(stream, NULL), bad[i].status);
    CHECK_INT(shut(stream), bad[i].status);
  }
  CHECK_INT(next(NULL, NULL), DUSQ_E_NOMEM);
  CHECK_INT(shut(NULL), DUSQ_E_NOMEM);
  dusq_stream *stream = dusq_pool_stream(NULL, "SELECT 1", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(next(stream, NULL), DUSQ_E_INVAL);
  CHECK_INT(shut(stream), DUSQ_E_INVAL);
  stream = dusq_session_stream(NULL, "SELECT 1", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(shut(stream), DUSQ_E_INVAL);
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.prefetch = 5;
  CHECK_INT(conform_settle(dusq_pool_query(site->pool, "SELECT 1", DUSQ_NO_PARAMS, &opts), NULL), DUSQ_E_INVAL);
  is_well(site);
}

static void lost(conform_site *site)
{
  dusq_session *session = dusq_pool_session(site->pool, NULL);
  dusq_result *who = NULL;
  int64_t id = 0;
  char kill[96];
  CHECK_INT(conform_settle(dusq_session_query(session, conform_is(site, CONFORM_POSTGRESQL) ? "SELECT pg_backend_pid()"
                                                                                       : "SELECT connection_id()",
                                              DUSQ_NO_PARAMS, NULL), &who),
            DUSQ_OK);
  CHECK_INT(dusq_result_int(who, 0, 0, &id), DUSQ_OK);
  dusq_result_unref(who);
  dusq_stream *stream = start(site, session, ALL CONFORM_TEN_MORE, 10, 0);
  CHECK_INT(next(stream, NULL), DUSQ_OK);
  snprintf(kill, sizeof kill, conform_is(site, CONFORM_POSTGRESQL) ? "SELECT pg_terminate_backend(%d)" : "KILL %d",
           (int)id);
  CHECK_INT(conform_run(site, kill), DUSQ_OK);
  tally all = TALLY;
  CHECK_INT(drain(stream, &all), DUSQ_E_CONNECTION_LOST);
  CHECK_INT(shut(stream), DUSQ_E_CONNECTION_LOST);
  CHECK_INT(conform_say(site, session, "SELECT 1"), DUSQ_E_CONNECTION_LOST);
  conform_end(session);
  is_well(site);
}

/* ---- closed before the end --------------------------------------------------------------------------------------- */
static void closed(conform_site *site)
{
  int64_t connects = 0;
  for (int batches = 0; batches < 4; batches++) {
    dusq_stream *stream = start(site, NULL, ALL CONFORM_TEN_MORE, 10, 0);
    for (int i = 0; i < batches; i++)
      CHECK_INT(next(stream, NULL), DUSQ_OK);
    dusq_future *asked[3];
    for (int i = 0; i < 3; i++)
      asked[i] = dusq_stream_next(stream);
    CHECK_INT(shut(stream), DUSQ_OK);
    for (int i = 0; i < 3; i++) {
      dusq_status status = conform_settle(asked[i], NULL);
      CHECK(status == DUSQ_OK || status == DUSQ_E_CLOSED);
    }
    if (!batches)
      connects = is_well(site);
    CHECK(is_well(site) == connects || conform_is(site, CONFORM_SQLITE)); /* which has further readers */
  }
}

/* A batch that does not come is waited for as long as was said, and the statement goes on until it is closed. */
static void wait_too_long(conform_site *site)
{
  dusq_stream *stream = start(site, NULL, CONFORM_ENDLESS, 0, 20 * CONFORM_MS);
  CHECK_INT(next(stream, NULL), DUSQ_E_TIMEDOUT);
  CHECK_INT(next(stream, NULL), DUSQ_E_TIMEDOUT);
  dusq_future *asked = dusq_stream_next(stream);
  dusq_future_cancel(asked);
  CHECK_INT(conform_settle(asked, NULL), DUSQ_E_CANCELED);
  int64_t began = test_now();
  CHECK_INT(shut(stream), DUSQ_OK);
  CHECK(test_now() - began < 15 * DUSQ_SECOND);
}

static void too_late(conform_site *site)
{
  wait_too_long(site);
  int64_t connects = is_well(site);
  wait_too_long(site);
  CHECK(is_well(site) == connects || conform_is(site, CONFORM_SQLITE));
}

/* What is cancelled is not lost. */
static void canceled(conform_site *site)
{
  dusq_stream *stream = start(site, NULL, ALL, 1000, 0);
  tally all = TALLY;
  for (int i = 0; i < 60; i++) {
    dusq_future *asked = dusq_stream_next(stream);
    dusq_result *batch = NULL;
    if (i % 3)
      dusq_future_cancel(asked);
    dusq_status status = conform_settle(asked, &batch);
    CHECK(status == DUSQ_OK || status == DUSQ_E_CANCELED);
    if (!status)
      count(&all, batch);
    dusq_result_unref(batch);
  }
  CHECK_INT(drain(stream, &all), DUSQ_OK);
  CHECK_INT(all.rows, ROWS_OF_ALL);
  CHECK_INT(all.sum, SUM_OF_ALL);
  CHECK_INT(shut(stream), DUSQ_OK);
}

static void pool_closes(conform_site *site)
{
  dusq_pool *other = conform_open_again(site, "pool_size=2");
  dusq_stream *stream = dusq_pool_stream(other, "SELECT 1", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(next(stream, NULL), DUSQ_OK);
  CHECK_INT(shut(stream), DUSQ_OK);
  char *spelt = conform_sql(site, ALL CONFORM_TEN_MORE);
  stream = dusq_pool_stream(other, spelt, DUSQ_NO_PARAMS, NULL);
  CHECK_INT(next(stream, NULL), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_pool_close(other, 0), NULL), DUSQ_OK);
  tally all = TALLY;
  CHECK_INT(drain(stream, &all), DUSQ_E_CLOSED);
  CHECK_INT(shut(stream), DUSQ_E_CLOSED);
  stream = dusq_pool_stream(other, spelt, DUSQ_NO_PARAMS, NULL);
  CHECK_INT(next(stream, NULL), DUSQ_E_CLOSED);
  CHECK_INT(shut(stream), DUSQ_E_CLOSED);
  free(spelt);
  dusq_pool_unref(other);
}

/* ---- in sessions and transactions -------------------------------------------------------------------------------- */
static void among_calls(conform_site *site)
{
  make_table(site);
  dusq_session *session = dusq_pool_session(site->pool, NULL);
  dusq_future *before = dusq_session_query(session, "INSERT INTO t VALUES (6)", DUSQ_NO_PARAMS, NULL);
  dusq_stream *stream = start(site, session, "SELECT i FROM t ORDER BY i", 2, 0);
  dusq_future *behind = dusq_session_query(session, "INSERT INTO t VALUES (7)", DUSQ_NO_PARAMS, NULL);
  tally all = TALLY;
  CHECK_INT(next(stream, NULL), DUSQ_OK);
  CHECK_INT(dusq_future_state(behind), DUSQ_STATE_PENDING);
  CHECK_INT(drain(stream, &all), DUSQ_OK);
  CHECK_INT(all.sum, 18);
  CHECK_INT(conform_settle(before, NULL), DUSQ_OK);
  CHECK_INT(conform_settle(behind, NULL), DUSQ_OK);
  CHECK_INT(shut(stream), DUSQ_OK);
  conform_end(session);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 7);
}

static void in_transaction(conform_site *site)
{
  make_table(site);
  dusq_session *session = dusq_pool_session(site->pool, NULL);
  CHECK_INT(conform_settle(dusq_session_begin(session, NULL, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_say(site, session, "INSERT INTO t VALUES (6)"), DUSQ_OK);
  dusq_stream *stream = start(site, session, ALL CONFORM_TEN_MORE, 10, 0); /* stopped */
  CHECK_INT(next(stream, NULL), DUSQ_OK);
  CHECK_INT(shut(stream), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(session), DUSQ_TX_OPEN);
  CHECK_INT(conform_say(site, session, "INSERT INTO t VALUES (7)"), DUSQ_OK);
  stream = start(site, session, "SELECT i FROM t", 1, 0); /* read */
  tally all = TALLY;
  CHECK_INT(drain(stream, &all), DUSQ_OK);
  CHECK_INT(all.sum, 28);
  CHECK_INT(shut(stream), DUSQ_OK);
  stream = start(site, session, CONFORM_ENDLESS, 1, 0); /* before its first row, or before its turn */
  CHECK_INT(shut(stream), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_session_commit(session), NULL), DUSQ_OK);
  conform_end(session);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 7);
}

/* Also while the savepoint in front of it is being set, or it is being prepared. */
static void closed_any_time(conform_site *site)
{
  enum { ROUNDS = 60, STEP_NS = 20000 };
  make_table(site);
  dusq_session *session = dusq_pool_session(site->pool, NULL);
  CHECK_INT(conform_begin(session, 0, 0), DUSQ_OK);
  for (int64_t i = 0; i < ROUNDS; i++) {
    dusq_stream *stream = start(site, session, CONFORM_ENDLESS, 1, 0);
    conform_nap(i * STEP_NS);
    CHECK_INT(shut(stream), DUSQ_OK);
    CHECK_INT(dusq_session_transaction(session), DUSQ_TX_OPEN);
  }
  CHECK_INT(conform_say(site, session, "INSERT INTO t VALUES (6)"), DUSQ_OK);
  CHECK_INT(conform_commit(session), DUSQ_OK);
  conform_end(session);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 6);
}

static void fails_it(conform_site *site)
{
  make_table(site);
  dusq_session *session = dusq_pool_session(site->pool, NULL);
  CHECK_INT(conform_settle(dusq_session_begin(session, NULL, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_say(site, session, "INSERT INTO t VALUES (6)"), DUSQ_OK);
  dusq_stream *stream = start(site, session, "SELECT i FROM no_such_table", 0, 0);
  CHECK_INT(next(stream, NULL), DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(shut(stream), DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(dusq_session_transaction(session), DUSQ_TX_FAILED);
  stream = start(site, session, "SELECT i FROM t", 0, 0);
  CHECK_INT(next(stream, NULL), DUSQ_E_TX_ABORTED);
  CHECK_INT(shut(stream), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_settle(dusq_session_commit(session), NULL), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_settle(dusq_session_begin(session, NULL, NULL), NULL), DUSQ_OK);
  stream = start(site, session, "SELECT ?", 0, 0); /* refused when it is made */
  CHECK_INT(shut(stream), DUSQ_E_PARAMS);
  CHECK_INT(conform_settle(dusq_session_commit(session), NULL), DUSQ_E_TX_ABORTED);
  conform_end(session);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 5);
}

/* What a stream that is stopped has written is undone with it, and nothing else is. */
static void undone(conform_site *site)
{
  make_table(site);
  dusq_session *session = dusq_pool_session(site->pool, NULL);
  CHECK_INT(conform_settle(dusq_session_begin(session, NULL, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_say(site, session, "INSERT INTO t VALUES (-1)"), DUSQ_OK);
  dusq_stream *stream = start(site, session, "INSERT INTO t SELECT n + 10 FROM (" ALL ") s RETURNING i", 10, 0);
  CHECK_INT(next(stream, NULL), DUSQ_OK);
  CHECK_INT(shut(stream), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_session_commit(session), NULL), DUSQ_OK);
  conform_end(session);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 6);
}

/* Rows that take their time to pass: the connection is waited for, since a transaction hangs on it. */
static void wide_and_closed(conform_site *site)
{
  make_table(site);
  dusq_session *session = dusq_pool_session(site->pool, NULL);
  for (int round = 0; round < 2; round++) {
    CHECK_INT(conform_settle(dusq_session_begin(session, NULL, NULL), NULL), DUSQ_OK);
    CHECK_INT(conform_settle(dusq_session_query(session, "INSERT INTO t VALUES (?)", DUSQ_PARAMS(dusq_int(10 + round)),
                                                NULL),
                             NULL),
              DUSQ_OK);
    dusq_stream *stream = start(site, session, "SELECT i, {printf('%8000000s', i)|repeat('x', 8000000)|"
                                               "repeat('x', 8000000)} FROM t",
                                1, 0);
    CHECK_INT(next(stream, NULL), DUSQ_OK);
    CHECK_INT(shut(stream), DUSQ_OK);
    CHECK_INT(conform_settle(dusq_session_commit(session), NULL), DUSQ_OK);
  }
  conform_end(session);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 7);
}

/* SQLite rolls all back when it is stopped while it writes. */
static void stopped_writing(conform_site *site)
{
  make_table(site);
  dusq_session *session = dusq_pool_session(site->pool, NULL);
  CHECK_INT(conform_settle(dusq_session_begin(session, NULL, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_say(site, session, "INSERT INTO t VALUES (-1)"), DUSQ_OK);
  static const char endless[] = "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n) INSERT INTO t "
                                "SELECT i FROM n";
  dusq_stream *stream = start(site, session, endless, 10, 20 * CONFORM_MS);
  CHECK_INT(next(stream, NULL), DUSQ_E_TIMEDOUT);
  CHECK_INT(shut(stream), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(session), DUSQ_TX_FAILED);
  CHECK_INT(conform_settle(dusq_session_commit(session), NULL), DUSQ_E_TX_ABORTED);
  conform_end(session);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 5);
}

static void ends_the_transaction(conform_site *site)
{
  make_table(site);
  dusq_session *session = dusq_pool_session(site->pool, NULL);
  CHECK_INT(conform_settle(dusq_session_begin(session, NULL, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_say(site, session, "INSERT INTO t VALUES (6)"), DUSQ_OK);
  dusq_stream *stream = start(site, session, "COMMIT", 0, 0);
  CHECK_INT(next(stream, NULL), DUSQ_OK);
  CHECK_INT(shut(stream), DUSQ_OK);
  CHECK_INT(conform_say(site, session, "INSERT INTO t VALUES (7)"), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_settle(dusq_session_commit(session), NULL), DUSQ_E_TX_ABORTED);
  conform_end(session);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 6);
}

/* It never had a connection, and waits for none. */
static void closed_in_queue(conform_site *site)
{
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.flags = DUSQ_READ_ONLY;
  dusq_session *holder = dusq_pool_session(site->pool, &opts);
  CHECK_INT(conform_say(site, holder, "SELECT 1"), DUSQ_OK);
  dusq_stream *stream = start(site, NULL, "SELECT 1", 0, 0);
  dusq_future *asked = dusq_stream_next(stream);
  CHECK_INT(shut(stream), DUSQ_OK);
  CHECK_INT(conform_settle(asked, NULL), DUSQ_E_CLOSED);
  conform_end(holder);
  CHECK_INT(conform_number(site, "SELECT 42"), 42);
}

/* The rows before what is too large are handed out, though together they would be too much. */
static void small_limit(conform_site *site)
{
  dusq_stream *stream = start(site, NULL, ALL, 50000, 0);
  tally all = TALLY;
  CHECK_INT(drain(stream, &all), DUSQ_OK);
  CHECK_INT(all.rows, ROWS_OF_ALL);
  CHECK(all.largest < 5000);
  CHECK_INT(shut(stream), DUSQ_OK);
}

/* On a busy machine a server may take longer to stop than cancel_grace usually is. */
#define PATIENT "pool_size=1&cancel_grace=20s"

const conform_scenario conform_streams[] = {
    {"a stream of all rows", CONFORM_REAL, NULL, all_rows},
    {"a stream in order", CONFORM_REAL, NULL, in_order},
    {"a stream of no rows", CONFORM_REAL, NULL, no_rows},
    {"a stream with values", CONFORM_REAL, NULL, with_values},
    {"a stream, many batches asked for at once", CONFORM_REAL, "max_result_bytes=8MiB", many_at_once},
    {"a stream of wide rows", CONFORM_REAL, "max_result_bytes=1400000", wide_rows},
    {"a stream of a write", CONFORM_REAL, NULL, writes},
    {"a stream of RETURNING", CONFORM_SQLITE | CONFORM_POSTGRESQL | CONFORM_MARIADB, NULL, returning},
    {"a stream with an error in a row", CONFORM_REAL, NULL, in_a_row},
    {"a stream that fails at once", CONFORM_REAL, NULL, at_once},
    {"a stream whose connection is lost", CONFORM_SERVERS, NULL, lost},
    {"a stream is closed", CONFORM_REAL, PATIENT, closed},
    {"a stream's batch is late", CONFORM_REAL, PATIENT, too_late},
    {"a stream's batches are cancelled", CONFORM_REAL, NULL, canceled},
    {"a stream when the pool closes", CONFORM_REAL, NULL, pool_closes},
    {"a stream among the calls of a session", CONFORM_REAL, NULL, among_calls},
    {"streams in a transaction", CONFORM_REAL, PATIENT, in_transaction},
    {"streams in a transaction, closed at any moment", CONFORM_REAL, PATIENT, closed_any_time},
    {"a stream that fails its transaction", CONFORM_REAL, NULL, fails_it},
    {"a stream of wide rows is closed", CONFORM_REAL, NULL, wide_and_closed},
    {"a stream is stopped while it writes", CONFORM_SQLITE, NULL, stopped_writing},
    {"a stream that ends its transaction", CONFORM_REAL, NULL, ends_the_transaction},
    {"a stream is closed in the queue", CONFORM_SERVERS, "pool_size=1", closed_in_queue},
    {"a stream with a small max_result_bytes", CONFORM_REAL, "max_result_bytes=100000", small_limit},
    {"a stream that is undone", CONFORM_SQLITE | CONFORM_POSTGRESQL | CONFORM_MARIADB, PATIENT, undone},
    {NULL, 0, NULL, NULL}};
