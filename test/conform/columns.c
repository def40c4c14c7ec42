/* columns.c - columns of every type, and the values at their limits.
 *
 * A value goes into a table as a parameter and as a literal, beside a NULL, and comes out again through a prepared
 * statement and through a script, which the drivers read in two different formats: all of it must be the same.       */
#include "conform.h"
#include <float.h>
#include <math.h>

#define COLUMN(title, where, kind, ...) {.name = title, .on = where, .type = kind, .in = __VA_ARGS__}
#define AS(...) .out = __VA_ARGS__
#define ALL CONFORM_REAL
#define PG CONFORM_POSTGRESQL
#define MY CONFORM_MY
#define NINES "99999999999999999999999999999999999"
#define UUID V_UUID(0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x00)

const conform_column conform_columns[] = {
  COLUMN("largest of 64 bits", ALL, "BIGINT", V_INT(INT64_MAX)),
  COLUMN("smallest of 64 bits", ALL, "BIGINT", V_INT(INT64_MIN)),
  COLUMN("largest of 32 bits", ALL, "INTEGER", V_INT(INT32_MAX)),
  COLUMN("smallest of 32 bits", ALL, "INTEGER", V_INT(INT32_MIN)),
  COLUMN("largest of 16 bits", ALL, "SMALLINT", V_INT(INT16_MAX)),
  COLUMN("smallest of 16 bits", ALL, "SMALLINT", V_INT(INT16_MIN)),
  COLUMN("zero", ALL, "INTEGER", V_INT(0)),
  {.name = "beyond 32 bits", .on = CONFORM_SERVERS, .type = "INTEGER", .in = V_INT(INT64_C(2147483648)),
   .status = DUSQ_E_DATA},
  {.name = "beyond 16 bits", .on = CONFORM_SERVERS, .type = "SMALLINT", .in = V_INT(32768), .status = DUSQ_E_DATA},
  COLUMN("largest of 8 bits", MY, "TINYINT", V_INT(127)),
  COLUMN("smallest of 24 bits", MY, "MEDIUMINT", V_INT(-8388608)),
  COLUMN("largest without sign", MY, "BIGINT UNSIGNED", V_UINT(UINT64_MAX)),
  COLUMN("largest of 32 bits without sign", MY, "INT UNSIGNED", V_INT(4294967295)),
  {.name = "below zero without sign", .on = MY, .type = "INT UNSIGNED", .in = V_INT(-1), .status = DUSQ_E_DATA},
  COLUMN("bits", MY, "BIT(16)", V_UINT(0xABCD), .literal = "b'1010101111001101'"),
  COLUMN("a year", MY, "YEAR", V_INT(2155)),
  COLUMN("largest double", ALL, "DOUBLE PRECISION", V_REAL(1.7976931348623157e308),
         .literal = "1.7976931348623157e308"),
  COLUMN("smallest double", ALL, "DOUBLE PRECISION", V_REAL(2.2250738585072014e-308),
         .literal = "2.2250738585072014e-308"),
  COLUMN("a double that is whole", ALL, "DOUBLE PRECISION", V_REAL(3.0)),
  COLUMN("a double with 17 digits", ALL, "DOUBLE PRECISION", V_REAL(0.1)),
  COLUMN("an infinite double", PG, "float8", V_REAL((double)INFINITY)),
  COLUMN("a double that is no number", PG, "float8", V_REAL((double)NAN)),
  COLUMN("a float", CONFORM_SERVERS, "{REAL|float4|FLOAT}", V_REAL(0.5)),
  COLUMN("largest float", PG, "float4", V_REAL(3.4028234663852886e38)),
  COLUMN("a float with fewer digits", CONFORM_SERVERS, "{REAL|float4|FLOAT}", V_REAL(0.1),
         AS(V_REAL(0.10000000149011612))),
  COLUMN("a decimal with all its digits", CONFORM_SERVERS, "NUMERIC(65,30)",
         V_DECIMAL(NINES "." "999999999999999999999999999999")),
  COLUMN("a negative decimal", CONFORM_SERVERS, "NUMERIC(65,30)",
         V_DECIMAL("-" NINES "." "000000000000000000000000000001")),
  COLUMN("a decimal with zeros behind", CONFORM_SERVERS, "NUMERIC(10,2)", V_DECIMAL("1.5"), AS(V_DECIMAL("1.50"))),
  COLUMN("a decimal of zero", CONFORM_SERVERS, "NUMERIC(10,2)", V_DECIMAL("0"), AS(V_DECIMAL("0.00"))),
  COLUMN("a small decimal", CONFORM_SERVERS, "NUMERIC(10,5)", V_DECIMAL("0.00001")),
  COLUMN("a decimal for a number", CONFORM_SQLITE, "NUMERIC(10,2)", V_DECIMAL("1.50"), AS(V_REAL(1.5))),
  {.name = "a decimal too large", .on = CONFORM_SERVERS, .type = "NUMERIC(4,2)", .in = V_DECIMAL("100.00"),
   .status = DUSQ_E_DATA},
  COLUMN("a decimal that is no number", PG, "numeric", V_TEXT("NaN"), AS(V_DECIMAL("NaN"))),
  COLUMN("true", ALL, "BOOLEAN", V_BOOL(true), .literal = "TRUE"),
  COLUMN("false", ALL, "BOOLEAN", V_BOOL(false), .literal = "FALSE"),
  COLUMN("text", ALL, "TEXT", V_TEXT("h\xC3\xA9llo \xF0\x9F\x8E\x89")),
  COLUMN("empty text", ALL, "TEXT", V_TEXT("")),
  COLUMN("text of the last code point", ALL, "VARCHAR(3)", V_TEXT("a\xF4\x8F\xBF\xBF" "b")),
  COLUMN("text with blanks at the end", ALL, "VARCHAR(10)", V_TEXT("a  ")),
  COLUMN("text of a fixed length", CONFORM_SERVERS, "CHAR(3)", V_TEXT("abc")),
  {.name = "text too long", .on = CONFORM_SERVERS, .type = "VARCHAR(3)", .in = V_TEXT("abcd"), .status = DUSQ_E_DATA},
  COLUMN("a text that looks like a number", ALL, "TEXT", V_TEXT("007.50")),
  COLUMN("bytes", ALL, "{blob}", V_BLOB("\x00\xFF'\\\x80"), .literal = "{x'00ff275c80'|'\\x00ff275c80'|x'00ff275c80'}"),
  COLUMN("no bytes", ALL, "{blob}", V_BLOB(""), .literal = "{x''|''|x''}"),
  COLUMN("few bytes", MY, "VARBINARY(4)", V_BLOB("\0\1\2\3"), .literal = "x'00010203'"),
  COLUMN("a day", ALL, "DATE", V_DATE(19782)),
  COLUMN("first day", ALL, "DATE", V_DATE(-719162)),
  COLUMN("last day", ALL, "DATE", V_DATE(2932896)),
  COLUMN("a time", ALL, "TIME{||(6)}", V_TIME(INT64_C(49020123456))),
  COLUMN("midnight", ALL, "TIME{||(6)}", V_TIME(0)),
  COLUMN("last microsecond of a day", ALL, "TIME{||(6)}", V_TIME(INT64_C(86399999999))),
  COLUMN("a time beyond a day", MY, "TIME(6)", V_TIME(INT64_C(3020399000000))),
  COLUMN("a time below zero", MY, "TIME(6)", V_TIME(-INT64_C(3020399000000))),
  {.name = "a time of a day and beyond", .on = PG, .type = "time", .in = V_TIME(INT64_C(86400000001)),
   .status = DUSQ_E_DATA},
  COLUMN("a span of time", PG, "interval", V_TIME(INT64_C(100800000000)), AS(V_TEXT("28:00:00"))),
  COLUMN("a moment", ALL, "{TIMESTAMP|TIMESTAMP|DATETIME(6)}", V_STAMP(INT64_C(1709213820123456))),
  COLUMN("a moment before 1970", ALL, "{TIMESTAMP|TIMESTAMP|DATETIME(6)}", V_STAMP(-1)),
  COLUMN("first moment", ALL, "{TIMESTAMP|TIMESTAMP|DATETIME(6)}", V_STAMP(INT64_C(-62135596800000000))),
  COLUMN("last moment", ALL, "{TIMESTAMP|TIMESTAMP|DATETIME(6)}", V_STAMP(INT64_C(253402300799999999))),
  COLUMN("a moment with its zone", CONFORM_SERVERS, "{|TIMESTAMPTZ|TIMESTAMP(6) NULL}",
         V_STAMP(INT64_C(1709213820123456))),
  COLUMN("a moment without end", PG, "timestamptz", V_TEXT("infinity")),
  COLUMN("a uuid", ALL, "{TEXT|UUID|CHAR(36)}", UUID),
  COLUMN("a uuid of its own type", CONFORM_MARIADB, "UUID", UUID),
  COLUMN("json", ALL, "{TEXT|JSON|JSON}", V_JSON("{\"a\": [1, null, \"\xC3\xA9\"]}")),
  COLUMN("json that is kept as a tree", PG, "jsonb", V_JSON("{\"a\":[1,null]}"), AS(V_JSON("{\"a\": [1, null]}"))),
  {.name = "json that is none", .on = CONFORM_SERVERS & ~CONFORM_MARIADB, .type = "JSON", .in = V_JSON("{"),
   .status = DUSQ_E_DATA},
  COLUMN("an array", PG, "integer[]", V_TEXT("{1,NULL,3}")),
  COLUMN("an array of texts", PG, "text[]", V_TEXT("{a,\"b c\",NULL}")),
  COLUMN("a name of a list", MY, "ENUM('small','large')", V_TEXT("large")),
  {.name = "a name that is not in the list", .on = MY, .type = "ENUM('small','large')", .in = V_TEXT("huge"),
   .status = DUSQ_E_DATA},
  COLUMN("names of a list", MY, "SET('a','b','c')", V_TEXT("a,c")),
  COLUMN("an address", PG, "inet", V_TEXT("10.0.0.1")),
  COLUMN("a range", PG, "int4range", V_TEXT("[1,5)")),
  COLUMN("an identifier of objects", PG, "oid", V_INT(4294967295)),
  COLUMN("money", PG, "money", V_TEXT("$12.50")),
  {.name = NULL},
};

