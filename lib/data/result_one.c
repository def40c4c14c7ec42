/* result_one.c - results with exactly one row, and cells by the names of their columns.  Any thread. */
#include "data/result.h"

dusq_status dusq_result_one(const dusq_result *result)
{
  if (!result)
    return DUSQ_E_INVAL;
  size_t rows = dusq_result_rows(result);
  return rows == 1 ? DUSQ_OK : rows ? DUSQ_E_MANY_ROWS : DUSQ_E_NO_ROW;
}

dusq_status dusq_result_one_or_none(const dusq_result *result, bool *some)
{
  if (!some)
    return DUSQ_E_INVAL;
  dusq_status status = dusq_result_one(result);
  if (status && status != DUSQ_E_NO_ROW)
    return status;
  *some = !status;
  return DUSQ_OK;
}

/* Whether there is exactly one row, with at least one column. */
static dusq_status check_scalar(const dusq_result *result, const void *out)
{
  if (!result || !out)
    return DUSQ_E_INVAL;
  return dusq_result_cols(result) ? dusq_result_one(result) : DUSQ_E_NO_SUCH_OBJECT;
}

dusq_status dusq_result_scalar(const dusq_result *result, dusq_value *out)
{
  dusq_status status = check_scalar(result, out);
  if (!status)
    *out = dusq_result_at(result, 0, 0);
  return status;
}

dusq_status dusq_result_scalar_int(const dusq_result *result, int64_t *out)
{
  dusq_status status = check_scalar(result, out);
  return status ? status : dusq_result_int(result, 0, 0, out);
}

dusq_status dusq_result_scalar_real(const dusq_result *result, double *out)
{
  dusq_status status = check_scalar(result, out);
  return status ? status : dusq_result_real(result, 0, 0, out);
}

dusq_status dusq_result_scalar_text(const dusq_result *result, const char **text, size_t *len)
{
  dusq_status status = check_scalar(result, text);
  return status ? status : dusq_result_text(result, 0, 0, text, len);
}

dusq_status dusq_result_at_name(const dusq_result *result, size_t row, const char *name, dusq_value *out)
{
  size_t col;
  if (!out)
    return DUSQ_E_INVAL;
  dusq_status status = dusq_result_column_index(result, name, &col);
  if (status)
    return status;
  if (row >= dusq_result_rows(result))
    return DUSQ_E_RANGE;
  *out = dusq_result_at(result, row, col);
  return DUSQ_OK;
}
