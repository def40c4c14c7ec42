/* value_convert.c - exact conversions of values; see <dusq/value.h>.  No state; any thread. */
#include "data/calendar.h"
#include "data/value_text.h"
#include <string.h>

/* Powers of two, which a double holds exactly. */
static const double two_to_63 = 9223372036854775808.0;
static const double two_to_64 = 18446744073709551616.0;

static const char *text_of(const dusq_value *value)
{
  return value->u.p ? value->u.p : "";
}

static size_t len_of(const dusq_value *value)
{
  return value->u.p ? (size_t)value->len : 0;
}

/* The bounds are checked first: the cast of anything outside them, NaN included, is undefined. */
static dusq_status real_to_int(double real, int64_t *out)
{
  if (!(real >= -two_to_63 && real < two_to_63) || (double)(int64_t)real != real)
    return DUSQ_E_RANGE;
  *out = (int64_t)real;
  return DUSQ_OK;
}

static dusq_status real_to_uint(double real, uint64_t *out)
{
  if (!(real >= 0 && real < two_to_64) || (double)(uint64_t)real != real)
    return DUSQ_E_RANGE;
  *out = (uint64_t)real;
  return DUSQ_OK;
}

static dusq_status decimal_to_int(const dusq_value *value, int64_t *out)
{
  bool negative;
  uint64_t magnitude;
  dusq_status status = dusq__parse_whole(text_of(value), len_of(value), &negative, &magnitude);
  if (status)
    return status;
  if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
    return DUSQ_E_RANGE;
  if (negative && magnitude)
    *out = -(int64_t)(magnitude - 1) - 1;
  else
    *out = (int64_t)magnitude;
  return DUSQ_OK;
}

static dusq_status decimal_to_uint(const dusq_value *value, uint64_t *out)
{
  bool negative;
  uint64_t magnitude;
  dusq_status status = dusq__parse_whole(text_of(value), len_of(value), &negative, &magnitude);
  if (status)
    return status;
  if (negative && magnitude)
    return DUSQ_E_RANGE;
  *out = magnitude;
  return DUSQ_OK;
}

dusq_status dusq_value_to_bool(const dusq_value *value, bool *out)
{
  if (!value || !out)
    return DUSQ_E_INVAL;
  switch (value->type) {
  case DUSQ_BOOL:
    *out = value->u.b;
    return DUSQ_OK;
  case DUSQ_INT:
  case DUSQ_UINT:
    if (value->u.n > 1) /* a negative INT is a large UINT */
      return DUSQ_E_RANGE;
    *out = value->u.n == 1;
    return DUSQ_OK;
  default:
    return DUSQ_E_TYPE;
  }
}

dusq_status dusq_value_to_int(const dusq_value *value, int64_t *out)
{
  if (!value || !out)
    return DUSQ_E_INVAL;
  switch (value->type) {
  case DUSQ_INT:
    *out = value->u.i;
    return DUSQ_OK;
  case DUSQ_UINT:
    if (value->u.n > INT64_MAX)
      return DUSQ_E_RANGE;
    *out = (int64_t)value->u.n;
    return DUSQ_OK;
  case DUSQ_BOOL:
    *out = value->u.b;
    return DUSQ_OK;
  case DUSQ_REAL:
    return real_to_int(value->u.r, out);
  case DUSQ_DECIMAL:
    return decimal_to_int(value, out);
  case DUSQ_TEXT:
    return dusq__parse_int(text_of(value), len_of(value), out);
  default:
    return DUSQ_E_TYPE;
  }
}

