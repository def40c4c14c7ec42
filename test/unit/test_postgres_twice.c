/* test_postgres_twice.c - one value in several places, as in a search form: ($1 IS NULL OR n = $1), SET a = $1, b = $1. */
#include "unit/postgres_ways.h"

typedef struct column {
  const char *name;
  dusq_value value, other; /* the row's, and another one */
} column;

static const char create[] =
    "DROP TABLE IF EXISTS pg_twice; DROP TYPE IF EXISTS pg_twice_mood; "
    "CREATE TYPE pg_twice_mood AS ENUM ('ok', 'sad'); "
    "CREATE TABLE pg_twice (i2 int2, i4 int4, i8 int8, num numeric, f4 float4, f8 float8, t text, v varchar(20), "
    "c char(3), d date, ts timestamp, tz timestamptz, tm time, u uuid, b bool, by bytea, j jsonb, m pg_twice_mood, "
    "ar int[], t2 text, by2 bytea); "
    "INSERT INTO pg_twice VALUES (7, 7, 7, 7.5, 0.5, 7.5, 'x', 'x', 'abc', '1970-01-10', '1970-01-01', '1970-01-01', "
    "'00:00:01', '01020304-0506-0708-090a-0b0c0d0e0f10', true, '\\x0102', '{\"a\": 1}', 'ok', '{1,2}', 'x', '\\x01')";

static const uint8_t uuid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, zero[16];

static size_t columns_of(column *out)
{
  const column all[] = {
      {"i2", dusq_int(7), dusq_int(8)},
      {"i4", dusq_int(7), dusq_int(5000000000)},
      {"i8", dusq_int(7), dusq_uint(UINT64_MAX)},
      {"i4", dusq_decimal("7.0"), dusq_decimal("7.5")},
      {"i4", dusq_real(7), dusq_real(7.5)},
      {"i4", dusq_text("7"), dusq_text("8")},
      {"num", dusq_decimal("7.5"), dusq_int(7)},
      {"num", dusq_real(7.5), dusq_decimal("7.6")},
      {"f4", dusq_real(0.5), dusq_real(0.25)},
      {"f8", dusq_real(7.5), dusq_int(7)},
      {"f8", dusq_decimal("7.5"), dusq_int(7)},
      {"t", dusq_text("x"), dusq_text("y")},
      {"v", dusq_text("x"), dusq_text("y")},
      {"c", dusq_text("abc"), dusq_text("abd")},
      {"d", dusq_date(9), dusq_date(10)},
      {"d", dusq_text("1970-01-10"), dusq_text("1970-01-11")},
      {"ts", dusq_timestamp(0), dusq_timestamp(1)},
      {"tz", dusq_timestamp(0), dusq_timestamp(1)},
      {"tm", dusq_time(1000000), dusq_time(1000001)},
      {"u", dusq_uuid(uuid), dusq_uuid(zero)},
      {"b", dusq_bool(true), dusq_bool(false)},
      {"by", dusq_blob("\1\2", 2), dusq_blob("\1", 1)},
      {"j", dusq_json("{\"a\": 1}"), dusq_json("{\"a\": 2}")},
      {"m", dusq_text("ok"), dusq_text("sad")},
      {"ar", dusq_text("{1,2}"), dusq_text("{1}")},
  };
  memcpy(out, all, sizeof all);
  return sizeof all / sizeof *all;
}

static void check_filter(dusq_pool *pool, const char *shape, const column *one)
{
  char sql[300];
  const dusq_value null = dusq_null();
  size_t len = 0;
  for (const char *at = shape; *at; at++) /* # is the column */
    len += (size_t)(*at == '#' ? snprintf(sql + len, sizeof sql - len, "%s", one->name)
                               : snprintf(sql + len, sizeof sql - len, "%c", *at));
  ask(pool, sql, 1, &one->value, "0/0[1]");
  ask(pool, sql, 1, &null, "0/0[1]");
  ask(pool, sql, 1, &one->other, "0/0[0]");
}

static void check_filters(dusq_pool *pool)
{
  static const char *const shapes[] = {
      "SELECT count(*) FROM pg_twice WHERE ($1 IS NULL OR # = $1)",
      "SELECT count(*) FROM pg_twice WHERE (# = $1 OR $1 IS NULL)",
      "SELECT count(*) FROM pg_twice WHERE ($1 IS NOT NULL AND # = $1) OR $1 IS NULL",
      "SELECT count(*) FROM pg_twice WHERE CASE WHEN $1 IS NULL THEN true ELSE # = $1 END",
      "SELECT count(*) FROM pg_twice WHERE # = coalesce($1, #)",
      "SELECT count(*) FROM pg_twice WHERE (# = $1) IS NOT FALSE",
  };
  column all[40];
  size_t n = columns_of(all);
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
    for (size_t i = 0; i < n; i++)
      check_filter(pool, shapes[s], &all[i]);
}

