/* json.c - a result set as one line of JSON (RFC 8259): an array with an object for each row.
 *
 * Numbers are written with all their digits.  What JSON has no number for (NaN, Infinity) is a text, as are dates,
 * times and UUIDs; a BLOB is "\x" and its bytes in hexadecimal; a JSON value stands as it is if it is JSON.  Bytes
 * that are no UTF-8 become U+FFFD.  A name that several columns have gets _2, _3 ... from the second on.             */
#include "print.h"
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 512 };

static void add_escape(buffer *b, uint32_t c)
{
  static const char letters[] = "btn\vfr"; /* from 8 on; 11 has none */
  if (c == '"' || c == '\\')
    buffer_format(b, "\\%c", (char)c);
  else if (c >= 8 && c <= 13 && c != 11)
    buffer_format(b, "\\%c", letters[c - 8]);
  else
    buffer_format(b, "\\u%04x", (unsigned)c);
}

static void add_string(buffer *b, const char *text, size_t len)
{
  buffer_char(b, '"');
  for (size_t at = 0, from = 0; at < len;) {
    uint32_t c;
    size_t n = utf8_read(text + at, len - at, &c);
    at += n;
    bool plain = c != UTF8_INVALID && c >= 0x20 && c != 0x7f && c != '"' && c != '\\';
    if (plain && at < len)
      continue;
    buffer_add(b, text + from, (plain ? at : at - n) - from);
    if (c == UTF8_INVALID)
      buffer_string(b, "\xef\xbf\xbd");
    else if (!plain)
      add_escape(b, c);
    from = at;
  }
  buffer_char(b, '"');
}

/* ---- is it JSON already? ----------------------------------------------------------------------------------------- */

/* Reading stops for good at what is no JSON: `at` is NULL then. */
typedef struct reader {
  const char *at, *end;
} reader;

static void skip_blanks(reader *r)
{
  while (r->at && r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at)
    r->at++;
}

static bool next_is(reader *r, char c)
{
  if (!r->at || r->at == r->end || *r->at != c)
    return false;
  r->at++;
  return true;
}

static void want(reader *r, bool good)
{
  if (!good)
    r->at = NULL;
}