/* ---- running them ------------------------------------------------------------------------------------------------ */
static const char *about(const conform_site *site, const conform_column *c, const char *what)
{
  static char text[800];
  snprintf(text, sizeof text, "[%s, %s] column: %s: %s", site->backend->name, site->batch, c->name, what);
  return text;
}

static void check_status(const conform_site *site, const conform_column *c, const char *what, dusq_future *take_future,
                         dusq_status expected)
{
  CHECK_INT(dusq_future_wait(take_future, CONFORM_WAIT), DUSQ_OK);
  dusq_status status = dusq_future_status(take_future);
  char text[300];
  snprintf(text, sizeof text, "%s: %s", what, dusq_error_message(dusq_future_error(take_future)));
  test_check_str(dusq_status_name(status), dusq_status_name(expected), about(site, c, text), __FILE__, __LINE__);
  dusq_future_unref(take_future);
}

/* The value in quotes; every database reads what it needs out of a text. */
static void write_literal(const conform_column *c, char *to, size_t size)
{
  char text[200];
  dusq_value_format(&c->in, text, sizeof text);
  bool number = c->in.type == DUSQ_INT || c->in.type == DUSQ_UINT;
  if (c->literal)
    snprintf(to, size, "%s", c->literal);
  else
    snprintf(to, size, number ? "%s" : "'%s'", text);
}

