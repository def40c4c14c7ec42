/* test_value_text.c - values as text and back: known forms, limits, and round trips of random values. */
#include "data/value_text.h"
#include "test.h"
#include <float.h>
#include <locale.h>
#include <math.h>

static uint64_t seed = 88172645463325252u;

static uint64_t random64(void)
{
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

/* Formats into a static buffer, and checks the returned length on the way. */
static const char *format(dusq_value value)
{
  static char text[600];
  size_t len = dusq_value_format(&value, text, sizeof text);
  CHECK(len < sizeof text && strlen(text) == len);
  return text;
}

static void test_format_plain(void)
{
  static const uint8_t id[16] = {0x55, 0x0E, 0x84, 0x00, 0xE2, 0x9B, 0x41, 0xD4,
                                 0xA7, 0x16, 0x44, 0x66, 0x55, 0x44, 0x00, 0xFF};
  CHECK_STR(format(dusq_null()), "");
  CHECK_STR(format(dusq_bool(true)), "true");
  CHECK_STR(format(dusq_bool(false)), "false");
  CHECK_STR(format(dusq_int(0)), "0");
  CHECK_STR(format(dusq_int(INT64_MIN)), "-9223372036854775808");
  CHECK_STR(format(dusq_int(INT64_MAX)), "9223372036854775807");
  CHECK_STR(format(dusq_uint(UINT64_MAX)), "18446744073709551615");
  CHECK_STR(format(dusq_decimal("-12.50")), "-12.50");
  CHECK_STR(format(dusq_text("caf\xC3\xA9")), "caf\xC3\xA9");
  CHECK_STR(format(dusq_json("{\"a\": 1}")), "{\"a\": 1}");
  CHECK_STR(format(dusq_blob("\x00\xAb\xFF", 3)), "\\x00abff");
  CHECK_STR(format(dusq_blob("", 0)), "\\x");
  CHECK_STR(format(dusq_uuid(id)), "550e8400-e29b-41d4-a716-4466554400ff");
  CHECK_STR(format((dusq_value){.type = 99}), "");
  CHECK_STR(format((dusq_value){.type = DUSQ_TEXT, .len = 5}), "");
}

/* As snprintf: whatever the room, the whole length is told, and not a byte is written outside. */
static void test_format_room(void)
{
  const dusq_value values[] = {dusq_text("hello world"), dusq_blob("0123456789", 10), dusq_int(-1234567),
                               dusq_real(0.1), dusq_timestamp(1), dusq_null()};
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    char whole[64];
    size_t len = dusq_value_format(&values[i], whole, sizeof whole);
    CHECK_INT(dusq_value_format(&values[i], NULL, 0), len);
    CHECK_INT(dusq_value_format(&values[i], NULL, 10), len);
    for (size_t size = 0; size < len + 3; size++) {
      char text[64];
      memset(text, '#', sizeof text);
      CHECK_INT(dusq_value_format(&values[i], text, size), len);
      size_t kept = size == 0 ? 0 : len < size ? len : size - 1;
      CHECK(memcmp(text, whole, kept) == 0);
      CHECK(size == 0 || text[kept] == '\0');
      CHECK(text[size == 0 ? 0 : kept + 1] == '#');
    }
  }
  CHECK_INT(dusq_value_format(NULL, NULL, 0), 0);
}

