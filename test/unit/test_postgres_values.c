/* test_postgres_values.c - values of PostgreSQL: what NULL leaves open, rows of several kinds, and the ends of time. */
#include "unit/postgres_ways.h"

/* ---- NULL among the values ----------------------------------------------------------------------------------------- */

#define UNION3 "SELECT max(x) FROM (SELECT ? AS x UNION ALL SELECT ? UNION ALL SELECT ?) t"

static const char *three(dusq_pool *pool, const char *sql, dusq_value a, dusq_value b, dusq_value c)
{
  return outcome(dusq_pool_query(pool, sql, DUSQ_PARAMS(a, b, c), &how));
}

static const char *two(dusq_pool *pool, const char *sql, dusq_value a, dusq_value b)
{
  return outcome(dusq_pool_query(pool, sql, DUSQ_PARAMS(a, b), &how));
}

/* A NULL has no type, and the variant that was made for other values does not give it one. */
static void check_nulls(dusq_pool *pool)
{
  CHECK_STR(three(pool, UNION3, dusq_int(9), dusq_int(100), dusq_null()), "0/0[100]");
  CHECK_STR(three(pool, UNION3, dusq_int(9), dusq_null(), dusq_int(100)), "0/0[100]");
  CHECK_STR(three(pool, UNION3, dusq_null(), dusq_int(9), dusq_int(100)), "0/0[100]");
  CHECK_STR(three(pool, "SELECT pg_typeof(greatest(?, ?, ?))::text", dusq_int(9), dusq_null(), dusq_real(100)),
            "0/0[double precision]");
  CHECK_STR(three(pool, "SELECT greatest(?, ?, ?)", dusq_int(9), dusq_int(100), dusq_null()), "0/0[100]");
  CHECK_STR(three(pool, "SELECT coalesce(?, ?, ?) + 1", dusq_null(), dusq_int(9), dusq_null()), "0/0[10]");
  CHECK_STR(three(pool, "SELECT nullif(?, ?), ?", dusq_int(9), dusq_null(), dusq_null()), "0/0[9,]");
  CHECK_STR(three(pool, "SELECT CASE WHEN ? THEN ? ELSE ? END", dusq_bool(true), dusq_int(9), dusq_null()),
            "0/0[9]");
  CHECK_STR(three(pool, "SELECT x FROM (SELECT ? AS x UNION ALL SELECT ? UNION ALL SELECT ?) t ORDER BY x",
                  dusq_int(100), dusq_int(9), dusq_null()),
            "0/0[9 100 ]");
  CHECK_STR(two(pool, "SELECT ? + ?", dusq_int(5), dusq_null()), "0/0[]");
}

static void check_nulls_by(const struct way *way)
{
  dusq_pool *fresh = open_way(way), *used = open_way(way);
  if (!fresh || !used)
    return;
  check_nulls(fresh);
  CHECK_STR(three(used, UNION3, dusq_text("9"), dusq_text("100"), dusq_text("")), "0/0[9]");
  CHECK_STR(three(used, UNION3, dusq_int(9), dusq_int(100), dusq_int(5)), "0/0[100]");
  check_nulls(used);
  CHECK_STR(three(used, UNION3, dusq_int(9), dusq_int(100), dusq_real(5)), "0/0[100.0]");
  CHECK_STR(three(used, UNION3, dusq_text("9"), dusq_text("100"), dusq_null()), "0/0[9]");
  check_nulls(used);
  close_pool(fresh);
  close_pool(used);
}

static void test_nulls(void)
{
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
    check_nulls_by(&ways[i]);
}

/* Kinds that do not go together are PostgreSQL's error.  NULLs that it calls text before it comes to a value are not. */
static void check_conflicts(dusq_pool *pool)
{
  for (int i = 0; i < 2; i++) {
    CHECK_STR(three(pool, UNION3, dusq_null(), dusq_null(), dusq_int(100)), "0/0[100]");
    dusq_future *future = dusq_pool_query(pool, UNION3, DUSQ_PARAMS(dusq_text("x"), dusq_null(), dusq_int(100)), &how);
    CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
    CHECK_STR(dusq_error_sqlstate(dusq_future_error(future)), "42804");
    dusq_future_unref(future);
    CHECK_STR(three(pool, UNION3, dusq_int(9), dusq_int(100), dusq_int(5)), "0/0[100]");
  }
  /* what has to be text is text, beside what need not be */
  CHECK_STR(three(pool, "SELECT ?, 'a' LIKE ?, coalesce(?, 'x')", dusq_int(1), dusq_int(2), dusq_int(3)),
            "0/0[1,false,3]");
  CHECK_STR(three(pool, "SELECT ? IS NULL OR ?, ?", dusq_null(), dusq_bool(false), dusq_int(3)), "0/0[true,3]");
}

