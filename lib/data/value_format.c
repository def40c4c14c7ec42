/* value_format.c - writing values as text.  No state, no memory, no locale; any thread.
 *
 *   REAL       the fewest digits that read back as the same double; never looks like an integer: "1.0", "0.0001",
 *              "1e-05", "1e+16", "-0.0"
 *   DATE       "2024-02-29"; years past 9999 and before 0 (1 BC) have a sign: "+12345-01-01", "-0044-03-15"
 *   TIME       "13:37:00.5"; "-01:00:00"; may exceed a day: "838:59:59"
 *   TIMESTAMP  "2024-02-29 13:37:00.5", in UTC
 * Fractions have as many digits as they need.  value_text.c reads all of these.                                      */
#include "data/calendar.h"
#include "data/value.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Counts all bytes, and writes those that there is room for. */
typedef struct writer {
  char *buffer;
  size_t size, len;
} writer;

static void put(writer *w, const char *bytes, size_t n)
{
  if (w->len < w->size && n) {
    size_t room = w->size - w->len;
    memcpy(w->buffer + w->len, bytes, n < room ? n : room);
  }
  w->len += n;
}

static void put_text(writer *w, const char *text)
{
  put(w, text, strlen(text));
}

static void put_char(writer *w, char c)
{
  put(w, &c, 1);
}

/* At least `width` digits. */
static void put_number(writer *w, uint64_t number, size_t width)
{
  enum { DIGITS = 20 };
  char digits[DIGITS];
  size_t n = 0;
  do {
    digits[DIGITS - ++n] = (char)('0' + number % 10);
    number /= 10;
  } while (number || n < width);
  put(w, digits + DIGITS - n, n);
}

static uint64_t magnitude(int64_t number)
{
  return number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
}

static void put_int(writer *w, int64_t number)
{
  if (number < 0)
    put_char(w, '-');
  put_number(w, magnitude(number), 1);
}

/* ---- reals ------------------------------------------------------------------------------------------------------- */

enum { MOST_DIGITS = 17, PLAIN_DIGITS = 16 };

/* 0.d1d2d3... x 10^point */
typedef struct digits {
  char text[MOST_DIGITS + 1];
  int n, point;
} digits;

/* The nearest number of `precision` digits.  Only digits are taken from printf's output, because its decimal point
 * depends on the locale.                                                                                             */
static digits round_to(double real, int precision)
{
  char text[64];
  digits d = {.n = 0};
  snprintf(text, sizeof text, "%.*e", precision - 1, real);
  const char *at = text;
  for (; *at && *at != 'e'; at++)
    if (*at >= '0' && *at <= '9' && d.n < MOST_DIGITS)
      d.text[d.n++] = *at;
  d.point = 1 + (*at ? (int)strtol(at + 1, NULL, 10) : 0);
  while (d.n > 1 && d.text[d.n - 1] == '0')
    d.n--;
  d.text[d.n] = '\0';
  return d;
}

static bool reads_back(const digits *d, double real)
{
  char text[MOST_DIGITS + 16];
  snprintf(text, sizeof text, "%se%d", d->text, d->point - d->n);
  return strtod(text, NULL) == real;
}

/* Above a power of two, doubles are further apart than below it: a 16-digit number may read back as the same double
 * without being the nearest one of 16 digits.                                                                        */
static void round_up(digits *d, double real)
{
  digits up = *d;
  if (up.n != MOST_DIGITS || up.text[MOST_DIGITS - 2] == '9')
    return;
  up.text[--up.n] = '\0';
  up.text[up.n - 1]++;
  if (reads_back(&up, real))
    *d = up;
}

static digits shortest(double real)
{
  digits d = {.n = 0};
  /* with 15 digits every shorter form of a normal number is found as well, but not of a subnormal one */
  for (int precision = real < DBL_MIN ? 1 : DBL_DIG; precision <= MOST_DIGITS; precision++) {
    d = round_to(real, precision);
    if (reads_back(&d, real))
      break;
  }
  round_up(&d, real);
  return d;
}

static void put_zeros(writer *w, int n)
{
  for (; n > 0; n--)
    put_char(w, '0');
}

static void put_plain(writer *w, const digits *d)
{
  size_t n = (size_t)d->n;
  if (d->point <= 0) {
    put_text(w, "0.");
    put_zeros(w, -d->point);
    put(w, d->text, n);
  } else if (d->point >= d->n) {
    put(w, d->text, n);
    put_zeros(w, d->point - d->n);
    put_text(w, ".0");
  } else {
    size_t whole = (size_t)d->point;
    put(w, d->text, whole);
    put_char(w, '.');
    put(w, d->text + whole, n - whole);
  }
}