static void check_reals(void)
{
  CHECK_STR(format(dusq_real(1)), "1.0");
  CHECK_STR(format(dusq_real(-0.0)), "-0.0");
  CHECK_STR(format(dusq_real(0.1)), "0.1");
  CHECK_STR(format(dusq_real(0.1 + 0.2)), "0.30000000000000004");
  CHECK_STR(format(dusq_real(1.0 / 3)), "0.3333333333333333");
  CHECK_STR(format(dusq_real(-1234.5)), "-1234.5");
  CHECK_STR(format(dusq_real(0.0001)), "0.0001");
  CHECK_STR(format(dusq_real(0.00001)), "1e-05");
  CHECK_STR(format(dusq_real(0.000012)), "1.2e-05");
  CHECK_STR(format(dusq_real(100000)), "100000.0");
  CHECK_STR(format(dusq_real(123456789012345678.0)), "1.2345678901234568e+17");
  CHECK_STR(format(dusq_real(1234567890123456.0)), "1234567890123456.0");
  CHECK_STR(format(dusq_real(9007199254740993.0)), "9007199254740992.0");
  CHECK_STR(format(dusq_real(1e15)), "1000000000000000.0");
  CHECK_STR(format(dusq_real(1e16)), "1e+16");
  CHECK_STR(format(dusq_real(1e300)), "1e+300");
  CHECK_STR(format(dusq_real(DBL_MAX)), "1.7976931348623157e+308");
  CHECK_STR(format(dusq_real(DBL_MIN)), "2.2250738585072014e-308");
  CHECK_STR(format(dusq_real(DBL_TRUE_MIN)), "5e-324");
  CHECK_STR(format(dusq_real(-1e-320)), "-1e-320");
  CHECK_STR(format(dusq_real(0x1p-1017)), "7.120236347223045e-307");
  CHECK_STR(format(dusq_real((double)NAN)), "NaN");
  CHECK_STR(format(dusq_real((double)INFINITY)), "Infinity");
  CHECK_STR(format(dusq_real((double)-INFINITY)), "-Infinity");
}

static double parse(const char *text)
{
  double real = -4711;
  CHECK_INT(dusq__parse_real(text, strlen(text), &real), DUSQ_OK);
  return real;
}

static void check_parse_reals(void)
{
  CHECK(parse("1.5") == 1.5);
  CHECK(parse("-.5e1") == -5);
  CHECK(parse("+12.e-1") == 1.2);
  CHECK(parse("0") == 0 && signbit(parse("-0")));
  CHECK(parse("0.1") == 0.1);
  CHECK(parse("2.2250738585072011e-308") == 2.2250738585072011e-308);
  CHECK(parse("1e-400") == 0 && parse("-1e-400000") == 0 && parse("0e999999999999999999999") == 0);
  CHECK(parse("1.7976931348623158e308") == DBL_MAX);
  CHECK(parse("00000000000000000000000000000000000000000000000000000000000001") == 1);
  CHECK(isnan(parse("NaN")) && isinf(parse("Infinity")) && parse("-Infinity") < 0);
}

static void test_reals(void)
{
  check_reals();
  check_parse_reals();
}

/* In a locale with a decimal comma nothing changes.  (Where none is installed this repeats the tests in "C".) */
static void test_locale(void)
{
  static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fa_IR.UTF-8", "ps_AF.UTF-8"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    setlocale(LC_ALL, names[i]);
    check_reals();
    check_parse_reals();
  }
  setlocale(LC_ALL, "C");
}

/* Longer than any double needs: the last digit of a tie, thousands of places away, still decides. */
static void test_long_reals(void)
{
  static char text[20000];
  memset(text, '0', sizeof text);
  memcpy(text, "9007199254740993.", 17); /* between ...992 and ...994: to even */
  double real;
  CHECK_INT(dusq__parse_real(text, sizeof text, &real), DUSQ_OK);
  CHECK(real == 9007199254740992.0);
  text[sizeof text - 1] = '1';
  CHECK_INT(dusq__parse_real(text, sizeof text, &real), DUSQ_OK);
  CHECK(real == 9007199254740994.0);
  memset(text, '0', sizeof text); /* 0.000...1e19997 */
  text[1] = '.';
  memcpy(text + sizeof text - 7, "1e19992", 7);
  CHECK_INT(dusq__parse_real(text, sizeof text, &real), DUSQ_OK);
  CHECK(real == 1);
  memset(text, '9', sizeof text);
  CHECK_INT(dusq__parse_real(text, sizeof text, &real), DUSQ_E_RANGE);
  memcpy(text + sizeof text - 7, "e-19993", 7);
  CHECK_INT(dusq__parse_real(text, sizeof text, &real), DUSQ_OK);
  CHECK(real == 1);
}

