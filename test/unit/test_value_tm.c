/* test_value_tm.c - values to struct tm and back, compared with the C library's own calendar. */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* timegm, under -std=c11 */
#endif
#include "test.h"
#include <limits.h>
#include <time.h>

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

static void same(const struct tm *a, const struct tm *b)
{
  CHECK_INT(a->tm_year, b->tm_year);
  CHECK_INT(a->tm_mon, b->tm_mon);
  CHECK_INT(a->tm_mday, b->tm_mday);
  CHECK_INT(a->tm_hour, b->tm_hour);
  CHECK_INT(a->tm_min, b->tm_min);
  CHECK_INT(a->tm_sec, b->tm_sec);
  CHECK_INT(a->tm_wday, b->tm_wday);
  CHECK_INT(a->tm_yday, b->tm_yday);
  CHECK_INT(a->tm_isdst, b->tm_isdst);
}

/* There and back; `value` is a DATE, TIME or TIMESTAMP. */
static void returns(dusq_value value)
{
  struct tm tm;
  int32_t rest = -7;
  dusq_value back = dusq_null();
  CHECK_INT(dusq_value_to_tm(&value, &tm, &rest), DUSQ_OK);
  CHECK_INT(dusq_value_from_tm(value.type, &tm, rest, &back), DUSQ_OK);
  CHECK_INT(back.type, value.type);
  CHECK_INT(back.u.i, value.u.i);
}

static void test_as_the_c_library(void)
{
  uint64_t random = 88172645463325252u;
  for (int i = 0; i < 3000; i++) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    int64_t us = (int64_t)random >> (i % 30); /* all of them, and more of those near 1970 */
    time_t seconds = (time_t)(us / SECOND - (us % SECOND < 0));
    struct tm expected, tm;
    int32_t rest;
    CHECK(gmtime_r(&seconds, &expected) != NULL);
    dusq_value v = dusq_timestamp(us);
    CHECK_INT(dusq_value_to_tm(&v, &tm, &rest), DUSQ_OK);
    same(&tm, &expected);
    CHECK_INT((int64_t)timegm(&tm), seconds);
    CHECK_INT(seconds * SECOND + rest, us);
    returns(v);
    int32_t days = (int32_t)random >> (i % 20);
    seconds = (time_t)days * 86400;
    v = dusq_date(days);
    CHECK(gmtime_r(&seconds, &expected) != NULL);
    CHECK_INT(dusq_value_to_tm(&v, &tm, NULL), DUSQ_OK);
    same(&tm, &expected);
    returns(v);
    returns(dusq_time(us % (1000 * DAY)));
  }
}

static void test_ends(void)
{
  static const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, -DAY - 1, -DAY, -1, 0, 1, DAY - 1, INT64_MAX - 1, INT64_MAX};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    returns(dusq_timestamp(ends[i]));
  returns(dusq_date(INT32_MIN));
  returns(dusq_date(INT32_MAX));
  struct tm tm = {.tm_year = INT_MAX, .tm_mday = 1};
  dusq_value v = dusq_int(1);
  CHECK_INT(dusq_value_from_tm(DUSQ_DATE, &tm, 0, &v), DUSQ_E_RANGE);
  CHECK_INT(dusq_value_from_tm(DUSQ_TIMESTAMP, &tm, 0, &v), DUSQ_E_RANGE);
  dusq_value last = dusq_timestamp(INT64_MAX), first = dusq_timestamp(INT64_MIN), hours = dusq_time(INT64_MAX);
  int32_t rest;
  CHECK_INT(dusq_value_to_tm(&last, &tm, &rest), DUSQ_OK);
  CHECK_INT(dusq_value_from_tm(DUSQ_TIMESTAMP, &tm, rest + 1, &v), DUSQ_E_RANGE);
  CHECK_INT(dusq_value_to_tm(&first, &tm, &rest), DUSQ_OK);
  CHECK_INT(dusq_value_from_tm(DUSQ_TIMESTAMP, &tm, rest - 1, &v), DUSQ_E_RANGE);
  CHECK_INT(dusq_value_to_tm(&hours, &tm, &rest), DUSQ_E_RANGE); /* more than an int */
  CHECK_INT(v.type, DUSQ_INT);
}

static void test_times(void)
{
  struct tm tm;
  int32_t rest;
  dusq_value v = dusq_time(-((838 * 3600 + 59 * 60 + 58) * SECOND + 500000)); /* MySQL's, almost */
  CHECK_INT(dusq_value_to_tm(&v, &tm, &rest), DUSQ_OK);
  CHECK_INT(tm.tm_hour, -838);
  CHECK_INT(tm.tm_min, -59);
  CHECK_INT(tm.tm_sec, -58);
  CHECK_INT(rest, -500000);
  CHECK(tm.tm_year == 70 && tm.tm_mon == 0 && tm.tm_mday == 1 && tm.tm_wday == 4 && tm.tm_yday == 0);
  returns(v);
  v = dusq_date(0);
  CHECK_INT(dusq_value_to_tm(&v, &tm, &rest), DUSQ_OK);
  CHECK(!tm.tm_hour && !tm.tm_min && !tm.tm_sec && !rest);
}

