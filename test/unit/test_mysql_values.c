/* test_mysql_values.c - the MySQL backend: values in and out, at their limits. */
#include "mysql_rig.h"
#include <math.h>

/* ---- what comes back of a parameter ------------------------------------------------------------------------------ */

typedef struct trip {
  const char *type; /* of the column */
  dusq_value value;
  const char *expected;
} trip;

static void check_trip(dusq_pool *pool, const trip *one)
{
  char sql[200];
  CHECK_STR(query(pool, "DROP TABLE IF EXISTS trip"), "0/0");
  snprintf(sql, sizeof sql, "CREATE TABLE trip(v %s)", one->type);
  CHECK_STR(query(pool, sql), "0/0");
  CHECK_STR(query_with(pool, "INSERT INTO trip VALUES (?)", one->value), "1/0");
  snprintf(sql, sizeof sql, "SELECT v FROM trip /* %s */", one->type);
  CHECK_STR(query(pool, sql), one->expected);
}

static const uint8_t id[16] = {0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40,
                               0x00};

static void check_trips(const trip *all, size_t n)
{
  dusq_pool *pool = open_pool("pool_size=1");
  for (size_t i = 0; i < n; i++)
    check_trip(pool, &all[i]);
  close_pool(pool);
}

static void numbers(void)
{
  const trip all[] = {
      {"BIGINT", dusq_null(), "0/0[null:]"},
      {"TINYINT", dusq_bool(true), "0/0[int:1]"},
      {"TINYINT", dusq_int(-128), "0/0[int:-128]"},
      {"TINYINT UNSIGNED", dusq_int(255), "0/0[int:255]"},
      {"SMALLINT", dusq_int(-32768), "0/0[int:-32768]"},
      {"SMALLINT UNSIGNED", dusq_uint(65535), "0/0[int:65535]"},
      {"MEDIUMINT", dusq_int(-8388608), "0/0[int:-8388608]"},
      {"MEDIUMINT UNSIGNED", dusq_int(16777215), "0/0[int:16777215]"},
      {"INT", dusq_int(INT32_MIN), "0/0[int:-2147483648]"},
      {"INT UNSIGNED", dusq_int(UINT32_MAX), "0/0[int:4294967295]"},
      {"BIGINT", dusq_int(INT64_MIN), "0/0[int:-9223372036854775808]"},
      {"BIGINT", dusq_int(INT64_MAX), "0/0[int:9223372036854775807]"},
      {"BIGINT UNSIGNED", dusq_uint(UINT64_MAX), "0/0[uint:18446744073709551615]"},
      {"BIGINT UNSIGNED", dusq_int(0), "0/0[uint:0]"},
      {"YEAR", dusq_int(2155), "0/0[int:2155]"},
      {"BIT(1)", dusq_bool(true), "0/0[uint:1]"},
      {"BIT(64)", dusq_uint(UINT64_MAX), "0/0[uint:18446744073709551615]"},
      {"DOUBLE", dusq_real(1.7976931348623157e308), "0/0[real:1.7976931348623157e+308]"},
      {"DOUBLE", dusq_real(2.2250738585072014e-308), "0/0[real:2.2250738585072014e-308]"},
      {"DOUBLE", dusq_real(0.1), "0/0[real:0.1]"},
      {"FLOAT", dusq_real(16777217.0), "0/0[real:16777216.0]"},
      {"FLOAT", dusq_real(0.1), "0/0[real:0.10000000149011612]"},
  };
  check_trips(all, sizeof all / sizeof *all);
}
ON_EACH(numbers)