/* Whether fewer digits would do. */
static bool too_long(double real, const char *text)
{
  int digits = 0, significant = 0; /* from the first to the last that is not zero */
  for (const char *c = text; *c && *c != 'e'; c++) {
    digits += (*c >= '1' && *c <= '9') || (*c == '0' && digits > 0);
    if (*c >= '1' && *c <= '9')
      significant = digits;
  }
  for (int n = 1; n < significant; n++) {
    char shorter[64];
    snprintf(shorter, sizeof shorter, "%.*e", n - 1, real);
    if (strtod(shorter, NULL) == real)
      return true;
  }
  return false;
}

static void test_random_reals(void)
{
  long bad = 0, longer = 0;
  for (long i = 0; i < test_scale(100000); i++) {
    union {
      uint64_t bits;
      double real;
    } u = {random64()}, back;
    if (i % 3 == 0)
      u.real = (double)(int64_t)(random64() % 2000000) / 1000;
    if (!isfinite(u.real))
      continue;
    dusq_value v = dusq_real(u.real);
    char text[64];
    size_t len = dusq_value_format(&v, text, sizeof text);
    bad += dusq__parse_real(text, len, &back.real) != DUSQ_OK || back.bits != u.bits;
    bad += !strpbrk(text, ".e"); /* visibly a real */
    longer += i % 16 == 0 && too_long(u.real, text);
  }
  CHECK_INT(bad, 0);
  CHECK_INT(longer, 0);
}

static void test_random_integers(void)
{
  long bad = 0;
  for (long i = 0; i < test_scale(100000); i++) {
    uint64_t n = random64() >> (random64() % 64), back;
    int64_t signed_n = (int64_t)(n >> 1) * (i % 2 ? 1 : -1), signed_back;
    char text[32];
    dusq_value v = dusq_uint(n);
    size_t len = dusq_value_format(&v, text, sizeof text);
    bad += dusq__parse_uint(text, len, &back) != DUSQ_OK || back != n;
    v = dusq_int(signed_n);
    len = dusq_value_format(&v, text, sizeof text);
    bad += dusq__parse_int(text, len, &signed_back) != DUSQ_OK || signed_back != signed_n;
  }
  CHECK_INT(bad, 0);
}

/* ---- dates and times --------------------------------------------------------------------------------------------- */

static void check_date(int64_t days, const char *text)
{
  dusq_value v = {.type = DUSQ_DATE, .u.i = days};
  CHECK_STR(format(v), text);
  int32_t back = 4711;
  bool fits = days >= INT32_MIN && days <= INT32_MAX;
  CHECK_INT(dusq__parse_date(text, strlen(text), &back), fits ? DUSQ_OK : DUSQ_E_RANGE);
  CHECK_INT(back, fits ? days : 4711);
}

static void test_dates(void)
{
  check_date(0, "1970-01-01");
  check_date(-1, "1969-12-31");
  check_date(19782, "2024-02-29");
  check_date(19783, "2024-03-01");
  check_date(11016, "2000-02-29");
  check_date(-25509, "1900-02-28");
  check_date(-25508, "1900-03-01");
  check_date(-719528, "0000-01-01");
  check_date(-719469, "0000-02-29");
  check_date(-719529, "-0001-12-31");
  check_date(-719162, "0001-01-01");
  check_date(-735241, "-0044-12-24");
  check_date(2932896, "9999-12-31");
  check_date(2932897, "+10000-01-01");
  check_date(INT32_MAX, "+5881580-07-11");
  check_date(INT32_MIN, "-5877641-06-23");
  check_date(INT64_C(2147483648), "+5881580-07-12");
  check_date(INT64_C(-2147483649), "-5877641-06-22");
  CHECK(strlen(format((dusq_value){.type = DUSQ_DATE, .u.i = INT64_MIN})) > 15); /* and no overflow on the way */
  CHECK(strlen(format((dusq_value){.type = DUSQ_DATE, .u.i = INT64_MAX})) > 15);
}