static void test_conflicts(void)
{
  each_way(check_conflicts);
}

/* More patterns of NULL than are kept. */
static void check_patterns(dusq_pool *pool)
{
  enum { N = 7 };
  static const char sql[] = "SELECT max(x) FROM (VALUES (0::bigint), (?), (?), (?), (?), (?), (?), (?)) t (x)",
                    types[] = "SELECT pg_typeof(greatest(?, ?, ?, ?, ?, ?, ?))::text";
  for (unsigned round = 0; round < 2; round++)
    for (unsigned pattern = 1; pattern < 1u << N; pattern++) {
      dusq_value values[N];
      char expected[32];
      int most = 0;
      for (int i = 0; i < N; i++) {
        values[i] = pattern & 1u << i ? dusq_int(i + 4) : dusq_null();
        most = pattern & 1u << i ? i + 4 : most;
      }
      snprintf(expected, sizeof expected, "0/0[%d]", most);
      CHECK_STR(outcome(dusq_pool_query(pool, sql, N, values, &how)), expected);
      CHECK_STR(outcome(dusq_pool_query(pool, types, N, values, &how)), "0/0[bigint]");
    }
  CHECK(number(pool, "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'dusq%'") < 30);
}

static void test_patterns(void)
{
  each_way(check_patterns);
}

/* ---- many rows ----------------------------------------------------------------------------------------------------- */

static void check_many_kinds(dusq_pool *pool)
{
  static const char insert[] = "INSERT INTO pg_kinds SELECT max(x) FROM (SELECT ? AS x UNION ALL SELECT ?) t";
  enum { ROWS = 1200 };
  static dusq_value rows[2 * ROWS];
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS pg_kinds; CREATE TABLE pg_kinds (x numeric, n serial)"), "0/0 0/0");
  const dusq_value few[] = {dusq_null(), dusq_int(5), dusq_int(9), dusq_int(100), dusq_real(9.5), dusq_int(100),
                            dusq_decimal("9.25"), dusq_null(), dusq_int(10), dusq_int(9)};
  CHECK_STR(outcome(dusq_pool_many(pool, insert, 2, 5, few, &how)), "5/0");
  CHECK_STR(query(pool, "SELECT x FROM pg_kinds ORDER BY n"), "0/0[5 100 100 9.25 10]");
  for (int i = 0; i < ROWS; i++) {
    rows[2 * i] = i % 7 ? dusq_int(9) : dusq_null();
    rows[2 * i + 1] = i % 5 || !(i % 7) ? i % 3 ? dusq_int(100) : dusq_real(100) : dusq_null();
  }
  CHECK_STR(outcome(dusq_pool_many(pool, insert, 2, ROWS, rows, &how)), "1200/0");
  CHECK_INT(number(pool, "SELECT count(*) FROM pg_kinds WHERE n > 5 AND x = 100"), ROWS - (ROWS / 5 - 35));
  rows[2 * 1000] = dusq_text("x"); /* is no number, as is said of its row, and nothing stays */
  dusq_future *future = dusq_pool_many(pool, insert, 2, ROWS, rows, &how);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  CHECK_STR(dusq_error_sqlstate(dusq_future_error(future)), "42804");
  CHECK_INT(dusq_error_index(dusq_future_error(future)), 1000);
  dusq_future_unref(future);
  CHECK_INT(number(pool, "SELECT count(*) FROM pg_kinds"), 5 + ROWS);
  CHECK_STR(query(pool, "DROP TABLE pg_kinds"), "0/0");
}

static void test_many_kinds(void)
{
  each_way(check_many_kinds);
}

