/* value.c - making values, and checking and copying parameters.  No state; any thread. */
#include "data/value.h"
#include "base/utf8.h"
#include "data/value_text.h"
#include <string.h>

/* ---- constructors ------------------------------------------------------------------------------------------------ */

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

/* ---- checking and copying ---------------------------------------------------------------------------------------- */

#define MAX_LEN ((UINT64_C(1) << 30) - 1)
#define EVERY_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

/* Whether eight bytes are all ASCII and not NUL. */
static bool plain8(const char *text)
{
  uint64_t eight;
  memcpy(&eight, text, sizeof eight);
  uint64_t borrows = eight - EVERY_BYTE(1); /* sets the top bit of a byte that was 0; or had it set, or follows one */
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

static size_t len_of(const dusq_value *value)
{
  return value->u.p ? (size_t)value->len : 0;
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
      value->u.p = ""; /* `room` may be NULL, which a driver may take for an SQL NULL */
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
