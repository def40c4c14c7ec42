/* value_text.c - parsing numbers, dates, times and UUIDs.  No state, no memory, no locale; any thread.
 *
 * The syntax is checked to the end before the fields are.  So DUSQ_E_TYPE always means a wrong syntax, and DUSQ_E_RANGE
 * always a value that does not fit.                                                                                  */
#include "data/calendar.h"
#include "data/value_text.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The rest of a text. */
typedef struct cursor {
  const char *at, *end;
} cursor;

static bool digit(char c)
{
  return c >= '0' && c <= '9';
}

static char peek(const cursor *c)
{
  return c->at < c->end ? *c->at : '\0';
}

/* Skips one of two characters, if it is next. */
static bool take(cursor *c, char one, char other)
{
  if (c->at == c->end || (*c->at != one && *c->at != other))
    return false;
  c->at++;
  return true;
}

/* Skips a sign, if there is one; true for a minus. */
static bool take_minus(cursor *c)
{
  bool minus = peek(c) == '-';
  take(c, '-', '+');
  return minus;
}

#define SATURATED INT64_C(1000000000000000) /* 10^15 */

/* Reads digits, and returns how many there were.  A larger number becomes SATURATED. */
static size_t take_digits(cursor *c, int64_t *number)
{
  const char *begin = c->at;
  int64_t n = 0;
  for (; digit(peek(c)); c->at++) {
    n = n * 10 + (*c->at - '0');
    if (n > SATURATED)
      n = SATURATED;
  }
  *number = n;
  return (size_t)(c->at - begin);
}

static bool take_two(cursor *c, int *number)
{
  if (c->end - c->at < 2 || !digit(c->at[0]) || !digit(c->at[1]))
    return false;
  *number = (c->at[0] - '0') * 10 + (c->at[1] - '0');
  c->at += 2;
  return true;
}

/* ---- integers ---------------------------------------------------------------------------------------------------- */

/* Appends a digit to *number; false when it does not fit. */
static bool append_digit(uint64_t *number, unsigned d)
{
  if (*number > (UINT64_MAX - d) / 10)
    return false;
  *number = *number * 10 + d;
  return true;
}

static dusq_status parse_magnitude(const char *text, size_t len, bool *negative, uint64_t *magnitude)
{
  cursor c = {text, text + len};
  *negative = take_minus(&c);
  *magnitude = 0;
  if (c.at == c.end)
    return DUSQ_E_TYPE;
  bool fits = true;
  for (; c.at < c.end; c.at++) {
    if (!digit(*c.at))
      return DUSQ_E_TYPE;
    fits = fits && append_digit(magnitude, (unsigned)(*c.at - '0'));
  }
  return fits ? DUSQ_OK : DUSQ_E_RANGE;
}

dusq_status dusq__parse_int(const char *text, size_t len, int64_t *out)
{
  bool negative;
  uint64_t magnitude;
  dusq_status status = parse_magnitude(text, len, &negative, &magnitude);
  if (status)
    return status;
  if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
    return DUSQ_E_RANGE;
  *out = negative && magnitude ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
  return DUSQ_OK;
}

dusq_status dusq__parse_uint(const char *text, size_t len, uint64_t *out)
{
  bool negative;
  uint64_t magnitude;
  dusq_status status = parse_magnitude(text, len, &negative, &magnitude);
  if (status)
    return status;
  if (negative && magnitude)
    return DUSQ_E_RANGE;
  *out = magnitude;
  return DUSQ_OK;
}

/* ---- decimals and reals ------------------------------------------------------------------------------------------ */

typedef struct decimal {
  bool negative;
  const char *begin, *end; /* digits with at most one point */
  size_t fraction;         /* number of digits after the point */
  int64_t exponent;        /* as written, at most SATURATED in magnitude */
} decimal;

static bool scan_decimal(const char *text, size_t len, decimal *out)
{
  cursor c = {text, text + len};
  int64_t ignored;
  *out = (decimal){.negative = take_minus(&c)};
  out->begin = c.at;
  size_t digits = take_digits(&c, &ignored);
  if (take(&c, '.', '.'))
    out->fraction = take_digits(&c, &ignored);
  out->end = c.at;
  if (digits + out->fraction == 0)
    return false;
  if (take(&c, 'e', 'E')) {
    bool minus = take_minus(&c);
    if (!take_digits(&c, &out->exponent))
      return false;
    if (minus)
      out->exponent = -out->exponent;
  }
  return c.at == c.end;
}

/* The three values of dusq_value_format that are not digits. */
static bool special_real(const char *text, size_t len, double *out)
{
  if (len == 3 && memcmp(text, "NaN", 3) == 0)
    *out = (double)NAN;
  else if (len == 8 && memcmp(text, "Infinity", 8) == 0)
    *out = (double)INFINITY;
  else if (len == 9 && memcmp(text, "-Infinity", 9) == 0)
    *out = -(double)INFINITY;
  else
    return false;
  return true;
}