/* Every day of 800 years, by counting instead of by formula. */
static void test_every_day(void)
{
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  long bad = 0;
  int32_t days = -719528 - 146097, back;
  for (int year = -400; year < 400; year++) {
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    for (int month = 1; month <= 12; month++) {
      int n = lengths[month - 1] + (leap && month == 2);
      for (int day = 1; day <= n; day++, days++) {
        char text[32], formatted[32];
        snprintf(text, sizeof text, year < 0 ? "-%04d-%02d-%02d" : "%04d-%02d-%02d", abs(year), month, day);
        dusq_value v = dusq_date(days);
        dusq_value_format(&v, formatted, sizeof formatted);
        bad += strcmp(text, formatted) != 0;
        bad += dusq__parse_date(text, strlen(text), &back) != DUSQ_OK || back != days;
      }
      char text[32];
      snprintf(text, sizeof text, year < 0 ? "-%04d-%02d-%02d" : "%04d-%02d-%02d", abs(year), month, n + 1);
      bad += dusq__parse_date(text, strlen(text), &back) != DUSQ_E_RANGE;
    }
  }
  CHECK_INT(bad, 0);
  CHECK_INT(days, -719528 + 146097);
}

static void check_time(int64_t microseconds, const char *text)
{
  CHECK_STR(format(dusq_time(microseconds)), text);
  int64_t back = 4711;
  CHECK_INT(dusq__parse_time(text, strlen(text), &back), DUSQ_OK);
  CHECK_INT(back, microseconds);
}

static void test_times(void)
{
  check_time(0, "00:00:00");
  check_time(49020123456, "13:37:00.123456");
  check_time(49020500000, "13:37:00.5");
  check_time(1, "00:00:00.000001");
  check_time(-1, "-00:00:00.000001");
  check_time(86399999999, "23:59:59.999999");
  check_time(86400000000, "24:00:00");
  check_time(-INT64_C(3020399000000), "-838:59:59");
  check_time(INT64_MAX, "2562047788:00:54.775807");
  check_time(INT64_MIN, "-2562047788:00:54.775808");
}

static void check_timestamp(int64_t microseconds, const char *text)
{
  CHECK_STR(format(dusq_timestamp(microseconds)), text);
  int64_t back = 4711;
  CHECK_INT(dusq__parse_timestamp(text, strlen(text), &back), DUSQ_OK);
  CHECK_INT(back, microseconds);
}

static void test_timestamps(void)
{
  check_timestamp(0, "1970-01-01 00:00:00");
  check_timestamp(-1, "1969-12-31 23:59:59.999999");
  check_timestamp(INT64_C(1709213820500000), "2024-02-29 13:37:00.5");
  check_timestamp(-INT64_C(62167219200000000), "0000-01-01 00:00:00");
  check_timestamp(INT64_MAX, "+294247-01-10 04:00:54.775807");
  check_timestamp(INT64_MIN, "-290308-12-21 19:59:05.224192");
}

typedef dusq_status reader(const char *text, size_t len, int64_t *out);

static dusq_status date64(const char *text, size_t len, int64_t *out)
{
  int32_t days;
  dusq_status status = dusq__parse_date(text, len, &days);
  if (!status)
    *out = days;
  return status;
}

typedef struct reading {
  reader *read;
  const char *text;
  int status;
  int64_t expected;
} reading;