static void texts_and_times(void)
{
  const int64_t day = INT64_C(86400) * 1000000, last = INT64_C(253402300799999999);
  const trip all[] = {
      {"DECIMAL(65,30)", dusq_decimal("99999999999999999999999999999999999.999999999999999999999999999999"),
       "0/0[decimal:99999999999999999999999999999999999.999999999999999999999999999999]"},
      {"DECIMAL(10,2)", dusq_decimal("-12.50"), "0/0[decimal:-12.50]"},
      {"DECIMAL(10,2)", dusq_int(7), "0/0[decimal:7.00]"},
      {"VARCHAR(20)", dusq_text(""), "0/0[text:]"},
      {"VARCHAR(20)", dusq_text("gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\x86"),
       "0/0[text:gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\x86]"},
      {"CHAR(3)", dusq_text("ab"), "0/0[text:ab]"},
      {"ENUM('x','y')", dusq_text("y"), "0/0[text:y]"},
      {"SET('x','y')", dusq_text("x,y"), "0/0[text:x,y]"},
      {"LONGTEXT", dusq_text("long"), "0/0[text:long]"},
      {"VARBINARY(4)", dusq_blob("\0\xff", 2), "0/0[blob:\\x00ff]"},
      {"BLOB", dusq_blob("", 0), "0/0[blob:\\x]"},
      {"BLOB", dusq_blob("x", 1), "0/0[blob:\\x78]"},
      {"DATE", dusq_date(-719528 + 366), "0/0[date:0001-01-01]"},
      {"DATE", dusq_date(2932896), "0/0[date:9999-12-31]"},
      {"DATE", dusq_date(19782), "0/0[date:2024-02-29]"},
      {"TIME", dusq_time(0), "0/0[time:00:00:00]"},
      {"TIME(6)", dusq_time((INT64_C(838) * 3600 + 59 * 60 + 59) * 1000000), "0/0[time:838:59:59]"},
      {"TIME(6)", dusq_time(-(INT64_C(837) * 3600 + 59 * 60 + 58) * 1000000 - 999999), "0/0[time:-837:59:58.999999]"},
      {"TIME(6)", dusq_time(25 * INT64_C(3600000000) + 1), "0/0[time:25:00:00.000001]"},
      {"DATETIME(6)", dusq_timestamp(-719162 * day), "0/0[timestamp:0001-01-01 00:00:00]"},
      {"DATETIME(6)", dusq_timestamp(last), "0/0[timestamp:9999-12-31 23:59:59.999999]"},
      {"DATETIME(6)", dusq_timestamp(-1), "0/0[timestamp:1969-12-31 23:59:59.999999]"},
      {"TIMESTAMP(6) NULL", dusq_timestamp(INT64_C(1700000000123456)), "0/0[timestamp:2023-11-14 22:13:20.123456]"},
      {"CHAR(36)", dusq_uuid(id), "0/0[text:123e4567-e89b-12d3-a456-426614174000]"},
      {"JSON", dusq_json("[1]"), "0/0[json:[1]]"},
  };
  check_trips(all, sizeof all / sizeof *all);
}
ON_EACH(texts_and_times)

/* MariaDB says what they are to its own client only. */
static void uuids(void)
{
  const trip uuid = {"UUID", dusq_uuid(id), "0/0[uuid:123e4567-e89b-12d3-a456-426614174000]"};
  if (current->mariadb)
    check_trips(&uuid, 1);
}
ON_EACH(uuids)

/* How often this session has prepared a statement. */
static int64_t prepares(dusq_pool *pool)
{
  return number(pool, current->mariadb ? "SELECT CAST(variable_value AS SIGNED) FROM information_schema.session_status "
                                         "WHERE variable_name = 'Com_stmt_prepare'"
                                       : "SELECT CAST(variable_value AS SIGNED) FROM performance_schema.session_status "
                                         "WHERE variable_name = 'Com_stmt_prepare'");
}