/* A word in a text that makes a statement run by itself ("temp") does not change what its values are. */
static void check_alone(dusq_pool *pool)
{
  CHECK_STR(three(pool,
                  "SELECT max(temperature) FROM (SELECT ? AS temperature UNION ALL SELECT ? UNION ALL SELECT ?) t",
                  dusq_int(9), dusq_int(100), dusq_null()),
            "0/0[100]");
  CHECK_STR(query_with(pool, "CREATE TEMP TABLE pg_alone AS SELECT pg_typeof(?)::text AS x", dusq_int(7)), "1/0");
}

static void test_alone(void)
{
  each_way(check_alone);
}

/* ---- without names ------------------------------------------------------------------------------------------------- */

/* What a column takes does not depend on it either: text is text, bytes are bytes, and a moment is written alike. */
static void check_columns(dusq_pool *pool)
{
  static const uint8_t id[16] = {0xAB, 1};
  const dusq_value values[] = {dusq_int(7),         dusq_real(0.5),       dusq_decimal("1.50"), dusq_bool(true),
                               dusq_blob("a\\b", 3), dusq_date(0),        dusq_time(1000000),   dusq_timestamp(1500000),
                               dusq_uuid(id),       dusq_json("[1]"),     dusq_null(),          dusq_text("x"),
                               dusq_uint(UINT64_MAX)};
  enum { N = sizeof values / sizeof *values };
  static const char find[] = "SELECT count(*), min(n) FROM pg_columns WHERE v = ?";
  static char first[TEXT_SIZE];
  CHECK_STR(query(pool, "DROP TABLE IF EXISTS pg_columns"), "0/0");
  CHECK_STR(query(pool, "CREATE TABLE pg_columns (n serial, x text, v varchar)"), "0/0");
  for (size_t i = 0; i < N; i++) {
    CHECK_STR(two(pool, "INSERT INTO pg_columns (x, v) VALUES (?, ?)", values[i], values[i]), "1/0");
    char expected[30];
    bool null = values[i].type == DUSQ_NULL;
    snprintf(expected, sizeof expected, "0/0[%d,", !null);
    snprintf(expected + strlen(expected), 10, null ? "]" : "%zu]", i + 1);
    CHECK_STR(outcome(dusq_pool_query(pool, find, 1, &values[i], &how)), expected);
  }
  const char *all = query(pool, "SELECT x, v FROM pg_columns ORDER BY n");
  CHECK_STR(all, *first ? first : all); /* of the way with names */
  snprintf(first, sizeof first, "%s", all);
  CHECK_STR(query(pool, "DROP TABLE pg_columns"), "0/0");
}

static void test_columns(void)
{
  each_way(check_columns);
}

/* More values than libpq lets the server describe. */
static void check_large(dusq_pool *pool)
{
  enum { N = 7500 };
  static char sql[100 + 20 * N];
  static dusq_value values[N];
  char *at = sql + sprintf(sql, "SELECT max(x) FROM (VALUES (?)");
  for (int i = 0; i < N; i++) {
    values[i] = i % 100 ? dusq_int(i) : dusq_null();
    at += i ? sprintf(at, ", (?)") : 0;
  }
  snprintf(at, 10, ") t (x)");
  for (int i = 0; i < 2; i++)
    CHECK_STR(outcome(dusq_pool_query(pool, sql, N, values, &how)), "0/0[7499]");
  CHECK_INT(number(pool, "SELECT count(*) FROM pg_prepared_statements WHERE length(statement) > 9999"), 0);
}

static void test_large(void)
{
  each_way(check_large);
}

/* A type that has changed is noticed without names, too. */
static void check_altered(dusq_pool *pool)
{
  static const char insert[] = "INSERT INTO pg_altered (x) VALUES (?)";
  static const char *const types[] = {"text", "bigint", "text", "numeric", "bytea", "text"};
  CHECK_STR(query(pool, "DROP TABLE IF EXISTS pg_altered"), "0/0");
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    char sql[100];
    snprintf(sql, sizeof sql, "CREATE TABLE pg_altered (x %s)", types[i]);
    CHECK_STR(query(pool, sql), "0/0");
    bool bytes = !strcmp(types[i], "bytea");
    dusq_value value = bytes ? dusq_blob("7", 1) : dusq_int(7);
    CHECK_STR(outcome(dusq_pool_query(pool, insert, 1, &value, &how)), "1/0");
    CHECK_STR(query(pool, "SELECT x FROM pg_altered"), bytes ? "0/0[\\x37]" : "0/0[7]");
    CHECK_STR(query(pool, "DROP TABLE pg_altered"), "0/0");
  }
}