dusq_status dusq_value_to_uint(const dusq_value *value, uint64_t *out)
{
  if (!value || !out)
    return DUSQ_E_INVAL;
  switch (value->type) {
  case DUSQ_UINT:
    *out = value->u.n;
    return DUSQ_OK;
  case DUSQ_INT:
    if (value->u.i < 0)
      return DUSQ_E_RANGE;
    *out = (uint64_t)value->u.i;
    return DUSQ_OK;
  case DUSQ_BOOL:
    *out = value->u.b;
    return DUSQ_OK;
  case DUSQ_REAL:
    return real_to_uint(value->u.r, out);
  case DUSQ_DECIMAL:
    return decimal_to_uint(value, out);
  case DUSQ_TEXT:
    return dusq__parse_uint(text_of(value), len_of(value), out);
  default:
    return DUSQ_E_TYPE;
  }
}

dusq_status dusq_value_to_real(const dusq_value *value, double *out)
{
  double real;
  if (!value || !out)
    return DUSQ_E_INVAL;
  switch (value->type) {
  case DUSQ_REAL:
    *out = value->u.r;
    return DUSQ_OK;
  case DUSQ_INT:
    real = (double)value->u.i;
    if (!(real < two_to_63) || (int64_t)real != value->u.i)
      return DUSQ_E_RANGE;
    *out = real;
    return DUSQ_OK;
  case DUSQ_UINT:
    real = (double)value->u.n;
    if (!(real < two_to_64) || (uint64_t)real != value->u.n)
      return DUSQ_E_RANGE;
    *out = real;
    return DUSQ_OK;
  case DUSQ_DECIMAL:
  case DUSQ_TEXT:
    return dusq__parse_real(text_of(value), len_of(value), out);
  default:
    return DUSQ_E_TYPE;
  }
}

dusq_status dusq_value_to_date(const dusq_value *value, int32_t *days)
{
  if (!value || !days)
    return DUSQ_E_INVAL;
  switch (value->type) {
  case DUSQ_DATE:
    if (value->u.i < INT32_MIN || value->u.i > INT32_MAX)
      return DUSQ_E_RANGE;
    *days = (int32_t)value->u.i;
    return DUSQ_OK;
  case DUSQ_TEXT:
    return dusq__parse_date(text_of(value), len_of(value), days);
  default:
    return DUSQ_E_TYPE;
  }
}

dusq_status dusq_value_to_time(const dusq_value *value, int64_t *microseconds)
{
  if (!value || !microseconds)
    return DUSQ_E_INVAL;
  switch (value->type) {
  case DUSQ_TIME:
    *microseconds = value->u.i;
    return DUSQ_OK;
  case DUSQ_TEXT:
    return dusq__parse_time(text_of(value), len_of(value), microseconds);
  default:
    return DUSQ_E_TYPE;
  }
}

dusq_status dusq_value_to_timestamp(const dusq_value *value, int64_t *microseconds)
{
  if (!value || !microseconds)
    return DUSQ_E_INVAL;
  switch (value->type) {
  case DUSQ_TIMESTAMP:
    *microseconds = value->u.i;
    return DUSQ_OK;
  case DUSQ_DATE:
    if (value->u.i > INT64_MAX / DUSQ__DAY || value->u.i < INT64_MIN / DUSQ__DAY)
      return DUSQ_E_RANGE;
    *microseconds = value->u.i * DUSQ__DAY;
    return DUSQ_OK;
  case DUSQ_TEXT:
    return dusq__parse_timestamp(text_of(value), len_of(value), microseconds);
  default:
    return DUSQ_E_TYPE;
  }
}

dusq_status dusq_value_to_uuid(const dusq_value *value, uint8_t id[16])
{
  if (!value || !id)
    return DUSQ_E_INVAL;
  switch (value->type) {
  case DUSQ_UUID:
    memcpy(id, value->u.id, sizeof value->u.id);
    return DUSQ_OK;
  case DUSQ_BLOB:
    if (len_of(value) != sizeof value->u.id)
      return DUSQ_E_RANGE;
    memcpy(id, value->u.p, sizeof value->u.id);
    return DUSQ_OK;
  case DUSQ_TEXT:
    return dusq__parse_uuid(text_of(value), len_of(value), id);
  default:
    return DUSQ_E_TYPE;
  }
}
