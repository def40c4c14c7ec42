/* row.c - the columns of a result, and room for one row. */
#include "row.h"
#include <stdlib.h>

enum { BINARY = 63 /* the collation of bytes */ };

/* ---- columns ----------------------------------------------------------------------------------------------------- */

static uint32_t kind_of_bytes(const MYSQL_FIELD *field)
{
  if (dusq__my_is_named(field, "uuid", 4))
    return DUSQ_UUID;
  if (dusq__my_is_named(field, "json", 4))
    return DUSQ_JSON;
  return field->charsetnr == BINARY ? DUSQ_BLOB : DUSQ_TEXT;
}

static uint32_t kind_of(const MYSQL_FIELD *field)
{
  if ((unsigned)field->type == DUSQ__MY_TYPE_JSON)
    return DUSQ_JSON;
  switch (field->type) {
  case MYSQL_TYPE_TINY: case MYSQL_TYPE_SHORT: case MYSQL_TYPE_INT24: case MYSQL_TYPE_LONG: case MYSQL_TYPE_YEAR:
    return DUSQ_INT;
  case MYSQL_TYPE_LONGLONG:
    return field->flags & UNSIGNED_FLAG ? DUSQ_UINT : DUSQ_INT;
  case MYSQL_TYPE_BIT:
    return DUSQ_UINT;
  case MYSQL_TYPE_FLOAT: case MYSQL_TYPE_DOUBLE:
    return DUSQ_REAL;
  case MYSQL_TYPE_DECIMAL: case MYSQL_TYPE_NEWDECIMAL:
    return DUSQ_DECIMAL;
  case MYSQL_TYPE_DATE: case MYSQL_TYPE_NEWDATE:
    return DUSQ_DATE;
  case MYSQL_TYPE_TIME:
    return DUSQ_TIME;
  case MYSQL_TYPE_DATETIME: case MYSQL_TYPE_TIMESTAMP:
    return DUSQ_TIMESTAMP;
  case MYSQL_TYPE_NULL:
    return DUSQ_NULL;
  case MYSQL_TYPE_GEOMETRY:
    return DUSQ_BLOB;
  default:
    return kind_of_bytes(field);
  }
}

dusq_column dusq__my_column(const MYSQL_FIELD *field)
{
  return (dusq_column){.name = field->name, .type = kind_of(field), .native = (uint32_t)field->type};
}

/* ---- room -------------------------------------------------------------------------------------------------------- */

static bool grow(void *array, size_t n, size_t size)
{
  void **at = array;
  void *more = n <= SIZE_MAX / size ? realloc(*at, n * size) : NULL;
  if (more)
    *at = more;
  return more != NULL;
}

bool dusq__my_row_widen(dusq__my_row *row, size_t width)
{
  if (width <= row->width)
    return true;
  if (!grow(&row->cells, width, sizeof *row->cells) || !grow(&row->binds, width, sizeof *row->binds) ||
      !grow(&row->values, width, sizeof *row->values) || !grow(&row->columns, width, sizeof *row->columns))
    return false;
  while (row->width < width) {
    row->cells[row->width] = calloc(1, sizeof(dusq__my_cell));
    if (!row->cells[row->width])
      return false;
    row->width++;
  }
  return true;
}

void dusq__my_row_trim(dusq__my_row *row)
{
  for (size_t i = 0; i < row->width; i++)
    if (row->cells[i]->size > DUSQ__MY_KEPT_SIZE) {
      free(row->cells[i]->bytes);
      row->cells[i]->bytes = NULL;
      row->cells[i]->size = 0;
    }
}

void dusq__my_row_fini(dusq__my_row *row)
{
  for (size_t i = 0; i < row->width; i++) {
    free(row->cells[i]->bytes);
    free(row->cells[i]);
  }
  free(row->cells);
  free(row->binds);
  free(row->values);
  free(row->columns);
}