static void test_altered(void)
{
  each_way(check_altered);
}

/* ---- a condition that may be left out ------------------------------------------------------------------------------ */

#define COUNT "SELECT count(*) FROM pg_optional WHERE "
static const char *const optional[] = {
    /* `@` is a column */
    COUNT "? IS NULL OR @ = ?",
    COUNT "@ = ? OR ? IS NULL",
    COUNT "(? IS NULL) OR (@ IN (?))",
    COUNT "CASE WHEN ? IS NULL THEN true ELSE @ = ? END",
    COUNT "? IS NOT DISTINCT FROM NULL OR @ = ?",
    COUNT "NOT (? IS NOT NULL AND @ <> ?)",
};

/* By a name that stands twice, one placeholder has to be both. */
static const char *const by_name[] = {
    COUNT ":x IS NULL OR @ = :x",
    COUNT "@ = :x OR :x IS NULL",
    COUNT "@ = coalesce(:x, @)",
};

static void put_column(char sql[200], const char *template, const char *column)
{
  for (; *template; template++)
    *sql++ = *template == '@' ? *column : *template;
  *sql = '\0';
}

static void check_optional(dusq_pool *pool)
{
  static const uint8_t id[16] = {1};
  const struct {
    const char *column;
    dusq_value value;
  } kinds[] = {{"i", dusq_int(7)},         {"b", dusq_int(7)},     {"f", dusq_real(0.5)}, {"n", dusq_decimal("1.5")},
               {"t", dusq_text("x")},      {"y", dusq_blob("x", 1)}, {"d", dusq_date(1)},
               {"c", dusq_time(1000000)},  {"s", dusq_timestamp(0)}, {"u", dusq_uuid(id)},
               {"o", dusq_bool(true)}};
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS pg_optional; "
                         "CREATE TABLE pg_optional (i int, b bigint, f float8, n numeric, t text, "
                         "y bytea, d date, c time, s timestamptz, u uuid, o boolean); "
                         "INSERT INTO pg_optional VALUES (7, 7, 0.5, 1.5, 'x', 'x', '1970-01-02', '00:00:01', 'epoch', "
                         "'01000000-0000-0000-0000-000000000000', true), (8, 8, 8, 8, 'z', 'z', '1999-09-09', '09:09', "
                         "'1999-09-09', '09000000-0000-0000-0000-000000000000', false)"),
            "0/0 0/0 2/0");
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    char sql[200];
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
      for (int null = 0; null < 2; null++) {
        dusq_value value = null ? dusq_null() : kinds[k].value;
        dusq_value both[] = {value, value};
        put_column(sql, optional[i], kinds[k].column);
        ask(pool, sql, 2, both, null ? "0/0[2]" : "0/0[1]");
      }
    for (size_t i = 0; i < sizeof by_name / sizeof *by_name; i++)
      for (int null = 0; null < 2; null++) {
        dusq_value value = dusq_named("x", null ? dusq_null() : kinds[k].value);
        put_column(sql, by_name[i], kinds[k].column);
        ask(pool, sql, 1, &value, null ? "0/0[2]" : "0/0[1]");
      }
  }
  const dusq_value rows[] = {dusq_null(), dusq_null(), dusq_int(7), dusq_int(7), dusq_int(9), dusq_int(9)};
  static const char update[] = "UPDATE pg_optional SET f = f + 1 WHERE ? IS NULL OR i = ?";
  CHECK_STR(outcome(dusq_pool_many(pool, update, 2, 3, rows, &how)), "3/0");
  CHECK_STR(query(pool, "DROP TABLE pg_optional"), "0/0");
}

static void test_optional(void)
{
  each_way(check_optional);
}

/* ---- the ends of time ---------------------------------------------------------------------------------------------- */