/* A statement is prepared once, whatever columns it has; and when a column is altered, that is seen. */
static void columns_of_json(void)
{
  enum { USES = 20 };
  static const char sql[] = "SELECT v, n FROM jsons";
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS jsons; CREATE TABLE jsons(v JSON, n INT); "
                         "INSERT INTO jsons VALUES ('[1]', 2)"),
            "0/0 0/0 1/0");
  (void)prepares(pool);
  int64_t before = prepares(pool);
  for (int i = 0; i < USES; i++)
    CHECK_STR(query(pool, sql), "0/0[json:[1],int:2]");
  CHECK(prepares(pool) - before <= 1); /* MySQL counts late */
  CHECK_STR(query(pool, "ALTER TABLE jsons MODIFY v LONGTEXT"), "1/0");
  for (int i = 0; i < USES; i++)
    CHECK_STR(query(pool, sql), "0/0[text:[1],int:2]");
  close_pool(pool);
}
ON_EACH(columns_of_json)

/* One statement, values of other kinds each time: none is altered. */
static void kinds_in_turn(void)
{
  const struct {
    dusq_value value;
    const char *expected;
  } all[] = {
      {dusq_null(), "null:"}, {dusq_int(-1), "int:-1"}, {dusq_null(), "null:"}, {dusq_text("x"), "text:x"},
      {dusq_real(2.5), "real:2.5"}, {dusq_null(), "null:"}, {dusq_uint(UINT64_MAX), "uint:18446744073709551615"},
      {dusq_decimal("1.50"), "decimal:1.50"}, {dusq_blob("\1", 1), "blob:\\x01"}, {dusq_date(19782), "date:2024-02-29"},
      {dusq_timestamp(INT64_C(1700000000123456)), "timestamp:2023-11-14 22:13:20.123456"},
      {dusq_time(5000001), "time:00:00:05.000001"}, {dusq_text("y"), "text:y"}, {dusq_bool(true), "int:1"},
  };
  char expected[200];
  dusq_pool *pool = open_pool("pool_size=1");
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    bool as_text = !current->mariadb && all[i].value.type == DUSQ_BLOB; /* MySQL takes a lone blob for a text */
    snprintf(expected, sizeof expected, "0/0[%s]", as_text ? "text:\1" : all[i].expected);
    CHECK_STR(query_with(pool, "SELECT ?", all[i].value), expected);
  }
  close_pool(pool);
}
ON_EACH(kinds_in_turn)

static void refused_values(void)
{
  const struct {
    dusq_value value;
    const char *expected;
  } all[] = {
      {dusq_real(NAN), "RANGE"},
      {dusq_real(-INFINITY), "RANGE"},
      {dusq_date(-719529), "RANGE"},
      {dusq_date(2932897), "RANGE"},
      {dusq_time((INT64_C(838) * 3600 + 59 * 60 + 59) * 1000000 + 1000000), "RANGE"},
      {dusq_time(INT64_MIN), "RANGE"},
      {dusq_timestamp(INT64_C(253402300800000000)), "RANGE"},
      {dusq_timestamp(INT64_MIN), "RANGE"},
      {dusq_text("\xff"), "DATA"},
  };
  dusq_pool *pool = open_pool("pool_size=1");
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    CHECK_STR(query_with(pool, "SELECT ?", all[i].value), all[i].expected);
  const dusq_value pair[] = {dusq_int(1), dusq_date(INT32_MAX)};
  dusq_error *error = failure(dusq_pool_query(pool, "SELECT ?, ?", 2, pair, NULL));
  CHECK(strstr(dusq_error_message(error), "parameter 2") != NULL);
  dusq_error_unref(error);
  close_pool(pool);
}
ON_EACH(refused_values)

