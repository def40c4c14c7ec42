/* bind.c - the values of a prepared statement. */
#include "bind.h"
#include "calendar.h"
#include <math.h>

#define MAX_TIME ((INT64_C(838) * 3600 + 59 * 60 + 59) * 1000000 + 999999) /* 838:59:59.999999 */
#define FIRST_DAY INT64_C(-719528) /* 0000-01-01 */
#define LAST_DAY INT64_C(2932896)  /* 9999-12-31 */
#define YEAR_ONE INT64_C(-719162)  /* 0001-01-01 */

enum { PACKET_SLACK = 64, PER_SLOT = 12 /* type, length, part of the bits of NULLs */ };

/* ---- checks ------------------------------------------------------------------------------------------------------ */

static dusq_error *out_of_range(size_t number, const char *what)
{
  return dusq_error_new(DUSQ_E_RANGE, NULL, 0, "parameter %zu: %s", number, what);
}

dusq_error *dusq__my_check_value(const dusq_value *value, size_t number)
{
  int64_t i = value->u.i;
  switch (value->type) {
  case DUSQ_REAL:
    return isfinite(value->u.r) ? NULL : out_of_range(number, "MySQL has no NaN and no infinity");
  case DUSQ_DATE:
    return i >= FIRST_DAY && i <= LAST_DAY ? NULL : out_of_range(number, "not from the years 0 to 9999");
  case DUSQ_TIMESTAMP:
    return i >= YEAR_ONE * DUSQ__MY_US_PER_DAY && i < (LAST_DAY + 1) * DUSQ__MY_US_PER_DAY
               ? NULL : out_of_range(number, "not from the years 1 to 9999");
  case DUSQ_TIME:
    return i >= -MAX_TIME && i <= MAX_TIME ? NULL : out_of_range(number, "longer than 838:59:59.999999");
  case DUSQ_NULL: case DUSQ_BOOL: case DUSQ_INT: case DUSQ_UINT: case DUSQ_DECIMAL: case DUSQ_TEXT: case DUSQ_BLOB:
  case DUSQ_UUID: case DUSQ_JSON:
    return NULL;
  default:
    return dusq_error_new(DUSQ_E_INVAL, NULL, 0, "parameter %zu: not a value", number);
  }
}

/* ---- binding ----------------------------------------------------------------------------------------------------- */

static void bind_number(MYSQL_BIND *bind, enum enum_field_types type, void *at)
{
  bind->buffer_type = type;
  bind->buffer = at;
}

static void bind_bytes(MYSQL_BIND *bind, enum enum_field_types type, const void *bytes, uint64_t len,
                       dusq__my_place *place)
{
  place->len = (unsigned long)len;
  bind->buffer_type = type;
  bind->buffer = bytes ? (void *)(uintptr_t)bytes : place->u.text;
  bind->buffer_length = place->len;
  bind->length = &place->len;
}

static void bind_time(MYSQL_BIND *bind, const dusq_value *value, dusq__my_place *place)
{
  bind->buffer = &place->u.time;
  bind->buffer_length = sizeof place->u.time;
  if (value->type == DUSQ_DATE) {
    bind->buffer_type = MYSQL_TYPE_DATE;
    dusq__my_to_date(value->u.i, &place->u.time);
  } else if (value->type == DUSQ_TIME) {
    bind->buffer_type = MYSQL_TYPE_TIME;
    dusq__my_to_time(value->u.i, &place->u.time);
  } else {
    bind->buffer_type = MYSQL_TYPE_DATETIME;
    dusq__my_to_timestamp(value->u.i, &place->u.time);
  }
}

/* The value was checked. */
static void bind_value(MYSQL_BIND *bind, const dusq_value *value, dusq__my_place *place)
{
  memset(bind, 0, sizeof *bind);
  switch (value->type) {
  case DUSQ_BOOL:
    place->u.i = value->u.b;
    bind_number(bind, MYSQL_TYPE_LONGLONG, &place->u.i);
    break;
  case DUSQ_INT:
  case DUSQ_UINT:
    place->u.i = value->u.i;
    bind_number(bind, MYSQL_TYPE_LONGLONG, &place->u.i);
    bind->is_unsigned = value->type == DUSQ_UINT;
    break;
  case DUSQ_REAL:
    place->u.r = value->u.r;
    bind_number(bind, MYSQL_TYPE_DOUBLE, &place->u.r);
    break;
  case DUSQ_DECIMAL:
    bind_bytes(bind, MYSQL_TYPE_NEWDECIMAL, value->u.p, value->len, place);
    break;
  case DUSQ_TEXT:
  case DUSQ_JSON:
    bind_bytes(bind, MYSQL_TYPE_STRING, value->u.p, value->len, place);
    break;
  case DUSQ_BLOB:
    bind_bytes(bind, MYSQL_TYPE_BLOB, value->u.p, value->len, place);
    break;
  case DUSQ_UUID:
    bind_bytes(bind, MYSQL_TYPE_STRING, NULL, dusq_value_format(value, place->u.text, sizeof place->u.text), place);
    break;
  case DUSQ_DATE:
  case DUSQ_TIME:
  case DUSQ_TIMESTAMP:
    bind_time(bind, value, place);
    break;
  default:
    bind->buffer_type = MYSQL_TYPE_NULL;
  }
}

dusq_error *dusq__my_bind(dusq__my_statement *statement, const dusq_value *values, size_t *bytes)
{
  *bytes = PACKET_SLACK;
  for (uint32_t i = 0; i < statement->nslots; i++) {
    const dusq_value *value = &values[statement->slots[i]];
    dusq_error *error = dusq__my_check_value(value, (size_t)statement->slots[i] + 1);
    if (error)
      return error;
    bind_value(&statement->binds[i], value, &statement->places[i]);
    *bytes += PER_SLOT + (value->len < SIZE_MAX / 2 - *bytes ? (size_t)value->len : 0);
    if (value->len >= SIZE_MAX / 2 - *bytes)
      return dusq_error_new(DUSQ_E_TOO_LARGE, NULL, 0, "parameter %zu is too large", (size_t)statement->slots[i] + 1);
  }
  return NULL;
}