static void check_range(dusq_pool *pool, const char *sql)
{
  dusq_future *future = dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(future), DUSQ_E_RANGE);
  CHECK(strstr(dusq_error_message(dusq_future_error(future)), "294247") != NULL);
  dusq_future_unref(future);
  CHECK_STR(query(pool, "SELECT 1"), "0/0[1]"); /* the connection goes on */
}

static void test_late_timestamps(void)
{
  static const char *const late[] = {"294276-12-31", "294276-12-31 23:59:59.999999", "294247-01-10 04:00:54.775808"};
  dusq_pool *pool = open_server("pool_size=1");
  if (!pool)
    return;
  for (size_t i = 0; i < sizeof late / sizeof *late; i++)
    for (int form = 0; form < 6; form++) { /* both types, in binary and in text, and in the second row */
      char sql[200];
      snprintf(sql, sizeof sql, "SELECT %s'%s%s'::%s%s", form / 2 == 2 ? "'epoch'::timestamptz UNION ALL SELECT " : "",
               late[i], form % 2 ? "+00" : "", form % 2 ? "timestamptz" : "timestamp",
               form / 2 == 1 ? ", ARRAY[1]" : "");
      check_range(pool, sql);
    }
  CHECK_STR(script(pool, "SELECT '294276-12-31'::timestamp"), "RANGE");
  for (int form = 0; form < 4; form++) {
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT '294247-01-10 04:00:54.775807+00'::%s%s", form % 2 ? "timestamptz" : "timestamp",
             form / 2 ? ", ARRAY[1]" : "");
    CHECK_STR(query(pool, sql), form / 2 ? "0/0[+294247-01-10 04:00:54.775807,{1}]"
                                         : "0/0[+294247-01-10 04:00:54.775807]");
  }
  close_pool(pool);
}

/* In binary and in text (an array makes the whole row text) a moment is the same, however far away. */
static void test_far_moments(void)
{
  static const char columns[] =
      "'4713-01-01 BC'::timestamp, '0044-03-15 12:00 BC'::timestamptz, '0001-12-31 BC'::date, '4713-01-01 BC'::date, "
      "'5874897-12-31'::date, '10000-01-01'::date, '12345-06-07 08:09:10.5'::timestamp, "
      "'99999-12-31 23:00+00'::timestamptz, "
      "'24:00:00'::time, '00:00'::time, 'infinity'::date, '-infinity'::date, 'infinity'::timestamptz, "
      "'-infinity'::timestamp, 'NaN'::numeric, 'Infinity'::numeric, '-Infinity'::numeric, 'NaN'::float4, "
      "'-Infinity'::float8, 4294967295::oid, '12:00+02'::timetz::text, '{1,2}'::int[]::text, 1.5::money::text";
  check_same_in_text(columns);
}

