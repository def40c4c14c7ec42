/* print.c - see print.h.  CSV is here; tables and JSON have files of their own. */
#include "print.h"
#include <inttypes.h>
#include <stdlib.h>
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

static void csv_begin(printer *p, const dusq_result *first)
{
  for (size_t col = 0; col < p->cols; col++) {
    const char *name = dusq_result_name(first, col);
    if (col)
      buffer_char(&p->out->text, ',');
    add_field(&p->out->text, name, strlen(name));
  }
  buffer_char(&p->out->text, '\n');
}

static void csv_rows(printer *p, const dusq_result *batch)
{
  for (size_t row = 0; row < dusq_result_rows(batch) && out_pass(p->out); row++) {
    for (size_t col = 0; col < p->cols; col++) {
      dusq_value value = dusq_result_at(batch, row, col);
      if (col)
        buffer_char(&p->out->text, ',');
      add_value(&p->out->text, &value);
    }
    buffer_char(&p->out->text, '\n');
  }
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

static const struct {
  void (*begin)(printer *p, const dusq_result *first);
  void (*rows)(printer *p, const dusq_result *batch);
  void (*end)(printer *p); /* or NULL */
} formats[] = {[PRINT_TABLE] = {table_begin, table_rows, table_end},
               [PRINT_CSV] = {csv_begin, csv_rows, NULL},
               [PRINT_JSON] = {json_begin, json_rows, json_end}};

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

static void begin_set(printer *p, const dusq_result *first)
{
  if (p->open)
    return;
  if (p->before != PRINTED_NOTHING && p->format != PRINT_JSON)
    buffer_char(&p->out->text, '\n');
  p->before = PRINTED_ROWS;
  p->open = true;
  p->rows = 0;
  p->cols = dusq_result_cols(first);
  formats[p->format].begin(p, first);
}

static void close_set(printer *p)
{
  for (size_t col = 0; p->names && col < p->cols; col++)
    buffer_fini(&p->names[col]);
  free(p->names);
  free(p->columns);
  p->names = NULL;
  p->columns = NULL;
  p->open = false;
}

bool print_rows(printer *p, const dusq_result *batch)
{
  begin_set(p, batch);
  if (!p->out->text.failed)
    formats[p->format].rows(p, batch);
  p->rows += dusq_result_rows(batch);
  return out_pass(p->out);
}

bool print_end(printer *p, const dusq_result *end)
{
  if (!p->open && !dusq_result_cols(end)) {
    print_counts(p, end);
    return out_pass(p->out);
  }
  begin_set(p, end);
  if (formats[p->format].end)
    formats[p->format].end(p);
  close_set(p);
  return out_pass(p->out);
}

void print_cut(printer *p)
{
  if (p->open && p->format == PRINT_JSON)
    buffer_char(&p->out->text, '\n');
  close_set(p);
}

bool print_result(printer *p, const dusq_result *result)
{
  bool good = true;
  for (const dusq_result *set = result; set && good; set = dusq_result_next(set)) {
    good = !dusq_result_cols(set) || print_rows(p, set);
    good = print_end(p, set) && good;
  }
  return good;
}
