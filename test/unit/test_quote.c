/* test_quote.c - names and values as SQL text, in each dialect: forms, room, and what cannot be quoted. */
#include "data/quote.h"
#include "test.h"
#include <dusq/backend.h>
#include <dusq/fake.h>
#include <math.h>

enum { LITE = DUSQ_DIALECT_SQLITE, PG = DUSQ_DIALECT_POSTGRESQL, MY = DUSQ_DIALECT_MYSQL };

static const char *name(uint32_t dialect, const char *text)
{
  static char out[200];
  size_t len = dusq__quote_identifier(dialect, text, out, sizeof out);
  CHECK(len == SIZE_MAX ? !*out : len == strlen(out));
  return len == SIZE_MAX ? "none" : out;
}

static const char *literal(uint32_t dialect, dusq_value value)
{
  static char out[600];
  size_t len = dusq__quote_literal(dialect, &value, out, sizeof out);
  CHECK(len == SIZE_MAX ? !*out : len == strlen(out));
  return len == SIZE_MAX ? "none" : out;
}

static void check_all(dusq_value value, const char *sqlite, const char *postgresql, const char *mysql)
{
  CHECK_STR(literal(LITE, value), sqlite);
  CHECK_STR(literal(PG, value), postgresql);
  CHECK_STR(literal(MY, value), mysql);
}

static void test_names(void)
{
  CHECK_STR(name(LITE, "a\"b`c"), "\"a\"\"b`c\"");
  CHECK_STR(name(PG, "\"\""), "\"\"\"\"\"\"");
  CHECK_STR(name(MY, "a\"b`c"), "`a\"b``c`");
  CHECK_STR(name(MY, "a\\b"), "`a\\b`");
  CHECK_STR(name(PG, "\xF0\x9F\x8E\x89"), "\"\xF0\x9F\x8E\x89\"");
  CHECK_STR(name(MY, "\xF0\x9F\x8E\x89"), "none");
  CHECK_STR(name(MY, "\xEF\xBF\xBD"), "`\xEF\xBF\xBD`");
  for (uint32_t dialect = 0; dialect < 5; dialect++) {
    CHECK_STR(name(dialect, ""), "none");
    CHECK_STR(name(dialect, NULL), "none");
    CHECK_STR(name(dialect, "a\xFF"), "none");
    CHECK_STR(name(dialect, "\xED\xA0\x80"), "none");
  }
  CHECK_STR(name(0, "a"), "none");
  CHECK_STR(name(4, "a"), "none");
}

static void test_texts(void)
{
  check_all(dusq_text("it's"), "'it''s'", "'it''s'", "'it''s'");
  check_all(dusq_text("a\\'b"), "'a\\''b'", " E'a\\\\''b'", " _utf8mb4 X'615c2762'");
  check_all(dusq_text(""), "''", "''", " _utf8mb4 X''");
  check_all(dusq_text("\xF0\x9F\x8E\x89\n"), "'\xF0\x9F\x8E\x89\n'", "'\xF0\x9F\x8E\x89\n'", "'\xF0\x9F\x8E\x89\n'");
  check_all(dusq_text("a\xFF"), "none", "none", "none");
  check_all(dusq_textn("a\0b", 3), "none", "none", "none");
  check_all(dusq_json("[\"'\"]"), "'[\"''\"]'", "'[\"''\"]'", "'[\"''\"]'");
  check_all(dusq_blob("\0\xAB", 2), "X'00ab'", " E'\\\\x00ab'::bytea", "X'00ab'");
  check_all(dusq_blob("", 0), "X''", " E'\\\\x'::bytea", "X''");
  check_all(dusq_null(), "NULL", "NULL", "NULL");
  check_all((dusq_value){.type = 99}, "none", "none", "none");
  check_all((dusq_value){.type = DUSQ_TEXT, .len = 5}, "none", "none", "none");
  CHECK_STR(literal(0, dusq_int(1)), "none");
}

static void test_numbers(void)
{
  check_all(dusq_bool(true), "1", "TRUE", "TRUE");
  check_all(dusq_bool(false), "0", "FALSE", "FALSE");
  check_all(dusq_int(7), "7", "7", "7");
  check_all(dusq_int(-7), "(-7)", "(-7)", "(-7)");
  check_all(dusq_int(INT64_MIN), "(-9223372036854775808)", "'-9223372036854775808'::int8", "(-9223372036854775808)");
  check_all(dusq_uint(UINT64_MAX), "none", "18446744073709551615", "18446744073709551615");
  check_all(dusq_real(1), "1.0", "'1.0'::float8", "1.0e0");
  check_all(dusq_real(-0.5), "(-1/2.0)", "'-0.5'::float8", "(-0.5e0)");
  check_all(dusq_real(1e-5), "(5902958103587057/4503599627370496.0/131072.0)", "'1e-05'::float8", "1e-05");
  check_all(dusq_real(18014398509481984.0), "(1*4503599627370496.0*4.0)", "'1.8014398509481984e+16'::float8",
            "1.8014398509481984e+16");
  check_all(dusq_real((double)INFINITY), "9e999", "'Infinity'::float8", "none");
  check_all(dusq_real(-(double)INFINITY), "(-9e999)", "'-Infinity'::float8", "none");
  check_all(dusq_real((double)NAN), "none", "'NaN'::float8", "none");
  check_all(dusq_decimal("-1.50"), "'-1.50'", "'-1.50'::numeric", "(-1.50)");
  check_all(dusq_decimal("12"), "'12'", "'12'::numeric", "(12.)");
  check_all(dusq_decimal("+.5"), "'+.5'", "'+.5'::numeric", "(0.5)");
  check_all(dusq_decimal("1e2"), "'1e2'", "'1e2'::numeric", "none");
  check_all(dusq_decimal("1; DROP"), "none", "none", "none");
  check_all(dusq_decimal("NaN"), "none", "'NaN'::numeric", "none");
  check_all(dusq_decimal("-Infinity"), "none", "'-Infinity'::numeric", "none");
  CHECK_STR(literal(MY, dusq_decimal("0.1234567890123456789012345678901")), "none");
  CHECK_STR(literal(MY, dusq_decimal("123456789012345678901234567890123456789012345678901234567890123456")), "none");
}

