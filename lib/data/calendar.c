/* calendar.c - see calendar.h.
 *
 * The calendar repeats every 400 years, so each function takes whole cycles off first and then works with a year from 0
 * to 399 and small numbers.                                                                                          */
#include "data/calendar.h"
#include <stdbool.h>

enum {
  CYCLE_YEARS = 400,
  CYCLE_DAYS = 146097,
  EPOCH = 719528, /* 1970-01-01 in days since 0000-01-01 */
  EPOCH_CYCLES = EPOCH / CYCLE_DAYS,
  EPOCH_REST = EPOCH % CYCLE_DAYS
};

static const int days_before_month[2][13] = {
    {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
    {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366},
};

int64_t dusq__floor_div(int64_t dividend, int64_t divisor)
{
  int64_t quotient = dividend / divisor;
  return dividend % divisor < 0 ? quotient - 1 : quotient;
}

static bool leap(int year)
{
  return year % 4 == 0 && (year % 100 != 0 || year == 0);
}

/* The days of the cycle before 1 January of `year`. */
static int days_before_year(int year)
{
  return 365 * year + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
}

/* The remainder of dusq__floor_div. */
static int rest_of(int64_t dividend, int divisor)
{
  int rest = (int)(dividend % divisor);
  return rest < 0 ? rest + divisor : rest;
}

int dusq__days_in_month(int64_t year, int month)
{
  const int *before = days_before_month[leap(rest_of(year, CYCLE_YEARS))];
  return before[month] - before[month - 1];
}

int64_t dusq__days_from_civil(dusq__civil date)
{
  int year = rest_of(date.year, CYCLE_YEARS);
  int in_cycle = days_before_year(year) + days_before_month[leap(year)][date.month - 1] + date.day - 1;
  return dusq__floor_div(date.year, CYCLE_YEARS) * CYCLE_DAYS + in_cycle - EPOCH;
}

dusq__civil dusq__civil_from_days(int64_t days)
{
  int64_t cycles = dusq__floor_div(days, CYCLE_DAYS);
  int rest = rest_of(days, CYCLE_DAYS) + EPOCH_REST;
  cycles += EPOCH_CYCLES + rest / CYCLE_DAYS;
  rest %= CYCLE_DAYS;
  int year = rest / 366; /* at most one year too early, and never too late */
  while (days_before_year(year + 1) <= rest)
    year++;
  rest -= days_before_year(year);
  const int *before = days_before_month[leap(year)];
  int month = rest / 32 + 1; /* at most one month too early */
  while (before[month] <= rest)
    month++;
  return (dusq__civil){.year = cycles * CYCLE_YEARS + year, .month = month, .day = rest - before[month - 1] + 1};
}