/* Rows 1 and 2 have the value, row 3 is NULL. */
static void check_rows(const conform_site *site, const conform_column *c, const char *how, dusq_future *take_future)
{
  static const dusq_value none = {.type = DUSQ_NULL};
  const dusq_value *expected = c->out.type != DUSQ_NULL ? &c->out : &c->in;
  dusq_result *result = NULL;
  CHECK_INT(conform_settle(take_future, &result), DUSQ_OK);
  test_check_int((long long)dusq_result_rows(result), 3, about(site, c, how), __FILE__, __LINE__);
  for (size_t i = 0; i < 3; i++) {
    dusq_value cell = dusq_result_at(result, i, 0);
    char was[150], should[150], what[400];
    dusq_value_format(&cell, was, sizeof was);
    dusq_value_format(i < 2 ? expected : &none, should, sizeof should);
    snprintf(what, sizeof what, "%s, row %zu: %s '%s', not %s '%s'", how, i, dusq_kind_name(cell.type), was,
             dusq_kind_name(i < 2 ? expected->type : DUSQ_NULL), should);
    test_check(conform_same(&cell, i < 2 ? expected : &none), about(site, c, what), __FILE__, __LINE__);
  }
  dusq_result_unref(result);
}

static void run_column(const conform_site *site, const conform_column *c, size_t n)
{
  char sql[600], literal[300];
  snprintf(sql, sizeof sql, "INSERT INTO t (i, c%zu) VALUES (%zu1, ?)", n, n);
  check_status(site, c, "parameter", conform_query(site, sql, 1, &c->in, NULL), c->status);
  write_literal(c, literal, sizeof literal);
  snprintf(sql, sizeof sql, "INSERT INTO t (i, c%zu) VALUES (%zu2, %s)", n, n, literal);
  check_status(site, c, "literal", conform_query(site, sql, DUSQ_NO_PARAMS, NULL), c->status);
  if (c->status)
    return;
  snprintf(sql, sizeof sql, "INSERT INTO t (i, c%zu) VALUES (%zu3, ?)", n, n);
  check_status(site, c, "NULL", conform_query(site, sql, DUSQ_PARAMS(dusq_null()), NULL), DUSQ_OK);
  snprintf(sql, sizeof sql, "SELECT c%zu FROM t WHERE i BETWEEN %zu1 AND %zu3 ORDER BY i", n, n, n);
  check_rows(site, c, "prepared", conform_query(site, sql, DUSQ_NO_PARAMS, NULL));
  check_rows(site, c, "script", conform_script(site, sql));
}

