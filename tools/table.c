/* table.c - a result set as columns.
 *
 * Numbers stand to the right, everything else to the left.  A cell that is wider than MOST columns is written whole,
 * but the other cells of its column are not padded for it.  If the rows come in batches, the first one decides: wider
 * cells of later ones are written whole.                                                                             */
#include "print.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 100 };

typedef struct column {
  size_t width;
  bool number; /* all its cells are, and there is one */
  bool other;  /* one is not */
} column;

/* Adds the cell and returns its columns; `b` may be NULL. */
static size_t show(buffer *b, const dusq_value *value)
{
  char text[64];
  switch (value->type) {
  case DUSQ_NULL:
    return buffer_shown(b, "NULL", 4);
  case DUSQ_TEXT:
  case DUSQ_JSON:
  case DUSQ_DECIMAL:
    return buffer_shown(b, value->u.p, (size_t)value->len);
  case DUSQ_BLOB:
    if (b)
      buffer_value(b, value);
    return 2 + 2 * (size_t)value->len;
  default:
    return buffer_shown(b, text, dusq_value_format(value, text, sizeof text));
  }
}

static void measure(column *c, const dusq_value *value)
{
  uint32_t type = value->type;
  size_t width = show(NULL, value);
  if (type == DUSQ_INT || type == DUSQ_UINT || type == DUSQ_REAL || type == DUSQ_DECIMAL)
    c->number = true;
  else if (type != DUSQ_NULL)
    c->other = true;
  if (width > c->width)
    c->width = width < MOST ? width : MOST;
}

static column *measure_all(const dusq_result *set, size_t rows, size_t cols)
{
  column *columns = calloc(cols, sizeof *columns);
  if (!columns)
    return NULL;
  for (size_t col = 0; col < cols; col++) {
    dusq_value name = dusq_text(dusq_result_name(set, col));
    measure(&columns[col], &name);
    columns[col].other = false;
    for (size_t row = 0; row < rows; row++) {
      dusq_value value = dusq_result_at(set, row, col);
      measure(&columns[col], &value);
    }
  }
  return columns;
}

static void put(buffer *b, const column *c, const dusq_value *value, bool is_last)
{
  size_t width = show(NULL, value), pad = width < c->width ? c->width - width : 0;
  bool right = c->number && !c->other;
  if (right)
    buffer_fill(b, ' ', pad);
  show(b, value);
  if (!is_last)
    buffer_fill(b, ' ', right ? 2 : pad + 2);
}

static void put_head(buffer *b, const column *columns, const dusq_result *set, size_t cols)
{
  for (size_t col = 0; col < cols; col++) {
    dusq_value name = dusq_text(dusq_result_name(set, col));
    put(b, &columns[col], &name, col + 1 == cols);
  }
  buffer_char(b, '\n');
  for (size_t col = 0; col < cols; col++) {
    buffer_fill(b, '-', columns[col].width);
    buffer_fill(b, ' ', col + 1 == cols ? 0 : 2);
  }
  buffer_char(b, '\n');
}

void table_begin(printer *p, const dusq_result *first)
{
  p->columns = measure_all(first, dusq_result_rows(first), p->cols);
  if (p->columns)
    put_head(&p->out->text, p->columns, first, p->cols);
  else
    p->out->text.failed = true;
}

void table_rows(printer *p, const dusq_result *batch)
{
  for (size_t row = 0; row < dusq_result_rows(batch) && out_pass(p->out); row++) {
    for (size_t col = 0; col < p->cols; col++) {
      dusq_value value = dusq_result_at(batch, row, col);
      put(&p->out->text, &p->columns[col], &value, col + 1 == p->cols);
    }
    buffer_char(&p->out->text, '\n');
  }
}

void table_end(printer *p)
{
  buffer_format(&p->out->text, "(%zu row%s)\n", p->rows, p->rows == 1 ? "" : "s");
}