bool dusq__decimal_valid(const char *text, size_t len)
{
  decimal ignored;
  double special;
  return scan_decimal(text, len, &ignored) || special_real(text, len, &special);
}

dusq_status dusq__parse_whole(const char *text, size_t len, bool *negative, uint64_t *magnitude)
{
  decimal d;
  if (!scan_decimal(text, len, &d))
    return DUSQ_E_TYPE;
  uint64_t number = 0;
  int64_t power = d.exponent - (int64_t)d.fraction; /* the power of ten of the last digit */
  power += (int64_t)(d.end - d.begin) - (memchr(d.begin, '.', (size_t)(d.end - d.begin)) ? 1 : 0);
  for (const char *at = d.begin; at < d.end; at++) {
    if (*at == '.')
      continue;
    power--;
    if (power >= 0 ? !append_digit(&number, (unsigned)(*at - '0')) : *at != '0')
      return DUSQ_E_RANGE;
  }
  for (; number && power > 0; power--)
    if (!append_digit(&number, 0))
      return DUSQ_E_RANGE;
  *negative = d.negative;
  *magnitude = number;
  return DUSQ_OK;
}

/* 767 significant digits decide every rounding of a double; of those after them, only whether all are zero matters. */
enum { KEPT_DIGITS = 780, EXPONENT_ROOM = 16, EXPONENT_MAX = 100000 };

/* Writes the magnitude as digits and an exponent, "1234e-2"; returns false if it is zero.  Without a point, strtod
 * reads it the same way in every locale.                                                                             */
static bool normalise(const decimal *d, char text[KEPT_DIGITS + EXPONENT_ROOM])
{
  size_t n = 0;
  int64_t dropped = 0;
  bool sticky = false;
  for (const char *at = d->begin; at < d->end; at++) {
    if (*at == '.' || (n == 0 && *at == '0'))
      continue;
    if (n < KEPT_DIGITS) {
      text[n++] = *at;
    } else {
      dropped++;
      sticky = sticky || *at != '0';
    }
  }
  if (sticky)
    text[KEPT_DIGITS - 1] = '1'; /* non-zero, in the place of a digit that does not matter */
  int64_t exponent = d->exponent - (int64_t)d->fraction + dropped;
  if (exponent > EXPONENT_MAX)
    exponent = EXPONENT_MAX;
  if (exponent < -EXPONENT_MAX)
    exponent = -EXPONENT_MAX;
  snprintf(text + n, EXPONENT_ROOM, "e%d", (int)exponent);
  return n > 0;
}

dusq_status dusq__parse_real(const char *text, size_t len, double *out)
{
  decimal d;
  char plain[KEPT_DIGITS + EXPONENT_ROOM];
  if (special_real(text, len, out))
    return DUSQ_OK;
  if (!scan_decimal(text, len, &d))
    return DUSQ_E_TYPE;
  double real = normalise(&d, plain) ? strtod(plain, NULL) : 0.0;
  if (real > DBL_MAX)
    return DUSQ_E_RANGE;
  *out = d.negative ? -real : real;
  return DUSQ_OK;
}

/* ---- dates and times --------------------------------------------------------------------------------------------- */

typedef struct date_fields {
  int64_t year;
  int month, day;
} date_fields;

typedef struct time_fields {
  int64_t hours;
  int minutes, seconds;
  int64_t microseconds;
  bool inexact; /* there are non-zero digits after the microseconds */
} time_fields;

/* [+-]YYYY-MM-DD; years past 9999 have more digits, with or without a sign. */
static bool take_date(cursor *c, date_fields *out)
{
  bool minus = take_minus(c);
  if (take_digits(c, &out->year) < 4)
    return false;
  if (minus)
    out->year = -out->year;
  return take(c, '-', '-') && take_two(c, &out->month) && take(c, '-', '-') && take_two(c, &out->day);
}

static bool take_fraction(cursor *c, time_fields *out)
{
  int64_t scale = DUSQ__SECOND / 10;
  const char *begin = c->at;
  for (; digit(peek(c)); c->at++, scale /= 10) {
    out->microseconds += scale * (*c->at - '0');
    out->inexact = out->inexact || (scale == 0 && *c->at != '0');
  }
  return c->at > begin;
}

/* HH:MM[:SS[.f]], with at least two digits for the hours. */
static bool take_time(cursor *c, time_fields *out)
{
  *out = (time_fields){0};
  if (take_digits(c, &out->hours) < 2 || !take(c, ':', ':') || !take_two(c, &out->minutes))
    return false;
  if (!take(c, ':', ':'))
    return true;
  if (!take_two(c, &out->seconds))
    return false;
  return !take(c, '.', '.') || take_fraction(c, out);
}

/* Nothing, Z, or a sign with HH, HHMM or HH:MM. */
static bool take_offset(cursor *c, int *hours, int *minutes, bool *west)
{
  *hours = *minutes = 0;
  *west = false;
  if (c->at == c->end || take(c, 'Z', 'z'))
    return true;
  if (peek(c) != '+' && peek(c) != '-')
    return false;
  *west = take_minus(c);
  if (!take_two(c, hours))
    return false;
  if (c->at == c->end)
    return true;
  take(c, ':', ':');
  return take_two(c, minutes);
}

