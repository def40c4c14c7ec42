/* calendar.c - the dates and times of the drivers. */
#include "calendar.h"
#include <string.h>

void dusq__my_to_date(int64_t days, MYSQL_TIME *out)
{
  int64_t shifted = days + 719468, era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  int64_t day = shifted - era * 146097;
  int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  int64_t rest = day - (365 * year + year / 4 - year / 100), month = (5 * rest + 2) / 153;
  memset(out, 0, sizeof *out);
  out->time_type = MYSQL_TIMESTAMP_DATE;
  out->day = (unsigned)(rest - (153 * month + 2) / 5 + 1);
  out->month = (unsigned)(month < 10 ? month + 3 : month - 9);
  out->year = (unsigned)(year + era * 400 + (out->month <= 2));
}

static void set_clock(int64_t us, MYSQL_TIME *out)
{
  out->second_part = (unsigned long)(us % 1000000);
  out->second = (unsigned)(us / 1000000 % 60);
  out->minute = (unsigned)(us / 60000000 % 60);
  out->hour = (unsigned)(us / INT64_C(3600000000));
}

void dusq__my_to_timestamp(int64_t us, MYSQL_TIME *out)
{
  int64_t days = us / DUSQ__MY_US_PER_DAY - (us % DUSQ__MY_US_PER_DAY < 0);
  dusq__my_to_date(days, out);
  set_clock(us - days * DUSQ__MY_US_PER_DAY, out);
  out->time_type = MYSQL_TIMESTAMP_DATETIME;
}

void dusq__my_to_time(int64_t us, MYSQL_TIME *out)
{
  memset(out, 0, sizeof *out);
  out->time_type = MYSQL_TIMESTAMP_TIME;
  out->neg = us < 0;
  set_clock(us < 0 ? -us : us, out);
  out->day = out->hour / 24; /* Connector/C sends the hours as one byte */
  out->hour %= 24;
}
