/* calendar.h - converts between the drivers' dates and times and those of dusq: days since 1970-01-01, and
 * microseconds.
 *
 * Any thread; no state.  Proleptic Gregorian; http://howardhinnant.github.io/date_algorithms.html                    */
#ifndef DUSQ_MYSQL_CALENDAR_H
#define DUSQ_MYSQL_CALENDAR_H
#include "client.h"

#define DUSQ__MY_US_PER_DAY (INT64_C(86400) * 1000000)

void dusq__my_to_date(int64_t days, MYSQL_TIME *out);
void dusq__my_to_timestamp(int64_t us, MYSQL_TIME *out);
void dusq__my_to_time(int64_t us, MYSQL_TIME *out);

static inline int64_t dusq__my_days_of(const MYSQL_TIME *time)
{
  int64_t year = (int64_t)time->year - (time->month <= 2), era = (year >= 0 ? year : year - 399) / 400;
  int64_t of_era = year - era * 400, month = time->month;
  int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + time->day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Whether it is a valid day: not zeros, nor, with ALLOW_INVALID_DATES, a day that its month does not have. */
static inline bool dusq__my_is_day(const MYSQL_TIME *time)
{
  static const unsigned char days[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (!time->month || time->month > 12 || !time->day)
    return false;
  bool leap = time->month == 2 && time->year % 4 == 0 && (time->year % 100 != 0 || time->year % 400 == 0);
  return time->day <= (unsigned)days[time->month] + leap;
}

/* Microseconds since midnight, or of an interval without its days. */
static inline int64_t dusq__my_clock_of(const MYSQL_TIME *time)
{
  return ((int64_t)time->hour * 3600 + (int64_t)time->minute * 60 + time->second) * 1000000 +
         (int64_t)time->second_part;
}

#endif
