/* cases_values.c - every kind of value at its limits, as a literal and as a parameter, and what no value may be. */
#include "conform.h"
#include <float.h>
#include <math.h>

#define ECHO(title, ...) \
  {.name = title, .on = CONFORM_ANY, .sql = "SELECT ? AS x", GIVEN(__VA_ARGS__), .columns = "x", ROWS(1, __VA_ARGS__)}
/* MariaDB and MySQL refuse what they have no room for. */
#define ECHO_BUT(where, title, ...)                                                                                 \
  {.name = title, .on = CONFORM_ANY, .sql = "SELECT ? AS x", GIVEN(__VA_ARGS__), .columns = "x", ROWS(1, __VA_ARGS__), \
   OTHER(where, .status = DUSQ_E_RANGE)}
/* A parameter with nothing around it is a text to MySQL. */
#define ECHO_BLOB(title, bytes) \
  {.name = title, .on = CONFORM_ANY, .sql = "SELECT ? AS x", GIVEN(V_BLOB(bytes)), .columns = "x", \
   ROWS(1, V_BLOB(bytes)), OTHER(CONFORM_MYSQL, .columns = "x", ROWS(1, V_TEXT(bytes)))}
#define LITERAL(title, text, ...) \
  {.name = title, .on = CONFORM_ANY, .sql = "SELECT " text " AS x", .columns = "x", ROWS(1, __VA_ARGS__)}
/* The second text is PostgreSQL's. */
#define LITERAL_PG(title, text, pg, ...)                                                                   \
  {.name = title, .on = CONFORM_ANY, .sql = "SELECT " text " AS x", .sql_pg = "SELECT " pg " AS x", .columns = "x", \
   ROWS(1, __VA_ARGS__)}
#define REFUSED(title, code, ...) \
  {.name = title, .on = CONFORM_ANY, .sql = "SELECT ?", GIVEN(__VA_ARGS__), .status = code}

const conform_case conform_literals[] = {
  LITERAL("literal 0", "0", V_INT(0)),
  LITERAL("literal -1", "-1", V_INT(-1)),
  LITERAL("largest integer literal", "9223372036854775807", V_INT(INT64_MAX)),
  LITERAL_PG("smallest integer literal", "-9223372036854775808", "-9223372036854775807 - 1", V_INT(INT64_MIN)),
  {.name = "a literal with a point", .on = CONFORM_ANY, .sql = "SELECT 1.5 AS x", ROWS(1, V_REAL(1.5)),
   OTHER(CONFORM_SERVERS, ROWS(1, V_DECIMAL("1.5")))},
  LITERAL_PG("largest real literal", "1.7976931348623157e308", "1.7976931348623157e308::float8", V_REAL(DBL_MAX)),
  LITERAL_PG("small real literal", "2.5e-10", "2.5e-10::float8", V_REAL(2.5e-10)),
  LITERAL("NULL literal", "NULL", V_NULL),
  LITERAL("TRUE", "TRUE", V_BOOL(true)),
  LITERAL("FALSE", "FALSE", V_BOOL(false)),
  LITERAL("a comparison", "(1 < 2)", V_BOOL(true)),
  LITERAL("empty text literal", "''", V_TEXT("")),
  LITERAL("text literal with a quote", "'it''s'", V_TEXT("it's")),
  LITERAL("text literal of four-byte characters", "'\xF0\x9F\x8E\x89\xF0\x90\x8D\x88'",
          V_TEXT("\xF0\x9F\x8E\x89\xF0\x90\x8D\x88")),
  LITERAL("text literal with all that looks like a placeholder", "'? ?? $1 :x @y -- /*'",
          V_TEXT("? ?? $1 :x @y -- /*")),
  LITERAL("text literal over lines", "'a\nb\r\n\tc'", V_TEXT("a\nb\r\n\tc")),
  LITERAL("text literal that looks like a number", "'007'", V_TEXT("007")),
  LITERAL_PG("blob literal", "x'00ff10'", "'\\x00ff10'::bytea", V_BLOB("\x00\xFF\x10")),
  LITERAL_PG("empty blob literal", "x''", "''::bytea", V_BLOB("")),
  {.name = "a sum of integers", .on = CONFORM_ANY, .sql = "SELECT 7 + 8 AS x", ROWS(1, V_INT(15))},
  {.name = "sum() of integers", .on = CONFORM_ANY, .setup = "CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (7), (8)",
   .sql = "SELECT sum(i) AS x FROM t", .columns = "x", ROWS(1, V_INT(15)),
   OTHER(CONFORM_MY | CONFORM_POSTGRESQL, ROWS(1, V_UINT(15)))},
  {.name = "count()", .on = CONFORM_ANY, .setup = "CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (7), (8)",
   .sql = "SELECT count(*) AS x FROM t", .columns = "x", ROWS(1, V_INT(2))},
  {.name = "a division of integers", .on = CONFORM_ANY, .sql = "SELECT 7 / 2 AS x", ROWS(1, V_INT(3)),
   OTHER(CONFORM_MY, ROWS(1, V_DECIMAL("3.5000")))},
  {.name = "a division by zero", .on = CONFORM_ANY, .sql = "SELECT 1 / 0 AS x", ROWS(1, V_NULL),
   OTHER(CONFORM_POSTGRESQL, .status = DUSQ_E_DATA)},
  {.name = "empty text beside NULL", .on = CONFORM_ANY, .sql = "SELECT '' AS a, NULL AS b", .columns = "a,b",
   ROWS(2, V_TEXT(""), V_NULL)},
  {.name = NULL},
};

