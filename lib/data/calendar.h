/* calendar.h - the proleptic Gregorian calendar.  Years are astronomical: 0 is 1 BC.  Any thread. */
#ifndef DUSQ_DATA_CALENDAR_H
#define DUSQ_DATA_CALENDAR_H
#include <stdint.h>

#define DUSQ__SECOND INT64_C(1000000) /* in microseconds */
#define DUSQ__MINUTE (60 * DUSQ__SECOND)
#define DUSQ__HOUR (60 * DUSQ__MINUTE)
#define DUSQ__DAY (24 * DUSQ__HOUR)

typedef struct dusq__civil {
  int64_t year;
  int month, day; /* from 1 */
} dusq__civil;

/* Any number of days since 1970-01-01. */
dusq__civil dusq__civil_from_days(int64_t days);
/* A month from 1 to 12, a day from 1 to dusq__days_in_month, a year within 10^12 of 0. */
int64_t dusq__days_from_civil(dusq__civil date);
int dusq__days_in_month(int64_t year, int month);

/* Rounds towards minus infinity; the divisor is positive. */
int64_t dusq__floor_div(int64_t dividend, int64_t divisor);

#endif
