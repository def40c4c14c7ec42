/* test_decimal_nan.c - numeric cells that are no number go back as they came, or are refused where there are none. */
#include "unit/pools.h"

static const char *const specials[] = {"NaN", "Infinity", "-Infinity"};
enum { SPECIALS = 3 };

static dusq_pool *open_named(const char *variable)
{
  char uri[1024];
  const char *base = getenv(variable);
  if (!base)
    return NULL;
  snprintf(uri, sizeof uri, "%s%cpool_size=1", base, strchr(base, '?') ? '&' : '?');
  return open_uri(uri);
}

static const char *first_cell(dusq_future *take, char text[64])
{
  dusq_result *result = NULL;
  CHECK_INT(dusq_future_wait(take, LONG_WAIT), DUSQ_OK);
  snprintf(text, 64, "%s", dusq_status_name(dusq_future_get(take, &result)));
  if (result && dusq_result_rows(result))
    dusq_result_format(result, 0, 0, text, 64);
  dusq_result_unref(result);
  dusq_future_unref(take);
  return text;
}

/* A cell, as the caller has it. */
static void check_back(dusq_pool *pool, const char *special)
{
  static const char *const texts[] = {"SELECT ?::numeric", "SELECT ?", "SELECT ? + 0.5", "SELECT ?::float8",
                                      "SELECT coalesce(?, 1.5)", "SELECT ?::numeric::text"};
  char sql[200], text[64];
  dusq_result *result = NULL;
  snprintf(sql, sizeof sql, "SELECT '%s'::numeric", special);
  dusq_future *cells = dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(cells, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_get(cells, &result), DUSQ_OK);
  if (result) {
    dusq_value cell = dusq_result_at(result, 0, 0);
    CHECK_INT(cell.type, DUSQ_DECIMAL);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
      CHECK_STR(first_cell(dusq_pool_query(pool, texts[i], 1, &cell, NULL), text), special);
    CHECK_STR(first_cell(dusq_pool_query(pool, "SELECT ?::int", 1, &cell, NULL), text), "DUSQ_E_NOTSUP"); /* 0A000 */
    CHECK_STR(first_cell(dusq_pool_query(pool, "INSERT INTO decimal_nan VALUES (?)", 1, &cell, NULL), text), "DUSQ_OK");
    snprintf(sql, sizeof sql, "SELECT count(*) FROM decimal_nan WHERE a = ? AND a = '%s'::numeric", special);
    CHECK_STR(first_cell(dusq_pool_query(pool, sql, 1, &cell, NULL), text), "1");
    dusq_session *session = dusq_pool_session(pool, NULL);
    CHECK_STR(first_cell(dusq_session_query(session, sql, 1, &cell, NULL), text), "1");
    dusq_future_unref(dusq_session_close(session));
    dusq_session_unref(session);
    dusq_stream *stream = dusq_pool_stream(pool, sql, 1, &cell, NULL);
    CHECK_STR(first_cell(dusq_stream_next(stream), text), "1");
    dusq_future_unref(dusq_stream_close(stream));
  }
  dusq_result_unref(result);
  dusq_future_unref(cells);
}

static void test_postgresql(void)
{
  char text[64];
  const dusq_value rows[] = {dusq_decimal("NaN"), dusq_decimal("1.5"), dusq_decimal("-Infinity"), dusq_null()};
  dusq_pool *pool = open_named("DUSQ_TEST_POSTGRESQL");
  if (!pool) {
    test_skip("there is no PostgreSQL server; see test/servers.sh");
    return;
  }
  first_cell(dusq_pool_query(pool, "SHOW server_version_num", DUSQ_NO_PARAMS, NULL), text);
  size_t n = strcmp(text, "140000") < 0 ? 1 : SPECIALS; /* infinities are new in 14 */
  first_cell(dusq_pool_query(pool, "DROP TABLE IF EXISTS decimal_nan", DUSQ_NO_PARAMS, NULL), text);
  first_cell(dusq_pool_query(pool, "CREATE TABLE decimal_nan (a numeric)", DUSQ_NO_PARAMS, NULL), text);
  for (size_t i = 0; i < n; i++)
    check_back(pool, specials[i]);
  CHECK_STR(first_cell(dusq_pool_many(pool, "INSERT INTO decimal_nan VALUES (?)", 1, n == 1 ? 2 : 4, rows, NULL), text),
            "DUSQ_OK");
  CHECK_STR(first_cell(dusq_pool_query(pool, "SELECT count(*) FROM decimal_nan WHERE a = 'NaN'", DUSQ_NO_PARAMS, NULL),
                       text),
            "2");
  first_cell(dusq_pool_query(pool, "DROP TABLE decimal_nan", DUSQ_NO_PARAMS, NULL), text);
  close_pool(pool);
}

static void check_refused(dusq_pool *pool)
{
  char text[64];
  for (size_t i = 0; i < SPECIALS; i++) {
    const dusq_value rows[] = {dusq_decimal("1.5"), dusq_decimal(specials[i])};
    dusq_future *f = dusq_pool_query(pool, "SELECT ?", 1, &rows[1], NULL);
    CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
    CHECK(strstr(dusq_error_message(dusq_future_error(f)), "NaN") != NULL);
    CHECK_STR(first_cell(f, text), "DUSQ_E_RANGE");
    CHECK_STR(first_cell(dusq_pool_many(pool, "INSERT INTO decimal_nan VALUES (?)", 1, 2, rows, NULL), text),
              "DUSQ_E_RANGE");
  }
  CHECK_STR(first_cell(dusq_pool_query(pool, "SELECT count(*) FROM decimal_nan", DUSQ_NO_PARAMS, NULL), text), "0");
}

static void test_elsewhere(void)
{
  char text[64];
  const char *const makes = "CREATE TABLE decimal_nan (a DECIMAL(10, 5))", *const drops = "DROP TABLE decimal_nan";
  dusq_pool *pools[] = {NULL, NULL};
#ifdef DUSQ_WITH_SQLITE
  pools[0] = open_uri("sqlite::memory:");
#endif
#ifdef DUSQ_WITH_MYSQL
  pools[1] = open_named("DUSQ_TEST_MARIADB");
#endif
  for (size_t i = 0; i < sizeof pools / sizeof *pools; i++) {
    if (!pools[i])
      continue;
    CHECK_STR(first_cell(dusq_pool_query(pools[i], makes, DUSQ_NO_PARAMS, NULL), text), "DUSQ_OK");
    check_refused(pools[i]);
    CHECK_STR(first_cell(dusq_pool_query(pools[i], drops, DUSQ_NO_PARAMS, NULL), text), "DUSQ_OK");
    close_pool(pools[i]);
  }
}

void suite_decimal_nan(void);
void suite_decimal_nan(void)
{
  test_suite("decimal_nan");
  test_case("postgresql", test_postgresql);
  test_case("elsewhere", test_elsewhere);
}