static void zero_dates(void)
{
  dusq_pool *pool = open_pool("pool_size=1&sql_mode=NO_ENGINE_SUBSTITUTION");
  CHECK_STR(query(pool, "DROP TABLE IF EXISTS zeros"), "0/0");
  CHECK_STR(query(pool, "CREATE TABLE zeros(d DATE, t DATETIME(6))"), "0/0");
  CHECK_STR(query(pool, "INSERT INTO zeros VALUES ('0000-00-00', '0000-00-00'),"
                        "('2024-00-05', '2024-03-00 01:02:03.5')"),
            "2/0");
  CHECK_STR(query(pool, "SELECT * FROM zeros"),
            "0/0[text:0000-00-00,text:0000-00-00 00:00:00 text:2024-00-05,text:2024-03-00 01:02:03.500000]");
  close_pool(pool);
}
ON_EACH(zero_dates)

/* Days that a month does not have, by the prepared protocol and as text: the same cells. */
static void no_days(void)
{
  static const char sql[] = "SELECT d, t FROM no_days ORDER BY id";
  static const char cells[] = "0/0[text:2020-02-31,text:2021-02-29 10:00:00.250000 "
                              "text:2021-04-31,text:2021-11-31 00:00:00.500000 "
                              "text:1900-02-29,text:2023-06-31 23:59:59.000001 "
                              "date:2000-02-29,timestamp:2024-02-29 01:02:03 "
                              "date:2021-12-31,timestamp:2021-01-31 00:00:00]";
  dusq_pool *pool = open_pool("pool_size=1&sql_mode=ALLOW_INVALID_DATES");
  CHECK_STR(query(pool, "DROP TABLE IF EXISTS no_days"), "0/0");
  CHECK_STR(query(pool, "CREATE TABLE no_days(id INT, d DATE, t DATETIME(6))"), "0/0");
  CHECK_STR(query(pool, "INSERT INTO no_days VALUES (1, '2020-02-31', '2021-02-29 10:00:00.25'),"
                        "(2, '2021-04-31', '2021-11-31 00:00:00.5'), (3, '1900-02-29', '2023-06-31 23:59:59.000001'),"
                        "(4, '2000-02-29', '2024-02-29 01:02:03'), (5, '2021-12-31', '2021-01-31')"),
            "5/0");
  CHECK_STR(query(pool, sql), cells);
  CHECK_STR(script(pool, sql), cells);
  CHECK_STR(query(pool, "SELECT CAST('2020-02-31' AS DATE), CAST('2021-02-29 10:00:00' AS DATETIME)"),
            "0/0[text:2020-02-31,text:2021-02-29 10:00:00]");
  CHECK_STR(query(pool, "SELECT MIN(d) FROM no_days WHERE id = 1 GROUP BY id"), "0/0[text:2020-02-31]");
  close_pool(pool);
}
ON_EACH(no_days)

/* ---- bytes of all lengths ---------------------------------------------------------------------------------------- */

static bool same_bytes(dusq_pool *pool, const char *bytes, size_t len)
{
  const dusq_value n = dusq_uint(len);
  dusq_future *future = dusq_pool_query(pool, "SELECT b, 7, b FROM bytes WHERE n = ?", 1, &n, NULL);
  dusq_result *result = NULL;
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_get(future, &result), DUSQ_OK);
  bool same = result && dusq_result_rows(result) == 1;
  for (size_t col = 0; same && col < 3; col += 2) {
    dusq_value cell = dusq_result_at(result, 0, col);
    same = cell.type == DUSQ_BLOB && cell.len == len && !memcmp(cell.u.p, bytes, len);
  }
  dusq_result_unref(result);
  dusq_future_unref(future);
  return same;
}

