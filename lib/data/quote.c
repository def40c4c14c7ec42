/* quote.c - see quote.h.
 *
 * A negative number is put in parentheses, so that a minus before it does not begin a comment.  A form that begins with
 * a letter for some values only gets a blank before it, so that it does not continue a word.                         */
#include "data/quote.h"
#include "base/utf8.h"
#include "data/calendar.h"
#include "data/value.h"
#include "data/value_text.h"
#include <dusq/backend.h>
#include <math.h>
#include <string.h>

enum { TEXT_SIZE = 64 };

/* Counts all bytes, and writes those that there is room for. */
typedef struct writer {
  char *out;
  size_t size, len;
  uint32_t dialect;
} writer;

static void put(writer *w, const char *bytes, size_t n)
{
  if (w->len < w->size && n) {
    size_t room = w->size - w->len;
    memcpy(w->out + w->len, bytes, n < room ? n : room);
  }
  w->len += n;
}

static void put_text(writer *w, const char *text)
{
  put(w, text, strlen(text));
}

static writer writer_of(uint32_t dialect, char *out, size_t size)
{
  return (writer){.out = out, .size = out ? size : 0, .dialect = dialect};
}

static size_t finish(writer *w, bool quoted)
{
  size_t len = quoted ? w->len : 0;
  if (w->size)
    w->out[len < w->size ? len : w->size - 1] = '\0';
  return quoted ? len : SIZE_MAX;
}

/* The bytes, with each `one` and `other` among them doubled. */
static void put_doubled(writer *w, const char *bytes, size_t n, char one, char other)
{
  size_t begin = 0;
  for (size_t i = 0; i < n; i++)
    if (bytes[i] == one || bytes[i] == other) {
      put(w, bytes + begin, i + 1 - begin);
      begin = i;
    }
  put(w, bytes + begin, n - begin);
}

static void put_hex(writer *w, const uint8_t *bytes, size_t n)
{
  static const char digits[] = "0123456789abcdef";
  for (; n && w->len < w->size; n--, bytes++) {
    const char two[] = {digits[*bytes >> 4], digits[*bytes & 15]};
    put(w, two, 2);
  }
  w->len += 2 * n; /* counts the bytes that there is no room for */
}

