/* result_rows.c - iterating over the rows of a result, and copying a column.  Any thread; an iteration belongs to its
 * caller.                                                                                                            */
#include "data/result.h"

/* ---- iterating --------------------------------------------------------------------------------------------------- */

dusq_rows dusq_rows_of(const dusq_result *result)
{
  return (dusq_rows){.result = result, .row = SIZE_MAX};
}

bool dusq_rows_next(dusq_rows *rows)
{
  if (!rows)
    return false;
  size_t n = dusq_result_rows(rows->result), next = rows->row + 1; /* 0 before the first row */
  rows->row = next < n ? next : n;
  return next < n;
}

bool dusq_rows_next_set(dusq_rows *rows)
{
  const dusq_result *next = rows ? dusq_result_next(rows->result) : NULL;
  if (next)
    *rows = dusq_rows_of(next);
  return next != NULL;
}

dusq_status dusq_rows_at(const dusq_rows *rows, const char *name, dusq_value *out)
{
  return rows ? dusq_result_at_name(rows->result, rows->row, name, out) : DUSQ_E_INVAL;
}

static dusq_status column_of(const dusq_rows *rows, const char *name, size_t *col)
{
  return rows ? dusq_result_column_index(rows->result, name, col) : DUSQ_E_INVAL;
}

bool dusq_rows_is_null(const dusq_rows *rows, const char *name)
{
  size_t col;
  return column_of(rows, name, &col) || dusq_result_is_null(rows->result, rows->row, col);
}

dusq_status dusq_rows_bool(const dusq_rows *rows, const char *name, bool *out)
{
  size_t col;
  dusq_status status = column_of(rows, name, &col);
  return status ? status : dusq_result_bool(rows->result, rows->row, col, out);
}

dusq_status dusq_rows_uint(const dusq_rows *rows, const char *name, uint64_t *out)
{
  size_t col;
  dusq_status status = column_of(rows, name, &col);
  return status ? status : dusq_result_uint(rows->result, rows->row, col, out);
}

dusq_status dusq_rows_int(const dusq_rows *rows, const char *name, int64_t *out)
{
  size_t col;
  dusq_status status = column_of(rows, name, &col);
  return status ? status : dusq_result_int(rows->result, rows->row, col, out);
}

dusq_status dusq_rows_real(const dusq_rows *rows, const char *name, double *out)
{
  size_t col;
  dusq_status status = column_of(rows, name, &col);
  return status ? status : dusq_result_real(rows->result, rows->row, col, out);
}

dusq_status dusq_rows_text(const dusq_rows *rows, const char *name, const char **text, size_t *len)
{
  size_t col;
  dusq_status status = column_of(rows, name, &col);
  return status ? status : dusq_result_text(rows->result, rows->row, col, text, len);
}

dusq_status dusq_rows_blob(const dusq_rows *rows, const char *name, const void **bytes, size_t *len)
{
  size_t col;
  dusq_status status = column_of(rows, name, &col);
  return status ? status : dusq_result_blob(rows->result, rows->row, col, bytes, len);
}

dusq_status dusq_rows_date(const dusq_rows *rows, const char *name, int32_t *days)
{
  size_t col;
  dusq_status status = column_of(rows, name, &col);
  return status ? status : dusq_result_date(rows->result, rows->row, col, days);
}

dusq_status dusq_rows_time(const dusq_rows *rows, const char *name, int64_t *microseconds)
{
  size_t col;
  dusq_status status = column_of(rows, name, &col);
  return status ? status : dusq_result_time(rows->result, rows->row, col, microseconds);
}

dusq_status dusq_rows_timestamp(const dusq_rows *rows, const char *name, int64_t *microseconds)
{
  size_t col;
  dusq_status status = column_of(rows, name, &col);
  return status ? status : dusq_result_timestamp(rows->result, rows->row, col, microseconds);
}

dusq_status dusq_rows_uuid(const dusq_rows *rows, const char *name, uint8_t id[16])
{
  size_t col;
  dusq_status status = column_of(rows, name, &col);
  return status ? status : dusq_result_uuid(rows->result, rows->row, col, id);
}

dusq_status dusq_rows_tm(const dusq_rows *rows, const char *name, struct tm *out, int32_t *microseconds)
{
  size_t col;
  dusq_status status = column_of(rows, name, &col);
  return status ? status : dusq_result_tm(rows->result, rows->row, col, out, microseconds);
}

size_t dusq_rows_format(const dusq_rows *rows, const char *name, char *buffer, size_t size)
{
  size_t col;
  if (column_of(rows, name, &col))
    return dusq_result_format(NULL, 0, 0, buffer, size);
  return dusq_result_format(rows->result, rows->row, col, buffer, size);
}

/* ---- columns ----------------------------------------------------------------------------------------------------- */

/* Stores whether the cell is a NULL; true if nothing else is to be stored. */
static bool take_null(const dusq_result *result, size_t row, size_t col, bool *nulls)
{
  if (!nulls || row >= dusq_result_rows(result) || col >= dusq_result_cols(result))
    return false;
  return nulls[row] = dusq_result_is_null(result, row, col);
}

static dusq_status fails(dusq_status status, size_t row, size_t *bad_row)
{
  if (bad_row)
    *bad_row = row;
  return status;
}

dusq_status dusq_result_copy_int(const dusq_result *result, size_t col, int64_t *out, size_t n, bool *nulls,
                                 size_t *bad_row)
{
  if (!result || (!out && n))
    return DUSQ_E_INVAL;
  for (size_t i = 0; i < n; i++) {
    if (take_null(result, i, col, nulls)) {
      out[i] = 0;
      continue;
    }
    dusq_status status = dusq_result_int(result, i, col, &out[i]);
    if (status)
      return fails(status, i, bad_row);
  }
  return DUSQ_OK;
}

dusq_status dusq_result_copy_real(const dusq_result *result, size_t col, double *out, size_t n, bool *nulls,
                                  size_t *bad_row)
{
  if (!result || (!out && n))
    return DUSQ_E_INVAL;
  for (size_t i = 0; i < n; i++) {
    if (take_null(result, i, col, nulls)) {
      out[i] = 0;
      continue;
    }
    dusq_status status = dusq_result_real(result, i, col, &out[i]);
    if (status)
      return fails(status, i, bad_row);
  }
  return DUSQ_OK;
}
