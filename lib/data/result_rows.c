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
