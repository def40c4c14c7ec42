/* value.c - making, converting and checking values.  No state; any thread. */
#include "data/value.h"
#include "base/utf8.h"
#include "data/calendar.h"
#include <string.h>

/* ---- makers ------------------------------------------------------------------------------------------------------ */

dusq_value dusq_null(void)
{
  return (dusq_value){.type = DUSQ_NULL};
}

dusq_value dusq_bool(bool value)
{
  return (dusq_value){.type = DUSQ_BOOL, .u.b = value};
}

dusq_value dusq_int(int64_t value)
{
  return (dusq_value){.type = DUSQ_INT, .u.i = value};
}

dusq_value dusq_uint(uint64_t value)
{
  return (dusq_value){.type = DUSQ_UINT, .u.n = value};
}

dusq_value dusq_real(double value)
{
  return (dusq_value){.type = DUSQ_REAL, .u.r = value};
}

static dusq_value bytes(uint32_t type, const void *p, size_t len)
{
  return p ? (dusq_value){.type = type, .len = len, .u.p = p} : dusq_null();
}

dusq_value dusq_decimal(const char *digits)
{
  return bytes(DUSQ_DECIMAL, digits, digits ? strlen(digits) : 0);
}

dusq_value dusq_text(const char *text)
{
  return bytes(DUSQ_TEXT, text, text ? strlen(text) : 0);
}

dusq_value dusq_textn(const char *text, size_t len)
{
  return bytes(DUSQ_TEXT, text, len);
}

dusq_value dusq_blob(const void *p, size_t len)
{
  return bytes(DUSQ_BLOB, p, len);
}

dusq_value dusq_json(const char *text)
{
  return bytes(DUSQ_JSON, text, text ? strlen(text) : 0);
}

dusq_value dusq_date(int32_t days)
{
  return (dusq_value){.type = DUSQ_DATE, .u.i = days};
}

dusq_value dusq_time(int64_t microseconds)
{
  return (dusq_value){.type = DUSQ_TIME, .u.i = microseconds};
}

dusq_value dusq_timestamp(int64_t microseconds)
{
  return (dusq_value){.type = DUSQ_TIMESTAMP, .u.i = microseconds};
}

dusq_value dusq_uuid(const uint8_t id[16])
{
  dusq_value value = {.type = id ? DUSQ_UUID : DUSQ_NULL};
  if (id)
    memcpy(value.u.id, id, sizeof value.u.id);
  return value;
}

dusq_value dusq_named(const char *name, dusq_value value)
{
  value.name = name;
  return value;
}

const char *dusq_kind_name(uint32_t type)
{
  static const char *const names[] = {"null", "bool", "int",  "uint", "real",      "decimal", "text",
                                      "blob", "date", "time", "timestamp", "uuid", "json"};
  return type < sizeof names / sizeof names[0] ? names[type] : "unknown";
}

/* ---- exact conversions ------------------------------------------------------------------------------------------- */

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

/* The bounds are asked first: the cast of anything outside them, NaN included, is undefined. */
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

/* ---- on their way in --------------------------------------------------------------------------------------------- */

#define MAX_LEN ((UINT64_C(1) << 30) - 1)
#define EVERY_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

/* Whether eight bytes are ASCII without a NUL. */
static bool plain8(const char *text)
{
  uint64_t eight;
  memcpy(&eight, text, sizeof eight);
  uint64_t borrows = eight - EVERY_BYTE(1); /* sets the top bit of a byte that was 0, or had it set, or follows one */
  return ((eight | borrows) & EVERY_BYTE(0x80)) == 0;
}

static bool plain(const char *text, size_t len)
{
  size_t at = 0;
  for (; len - at >= 8; at += 8)
    if (!plain8(text + at))
      return false;
  for (; at < len; at++)
    if ((unsigned char)text[at] - 1u >= 0x7F)
      return false;
  return true;
}

static dusq_status check_text(const char *text, size_t len, const char **why)
{
  if (plain(text, len))
    return DUSQ_OK;
  if (memchr(text, '\0', len)) {
    *why = "the text holds a NUL byte";
    return DUSQ_E_DATA;
  }
  if (!dusq__utf8_valid(text, len)) {
    *why = "the text is not UTF-8";
    return DUSQ_E_DATA;
  }
  return DUSQ_OK;
}

static dusq_status check_bytes(const dusq_value *value, const char **why)
{
  if (!value->u.p) {
    *why = "the value has no bytes";
    return DUSQ_E_INVAL;
  }
  if (value->len > MAX_LEN) {
    *why = "the value is longer than 1 GiB - 1";
    return DUSQ_E_TOO_LARGE;
  }
  if (value->type == DUSQ_BLOB)
    return DUSQ_OK;
  if (value->type != DUSQ_DECIMAL)
    return check_text(value->u.p, (size_t)value->len, why);
  if (!dusq__decimal_valid(value->u.p, (size_t)value->len)) {
    *why = "the text is not a decimal number";
    return DUSQ_E_DATA;
  }
  return DUSQ_OK;
}

dusq_status dusq__value_check(const dusq_value *value, const char **why)
{
  switch (value->type) {
  case DUSQ_NULL:
  case DUSQ_BOOL:
  case DUSQ_INT:
  case DUSQ_UINT:
  case DUSQ_REAL:
  case DUSQ_DATE:
  case DUSQ_TIME:
  case DUSQ_TIMESTAMP:
  case DUSQ_UUID:
    return DUSQ_OK;
  case DUSQ_TEXT:
  case DUSQ_BLOB:
  case DUSQ_DECIMAL:
  case DUSQ_JSON:
    return check_bytes(value, why);
  default:
    *why = "the value is of no known kind";
    return DUSQ_E_INVAL;
  }
}

size_t dusq__value_extra(const dusq_value *value)
{
  switch (value->type) {
  case DUSQ_TEXT:
  case DUSQ_DECIMAL:
  case DUSQ_JSON:
    return len_of(value) + 1;
  case DUSQ_BLOB:
    return len_of(value);
  default:
    return 0;
  }
}

size_t dusq__value_move(dusq_value *value, char *room)
{
  size_t extra = dusq__value_extra(value);
  if (!extra) {
    if (value->type == DUSQ_BLOB)
      value->u.p = ""; /* `room` may be no memory at all, and a driver may take NULL for an SQL NULL */
    return 0;
  }
  size_t len = len_of(value);
  if (len)
    memcpy(room, value->u.p, len);
  if (extra > len)
    room[len] = '\0';
  value->len = len;
  value->u.p = room;
  return extra;
}
