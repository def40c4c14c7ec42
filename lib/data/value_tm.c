/* value_tm.c - values and struct tm, in UTC; see <dusq/value.h>.  No state; any thread. */
#include "data/calendar.h"
#include "data/value_text.h"
#include <limits.h>
#include <string.h>
#include <time.h>

enum { TM_YEAR = 1900, THURSDAY = 4 /* 1970-01-01 */, MICROSECONDS = 1000000 };

/* ---- out --------------------------------------------------------------------------------------------------------- */

static dusq_status put_date(int64_t days, struct tm *out)
{
  dusq__civil date = dusq__civil_from_days(days);
  int64_t year = date.year - TM_YEAR;
  if (year < INT_MIN || year > INT_MAX)
    return DUSQ_E_RANGE;
  out->tm_year = (int)year;
  out->tm_mon = date.month - 1;
  out->tm_mday = date.day;
  out->tm_wday = (int)((days % 7 + 7 + THURSDAY) % 7);
  out->tm_yday = (int)(days - dusq__days_from_civil((dusq__civil){date.year, 1, 1}));
  return DUSQ_OK;
}

/* All fields have the sign of the time. */
static dusq_status put_time(int64_t microseconds, struct tm *out, int32_t *rest)
{
  int64_t hours = microseconds / DUSQ__HOUR;
  if (hours < INT_MIN || hours > INT_MAX)
    return DUSQ_E_RANGE;
  out->tm_hour = (int)hours;
  out->tm_min = (int)(microseconds % DUSQ__HOUR / DUSQ__MINUTE);
  out->tm_sec = (int)(microseconds % DUSQ__MINUTE / DUSQ__SECOND);
  *rest = (int32_t)(microseconds % DUSQ__SECOND);
  return DUSQ_OK;
}

static dusq_status put_timestamp(int64_t microseconds, struct tm *out, int32_t *rest)
{
  int64_t in_day = microseconds % DUSQ__DAY;
  dusq_status status = put_date(dusq__floor_div(microseconds, DUSQ__DAY), out);
  return status ? status : put_time(in_day < 0 ? in_day + DUSQ__DAY : in_day, out, rest);
}

/* Of the three kinds that a text may be written as, the first that it is. */
static dusq_status put_text(const dusq_value *value, struct tm *out, int32_t *rest)
{
  int64_t microseconds;
  int32_t days;
  dusq_status status = dusq_value_to_timestamp(value, &microseconds);
  if (status != DUSQ_E_TYPE)
    return status ? status : put_timestamp(microseconds, out, rest);
  status = dusq_value_to_date(value, &days);
  if (status != DUSQ_E_TYPE)
    return status ? status : put_date(days, out);
  status = dusq_value_to_time(value, &microseconds);
  if (!status)
    status = put_date(0, out);
  return status ? status : put_time(microseconds, out, rest);
}

static dusq_status put(const dusq_value *value, struct tm *out, int32_t *rest)
{
  switch (value->type) {
  case DUSQ_DATE:
    return put_date(value->u.i, out);
  case DUSQ_TIME:
    put_date(0, out);
    return put_time(value->u.i, out, rest);
  case DUSQ_TIMESTAMP:
    return put_timestamp(value->u.i, out, rest);
  case DUSQ_TEXT:
    return put_text(value, out, rest);
  default:
    return DUSQ_E_TYPE;
  }
}

dusq_status dusq_value_to_tm(const dusq_value *value, struct tm *out, int32_t *microseconds)
{
  if (!value || !out)
    return DUSQ_E_INVAL;
  struct tm all;
  int32_t rest = 0;
  memset(&all, 0, sizeof all); /* no summer time, and what a system has besides: no offset */
  dusq_status status = put(value, &all, &rest);
  if (status)
    return status;
  *out = all;
  if (microseconds)
    *microseconds = rest;
  return DUSQ_OK;
}

/* ---- in ---------------------------------------------------------------------------------------------------------- */

static dusq_status take_date(const struct tm *tm, int64_t *days)
{
  int64_t year = (int64_t)tm->tm_year + TM_YEAR;
  if (tm->tm_mon < 0 || tm->tm_mon > 11 || tm->tm_mday < 1 || tm->tm_mday > dusq__days_in_month(year, tm->tm_mon + 1))
    return DUSQ_E_RANGE;
  *days = dusq__days_from_civil((dusq__civil){year, tm->tm_mon + 1, tm->tm_mday});
  return DUSQ_OK;
}

/* Hours of any number, and the others less than one of the next; no two with different signs.  Fits in any case. */
static dusq_status take_time(const struct tm *tm, int32_t rest, int64_t *microseconds)
{
  int min = tm->tm_min, sec = tm->tm_sec;
  bool negative = tm->tm_hour < 0 || min < 0 || sec < 0 || rest < 0;
  bool positive = tm->tm_hour > 0 || min > 0 || sec > 0 || rest > 0;
  if (min < -59 || min > 59 || sec < -59 || sec > 59 || rest <= -MICROSECONDS || rest >= MICROSECONDS)
    return DUSQ_E_RANGE;
  if (negative && positive)
    return DUSQ_E_RANGE;
  *microseconds = tm->tm_hour * DUSQ__HOUR + min * DUSQ__MINUTE + sec * DUSQ__SECOND + rest;
  return DUSQ_OK;
}

static dusq_status take_timestamp(const struct tm *tm, int32_t rest, int64_t *out)
{
  enum { MOST_DAYS = 106751991 }; /* whole ones, on either side of 1970 */
  int64_t days, in_day;
  dusq_status status = take_date(tm, &days);
  if (!status)
    status = take_time(tm, rest, &in_day);
  if (status || in_day < 0 || in_day >= DUSQ__DAY)
    return DUSQ_E_RANGE;
  if (days < 0) { /* both parts with one sign */
    days++;
    in_day -= DUSQ__DAY;
  }
  if (days < -MOST_DAYS || days > MOST_DAYS)
    return DUSQ_E_RANGE;
  int64_t whole = days * DUSQ__DAY;
  if (in_day < 0 ? whole < INT64_MIN - in_day : whole > INT64_MAX - in_day)
    return DUSQ_E_RANGE;
  *out = whole + in_day;
  return DUSQ_OK;
}

dusq_status dusq_value_from_tm(uint32_t type, const struct tm *tm, int32_t microseconds, dusq_value *out)
{
  int64_t number = 0;
  if (!tm || !out)
    return DUSQ_E_INVAL;
  dusq_status status = DUSQ_E_INVAL;
  if (type == DUSQ_DATE)
    status = take_date(tm, &number);
  else if (type == DUSQ_TIME)
    status = take_time(tm, microseconds, &number);
  else if (type == DUSQ_TIMESTAMP)
    status = take_timestamp(tm, microseconds, &number);
  if (!status && type == DUSQ_DATE && (number < INT32_MIN || number > INT32_MAX))
    status = DUSQ_E_RANGE;
  if (status)
    return status;
  if (type == DUSQ_DATE)
    *out = dusq_date((int32_t)number);
  else
    *out = type == DUSQ_TIME ? dusq_time(number) : dusq_timestamp(number);
  return DUSQ_OK;
}