static size_t read_digits(reader *r)
{
  size_t n = 0;
  for (; r->at && r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
    n++;
  return n;
}

static void read_number(reader *r)
{
  next_is(r, '-');
  if (!next_is(r, '0'))
    want(r, read_digits(r) > 0);
  if (next_is(r, '.'))
    want(r, read_digits(r) > 0);
  if (next_is(r, 'e') || next_is(r, 'E')) {
    if (!next_is(r, '+'))
      next_is(r, '-');
    want(r, read_digits(r) > 0);
  }
}

static bool is_hex(char c)
{
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Behind the backslash. */
static void read_escape(reader *r)
{
  bool good = r->at < r->end && *r->at && strchr("\"\\/bfnrtu", *r->at);
  bool code = good && *r->at == 'u';
  want(r, good);
  if (good)
    r->at++;
  for (int i = 0; code && r->at && i < 4; i++) {
    want(r, r->at < r->end && is_hex(*r->at));
    if (r->at)
      r->at++;
  }
}

static void read_string(reader *r)
{
  want(r, next_is(r, '"'));
  while (r->at && !next_is(r, '"')) {
    uint32_t c = UTF8_INVALID;
    size_t n = r->at < r->end ? utf8_read(r->at, (size_t)(r->end - r->at), &c) : 0;
    want(r, c != UTF8_INVALID && c >= 0x20);
    if (r->at)
      r->at += n;
    if (r->at && c == '\\')
      read_escape(r);
  }
}

static bool read_word(reader *r, const char *word)
{
  size_t n = strlen(word);
  bool there = (size_t)(r->end - r->at) >= n && !memcmp(r->at, word, n);
  if (there)
    r->at += n;
  return there;
}

static void read_any(reader *r, int depth);

static void read_members(reader *r, char close, int depth)
{
  r->at++;
  skip_blanks(r);
  if (next_is(r, close))
    return;
  do {
    skip_blanks(r);
    if (close == '}') {
      read_string(r);
      skip_blanks(r);
      want(r, next_is(r, ':'));
    }
    read_any(r, depth);
  } while (next_is(r, ','));
  want(r, next_is(r, close));
}

static void read_any(reader *r, int depth)
{
  skip_blanks(r);
  if (!r->at || r->at == r->end || depth > DEEPEST) {
    r->at = NULL;
    return;
  }
  if (*r->at == '{' || *r->at == '[')
    read_members(r, *r->at == '{' ? '}' : ']', depth + 1);
  else if (*r->at == '"')
    read_string(r);
  else if (!read_word(r, "true") && !read_word(r, "false") && !read_word(r, "null"))
    read_number(r);
  skip_blanks(r);
}

static bool is_json(const char *text, size_t len)
{
  reader r = {text, text + len};
  read_any(&r, 0);
  return r.at == r.end;
}

/* A line break can only stand between the tokens of JSON, and would end the line of output. */
static void add_json(buffer *b, const char *text, size_t len)
{
  if (!is_json(text, len)) {
    add_string(b, text, len);
    return;
  }
  for (size_t i = 0; i < len; i++)
    buffer_char(b, text[i] == '\n' || text[i] == '\r' ? ' ' : text[i]);
}

static bool is_number(const char *text, size_t len)
{
  reader r = {text, text + len};
  read_number(&r);
  return len && r.at == r.end;
}

/* ---- values and rows --------------------------------------------------------------------------------------------- */

static void add_value(buffer *b, const dusq_value *value)
{
  char text[64];
  size_t len;
  switch (value->type) {
  case DUSQ_NULL:
    buffer_string(b, "null");
    break;
  case DUSQ_BOOL:
  case DUSQ_INT:
  case DUSQ_UINT:
    buffer_value(b, value);
    break;
  case DUSQ_TEXT:
    add_string(b, value->u.p, (size_t)value->len);
    break;
  case DUSQ_JSON:
    add_json(b, value->u.p, (size_t)value->len);
    break;
  case DUSQ_DECIMAL:
    if (is_number(value->u.p, (size_t)value->len))
      buffer_add(b, value->u.p, (size_t)value->len);
    else
      add_string(b, value->u.p, (size_t)value->len);
    break;
  case DUSQ_BLOB:
    buffer_string(b, "\"\\"); /* the backslash that begins the value is escaped */
    buffer_value(b, value);
    buffer_char(b, '"');
    break;
  default:
    len = dusq_value_format(value, text, sizeof text);
    if (value->type == DUSQ_REAL && is_number(text, len))
      buffer_add(b, text, len);
    else
      add_string(b, text, len);
    break;
  }
}

/* Whether a column other than `col` has that name, or one before it has been given it. */
static bool is_taken(const dusq_result *set, const buffer *names, size_t col, const char *name)
{
  for (size_t i = 0; i < dusq_result_cols(set); i++)
    if ((i != col && !strcmp(dusq_result_name(set, i), name)) || (i < col && !strcmp(names[i].bytes, name)))
      return true;
  return false;
}

/* The names that the members get, NUL-terminated.  False when memory is short. */
static bool make_names(const dusq_result *set, buffer *names, size_t cols)
{
  for (size_t col = 0; col < cols; col++) {
    const char *name = dusq_result_name(set, col);
    size_t same = 1;
    for (size_t i = 0; i < col; i++)
      same += !strcmp(dusq_result_name(set, i), name);
    for (bool first = same == 1;; same++, first = false) {
      names[col].len = 0;
      buffer_string(&names[col], name);
      if (!first)
        buffer_format(&names[col], "_%zu", same);
      buffer_char(&names[col], '\0');
      if (names[col].failed)
        return false;
      if (first || !is_taken(set, names, col, names[col].bytes))
        break;
    }
  }
  return true;
}

static void add_row(buffer *b, const dusq_result *set, size_t row, const buffer *keys, size_t cols)
{
  for (size_t col = 0; col < cols; col++) {
    dusq_value value = dusq_result_at(set, row, col);
    buffer_char(b, col ? ',' : '{');
    add_string(b, keys[col].bytes, strlen(keys[col].bytes));
    buffer_char(b, ':');
    add_value(b, &value);
  }
  buffer_char(b, '}');
}

void json_begin(printer *p, const dusq_result *first)
{
  p->names = calloc(p->cols, sizeof *p->names);
  if (!p->names || !make_names(first, p->names, p->cols))
    p->out->text.failed = true;
  buffer_char(&p->out->text, '[');
}

void json_rows(printer *p, const dusq_result *batch)
{
  for (size_t row = 0; row < dusq_result_rows(batch) && out_pass(p->out); row++) {
    if (row || p->rows)
      buffer_char(&p->out->text, ',');
    add_row(&p->out->text, batch, row, p->names, p->cols);
  }
}

void json_end(printer *p)
{
  buffer_string(&p->out->text, "]\n");
}
