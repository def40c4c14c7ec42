/* print.c - see print.h.  CSV is here; tables and JSON have files of their own. */
#include "print.h"
#include <inttypes.h>
#include <string.h>

bool print_format_read(const char *word, print_format *format)
{
  static const char *const words[] = {[PRINT_TABLE] = "table", [PRINT_CSV] = "csv", [PRINT_JSON] = "json"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (!strcmp(word, words[i])) {
      *format = (print_format)i;
      return true;
    }
  }
  return false;
}

/* ---- CSV: RFC 4180, but for lines that end as the system's lines do ---------------------------------------------- */

/* An empty text is "", and so differs from NULL, which is nothing. */
static void add_field(buffer *b, const char *text, size_t len)
{
  bool quote = len == 0;
  for (size_t i = 0; i < len && !quote; i++)
    quote = text[i] == ',' || text[i] == '"' || text[i] == '\n' || text[i] == '\r';
  if (!quote) {
    buffer_add(b, text, len);
    return;
  }
  buffer_char(b, '"');
  for (size_t i = 0; i < len; i++) {
    if (text[i] == '"')
      buffer_char(b, '"');
    buffer_char(b, text[i]);
  }
  buffer_char(b, '"');
}

static void add_value(buffer *b, const dusq_value *value)
{
  if (value->type == DUSQ_TEXT || value->type == DUSQ_JSON)
    add_field(b, value->u.p, (size_t)value->len);
  else if (value->type != DUSQ_NULL)
    buffer_value(b, value);
}

bool print_csv(output *out, const dusq_result *set)
{
  size_t rows = dusq_result_rows(set), cols = dusq_result_cols(set);
  for (size_t col = 0; col < cols; col++) {
    const char *name = dusq_result_name(set, col);
    if (col)
      buffer_char(&out->text, ',');
    add_field(&out->text, name, strlen(name));
  }
  buffer_char(&out->text, '\n');
  for (size_t row = 0; row < rows && out_pass(out); row++) {
    for (size_t col = 0; col < cols; col++) {
      dusq_value value = dusq_result_at(set, row, col);
      if (col)
        buffer_char(&out->text, ',');
      add_value(&out->text, &value);
    }
    buffer_char(&out->text, '\n');
  }
  return out_pass(out);
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

static void print_counts(printer *p, const dusq_result *set)
{
  int64_t affected = dusq_result_affected(set);
  if (p->format != PRINT_TABLE)
    return;
  if (p->before == PRINTED_ROWS)
    buffer_char(&p->out->text, '\n');
  if (affected < 0)
    buffer_string(&p->out->text, "ok\n");
  else
    buffer_format(&p->out->text, "ok, %" PRId64 " row%s affected\n", affected, affected == 1 ? "" : "s");
  p->before = PRINTED_LINE;
}

static bool print_set(printer *p, const dusq_result *set)
{
  if (!dusq_result_cols(set)) {
    print_counts(p, set);
    return out_pass(p->out);
  }
  if (p->before != PRINTED_NOTHING && p->format != PRINT_JSON)
    buffer_char(&p->out->text, '\n');
  p->before = PRINTED_ROWS;
  switch (p->format) {
  case PRINT_CSV:
    return print_csv(p->out, set);
  case PRINT_JSON:
    return print_json(p->out, set);
  default:
    return print_table(p->out, set);
  }
}

bool print_result(printer *p, const dusq_result *result)
{
  bool good = print_set(p, result);
  while (good && (result = dusq_result_next(result)))
    good = print_set(p, result);
  return good;
}