const conform_case conform_parameters[] = {
  ECHO("NULL", V_NULL),
  ECHO("false", V_BOOL(false)),
  ECHO("true", V_BOOL(true)),
  ECHO("int 0", V_INT(0)),
  ECHO("int -1", V_INT(-1)),
  ECHO("int beyond 32 bits", V_INT(INT64_C(4294967296))),
  ECHO("int beyond 53 bits", V_INT(INT64_C(9007199254740993))),
  ECHO("largest int", V_INT(INT64_MAX)),
  ECHO("smallest int", V_INT(INT64_MIN)),
  ECHO("uint 0", V_UINT(0)),
  ECHO("uint as large as an int", V_UINT((uint64_t)INT64_MAX)),
  ECHO_BUT(CONFORM_SQLITE, "uint one larger than an int", V_UINT((uint64_t)INT64_MAX + 1)),
  ECHO_BUT(CONFORM_SQLITE, "largest uint", V_UINT(UINT64_MAX)),
  ECHO("real 0", V_REAL(0.0)),
  ECHO("real that is whole", V_REAL(3.0)),
  ECHO("real 0.1", V_REAL(0.1)),
  ECHO("largest real", V_REAL(DBL_MAX)),
  ECHO("lowest real", V_REAL(-DBL_MAX)),
  ECHO("smallest normal real", V_REAL(DBL_MIN)),
  ECHO("smallest real", V_REAL(4.9406564584124654e-324)),
  ECHO_BUT(CONFORM_MY, "infinity", V_REAL((double)INFINITY)),
  ECHO_BUT(CONFORM_MY, "minus infinity", V_REAL(-(double)INFINITY)),
  ECHO_BUT(CONFORM_MY | CONFORM_SQLITE, "NaN", V_REAL((double)NAN)),
  ECHO("decimal", V_DECIMAL("-12.50")),
  ECHO("long decimal", V_DECIMAL("123456789012345678901234567890.123456789")),
  ECHO("empty text", V_TEXT("")),
  ECHO("text", V_TEXT("h\xC3\xA9llo")),
  ECHO("text of four-byte characters", V_TEXT("\xF0\x9F\x8E\x89")),
  ECHO("text of the last code point", V_TEXT("\xF4\x8F\xBF\xBF")),
  ECHO("text with quotes and backslashes", V_TEXT("'\"`\\\\';--")),
  ECHO("text that looks like a number", V_TEXT("1e3")),
  ECHO("text with control characters", V_TEXT("\x01\t\r\n\x7F")),
  /* MySQL calls the parameter a text, and a text that is not UTF-8 is an error */
  {.name = "blob", .on = CONFORM_ANY, .sql = "SELECT ? AS x", GIVEN(V_BLOB("\xFF\x00\xFE")), .columns = "x",
   ROWS(1, V_BLOB("\xFF\x00\xFE")), OTHER(CONFORM_MYSQL, .status = DUSQ_E_DATA)},
  ECHO_BLOB("blob of one NUL", "\0"),
  ECHO_BLOB("empty blob", ""),
  ECHO("date 0", V_DATE(0)),
  ECHO("leap day", V_DATE(19782)),
  ECHO("first date", V_DATE(-719162)),
  ECHO("last date", V_DATE(2932896)),
  ECHO("midnight", V_TIME(0)),
  ECHO("time with microseconds", V_TIME(INT64_C(49020123456))),
  ECHO("last microsecond of a day", V_TIME(INT64_C(86399999999))),
  {.name = "time beyond a day", .on = CONFORM_ANY, .sql = "SELECT ? AS x", GIVEN(V_TIME(INT64_C(3020399999999))),
   ROWS(1, V_TIME(INT64_C(3020399999999))),
   OTHERS({.on = CONFORM_POSTGRESQL, ROWS(1, V_TEXT("838:59:59.999999"))},
          {.on = CONFORM_MYSQL, .status = DUSQ_E_DATA})},
  {.name = "negative time", .on = CONFORM_ANY, .sql = "SELECT ? AS x", GIVEN(V_TIME(-1500000)),
   ROWS(1, V_TIME(-1500000)), OTHER(CONFORM_POSTGRESQL, ROWS(1, V_TEXT("-00:00:01.5")))},
  ECHO_BUT(CONFORM_MY, "time longer than MySQL's longest", V_TIME(INT64_C(3020400000000))),
  ECHO("timestamp 0", V_STAMP(0)),
  ECHO("timestamp", V_STAMP(INT64_C(1709213820500000))),
  ECHO("timestamp before 1970", V_STAMP(-1)),
  ECHO("first timestamp", V_STAMP(INT64_C(-62135596800000000))),
  ECHO("last timestamp", V_STAMP(INT64_C(253402300799999999))),
  ECHO("uuid", V_UUID(0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x00)),
  ECHO("json", V_JSON("{\"a\":[1,null,\"\xC3\xA9\"]}")),
  {.name = "several kinds at once", .on = CONFORM_ANY, .sql = "SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e",
   GIVEN(V_INT(1), V_TEXT(""), V_NULL, V_BLOB("x"), V_REAL(0.25)), .columns = "a,b,c,d,e",
   ROWS(5, V_INT(1), V_TEXT(""), V_NULL, V_BLOB("x"), V_REAL(0.25))},
  {.name = "values through a table", .on = CONFORM_ANY & ~CONFORM_MYSQL,
   .setup = "CREATE TABLE t (a BIGINT, b TEXT, c {blob}, d DOUBLE PRECISION)",
   .sql = "INSERT INTO t VALUES (?, ?, ?, ?) RETURNING a, b, c, d",
   GIVEN(V_INT(INT64_MIN), V_TEXT("\xF0\x9F\x8E\x89"), V_BLOB("\0\xFF"), V_REAL(0.1)), .columns = "a,b,c,d",
   ROWS(4, V_INT(INT64_MIN), V_TEXT("\xF0\x9F\x8E\x89"), V_BLOB("\0\xFF"), V_REAL(0.1)), .affected = 1, .last_id = 1,
   OTHER(CONFORM_MARIADB, ROWS(4, V_INT(INT64_MIN), V_TEXT("\xF0\x9F\x8E\x89"), V_BLOB("\0\xFF"), V_REAL(0.1)),
         .affected = 1)},
  {.name = "NULLs through a table", .on = CONFORM_ANY & ~CONFORM_MYSQL,
   .setup = "CREATE TABLE t (a BIGINT, b TEXT, c {blob}, d DOUBLE PRECISION)",
   .sql = "INSERT INTO t VALUES (?, ?, ?, ?) RETURNING a, b, c, d", GIVEN(V_NULL, V_TEXT(""), V_BLOB(""), V_NULL),
   ROWS(4, V_NULL, V_TEXT(""), V_BLOB(""), V_NULL), .affected = 1, .last_id = 1,
   OTHER(CONFORM_MARIADB, ROWS(4, V_NULL, V_TEXT(""), V_BLOB(""), V_NULL), .affected = 1)},
  {.name = "a value of another kind each time", .on = CONFORM_ANY, .sql = "SELECT ? AS x, ? AS y",
   GIVEN(V_TEXT("1"), V_INT(1)), ROWS(2, V_TEXT("1"), V_INT(1))},
  {.name = "the same statement with the kinds exchanged", .on = CONFORM_ANY, .sql = "SELECT ? AS x, ? AS y",
   GIVEN(V_INT(1), V_TEXT("1")), ROWS(2, V_INT(1), V_TEXT("1"))},
  {.name = "the same statement with NULLs", .on = CONFORM_ANY, .sql = "SELECT ? AS x, ? AS y", GIVEN(V_NULL, V_NULL),
   ROWS(2, V_NULL, V_NULL)},
  {.name = "an int in an expression", .on = CONFORM_ANY, .sql = "SELECT ? + 1 AS x", GIVEN(V_INT(41)),
   ROWS(1, V_INT(42))},
  {.name = "a text in an expression", .on = CONFORM_ANY, .sql = "SELECT upper(?) AS x", GIVEN(V_TEXT("abc")),
   ROWS(1, V_TEXT("ABC"))},
  {.name = "a text compared with a text", .on = CONFORM_ANY, .sql = "SELECT ? = 'abc' AS x", GIVEN(V_TEXT("abc")),
   ROWS(1, V_BOOL(true))},
  {.name = NULL},
};