static void put_scientific(writer *w, const digits *d)
{
  int exponent = d->point - 1;
  put(w, d->text, 1);
  if (d->n > 1) {
    put_char(w, '.');
    put(w, d->text + 1, (size_t)d->n - 1);
  }
  put_text(w, exponent < 0 ? "e-" : "e+");
  put_number(w, magnitude(exponent), 2);
}

static void put_real(writer *w, double real)
{
  if (isnan(real)) {
    put_text(w, "NaN");
    return;
  }
  if (signbit(real))
    put_char(w, '-');
  real = fabs(real);
  if (isinf(real)) {
    put_text(w, "Infinity");
  } else if (real < 1e15 && (double)(int64_t)real == real) {
    put_number(w, (uint64_t)real, 1);
    put_text(w, ".0");
  } else {
    digits d = shortest(real);
    if (d.point > -4 && d.point <= PLAIN_DIGITS)
      put_plain(w, &d);
    else
      put_scientific(w, &d);
  }
}

/* ---- dates and times --------------------------------------------------------------------------------------------- */

static void put_date(writer *w, int64_t days)
{
  dusq__civil date = dusq__civil_from_days(days);
  if (date.year < 0)
    put_char(w, '-');
  else if (date.year > 9999)
    put_char(w, '+');
  put_number(w, magnitude(date.year), 4);
  put_char(w, '-');
  put_number(w, (uint64_t)date.month, 2);
  put_char(w, '-');
  put_number(w, (uint64_t)date.day, 2);
}

static void put_time(writer *w, uint64_t microseconds)
{
  uint64_t fraction = microseconds % (uint64_t)DUSQ__SECOND;
  uint64_t seconds = microseconds / (uint64_t)DUSQ__SECOND;
  put_number(w, seconds / 3600, 2);
  put_char(w, ':');
  put_number(w, seconds / 60 % 60, 2);
  put_char(w, ':');
  put_number(w, seconds % 60, 2);
  if (!fraction)
    return;
  size_t width = 6;
  for (; fraction % 10 == 0; fraction /= 10)
    width--;
  put_char(w, '.');
  put_number(w, fraction, width);
}

static void put_timestamp(writer *w, int64_t microseconds)
{
  int64_t days = dusq__floor_div(microseconds, DUSQ__DAY);
  int64_t rest = microseconds % DUSQ__DAY;
  put_date(w, days);
  put_char(w, ' ');
  put_time(w, (uint64_t)(rest < 0 ? rest + DUSQ__DAY : rest));
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

static const char hex_digits[] = "0123456789abcdef";

static void put_hex(writer *w, uint8_t byte)
{
  put_char(w, hex_digits[byte >> 4]);
  put_char(w, hex_digits[byte & 15]);
}

static void put_blob(writer *w, const uint8_t *bytes, size_t n)
{
  put_text(w, "\\x");
  size_t i = 0;
  for (; i < n && w->len < w->size; i++)
    put_hex(w, bytes[i]);
  w->len += 2 * (n - i);
}

static void put_uuid(writer *w, const uint8_t id[16])
{
  for (size_t i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      put_char(w, '-');
    put_hex(w, id[i]);
  }
}

static void put_value(writer *w, const dusq_value *value)
{
  switch (value->type) {
  case DUSQ_BOOL:
    put_text(w, value->u.b ? "true" : "false");
    break;
  case DUSQ_INT:
    put_int(w, value->u.i);
    break;
  case DUSQ_UINT:
    put_number(w, value->u.n, 1);
    break;
  case DUSQ_REAL:
    put_real(w, value->u.r);
    break;
  case DUSQ_DECIMAL:
  case DUSQ_TEXT:
  case DUSQ_JSON:
    put(w, value->u.p, value->u.p ? (size_t)value->len : 0);
    break;
  case DUSQ_BLOB:
    put_blob(w, value->u.p, value->u.p ? (size_t)value->len : 0);
    break;
  case DUSQ_DATE:
    put_date(w, value->u.i);
    break;
  case DUSQ_TIME:
    if (value->u.i < 0)
      put_char(w, '-');
    put_time(w, magnitude(value->u.i));
    break;
  case DUSQ_TIMESTAMP:
    put_timestamp(w, value->u.i);
    break;
  case DUSQ_UUID:
    put_uuid(w, value->u.id);
    break;
  default: /* NULL, and kinds that do not exist */
    break;
  }
}

size_t dusq_value_format(const dusq_value *value, char *buffer, size_t size)
{
  writer w = {.buffer = buffer, .size = buffer ? size : 0};
  if (value)
    put_value(&w, value);
  if (w.size)
    buffer[w.len < w.size ? w.len : w.size - 1] = '\0';
  return w.len;
}