static void check_readings(const reading *rows, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    int64_t out = 4711;
    if (!CHECK_INT(rows[i].read(rows[i].text, strlen(rows[i].text), &out), rows[i].status) ||
        !CHECK_INT(out, rows[i].status ? 4711 : rows[i].expected))
      fprintf(stderr, "\"%s\"\n", rows[i].text);
  }
}

static void test_read_dates(void)
{
  static const reading rows[] = {
      {date64, "+2024-02-29", DUSQ_OK, 19782},
      {date64, "10000-01-01", DUSQ_OK, 2932897},
      {date64, "2023-02-29", DUSQ_E_RANGE, 0},
      {date64, "1900-02-29", DUSQ_E_RANGE, 0},
      {date64, "2024-13-01", DUSQ_E_RANGE, 0},
      {date64, "2024-00-01", DUSQ_E_RANGE, 0},
      {date64, "2024-01-00", DUSQ_E_RANGE, 0},
      {date64, "2024-04-31", DUSQ_E_RANGE, 0},
      {date64, "99999999999999999999-01-01", DUSQ_E_RANGE, 0},
      {date64, "-99999999999999999999-01-01", DUSQ_E_RANGE, 0},
      {date64, "2024-13-01x", DUSQ_E_TYPE, 0},
      {date64, "2024-2-29", DUSQ_E_TYPE, 0},
      {date64, "24-02-29", DUSQ_E_TYPE, 0},
      {date64, "2024/02/29", DUSQ_E_TYPE, 0},
      {date64, "20240229", DUSQ_E_TYPE, 0},
      {date64, "2024-02-29 ", DUSQ_E_TYPE, 0},
      {date64, "2024-02-29 00:00:00", DUSQ_E_TYPE, 0},
      {date64, "2024-02-", DUSQ_E_TYPE, 0},
      {date64, "2024-02-2", DUSQ_E_TYPE, 0},
      {date64, "--2024-02-29", DUSQ_E_TYPE, 0},
      {date64, "", DUSQ_E_TYPE, 0},
  };
  check_readings(rows, sizeof rows / sizeof rows[0]);
}

static void test_read_times(void)
{
  static const reading rows[] = {
      {dusq__parse_time, "13:37", DUSQ_OK, INT64_C(49020000000)},
      {dusq__parse_time, "+13:37:00.500000000", DUSQ_OK, INT64_C(49020500000)},
      {dusq__parse_time, "100:00:00", DUSQ_OK, INT64_C(360000000000)},
      {dusq__parse_time, "13:37:00.1234567", DUSQ_E_RANGE, 0},
      {dusq__parse_time, "13:60:00", DUSQ_E_RANGE, 0},
      {dusq__parse_time, "13:00:60", DUSQ_E_RANGE, 0},
      {dusq__parse_time, "2562047788:00:54.775808", DUSQ_E_RANGE, 0},
      {dusq__parse_time, "-2562047788:00:54.775809", DUSQ_E_RANGE, 0},
      {dusq__parse_time, "-2562047789:00:00", DUSQ_E_RANGE, 0},
      {dusq__parse_time, "99999999999999999999:00:00", DUSQ_E_RANGE, 0},
      {dusq__parse_time, "1:00:00", DUSQ_E_TYPE, 0},
      {dusq__parse_time, "13:37:00.", DUSQ_E_TYPE, 0},
      {dusq__parse_time, "13:37:00,5", DUSQ_E_TYPE, 0},
      {dusq__parse_time, "13:37:", DUSQ_E_TYPE, 0},
      {dusq__parse_time, "13:7:00", DUSQ_E_TYPE, 0},
      {dusq__parse_time, "13", DUSQ_E_TYPE, 0},
      {dusq__parse_time, "13:37:00Z", DUSQ_E_TYPE, 0},
      {dusq__parse_time, "", DUSQ_E_TYPE, 0},
  };
  check_readings(rows, sizeof rows / sizeof rows[0]);
}