/* The question is one only outside of strings, names and comments; and what only looks like one is none. */
static void check_texts(dusq_pool *pool)
{
  static const char sql[] =
      "SELECT count(*) FROM pg_twice AS \"$1 IS NULL\" WHERE '$1 IS NULL''' <> E'\\'$1 IS NULL' AND "
      "$q$ $1 IS NULL ' $q$ <> $$$1 IS NULL$$ /* $1 IS NULL ' /* \" */ ' */ AND ($1 /* ' */ Is -- ' $1 IS NULL\n"
      " nOt\tnull AND m = $1) AND ($2 IS NULL OR d = $2)";
  const dusq_value ok = dusq_text("ok"), day = dusq_text("1970-01-10"), null = dusq_null();
  ask(pool, sql, 2, (dusq_value[]){ok, day}, "0/0[1]");
  ask(pool, sql, 2, (dusq_value[]){ok, null}, "0/0[1]");
  ask(pool, sql, 2, (dusq_value[]){null, day}, "0/0[0]");
  CHECK_STR(outcome(dusq_pool_query(pool, "SELECT $1 IS NULLIF OR d = $1 FROM pg_twice", 1, &day, &how)), "SYNTAX");
  CHECK_STR(outcome(dusq_pool_query(pool, "SELECT $1 IS NULL OR nosuch = $1", 1, &ok, &how)), "NO_SUCH_OBJECT");
}

/* The type is made anew; what no longer fits is noticed by a statement outside of a transaction. */
static void check_anew(dusq_pool *pool)
{
  static const char make[] = "DROP TABLE IF EXISTS pg_twice_anew; DROP TYPE IF EXISTS pg_twice_kind; "
                             "CREATE TYPE pg_twice_kind AS ENUM ('ok'); CREATE TABLE pg_twice_anew (k pg_twice_kind); "
                             "INSERT INTO pg_twice_anew VALUES ('ok')";
  static const char sql[] = "SELECT count(*) FROM pg_twice_anew WHERE ($1 IS NULL OR k = $1)";
  const dusq_value ok = dusq_text("ok"), null = dusq_null();
  for (int i = 0; i < 3; i++) {
    CHECK(strstr(script(pool, make), "1/0") != NULL);
    CHECK_STR(outcome(dusq_pool_query(pool, sql, 1, &ok, &how)), "0/0[1]");
    CHECK_STR(outcome(dusq_pool_query(pool, sql, 1, &null, &how)), "0/0[1]");
    ask(pool, sql, 1, &ok, "0/0[1]");
    ask(pool, sql, 1, &null, "0/0[1]");
    CHECK_STR(outcome(dusq_pool_many(pool, "UPDATE pg_twice_anew SET k = k WHERE ($1 IS NULL OR k = $1)", 1, 3,
                                     (dusq_value[]){ok, null, ok}, &how)), "3/0");
  }
  CHECK_STR(script(pool, "DROP TABLE pg_twice_anew; DROP TYPE pg_twice_kind"), "0/0 0/0");
}

/* One value for two columns. */
static void check_sets(dusq_pool *pool)
{
  static const char *const pairs[][2] = {{"i4", "i8"}, {"i2", "t"}, {"t", "i4"}, {"num", "i4"}, {"f8", "num"},
                                         {"v", "t"}, {"d", "ts"}, {"ts", "tz"}, {"t", "v"}, {"tz", "d"}, {"t", "d"},
                                         {"u", "t"}, {"b", "t"}, {"by", "by2"}, {"c", "t"}};
  const dusq_value values[] = {dusq_int(7), dusq_int(7), dusq_int(7), dusq_int(7), dusq_real(7.5), dusq_text("x"),
                               dusq_date(9), dusq_timestamp(0), dusq_text("x"), dusq_timestamp(0), dusq_date(9),
                               dusq_uuid(uuid), dusq_bool(true), dusq_blob("\1\2", 2), dusq_text("abc")};
  const dusq_value null = dusq_null();
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    char sql[200];
    snprintf(sql, sizeof sql, "UPDATE pg_twice SET %s = $1, %s = $1", pairs[i][0], pairs[i][1]);
    ask(pool, sql, 1, &values[i], "1/0");
    ask(pool, sql, 1, &null, "1/0");
    ask(pool, sql, 1, &values[i], "1/0");
    dusq_value rows[] = {values[i], null, values[i]};
    CHECK_STR(outcome(dusq_pool_many(pool, sql, 1, 3, rows, &how)), "3/0");
  }
}

/* What only asks, or takes anything. */
static void check_any(dusq_pool *pool)
{
  column all[40];
  size_t n = columns_of(all);
  const dusq_value null = dusq_null();
  for (size_t i = 0; i < n; i++) {
    ask(pool, "SELECT ? IS NULL", 1, &all[i].value, "0/0[false]");
    ask(pool, "SELECT ? IS NULL", 1, &null, "0/0[true]");
    ask(pool, "SELECT jsonb_build_object('k', ?) IS NULL", 1, &all[i].value, "0/0[false]");
    ask(pool, "SELECT jsonb_build_object('k', ?)::text", 1, &null, "0/0[{\"k\": null}]");
    ask(pool, "SELECT num_nulls(?, ?)", 2, (dusq_value[]){all[i].value, null}, "0/0[1]");
    ask(pool, "SELECT format('%s', ?) IS NULL", 1, &all[i].value, "0/0[false]");
    ask(pool, "SELECT concat(?, ?) IS NULL", 2, (dusq_value[]){all[i].value, null}, "0/0[false]");
  }
}

static void check_twice(dusq_pool *pool)
{
  CHECK(strstr(script(pool, create), "1/0") != NULL);
  check_filters(pool);
  check_texts(pool);
  check_anew(pool);
  check_any(pool);
  check_sets(pool);
  CHECK_STR(script(pool, "DROP TABLE pg_twice; DROP TYPE pg_twice_mood"), "0/0 0/0");
}

static void test_twice(void)
{
  each_way(check_twice);
}

void suite_postgres_twice(void);
void suite_postgres_twice(void)
{
  test_suite("postgres_twice");
  test_case("twice", test_twice);
}