static bool is_dialect(uint32_t dialect)
{
  return dialect == DUSQ_DIALECT_SQLITE || dialect == DUSQ_DIALECT_POSTGRESQL || dialect == DUSQ_DIALECT_MYSQL;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* MySQL's names have no characters past U+FFFF: "Schema Object Names" in its manual. */
static bool has_supplementary(const char *name)
{
  while (*name && (unsigned char)*name < 0xF0)
    name++;
  return *name != '\0';
}

size_t dusq__quote_identifier(uint32_t dialect, const char *name, char *out, size_t size)
{
  writer w = writer_of(dialect, out, size);
  bool mysql = dialect == DUSQ_DIALECT_MYSQL;
  if (!is_dialect(dialect) || !name || !*name || !dusq__utf8_valid(name, strlen(name)))
    return finish(&w, false);
  if (mysql && has_supplementary(name))
    return finish(&w, false);
  char quote = mysql ? '`' : '"';
  put(&w, &quote, 1);
  put_doubled(&w, name, strlen(name), quote, quote);
  put(&w, &quote, 1);
  return finish(&w, true);
}

/* ---- texts and bytes --------------------------------------------------------------------------------------------- */

/* MySQL's modes decide whether a backslash escapes, and MariaDB's EMPTY_STRING_IS_NULL makes an empty text a NULL. */
static void put_string(writer *w, const char *text, size_t n)
{
  bool backslash = n && memchr(text, '\\', n);
  if (w->dialect == DUSQ_DIALECT_MYSQL && (backslash || !n)) {
    put_text(w, " _utf8mb4 X'");
    put_hex(w, (const uint8_t *)text, n);
  } else if (w->dialect == DUSQ_DIALECT_POSTGRESQL && backslash) {
    put_text(w, " E'");
    put_doubled(w, text, n, '\'', '\\');
  } else {
    put_text(w, "'");
    put_doubled(w, text, n, '\'', '\'');
  }
  put_text(w, "'");
}

static void put_blob(writer *w, const uint8_t *bytes, size_t n)
{
  bool postgresql = w->dialect == DUSQ_DIALECT_POSTGRESQL;
  put_text(w, postgresql ? " E'\\\\x" : "X'");
  put_hex(w, bytes, n);
  put_text(w, postgresql ? "'::bytea" : "'");
}

/* The text of dusq_value_format in quotes, with a type before and behind it. */
static void put_formatted(writer *w, const dusq_value *value, const char *before, const char *behind)
{
  char text[TEXT_SIZE];
  size_t len = dusq_value_format(value, text, sizeof text);
  put_text(w, before);
  put_text(w, "'");
  put(w, text, len);
  put_text(w, "'");
  put_text(w, behind);
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

/* A number, which may be negative. */
static void put_number(writer *w, const char *digits, size_t n, const char *behind)
{
  bool minus = digits[0] == '-';
  put_text(w, minus ? "(" : "");
  put(w, digits, n);
  put_text(w, behind);
  put_text(w, minus ? ")" : "");
}

static void put_integer(writer *w, const dusq_value *value)
{
  char text[TEXT_SIZE];
  size_t len = dusq_value_format(value, text, sizeof text);
  if (w->dialect == DUSQ_DIALECT_POSTGRESQL && value->type == DUSQ_INT && value->u.i == INT64_MIN)
    put_formatted(w, value, "", "::int8"); /* the magnitude of INT64_MIN is a numeric */
  else
    put_number(w, text, len, "");
}

/* SQLite's reading of decimals is not exact to the last bit (3.40 misses five of a thousand), but its arithmetic is. So
 * a real that is not a small whole number is written as an integer times or divided by powers of two.  Each step is
 * exact, because its result has no more significant bits than the integer.                                           */
static void put_sqlite_real(writer *w, double real)
{
  enum { BITS = 52 };
  char text[TEXT_SIZE];
  int exponent;
  double fraction = frexp(real, &exponent);
  dusq_value number = dusq_int((int64_t)ldexp(fraction, BITS + 1));
  exponent -= BITS + 1;
  for (; number.u.i % 2 == 0; exponent++)
    number.u.i /= 2;
  put_text(w, "(");
  put(w, text, dusq_value_format(&number, text, sizeof text));
  const char *step = exponent < 0 ? "/" : "*";
  for (int left = exponent < 0 ? -exponent : exponent; left > 0; left -= BITS) {
    number = dusq_int(INT64_C(1) << (left < BITS ? left : BITS));
    put_text(w, step);
    put(w, text, dusq_value_format(&number, text, sizeof text));
    put_text(w, ".0");
  }
  put_text(w, ")");
}

static bool put_sqlite(writer *w, const dusq_value *value, const char *text, size_t len)
{
  double real = value->u.r;
  if (isnan(real))
    return false;
  if (isinf(real))
    put_text(w, real < 0 ? "(-9e999)" : "9e999");
  else if (fabs(real) < 9007199254740992.0 && (double)(int64_t)real == real)
    put_number(w, text, len, "");
  else
    put_sqlite_real(w, real);
  return true;
}

static bool put_real(writer *w, const dusq_value *value)
{
  char text[TEXT_SIZE];
  size_t len = dusq_value_format(value, text, sizeof text);
  if (w->dialect == DUSQ_DIALECT_POSTGRESQL) {
    put_formatted(w, value, "", "::float8");
    return true;
  }
  if (w->dialect == DUSQ_DIALECT_SQLITE)
    return put_sqlite(w, value, text, len);
  if (!isfinite(value->u.r))
    return false;
  put_number(w, text, len, strchr(text, 'e') ? "" : "e0"); /* without an exponent it would be a decimal */
  return true;
}

/* MySQL's decimals have 65 digits, 30 of them after the point, and longer ones are cut; with an exponent it is a
 * double.                                                                                                            */
static bool put_mysql_decimal(writer *w, const char *text, size_t n)
{
  enum { DIGITS = 65, FRACTION = 30 };
  bool minus = text[0] == '-';
  if (text[0] == '-' || text[0] == '+')
    text++, n--;
  const char *point = memchr(text, '.', n);
  size_t whole = point ? (size_t)(point - text) : n, fraction = point ? n - whole - 1 : 0;
  if (memchr(text, 'e', n) || memchr(text, 'E', n) || fraction > FRACTION || whole + fraction > DIGITS)
    return false;
  put_text(w, minus ? "(-" : "(");
  put_text(w, whole ? "" : "0");
  put(w, text, n);
  put_text(w, point ? ")" : ".)"); /* the point makes it a decimal, not an integer */
  return true;
}

static bool put_decimal(writer *w, const dusq_value *value)
{
  if (w->dialect != DUSQ_DIALECT_POSTGRESQL && dusq__decimal_special(value->u.p, (size_t)value->len))
    return false;
  if (w->dialect == DUSQ_DIALECT_MYSQL)
    return put_mysql_decimal(w, value->u.p, (size_t)value->len);
  put_string(w, value->u.p, (size_t)value->len); /* SQLite stores decimals as texts */
  put_text(w, w->dialect == DUSQ_DIALECT_POSTGRESQL ? "::numeric" : "");
  return true;
}

/* ---- dates and times --------------------------------------------------------------------------------------------- */

static const int64_t mysql_last_day = INT64_C(2932896); /* 9999-12-31 */

static int64_t day_of(const dusq_value *value)
{
  return value->type == DUSQ_DATE ? value->u.i : dusq__floor_div(value->u.i, DUSQ__DAY);
}

/* PostgreSQL writes years without a sign: "12345-01-01", and 0044 BC for the year -43. */
static void put_postgresql_day(writer *w, const dusq_value *value)
{
  char text[TEXT_SIZE];
  dusq_value year = dusq_int(dusq__civil_from_days(day_of(value)).year);
  bool before = year.u.i <= 0;
  year.u.i = before ? 1 - year.u.i : year.u.i;
  put_text(w, "'");
  size_t len = dusq_value_format(&year, text, sizeof text);
  put(w, "0000", len < 4 ? 4 - len : 0);
  put(w, text, len);
  dusq_value_format(value, text, sizeof text);
  put_text(w, strchr(text + 1, '-')); /* after the year and its sign */
  put_text(w, value->type == DUSQ_TIMESTAMP ? "+00" : "");
  put_text(w, before ? " BC'" : "'");
  put_text(w, value->type == DUSQ_DATE ? "::date" : "");
}

static bool put_day(writer *w, const dusq_value *value)
{
  bool date = value->type == DUSQ_DATE;
  if (w->dialect == DUSQ_DIALECT_POSTGRESQL) {
    put_postgresql_day(w, value);
    return true;
  }
  int64_t day = day_of(value), first = date ? -719528 : -719162; /* the first day of the year 0, or of the year 1 */
  bool mysql = w->dialect == DUSQ_DIALECT_MYSQL;
  if (mysql && (day < first || day > mysql_last_day))
    return false;
  put_formatted(w, value, !mysql ? "" : date ? "DATE " : "TIMESTAMP ", "");
  return true;
}

static bool put_time(writer *w, const dusq_value *value)
{
  const int64_t mysql_end = 839 * DUSQ__HOUR, us = value->u.i;
  bool mysql = w->dialect == DUSQ_DIALECT_MYSQL;
  if (mysql && (us <= -mysql_end || us >= mysql_end))
    return false;
  const char *behind = us >= 0 && us < DUSQ__DAY ? "::time" : "::interval";
  put_formatted(w, value, mysql ? "TIME " : "", w->dialect == DUSQ_DIALECT_POSTGRESQL ? behind : "");
  return true;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static bool put_uint(writer *w, const dusq_value *value)
{
  if (w->dialect == DUSQ_DIALECT_SQLITE && value->u.n > INT64_MAX)
    return false; /* SQLite would read it as a real */
  put_integer(w, value);
  return true;
}

static bool put_literal(writer *w, const dusq_value *value)
{
  switch (value->type) {
  case DUSQ_NULL:
    put_text(w, "NULL");
    return true;
  case DUSQ_BOOL:
    if (w->dialect == DUSQ_DIALECT_SQLITE)
      put_text(w, value->u.b ? "1" : "0");
    else
      put_text(w, value->u.b ? "TRUE" : "FALSE");
    return true;
  case DUSQ_INT:
    put_integer(w, value);
    return true;
  case DUSQ_UINT:
    return put_uint(w, value);
  case DUSQ_REAL:
    return put_real(w, value);
  case DUSQ_DECIMAL:
    return put_decimal(w, value);
  case DUSQ_TEXT:
  case DUSQ_JSON:
    put_string(w, value->u.p, (size_t)value->len);
    return true;
  case DUSQ_BLOB:
    put_blob(w, value->u.p, (size_t)value->len);
    return true;
  case DUSQ_DATE:
  case DUSQ_TIMESTAMP:
    return put_day(w, value);
  case DUSQ_TIME:
    return put_time(w, value);
  default:
    put_formatted(w, value, "", w->dialect == DUSQ_DIALECT_POSTGRESQL ? "::uuid" : "");
    return true;
  }
}

size_t dusq__quote_literal(uint32_t dialect, const dusq_value *value, char *out, size_t size)
{
  writer w = writer_of(dialect, out, size);
  const char *why;
  if (!is_dialect(dialect) || !value || dusq__value_check(value, &why))
    return finish(&w, false);
  return finish(&w, put_literal(&w, value));
}