static void check_text(const char *text, dusq_status status, const char *expected, int32_t microseconds)
{
  char seen[64];
  struct tm tm = {.tm_year = -1};
  int32_t rest = 0;
  dusq_value v = dusq_text(text);
  CHECK_INT(dusq_value_to_tm(&v, &tm, &rest), status);
  if (status) {
    CHECK_INT(tm.tm_year, -1); /* untouched */
    return;
  }
  strftime(seen, sizeof seen, "%Y-%m-%d %H:%M:%S", &tm);
  CHECK_STR(seen, expected);
  CHECK_INT(rest, microseconds);
}

static void test_texts(void)
{
  check_text("2024-02-29 13:37:00.5", DUSQ_OK, "2024-02-29 13:37:00", 500000);
  check_text("2024-02-29 23:30:00-01:00", DUSQ_OK, "2024-03-01 00:30:00", 0);
  check_text("2024-02-29", DUSQ_OK, "2024-02-29 00:00:00", 0);
  check_text("13:37:00.25", DUSQ_OK, "1970-01-01 13:37:00", 250000);
  check_text("2023-02-29", DUSQ_E_RANGE, NULL, 0);
  check_text("yesterday", DUSQ_E_TYPE, NULL, 0);
}

static void refuses(uint32_t type, struct tm tm, int32_t microseconds)
{
  dusq_value v = dusq_int(5);
  CHECK_INT(dusq_value_from_tm(type, &tm, microseconds, &v), DUSQ_E_RANGE);
  CHECK_INT(v.type, DUSQ_INT);
}

static void test_what_does_not_exist(void)
{
  const struct tm good = {.tm_year = 123, .tm_mon = 1, .tm_mday = 28, .tm_hour = 23, .tm_min = 59, .tm_sec = 59};
  for (uint32_t type = DUSQ_DATE; type <= DUSQ_TIMESTAMP; type++) {
    struct tm tm = good;
    dusq_value v;
    CHECK_INT(dusq_value_from_tm(type, &tm, 999999, &v), DUSQ_OK);
    tm.tm_mday = 29;
    if (type != DUSQ_TIME) /* which does not look at it */
      refuses(type, tm, 0);
    tm.tm_mday = 0;
    if (type != DUSQ_TIME)
      refuses(type, tm, 0);
    tm = good;
    tm.tm_mon = 12;
    if (type != DUSQ_TIME)
      refuses(type, tm, 0);
    tm = good;
    tm.tm_sec = 60;
    if (type != DUSQ_DATE)
      refuses(type, tm, 0);
    tm = good;
    tm.tm_min = -1;
    if (type != DUSQ_DATE)
      refuses(type, tm, 0);
    if (type != DUSQ_DATE)
      refuses(type, good, 1000000);
    if (type != DUSQ_DATE)
      refuses(type, good, -1);
  }
  struct tm late = good;
  late.tm_hour = 24;
  refuses(DUSQ_TIMESTAMP, late, 0);
  late.tm_hour = -1;
  late.tm_min = late.tm_sec = 0;
  refuses(DUSQ_TIMESTAMP, late, 0);
}

static void test_arguments(void)
{
  struct tm tm = {.tm_mday = 1};
  dusq_value v = dusq_date(1), others[] = {dusq_null(), dusq_int(1), dusq_real(1), dusq_json("1"), dusq_bool(true)};
  CHECK_INT(dusq_value_to_tm(NULL, &tm, NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_value_to_tm(&v, NULL, NULL), DUSQ_E_INVAL);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    CHECK_INT(dusq_value_to_tm(&others[i], &tm, NULL), DUSQ_E_TYPE);
  CHECK_INT(dusq_value_from_tm(DUSQ_DATE, NULL, 0, &v), DUSQ_E_INVAL);
  CHECK_INT(dusq_value_from_tm(DUSQ_DATE, &tm, 0, NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_value_from_tm(DUSQ_TEXT, &tm, 0, &v), DUSQ_E_INVAL);
}

void suite_value_tm(void);
void suite_value_tm(void)
{
  test_suite("value_tm");
  test_case("as the C library", test_as_the_c_library);
  test_case("ends", test_ends);
  test_case("times", test_times);
  test_case("texts", test_texts);
  test_case("what does not exist", test_what_does_not_exist);
  test_case("arguments", test_arguments);
}