static void lengths(void)
{
  static const size_t all[] = {0, 1, 255, 256, 257, 65535, 65536, 1000000, 5000000};
  const size_t most = 5000000;
  dusq_pool *pool = open_pool("pool_size=1");
  char *bytes = malloc(most);
  for (size_t i = 0; bytes && i < most; i++)
    bytes[i] = (char)(i * 7 + i / 251);
  CHECK_STR(query(pool, "DROP TABLE IF EXISTS bytes"), "0/0");
  CHECK_STR(query(pool, "CREATE TABLE bytes(n INT, b LONGBLOB)"), "0/0");
  for (size_t i = 0; bytes && i < sizeof all / sizeof *all; i++) {
    const dusq_value row[] = {dusq_uint(all[i]), dusq_blob(bytes, all[i])};
    CHECK_STR(outcome(dusq_pool_query(pool, "INSERT INTO bytes VALUES (?, ?)", 2, row, NULL)), "1/0");
    CHECK(same_bytes(pool, bytes, all[i]));
  }
  CHECK_INT(number(pool, "SELECT COUNT(*) FROM bytes"), 9);
  CHECK_STR(query(pool, "SELECT n, LENGTH(b) FROM bytes WHERE n IN (256, 5000000) ORDER BY n DESC"),
            "0/0[int:5000000,int:5000000 int:256,int:256]");
  free(bytes);
  close_pool(pool);
}
ON_EACH(lengths)

/* ---- expressions and statements that are not prepared ------------------------------------------------------------ */

static void expressions(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(query(pool, "SELECT 1, -1, 1.5, 'a', x'00', TRUE, NULL, 1e0, 9223372036854775807, 18446744073709551615"),
            "0/0[int:1,int:-1,decimal:1.5,text:a,blob:\\x00,int:1,null:,real:1.0,int:9223372036854775807,"
            "uint:18446744073709551615]");
  CHECK_STR(query(pool, "SELECT CAST('2024-02-29' AS DATE), CAST('13:37' AS TIME),"
                        "CAST('2024-02-29 13:37' AS DATETIME), CAST('x' AS BINARY),"
                        "CAST(7 AS CHAR), CAST(7 AS SIGNED),"
                        " CAST(7 AS DECIMAL(5,2)), COUNT(*), SUM(1), AVG(1) FROM DUAL"),
            "0/0[date:2024-02-29,time:13:37:00,timestamp:2024-02-29 13:37:00,blob:\\x78,text:7,"
            "int:7,decimal:7.00,int:1,decimal:1,decimal:1.0000]");
  /* not beside an aggregate: there MariaDB 10.11.7 itself answers 9223372036854775807 */
  CHECK_STR(query(pool, "SELECT CAST(-1 AS UNSIGNED)"), "0/0[uint:18446744073709551615]");
  CHECK_STR(outcome(dusq_pool_query(pool, "SELECT ?, ?, ?, ?",
                                    DUSQ_PARAMS(dusq_int(1), dusq_text("x"), dusq_real(2.5), dusq_null()), NULL)),
            "0/0[int:1,text:x,real:2.5,null:]");
  CHECK_STR(outcome(dusq_pool_query(pool, "SELECT $2, $1, $2", DUSQ_PARAMS(dusq_text("a"), dusq_text("b")), NULL)),
            "0/0[text:b,text:a,text:b]");
  CHECK_STR(script(pool, "SELECT 1, 1.5, 'a', x'00', NULL, CAST('2024-02-29 13:37:00.25' AS DATETIME(2)),"
                         "CAST('-25:00:00' AS TIME), 0.1e0; SELECT b'101'"),
            "0/0[int:1,decimal:1.5,text:a,blob:\\x00,null:,timestamp:2024-02-29 13:37:00.25,time:-25:00:00,real:0.1] "
            "0/0[blob:\\x05]");
  close_pool(pool);
}
ON_EACH(expressions)

void suite_mysql_values(void);
void suite_mysql_values(void)
{
  test_suite("mysql_values");
  test_case("numbers", test_numbers);
  test_case("texts_and_times", test_texts_and_times);
  test_case("uuids", test_uuids);
  test_case("columns_of_json", test_columns_of_json);
  test_case("kinds_in_turn", test_kinds_in_turn);
  test_case("refused_values", test_refused_values);
  test_case("zero_dates", test_zero_dates);
  test_case("no_days", test_no_days);
  test_case("lengths", test_lengths);
  test_case("expressions", test_expressions);
}
