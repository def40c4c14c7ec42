/* result_get.c - reading results, which are immutable by then.  Any thread. */
#include "data/result_layout.h"
#include <string.h>

/* ---- shape ------------------------------------------------------------------------------------------------------- */

size_t dusq_result_rows(const dusq_result *result)
{
  return result ? result->rows : 0;
}

size_t dusq_result_cols(const dusq_result *result)
{
  return result ? result->cols : 0;
}

const char *dusq_result_name(const dusq_result *result, size_t col)
{
  return col < dusq_result_cols(result) ? result->columns[col].name : "";
}

uint32_t dusq_result_type(const dusq_result *result, size_t col)
{
  return col < dusq_result_cols(result) ? result->columns[col].type : DUSQ_NULL;
}

dusq_status dusq_result_column_index(const dusq_result *result, const char *name, size_t *col)
{
  size_t cols = dusq_result_cols(result), found = cols;
  if (!name || !col)
    return DUSQ_E_INVAL;
  for (size_t i = 0; i < cols; i++) {
    if (strcmp(result->columns[i].name, name) != 0)
      continue;
    if (found != cols)
      return DUSQ_E_INVAL;
    found = i;
  }
  if (found == cols)
    return DUSQ_E_NO_SUCH_OBJECT;
  *col = found;
  return DUSQ_OK;
}

int64_t dusq_result_affected(const dusq_result *result)
{
  return result ? result->affected : 0;
}

int64_t dusq_result_last_id(const dusq_result *result)
{
  return result ? result->last_id : 0;
}

dusq_value dusq_result_last_id_value(const dusq_result *result)
{
  if (result && result->large_id)
    return dusq_uint(result->large_id);
  return result && result->last_id ? dusq_int(result->last_id) : dusq_null();
}

size_t dusq_result_bytes(const dusq_result *result)
{
  return result ? result->bytes : 0;
}

const dusq_result *dusq_result_next(const dusq_result *result)
{
  return result ? result->next : NULL;
}

size_t dusq_result_items(const dusq_result *result)
{
  return result ? result->nitems : 0;
}

const dusq_result *dusq_result_item(const dusq_result *result, size_t i)
{
  return i < dusq_result_items(result) ? result->items[i].result : NULL;
}

const dusq_error *dusq_result_item_error(const dusq_result *result, size_t i)
{
  return i < dusq_result_items(result) ? result->items[i].error : NULL;
}

/* ---- cells ------------------------------------------------------------------------------------------------------- */

/* NULL if row or column is out of range. */
static const dusq__cell *find(const dusq_result *result, size_t row, size_t col)
{
  if (!result || row >= result->rows || col >= result->cols)
    return NULL;
  return &result->cells[row * result->cols + col];
}

static bool has_text(const dusq__cell *cell)
{
  return cell->type == DUSQ_TEXT || cell->type == DUSQ_JSON || cell->type == DUSQ_DECIMAL;
}

static dusq_value view(const dusq__cell *cell)
{
  dusq_value value = {.type = cell->type, .len = cell->len};
  if (has_text(cell) || cell->type == DUSQ_BLOB)
    value.u.p = cell->u.p;
  else if (cell->type == DUSQ_UUID)
    memcpy(value.u.id, cell->u.p, sizeof value.u.id);
  else if (cell->type == DUSQ_BOOL)
    value.u.b = cell->u.b;
  else if (cell->type == DUSQ_REAL)
    value.u.r = cell->u.r;
  else
    value.u.i = cell->u.i;
  return value;
}

dusq_value dusq_result_at(const dusq_result *result, size_t row, size_t col)
{
  const dusq__cell *cell = find(result, row, col);
  if (!cell)
    return dusq_null();
  dusq_value value = view(cell);
  value.native = result->columns[col].native;
  return value;
}

bool dusq_result_is_null(const dusq_result *result, size_t row, size_t col)
{
  const dusq__cell *cell = find(result, row, col);
  return !cell || cell->type == DUSQ_NULL;
}