/* Refused before anything is sent. */
const conform_case conform_bad_values[] = {
  REFUSED("text that is not UTF-8", DUSQ_E_DATA, V_TEXT("a\xFF")),
  REFUSED("text that ends in the middle of a character", DUSQ_E_DATA, V_TEXT("\xF0\x9F\x8E")),
  REFUSED("overlong UTF-8", DUSQ_E_DATA, V_TEXT("\xC0\xAF")),
  REFUSED("a surrogate", DUSQ_E_DATA, V_TEXT("\xED\xA0\x80")),
  REFUSED("beyond the last code point", DUSQ_E_DATA, V_TEXT("\xF4\x90\x80\x80")),
  REFUSED("text with a NUL", DUSQ_E_DATA, V_TEXT("a\0b")),
  REFUSED("text that is a NUL", DUSQ_E_DATA, V_TEXT("\0")),
  REFUSED("json that is not UTF-8", DUSQ_E_DATA, V_JSON("\"\x80\"")),
  REFUSED("decimal that is no number", DUSQ_E_DATA, V_DECIMAL("12,50")),
  REFUSED("empty decimal", DUSQ_E_DATA, V_DECIMAL("")),
  REFUSED("an unknown kind", DUSQ_E_INVAL, {.type = 99}),
  REFUSED("text without bytes", DUSQ_E_INVAL, {.type = DUSQ_TEXT, .len = 3}),
  REFUSED("more text than can be sent", DUSQ_E_TOO_LARGE,
          {.type = DUSQ_TEXT, .len = UINT64_C(1) << 30, .u = {.p = "not read, because the length is looked at first"}}),
  {.name = "the second value is wrong", .on = CONFORM_ANY, .sql = "SELECT ?, ?", GIVEN(V_INT(1), V_TEXT("\xFF")),
   .status = DUSQ_E_DATA},
  {.name = NULL},
};