static void test_read_timestamps(void)
{
  const int64_t moment = INT64_C(1709213820500000); /* 2024-02-29 13:37:00.5 UTC */
  const reading rows[] = {
      {dusq__parse_timestamp, "2024-02-29T13:37:00.5Z", DUSQ_OK, moment},
      {dusq__parse_timestamp, "2024-02-29t13:37:00.5z", DUSQ_OK, moment},
      {dusq__parse_timestamp, "2024-02-29 13:37:00.5+00", DUSQ_OK, moment},
      {dusq__parse_timestamp, "2024-02-29 15:37:00.5+02", DUSQ_OK, moment},
      {dusq__parse_timestamp, "2024-02-29 19:07:00.5+05:30", DUSQ_OK, moment},
      {dusq__parse_timestamp, "2024-02-29 04:07:00.5-0930", DUSQ_OK, moment},
      {dusq__parse_timestamp, "2024-03-01 00:37:00.5+11", DUSQ_OK, moment},
      {dusq__parse_timestamp, "2024-02-29 13:37", DUSQ_OK, moment - 500000},
      {dusq__parse_timestamp, "2024-02-29", DUSQ_OK, INT64_C(1709164800000000)},
      {dusq__parse_timestamp, "+294247-01-11 02:00:54.775807+22:00", DUSQ_OK, INT64_MAX},
      {dusq__parse_timestamp, "-290308-12-20 21:59:05.224192-22:00", DUSQ_OK, INT64_MIN},
      {dusq__parse_timestamp, "+294247-01-10 04:00:54.775808", DUSQ_E_RANGE, 0},
      {dusq__parse_timestamp, "-290308-12-21 19:59:05.224191", DUSQ_E_RANGE, 0},
      {dusq__parse_timestamp, "-290308-12-21 19:59:05.224192+00:01", DUSQ_E_RANGE, 0},
      {dusq__parse_timestamp, "+999999-01-01 00:00:00", DUSQ_E_RANGE, 0},
      {dusq__parse_timestamp, "-999999999999999999999-01-01 00:00:00", DUSQ_E_RANGE, 0},
      {dusq__parse_timestamp, "2024-02-30 00:00:00", DUSQ_E_RANGE, 0},
      {dusq__parse_timestamp, "2024-02-29 24:00:00", DUSQ_E_RANGE, 0},
      {dusq__parse_timestamp, "2024-02-29 23:59:60", DUSQ_E_RANGE, 0},
      {dusq__parse_timestamp, "2024-02-29 13:37:00.0000005", DUSQ_E_RANGE, 0},
      {dusq__parse_timestamp, "2024-02-29 13:37:00+24", DUSQ_E_RANGE, 0},
      {dusq__parse_timestamp, "2024-02-29 13:37:00+01:60", DUSQ_E_RANGE, 0},
      {dusq__parse_timestamp, "2024-02-29 -13:37:00", DUSQ_E_TYPE, 0},
      {dusq__parse_timestamp, "2024-02-29  13:37:00", DUSQ_E_TYPE, 0},
      {dusq__parse_timestamp, "2024-02-29 ", DUSQ_E_TYPE, 0},
      {dusq__parse_timestamp, "2024-02-29Z", DUSQ_E_TYPE, 0},
      {dusq__parse_timestamp, "2024-02-29 13:37:00 Z", DUSQ_E_TYPE, 0},
      {dusq__parse_timestamp, "2024-02-29 13:37:00+1", DUSQ_E_TYPE, 0},
      {dusq__parse_timestamp, "2024-02-29 13:37:00+01:", DUSQ_E_TYPE, 0},
      {dusq__parse_timestamp, "2024-02-29 13:37:00+01:0", DUSQ_E_TYPE, 0},
      {dusq__parse_timestamp, "2024-02-29 13:37:00CET", DUSQ_E_TYPE, 0},
      {dusq__parse_timestamp, "13:37:00", DUSQ_E_TYPE, 0},
      {dusq__parse_timestamp, "", DUSQ_E_TYPE, 0},
  };
  check_readings(rows, sizeof rows / sizeof rows[0]);
}