/* One table has them all: making tables is what takes time. */
static void make_table(const conform_site *site)
{
  char sql[4000] = "DROP TABLE IF EXISTS t; CREATE TABLE t (i INTEGER";
  size_t len = strlen(sql), n = 0;
  for (const conform_column *c = conform_columns; c->name && len < sizeof sql; c++, n++)
    if (conform_is(site, c->on))
      len += (size_t)snprintf(sql + len, sizeof sql - len, ", c%zu %s", n, c->type);
  CHECK(len + 2 < sizeof sql);
  snprintf(sql + len, sizeof sql - len, ")");
  dusq_future *done = conform_script(site, sql);
  CHECK_INT(dusq_future_wait(done, CONFORM_WAIT), DUSQ_OK);
  test_check_str(dusq_error_message(dusq_future_error(done)), "", "making a table of all types", __FILE__, __LINE__);
  dusq_future_unref(done);
}

/* SQLite reads a text as a number by way of a long double, and valgrind computes those as doubles, which is too little
 * for the largest one.                                                                                               */
static bool is_readable(const conform_site *site, const conform_column *c)
{
  volatile long double one = 1, little = DBL_EPSILON / 4;
  bool largest = c->in.type == DUSQ_REAL && c->in.u.r >= DBL_MAX;
  return !largest || !conform_is(site, CONFORM_SQLITE) || one + little != one;
}

size_t conform_run_columns(const conform_site *site)
{
  size_t n = 0, ran = 0;
  if (conform_is_fake(site))
    return 0;
  make_table(site);
  for (const conform_column *c = conform_columns; c->name; c++, n++)
    if (conform_is(site, c->on) && is_readable(site, c)) {
      run_column(site, c, n);
      ran++;
    }
  return ran;
}