static dusq_status judge_date(const date_fields *date, int64_t *days)
{
  if (date->month < 1 || date->month > 12 || date->day < 1)
    return DUSQ_E_RANGE;
  if (date->day > dusq__days_in_month(date->year, date->month))
    return DUSQ_E_RANGE;
  if (date->year >= SATURATED || date->year <= -SATURATED)
    return DUSQ_E_RANGE;
  *days = dusq__days_from_civil((dusq__civil){.year = date->year, .month = date->month, .day = date->day});
  return DUSQ_OK;
}

/* Minutes, seconds and fraction in microseconds. */
static dusq_status judge_time(const time_fields *time, int64_t *microseconds)
{
  if (time->minutes > 59 || time->seconds > 59 || time->inexact)
    return DUSQ_E_RANGE;
  *microseconds = time->minutes * DUSQ__MINUTE + time->seconds * DUSQ__SECOND + time->microseconds;
  return DUSQ_OK;
}

/* count * unit + rest, where `unit` is a day or an hour and `rest` is less than a unit from 0. */
static dusq_status sum(int64_t count, int64_t unit, int64_t rest, int64_t *out)
{
  if (count < 0) { /* one unit nearer to 0, so that no intermediate value exceeds the result */
    count++;
    rest -= unit;
  }
  if (count > INT64_MAX / unit || count < INT64_MIN / unit)
    return DUSQ_E_RANGE;
  int64_t total = count * unit;
  if (rest > 0 ? total > INT64_MAX - rest : total < INT64_MIN - rest)
    return DUSQ_E_RANGE;
  *out = total + rest;
  return DUSQ_OK;
}

dusq_status dusq__parse_date(const char *text, size_t len, int32_t *days)
{
  cursor c = {text, text + len};
  date_fields date;
  int64_t wide;
  if (!take_date(&c, &date) || c.at != c.end)
    return DUSQ_E_TYPE;
  dusq_status status = judge_date(&date, &wide);
  if (status)
    return status;
  if (wide < INT32_MIN || wide > INT32_MAX)
    return DUSQ_E_RANGE;
  *days = (int32_t)wide;
  return DUSQ_OK;
}

dusq_status dusq__parse_time(const char *text, size_t len, int64_t *microseconds)
{
  cursor c = {text, text + len};
  time_fields time;
  int64_t rest;
  bool negative = take_minus(&c);
  if (!take_time(&c, &time) || c.at != c.end)
    return DUSQ_E_TYPE;
  dusq_status status = judge_time(&time, &rest);
  if (status)
    return status;
  return negative ? sum(-time.hours, DUSQ__HOUR, -rest, microseconds) : sum(time.hours, DUSQ__HOUR, rest, microseconds);
}

dusq_status dusq__parse_timestamp(const char *text, size_t len, int64_t *microseconds)
{
  cursor c = {text, text + len};
  date_fields date;
  time_fields time = {0};
  int offset_hours = 0, offset_minutes = 0;
  bool west = false;
  int64_t days, rest;
  if (!take_date(&c, &date))
    return DUSQ_E_TYPE;
  if (c.at < c.end) { /* a date alone is its midnight */
    if (!take(&c, ' ', 'T') && !take(&c, 't', 't'))
      return DUSQ_E_TYPE;
    if (!take_time(&c, &time) || !take_offset(&c, &offset_hours, &offset_minutes, &west) || c.at != c.end)
      return DUSQ_E_TYPE;
  }
  dusq_status status = judge_date(&date, &days);
  if (!status)
    status = judge_time(&time, &rest);
  if (status)
    return status;
  if (time.hours > 23 || offset_hours > 23 || offset_minutes > 59)
    return DUSQ_E_RANGE;
  int64_t offset = offset_hours * DUSQ__HOUR + offset_minutes * DUSQ__MINUTE;
  rest += time.hours * DUSQ__HOUR + (west ? offset : -offset);
  int64_t carry = dusq__floor_div(rest, DUSQ__DAY);
  return sum(days + carry, DUSQ__DAY, rest - carry * DUSQ__DAY, microseconds);
}

/* ---- UUIDs ------------------------------------------------------------------------------------------------------- */

static int hex(char c)
{
  if (digit(c))
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

dusq_status dusq__parse_uuid(const char *text, size_t len, uint8_t id[16])
{
  enum { UUID_BYTES = 16, UUID_TEXT = 36 };
  uint8_t bytes[UUID_BYTES];
  if (len != UUID_TEXT)
    return DUSQ_E_TYPE;
  for (size_t i = 0; i < UUID_BYTES; i++) {
    if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
      return DUSQ_E_TYPE;
    int high = hex(text[0]), low = hex(text[1]);
    if (high < 0 || low < 0)
      return DUSQ_E_TYPE;
    bytes[i] = (uint8_t)(high * 16 + low);
    text += 2;
  }
  memcpy(id, bytes, sizeof bytes);
  return DUSQ_OK;
}