static void test_random_times(void)
{
  long bad = 0;
  for (long i = 0; i < test_scale(100000); i++) {
    int64_t n = (int64_t)(random64() >> (random64() % 64)) * (i % 2 ? 1 : -1), back;
    char text[64];
    dusq_value v = dusq_time(n);
    size_t len = dusq_value_format(&v, text, sizeof text);
    bad += dusq__parse_time(text, len, &back) != DUSQ_OK || back != n;
    v = dusq_timestamp(n);
    len = dusq_value_format(&v, text, sizeof text);
    bad += dusq__parse_timestamp(text, len, &back) != DUSQ_OK || back != n;
    int32_t days = (int32_t)(uint32_t)(uint64_t)n, days_back;
    v = dusq_date(days);
    len = dusq_value_format(&v, text, sizeof text);
    bad += dusq__parse_date(text, len, &days_back) != DUSQ_OK || days_back != days;
  }
  CHECK_INT(bad, 0);
}

/* Every prefix, and every single byte changed, of good texts: nothing is read past the end (the sanitizers tell), and
 * whatever is accepted formats to something that means the same.                                                     */
static void test_damaged(void)
{
  static const char *const good[] = {"-2024-02-29 13:37:00.123456+05:30", "-838:59:59.5", "-12345.678e-10",
                                     "550e8400-e29b-41d4-a716-4466554400ff"};
  long bad = 0;
  for (size_t g = 0; g < sizeof good / sizeof good[0]; g++)
    for (size_t at = 0; at <= strlen(good[g]); at++)
      for (int byte = 0; byte < 256; byte++) {
        size_t len = byte == 0 ? at : strlen(good[g]);
        char *text = malloc(len + 1);
        memcpy(text, good[g], len);
        if (at < len)
          text[at] = (char)byte;
        char *exact = malloc(len ? len : 1); /* without a NUL behind it */
        memcpy(exact, text, len);
        int64_t i, again;
        double r;
        uint8_t id[16];
        bad += dusq__parse_int(exact, len, &i) == DUSQ_OK && g != 0 && at > 6;
        if (dusq__parse_timestamp(exact, len, &i) == DUSQ_OK) {
          const char *formatted = format(dusq_timestamp(i));
          bad += dusq__parse_timestamp(formatted, strlen(formatted), &again) != DUSQ_OK || again != i;
        }
        if (dusq__parse_time(exact, len, &i) == DUSQ_OK) {
          const char *formatted = format(dusq_time(i));
          bad += dusq__parse_time(formatted, strlen(formatted), &again) != DUSQ_OK || again != i;
        }
        bad += dusq__parse_real(exact, len, &r) == DUSQ_OK && isnan(r);
        bad += dusq__parse_uuid(exact, len, id) == DUSQ_OK && len != 36;
        bad += dusq__parse_uuid(exact, len, id) == DUSQ_OK && at < len && byte == 'g';
        free(exact);
        free(text);
      }
  CHECK_INT(bad, 0);
}

void suite_value_text(void);
void suite_value_text(void)
{
  test_suite("value_text");
  test_case("format, plain kinds", test_format_plain);
  test_case("format, too little room", test_format_room);
  test_case("reals", test_reals);
  test_case("reals in other locales", test_locale);
  test_case("reals of many digits", test_long_reals);
  test_case("random reals", test_random_reals);
  test_case("random integers", test_random_integers);
  test_case("dates", test_dates);
  test_case("every day of 800 years", test_every_day);
  test_case("times", test_times);
  test_case("timestamps", test_timestamps);
  test_case("reading dates", test_read_dates);
  test_case("reading times", test_read_times);
  test_case("reading timestamps", test_read_timestamps);
  test_case("random dates and times", test_random_times);
  test_case("damaged texts", test_damaged);
}