/* What goes there comes back, by every form in which a parameter is sent; what cannot be there is refused. */
static void test_moments_sent(void)
{
  static const struct {
    const char *sql;
    dusq_value value;
    const char *expected;
  } cases[] = {
      {"SELECT ?::timestamptz", {.type = DUSQ_TIMESTAMP, .u = {.i = INT64_MAX}}, "0/0[+294247-01-10 04:00:54.775807]"},
      {"SELECT ?::timestamp", {.type = DUSQ_TIMESTAMP, .u = {.i = INT64_MAX}}, "0/0[+294247-01-10 04:00:54.775807]"},
      {"SELECT ?", {.type = DUSQ_TIMESTAMP, .u = {.i = INT64_MAX}}, "0/0[+294247-01-10 04:00:54.775807]"},
      {"SELECT ?::date", {.type = DUSQ_TIMESTAMP, .u = {.i = INT64_MAX}}, "0/0[+294247-01-10]"},
      {"SELECT ?::date", {.type = DUSQ_TIMESTAMP, .u = {.i = INT64_C(-63000000000000000)}}, "0/0[-0027-08-11]"},
      {"SELECT ?::timestamptz", {.type = DUSQ_TIMESTAMP, .u = {.i = INT64_MIN}}, "DATA"},
      {"SELECT ?::timestamp", {.type = DUSQ_TIMESTAMP, .u = {.i = INT64_MIN}}, "DATA"},
      {"SELECT ?", {.type = DUSQ_TIMESTAMP, .u = {.i = INT64_MIN}}, "DATA"},
      {"SELECT ?", {.type = DUSQ_TIMESTAMP, .u = {.i = INT64_MIN + INT64_C(946684800000000)}}, "DATA"},
      {"SELECT ?", {.type = DUSQ_TIMESTAMP, .u = {.i = INT64_MIN + INT64_C(946684800000001)}}, "DATA"},
      {"SELECT ?", {.type = DUSQ_DATE, .u = {.i = INT32_MIN}}, "DATA"},
      {"SELECT ?", {.type = DUSQ_DATE, .u = {.i = INT32_MAX}}, "DATA"},
      {"SELECT ?::timestamp", {.type = DUSQ_DATE, .u = {.i = -735000}}, "0/0[-0043-08-22 00:00:00]"},
      {"SELECT ?::timestamptz", {.type = DUSQ_DATE, .u = {.i = 2932897}}, "0/0[+10000-01-01 00:00:00]"},
      {"SELECT ?", {.type = DUSQ_DATE, .u = {.i = 2145042905}}, "0/0[+5874897-12-31]"},
      {"SELECT ?::time", {.type = DUSQ_TIME, .u = {.i = INT64_C(86400000000)}}, "0/0[24:00:00]"},
      {"SELECT ?::time", {.type = DUSQ_TIME, .u = {.i = -1}}, "DATA"},
      {"SELECT ?::oid", {.type = DUSQ_INT, .u = {.i = 4294967295}}, "0/0[4294967295]"},
      {"SELECT ?::float8", {.type = DUSQ_TEXT, .len = 9, .u = {.p = "-Infinity"}}, "0/0[-Infinity]"},
      {"SELECT ?::numeric", {.type = DUSQ_TEXT, .len = 9, .u = {.p = "-Infinity"}}, "0/0[-Infinity]"},
  };
  static const char *const options[] = {"pool_size=1", "pool_size=1&timezone=Europe/Berlin"};
  dusq_pool *pool = NULL;
  for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
    size_t k = i / 2;
    pool = open_server(options[i % 2]);
    if (!pool)
      return;
    bool berlin = i % 2 && cases[k].value.type != DUSQ_INT; /* a day begins elsewhere, there */
    if (!berlin || !strstr(cases[k].sql, "::date"))
      if (!berlin || cases[k].value.type != DUSQ_DATE || !strstr(cases[k].sql, "tz"))
        CHECK_STR(query_with(pool, cases[k].sql, cases[k].value), cases[k].expected);
    close_pool(pool);
  }
}

/* A moment that goes as text is the same moment, whatever the session's time zone is. */
static void test_zones(void)
{
  static const char *const options[] = {"pool_size=1&timezone=Europe/Berlin",
                                        "pool_size=1&timezone=Europe/Berlin&stmt_cache=0"};
  for (int i = 0; i < 2; i++) {
    dusq_pool *pool = open_server(options[i]);
    if (!pool)
      return;
    CHECK_STR(query_with(pool, "SELECT ?::timestamptz", dusq_timestamp(1500000)), "0/0[1970-01-01 00:00:01.5]");
    CHECK_STR(query_with(pool, "SELECT extract(epoch FROM ?::timestamptz)::int", dusq_timestamp(1000000)), "0/0[1]");
    CHECK_STR(query_with(pool, "SELECT ?::timestamp", dusq_timestamp(1500000)), "0/0[1970-01-01 00:00:01.5]");
    close_pool(pool);
  }
}

void suite_postgres_values(void);
void suite_postgres_values(void)
{
  test_suite("postgres_values");
  test_case("nulls", test_nulls);
  test_case("conflicts", test_conflicts);
  test_case("patterns", test_patterns);
  test_case("many_kinds", test_many_kinds);
  test_case("alone", test_alone);
  test_case("columns", test_columns);
  test_case("large", test_large);
  test_case("altered", test_altered);
  test_case("optional", test_optional);
  test_case("late_timestamps", test_late_timestamps);
  test_case("far_moments", test_far_moments);
  test_case("moments_sent", test_moments_sent);
  test_case("zones", test_zones);
}