static dusq_status value_at(const dusq_result *result, size_t row, size_t col, dusq_value *out)
{
  const dusq__cell *cell = find(result, row, col);
  if (!cell)
    return DUSQ_E_RANGE;
  *out = view(cell);
  return DUSQ_OK;
}

dusq_status dusq_result_bool(const dusq_result *result, size_t row, size_t col, bool *out)
{
  dusq_value value;
  dusq_status status = value_at(result, row, col, &value);
  return status ? status : dusq_value_to_bool(&value, out);
}

dusq_status dusq_result_int(const dusq_result *result, size_t row, size_t col, int64_t *out)
{
  if (!out)
    return DUSQ_E_INVAL;
  const dusq__cell *cell = find(result, row, col);
  if (!cell)
    return DUSQ_E_RANGE;
  if (cell->type == DUSQ_INT) { /* the most frequent case */
    *out = cell->u.i;
    return DUSQ_OK;
  }
  dusq_value value = view(cell);
  return dusq_value_to_int(&value, out);
}

dusq_status dusq_result_uint(const dusq_result *result, size_t row, size_t col, uint64_t *out)
{
  dusq_value value;
  dusq_status status = value_at(result, row, col, &value);
  return status ? status : dusq_value_to_uint(&value, out);
}

dusq_status dusq_result_real(const dusq_result *result, size_t row, size_t col, double *out)
{
  dusq_value value;
  dusq_status status = value_at(result, row, col, &value);
  return status ? status : dusq_value_to_real(&value, out);
}

dusq_status dusq_result_text(const dusq_result *result, size_t row, size_t col, const char **text, size_t *len)
{
  if (!text)
    return DUSQ_E_INVAL;
  const dusq__cell *cell = find(result, row, col);
  if (!cell)
    return DUSQ_E_RANGE;
  if (!has_text(cell))
    return DUSQ_E_TYPE;
  *text = cell->u.p;
  if (len)
    *len = cell->len;
  return DUSQ_OK;
}

dusq_status dusq_result_blob(const dusq_result *result, size_t row, size_t col, const void **bytes, size_t *len)
{
  if (!bytes)
    return DUSQ_E_INVAL;
  const dusq__cell *cell = find(result, row, col);
  if (!cell)
    return DUSQ_E_RANGE;
  if (cell->type != DUSQ_BLOB && cell->type != DUSQ_TEXT)
    return DUSQ_E_TYPE;
  *bytes = cell->u.p;
  if (len)
    *len = cell->len;
  return DUSQ_OK;
}

dusq_status dusq_result_date(const dusq_result *result, size_t row, size_t col, int32_t *days)
{
  dusq_value value;
  dusq_status status = value_at(result, row, col, &value);
  return status ? status : dusq_value_to_date(&value, days);
}

dusq_status dusq_result_time(const dusq_result *result, size_t row, size_t col, int64_t *microseconds)
{
  dusq_value value;
  dusq_status status = value_at(result, row, col, &value);
  return status ? status : dusq_value_to_time(&value, microseconds);
}

dusq_status dusq_result_timestamp(const dusq_result *result, size_t row, size_t col, int64_t *microseconds)
{
  dusq_value value;
  dusq_status status = value_at(result, row, col, &value);
  return status ? status : dusq_value_to_timestamp(&value, microseconds);
}

dusq_status dusq_result_uuid(const dusq_result *result, size_t row, size_t col, uint8_t id[16])
{
  dusq_value value;
  dusq_status status = value_at(result, row, col, &value);
  return status ? status : dusq_value_to_uuid(&value, id);
}

dusq_status dusq_result_tm(const dusq_result *result, size_t row, size_t col, struct tm *out, int32_t *microseconds)
{
  dusq_value value;
  dusq_status status = value_at(result, row, col, &value);
  return status ? status : dusq_value_to_tm(&value, out, microseconds);
}

size_t dusq_result_format(const dusq_result *result, size_t row, size_t col, char *buffer, size_t size)
{
  dusq_value value = dusq_null();
  dusq_status status = value_at(result, row, col, &value);
  size_t len = dusq_value_format(&value, buffer, size);
  return status ? SIZE_MAX : len;
}