static void test_moments(void)
{
  const uint8_t id[16] = {1};
  check_all(dusq_date(19782), "'2024-02-29'", "'2024-02-29'::date", "DATE '2024-02-29'");
  check_all(dusq_date(-735000), "'-0043-08-22'", "'0044-08-22 BC'::date", "none");
  check_all(dusq_date(2932897), "'+10000-01-01'", "'10000-01-01'::date", "none");
  check_all(dusq_timestamp(500000), "'1970-01-01 00:00:00.5'", "'1970-01-01 00:00:00.5+00'",
            "TIMESTAMP '1970-01-01 00:00:00.5'");
  check_all(dusq_timestamp(-INT64_C(62135596800000001)), "'0000-12-31 23:59:59.999999'",
            "'0001-12-31 23:59:59.999999+00 BC'", "none");
  check_all(dusq_time(1000000), "'00:00:01'", "'00:00:01'::time", "TIME '00:00:01'");
  check_all(dusq_time(-1000000), "'-00:00:01'", "'-00:00:01'::interval", "TIME '-00:00:01'");
  check_all(dusq_time(INT64_C(3020400000000)), "'839:00:00'", "'839:00:00'::interval", "none");
  check_all(dusq_uuid(id), "'01000000-0000-0000-0000-000000000000'", "'01000000-0000-0000-0000-000000000000'::uuid",
            "'01000000-0000-0000-0000-000000000000'");
}

/* As snprintf: whatever the room, the whole length is told, and not a byte is written outside. */
static void test_room(void)
{
  const dusq_value values[] = {dusq_text("it's a \\ text"), dusq_blob("0123456789", 10), dusq_int(-1234567),
                               dusq_real(0.1), dusq_timestamp(1), dusq_null()};
  for (size_t i = 0; i < sizeof values / sizeof values[0] * 3; i++) {
    const dusq_value *value = &values[i / 3];
    uint32_t dialect = (uint32_t)(i % 3 + 1);
    char whole[100], text[100];
    size_t len = dusq__quote_literal(dialect, value, whole, sizeof whole);
    CHECK(len < sizeof whole && strlen(whole) == len);
    CHECK_INT(dusq__quote_literal(dialect, value, NULL, 0), len);
    CHECK_INT(dusq__quote_literal(dialect, value, NULL, 10), len);
    for (size_t size = 0; size < len + 3; size++) {
      memset(text, '#', sizeof text);
      CHECK_INT(dusq__quote_literal(dialect, value, text, size), len);
      size_t kept = size == 0 ? 0 : len < size ? len : size - 1;
      CHECK(memcmp(text, whole, kept) == 0);
      CHECK(size == 0 || text[kept] == '\0');
      CHECK(text[size == 0 ? 0 : kept + 1] == '#');
    }
  }
  char text[4] = "###";
  const dusq_value none = dusq_text("\xFF");
  CHECK(dusq__quote_literal(LITE, &none, text, 0) == SIZE_MAX && text[0] == '#');
  CHECK(dusq__quote_literal(LITE, &none, text, 1) == SIZE_MAX && text[0] == '\0' && text[1] == '#');
  CHECK(dusq__quote_literal(LITE, NULL, text, 1) == SIZE_MAX);
  CHECK_INT(dusq__quote_identifier(LITE, "a\"b", text, 3), 6);
  CHECK_STR(text, "\"a");
}

static void test_pool(void)
{
  dusq_fake *fake = NULL;
  dusq_pool *pool = NULL;
  char text[20] = "#";
  const dusq_value value = dusq_int(-7);
  CHECK(dusq_pool_quote_identifier(NULL, "a", text, sizeof text) == SIZE_MAX && !*text);
  CHECK(dusq_pool_quote_literal(NULL, &value, text, sizeof text) == SIZE_MAX);
  CHECK_INT(dusq_fake_new(&fake), DUSQ_OK);
  CHECK_INT(dusq_pool_open_uri(dusq_fake_uri(fake), &pool, NULL), DUSQ_OK);
  CHECK_INT(dusq_pool_quote_identifier(pool, "a", text, sizeof text), 3);
  CHECK_STR(text, "\"a\"");
  CHECK_INT(dusq_pool_quote_literal(pool, &value, text, sizeof text), 4);
  CHECK_STR(text, "(-7)");
  dusq_future *closed = dusq_pool_close(pool, 0);
  CHECK_INT(dusq_future_wait(closed, DUSQ_FOREVER), DUSQ_OK);
  dusq_future_unref(closed);
  dusq_pool_unref(pool);
  dusq_fake_unref(fake);
}

void suite_quote(void);
void suite_quote(void)
{
  test_suite("quote");
  test_case("names", test_names);
  test_case("texts and bytes", test_texts);
  test_case("numbers", test_numbers);
  test_case("dates, times and uuids", test_moments);
  test_case("room", test_room);
  test_case("of a pool", test_pool);
}
