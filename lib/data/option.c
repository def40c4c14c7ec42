/* option.c - see option.h.  Numbers with a unit are exact: "1.5s" is 1,500,000,000 ns, "0.1ns" is refused. */
#include "data/option.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "data/error.h"
#include <string.h>

typedef struct unit {
  const char *name;
  int64_t factor;
} unit;

/* From the largest to the smallest.  The first one with an empty name applies to a number without a unit. */
static const unit duration_units[] = {
  {"h", INT64_C(3600000000000)}, {"min", INT64_C(60000000000)}, {"s", 1000000000}, {"ms", 1000000},
  {"us", 1000}, {"ns", 1}, {"", 1000000}, {NULL, 0}
};
static const unit size_units[] = {
  {"TiB", INT64_C(1) << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"TB", INT64_C(1000000000000)},
  {"GB", 1000000000}, {"MB", 1000000}, {"KB", 1000}, {"B", 1}, {"", 1}, {NULL, 0}
};

typedef enum verdict { FINE, UNREADABLE, OUT_OF_RANGE } verdict;

static bool digit(char c)
{
  return c >= '0' && c <= '9';
}

static char lower(char c)
{
  return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool same_letters(const char *text, const char *other, size_t len)
{
  for (size_t i = 0; i < len; i++)
    if (text[i] == '\0' || lower(text[i]) != lower(other[i]))
      return false;
  return text[len] == '\0';
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

/* Reads the digits at *text and moves *text past them; UINT64_MAX if the number is too large. */
static uint64_t digits(const char **text)
{
  uint64_t number = 0;
  for (; digit(**text); ++*text) {
    uint64_t next = (uint64_t)(**text - '0');
    number = number > (UINT64_MAX - next) / 10 ? UINT64_MAX : number * 10 + next;
  }
  return number;
}

static verdict read_int(const char *text, int64_t *number)
{
  bool negative = *text == '-';
  const char *c = text + (*text == '-' || *text == '+');
  if (!digit(*c))
    return UNREADABLE;
  uint64_t magnitude = digits(&c);
  if (*c)
    return UNREADABLE;
  if (magnitude > (uint64_t)INT64_MAX + (negative ? 1u : 0u))
    return OUT_OF_RANGE;
  if (negative)
    *number = magnitude ? -(int64_t)(magnitude - 1) - 1 : 0;
  else
    *number = (int64_t)magnitude;
  return FINE;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
  while (b) {
    uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* Reads the digits after a point, times `factor`, which must give a whole number. */
static verdict read_fraction(const char *from, const char *to, int64_t factor, int64_t *number)
{
  while (to > from && to[-1] == '0')
    to--;
  if (to - from > 18)
    return UNREADABLE;
  uint64_t above = 0;
  uint64_t below = 1;
  for (; from < to; from++, below *= 10)
    above = above * 10 + (uint64_t)(*from - '0');
  uint64_t divisor = common_divisor(below, (uint64_t)factor);
  below /= divisor;
  if (above % below)
    return UNREADABLE;
  *number = (int64_t)(above / below * ((uint64_t)factor / divisor)); /* less than factor */
  return FINE;
}

static verdict read_quantity(const char *text, const unit *units, bool any_case, int64_t *number)
{
  if (!digit(*text))
    return UNREADABLE;
  uint64_t whole = digits(&text);
  const char *fraction = text;
  if (*text == '.') {
    fraction = ++text;
    if (!digit(*text))
      return UNREADABLE;
    digits(&text);
  }
  const char *fraction_end = text;
  while (units->name && !(any_case ? same_letters(text, units->name, strlen(units->name)) : !strcmp(text, units->name)))
    units++;
  if (!units->name)
    return UNREADABLE;
  int64_t part = 0;
  verdict told = read_fraction(fraction, fraction_end, units->factor, &part);
  if (told != FINE)
    return told;
  if (whole > (uint64_t)(INT64_MAX - part) / (uint64_t)units->factor)
    return OUT_OF_RANGE;
  *number = (int64_t)whole * units->factor + part;
  return FINE;
}

static verdict read_duration(const char *text, int64_t *number)
{
  if (strcmp(text, "none") == 0) {
    *number = DUSQ_FOREVER;
    return FINE;
  }
  return read_quantity(text, duration_units, false, number);
}

/* ---- booleans and choices ---------------------------------------------------------------------------------------- */

static verdict read_bool(const char *text, int64_t *number)
{
  static const char *const words[] = {"off", "on", "false", "true", "no", "yes", "0", "1"};
  for (int i = 0; i < 8; i++) {
    if (same_letters(text, words[i], strlen(words[i]))) {
      *number = i % 2;
      return FINE;
    }
  }
  return UNREADABLE;
}

static verdict read_choice(const char *choices, const char *text, int64_t *number)
{
  for (int64_t i = 0;; i++) {
    size_t len = strcspn(choices, "|");
    if (len && same_letters(text, choices, len)) {
      *number = i;
      return FINE;
    }
    if (choices[len] == '\0')
      return UNREADABLE;
    choices += len + 1;
  }
}

/* ---- one option -------------------------------------------------------------------------------------------------- */

static verdict check_range(const dusq_option *option, int64_t number)
{
  if (option->min == 0 && option->max == 0)
    return number < 0 ? OUT_OF_RANGE : FINE;
  return number < option->min || number > option->max ? OUT_OF_RANGE : FINE;
}

static verdict read_value(const dusq_option *option, const char *text, int64_t *number)
{
  verdict told;
  switch (option->kind) {
  case DUSQ_OPTION_INT:
    told = read_int(text, number);
    break;
  case DUSQ_OPTION_SIZE:
    told = read_quantity(text, size_units, true, number);
    break;
  case DUSQ_OPTION_DURATION:
    told = read_duration(text, number);
    break;
  case DUSQ_OPTION_BOOL:
    return read_bool(text, number);
  case DUSQ_OPTION_CHOICE:
    return read_choice(option->choices, text, number);
  default:
    return FINE;
  }
  return told == FINE ? check_range(option, *number) : told;
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static void show_number(dusq__buffer *to, uint32_t kind, int64_t number)
{
  const unit *units = kind == DUSQ_OPTION_DURATION ? duration_units : size_units;
  if (kind == DUSQ_OPTION_INT || number <= 0) {
    dusq__buffer_addf(to, "%lld", (long long)number);
    return;
  }
  if (kind == DUSQ_OPTION_DURATION && number == DUSQ_FOREVER) {
    dusq__buffer_adds(to, "none");
    return;
  }
  while (number % units->factor) /* ends at the last unit with a name, whose factor is 1 */
    units++;
  dusq__buffer_addf(to, "%lld%s", (long long)(number / units->factor), units->name);
}

static void show_range(dusq__buffer *to, const dusq_option *option)
{
  bool free_above = option->max == INT64_MAX || (option->min == 0 && option->max == 0);
  dusq__buffer_adds(to, free_above ? "is out of range (at least " : "is out of range (");
  show_number(to, option->kind, option->min);
  if (!free_above) {
    dusq__buffer_adds(to, " to ");
    show_number(to, option->kind, option->max);
  }
  dusq__buffer_adds(to, ")");
}

static void show_kind(dusq__buffer *to, const dusq_option *option)
{
  switch (option->kind) {
  case DUSQ_OPTION_INT:
    dusq__buffer_adds(to, "is not a whole number");
    break;
  case DUSQ_OPTION_SIZE:
    dusq__buffer_adds(to, "is not a size (such as 65536, 64KiB, 1GiB)");
    break;
  case DUSQ_OPTION_DURATION:
    dusq__buffer_adds(to, "is not a duration (such as 250ms, 2s, none)");
    break;
  case DUSQ_OPTION_BOOL:
    dusq__buffer_adds(to, "is neither on nor off");
    break;
  default:
    dusq__buffer_adds(to, "is none of ");
    for (const char *c = option->choices; *c; c++) {
      if (*c == '|')
        dusq__buffer_adds(to, ", ");
      else
        dusq__buffer_addc(to, *c);
    }
  }
}

/* Whether a value may be quoted in an error: a mistake in the URI's query may make a part of a password a value. */
static bool may_be_shown(const char *text)
{
  enum { MAX_SHOWN = 32 };
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-";
  size_t len = strspn(text, plain);
  return text[len] == '\0' && len <= MAX_SHOWN;
}

static dusq_error *option_error(const dusq_option *option, const char *text, verdict told)
{
  dusq__buffer why;
  dusq__buffer_init(&why);
  if (may_be_shown(text))
    dusq__buffer_addf(&why, "\"%s\" ", text);
  else
    dusq__buffer_adds(&why, "the value ");
  if (told == OUT_OF_RANGE)
    show_range(&why, option);
  else
    show_kind(&why, option);
  char *reason = dusq__buffer_take(&why, NULL);
  if (!reason)
    return dusq__error_static(DUSQ_E_NOMEM);
  dusq_error *error = dusq_error_new(DUSQ_E_URI, NULL, 0, "option %s: %s", option->key, reason);
  dusq__free(reason);
  return error;
}

dusq_status dusq__option_read(const dusq_option *option, const char *text, int64_t *number, dusq_error **error)
{
  int64_t value = 0;
  verdict told = read_value(option, text, &value);
  if (told != FINE)
    return dusq__error_give(error, option_error(option, text, told));
  *number = value;
  return DUSQ_OK;
}

const dusq_option *dusq__option_find(const dusq_option *list, const char *key)
{
  for (; list && list->key; list++)
    if (strcmp(list->key, key) == 0)
      return list;
  return NULL;
}
