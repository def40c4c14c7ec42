/* hide.c - removing values of rows from a message.
 *
 * Messages that are known to have a value are cut exactly.  Of a number that is not known, what may be a value is
 * removed: what stands in quotes, in parentheses or behind a colon, and numbers.  It is not known if its status does
 * not tell what kind of names the message has.                                                                       */
#include "hide.h"
#include "error.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { CUT_LEN = 480, /* the server cuts a message at 512 bytes, and a quote that ends it may be missing then */
       ER_UNKNOWN = 1105, ER_WRONG_VALUE_FOR_VARIABLE = 1231 };

const char *dusq__my_last(const char *text, const char *what)
{
  const char *found = NULL;
  for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
    found = at;
  return found;
}

const char *dusq__my_row_part(const char *text)
{
  static const char words[] = " at row ";
  const char *part = dusq__my_last(text, words);
  if (!part)
    return NULL;
  const char *number = part + sizeof words - 1;
  size_t digits = strspn(number, "0123456789");
  return digits && !number[digits] ? part : NULL;
}

/* ---- known messages ---------------------------------------------------------------------------------------------- */

/* "Duplicate entry 'value' for key 'name'" */
static bool find_entry(const char *text, const char **begin, const char **end)
{
  *begin = strstr(text, " entry '");
  *end = dusq__my_last(text, "' for key ");
  if (!*begin || !*end)
    return false;
  *begin += 6;
  *end += 1;
  return true;
}

/* "Incorrect integer value: 'value' for column ... at row 1", or the same for a function, or nothing after the value */
static bool find_value(int64_t native, const char *text, const char **begin, const char **end)
{
  *begin = strstr(text, " value: '");
  if (!*begin)
    return false;
  *begin += 6;
  *end = NULL;
  if (native == MY_ER_WRONG_VALUE_FOR_TYPE)
    *end = dusq__my_last(text, "' for function ");
  else if (dusq__my_row_part(text))
    *end = dusq__my_last(text, "' for column ");
  *end = *end ? *end + 1 : text + strlen(text);
  return true;
}

static bool find_known(const dusq__my_said *said, const char **begin, const char **end)
{
  switch (said->native) {
  case MY_ER_DUP_ENTRY:
  case MY_ER_DUP_ENTRY_WITH_KEY_NAME:
    return find_entry(said->text, begin, end);
  case MY_ER_TRUNCATED:
  case MY_ER_WRONG_VALUE:
  case MY_ER_WRONG_VALUE_FOR_TYPE:
  case MY_ER_BAD_TIME:
    return find_value(said->native, said->text, begin, end);
  default:
    return false;
  }
}

/* ---- other messages ---------------------------------------------------------------------------------------------- */

/* Whether the message of a number without a rule may have a value.  While a statement is prepared there are no values
 * yet; what a program signals itself (class 45) is its own text.                                                     */
static bool may_have_value(const dusq__my_said *said)
{
  switch (said->native) {
  case MY_ER_TOO_LONG: /* a column and a row only, as in the next two */
  case MY_ER_OUT_OF_RANGE:
  case MY_ER_CUT:
    return false;
  case ER_UNKNOWN:
  case ER_WRONG_VALUE_FOR_VARIABLE:
    return true;
  default:
    break;
  }
  if (said->preparing || (said->state && !strncmp(said->state, "45", 2)))
    return false;
  return said->status == DUSQ_E_SQL || said->status == DUSQ_E_DATA || said->status == DUSQ_E_CONSTRAINT ||
         said->status == DUSQ_E_UNIQUE || said->status == DUSQ_E_RANGE;
}

/* The part from the first quote, parenthesis or colon to the last; false if there is none. */
static bool find_marked(const char *text, const char **begin, const char **end)
{
  static const char opening[] = "'\"`(", closing[] = "'\"`)";
  const char *row = dusq__my_row_part(text), *stop = row ? row : text + strlen(text);
  const char *quote = strpbrk(text, opening), *colon = strstr(text, ": ");
  if (colon && (!quote || colon < quote)) {
    *begin = colon + 2;
    *end = stop;
    return true;
  }
  if (!quote)
    return false;
  *begin = *end = quote;
  for (const char *at = quote + 1; *at; at++)
    if (strchr(closing, *at))
      *end = at + 1;
  if (*end == quote || strlen(text) > CUT_LEN) /* what was opened is not closed */
    *end = stop > quote ? stop : text + strlen(text);
  return true;
}

/* Appends a part of a message without the numbers in it. */
static void add_part(char *out, const char *part, const char *end)
{
  size_t len = strlen(out);
  while (part < end && len + 8 < DUSQ__MY_TEXT_SIZE) {
    bool begins = !len || !(isalnum((unsigned char)out[len - 1]) || out[len - 1] == '_' || out[len - 1] == '.');
    size_t sign = begins && (*part == '-' || *part == '+');
    if (begins && isdigit((unsigned char)part[sign])) {
      while (part < end && (isalnum((unsigned char)*part) || (*part && strchr(".:+-", *part))))
        part++;
      memcpy(out + len, "...", 4);
      len += 3;
    } else {
      out[len++] = *part++;
      out[len] = '\0';
    }
  }
}

static void hide_unknown(const char *text, char out[DUSQ__MY_TEXT_SIZE])
{
  const char *row = dusq__my_row_part(text), *whole = text + strlen(text), *stop = row ? row : whole;
  const char *begin = NULL, *end = stop;
  bool marked = find_marked(text, &begin, &end);
  out[0] = '\0';
  add_part(out, text, marked ? begin : stop);
  if (!marked)
    end = stop;
  size_t len = strlen(out);
  if (marked && len + 4 < DUSQ__MY_TEXT_SIZE)
    memcpy(out + len, "...", 4);
  if (end < stop)
    add_part(out, end, stop);
  len = strlen(out);
  if (row && end <= row)
    snprintf(out + len, DUSQ__MY_TEXT_SIZE - len, "%s", row);
}

bool dusq__my_hide(const dusq__my_said *said, char out[DUSQ__MY_TEXT_SIZE])
{
  const char *begin, *end;
  if (find_known(said, &begin, &end)) {
    if (end < begin)
      end = said->text + strlen(said->text);
    snprintf(out, DUSQ__MY_TEXT_SIZE, "%.*s%s", (int)(begin - said->text), said->text, end);
    return true;
  }
  if (!may_have_value(said))
    return false;
  hide_unknown(said->text, out);
  return strcmp(out, said->text) != 0;
}
