/* encode.c - converts values to libpq's parameters.  The worker's thread.
 *
 * A value is sent in binary if its kind has exactly the form of the parameter's type, and if that saves the copy with a
 * NUL that libpq needs for texts.  Otherwise it is sent as text, and the server interprets it.                       */
#include "encode.h"
#include "error.h"
#include "types.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_SIZE = 48, BINARY = 1, MAX_VALUE = 0x3FFFFFFF /* size of a field */ };

typedef struct writer {
  const char **values;
  int *lengths, *formats;
  char *at; /* in the buffer of texts */
} writer;

static bool has_bytes(const dusq_value *value)
{
  return value->type == DUSQ_TEXT || value->type == DUSQ_BLOB || value->type == DUSQ_DECIMAL ||
         value->type == DUSQ_JSON;
}

/* Whether the bytes are sent as they are, without a copy. */
static bool goes_raw(const dusq_value *value, Oid type)
{
  if (!has_bytes(value))
    return false;
  return dusq__pg_is_text(type) || (type == PG_BYTEA && value->type != DUSQ_DECIMAL);
}

static void put(char *at, uint64_t bits, int bytes)
{
  for (int i = bytes; i-- > 0; bits >>= 8)
    at[i] = (char)(bits & 0xFF);
}

/* ---- binary -------------------------------------------------------------------------------------------------------- */

static int put_integer(const dusq_value *value, Oid type, char *at)
{
  int64_t n;
  if (dusq_value_to_int(value, &n) || value->type == DUSQ_TEXT || value->type == DUSQ_DECIMAL)
    return 0;
  if (type == PG_INT8) {
    put(at, (uint64_t)n, 8);
    return 8;
  }
  if (type == PG_INT4 && n >= INT32_MIN && n <= INT32_MAX) {
    put(at, (uint64_t)n, 4);
    return 4;
  }
  if (type == PG_INT2 && n >= INT16_MIN && n <= INT16_MAX) {
    put(at, (uint64_t)n, 2);
    return 2;
  }
  return 0; /* the server reports that it is out of range */
}

static int put_time_of(const dusq_value *value, Oid type, char *at)
{
  int64_t us = value->u.i;
  const int64_t epoch = PG_DAYS_TO_2000 * PG_US_PER_DAY;
  switch (type) {
  case PG_DATE:
    if (value->type != DUSQ_DATE || value->u.i < INT32_MIN + PG_DAYS_TO_2000 + 1)
      return 0;
    put(at, (uint64_t)(value->u.i - PG_DAYS_TO_2000), 4);
    return 4;
  case PG_TIMESTAMP:
  case PG_TIMESTAMPTZ:
    if (value->type != DUSQ_TIMESTAMP || us < INT64_MIN + epoch + 1)
      return 0;
    put(at, (uint64_t)(us - epoch), 8);
    return 8;
  case PG_TIME:
    if (value->type != DUSQ_TIME || us < 0 || us >= PG_US_PER_DAY)
      return 0;
    put(at, (uint64_t)us, 8);
    return 8;
  case PG_INTERVAL: /* microseconds, days, months */
    if (value->type != DUSQ_TIME)
      return 0;
    put(at, (uint64_t)us, 8);
    put(at + 8, 0, 8);
    return 16;
  default:
    return 0;
  }
}

/* Returns the number of bytes written; 0: it must be sent as text. */
static int put_binary(const dusq_value *value, Oid type, char *at)
{
  uint64_t bits;
  switch (type) {
  case PG_INT2:
  case PG_INT4:
  case PG_INT8:
    return put_integer(value, type, at);
  case PG_FLOAT8:
    if (value->type != DUSQ_REAL)
      return 0;
    memcpy(&bits, &value->u.r, sizeof bits);
    put(at, bits, 8);
    return 8;
  case PG_BOOL:
    if (value->type != DUSQ_BOOL)
      return 0;
    at[0] = value->u.b;
    return 1;
  case PG_UUID:
    if (value->type != DUSQ_UUID)
      return 0;
    memcpy(at, value->u.id, 16);
    return 16;
  default:
    return put_time_of(value, type, at);
  }
}

/* ---- text ---------------------------------------------------------------------------------------------------------- */

static size_t text_size(const dusq_value *value)
{
  if (!has_bytes(value))
    return NUMBER_SIZE;
  return value->type == DUSQ_BLOB ? 2 * (size_t)value->len + 3 : (size_t)value->len + 1;
}

/* PostgreSQL's texts have years without a sign: "12345-01-01", and 0044 BC for the year -43.  A timestamp is sent with
 * its zone, because the session could assume another one.                                                            */
static size_t put_moment(const dusq_value *value, char *at)
{
  char iso[NUMBER_SIZE];
  dusq_value_format(value, iso, sizeof iso);
  const char *year = iso + (*iso == '-' || *iso == '+'), *rest = strchr(year, '-');
  dusq_value digits = dusq_textn(year, (size_t)(rest - year));
  int64_t count;
  if (dusq_value_to_int(&digits, &count))
    count = 0;
  bool before = *iso == '-' || !count;
  const char *zone = value->type == DUSQ_TIMESTAMP ? "+00" : "";
  int n = snprintf(at, NUMBER_SIZE, "%04" PRId64 "%s%s%s", before ? count + 1 : count, rest, zone, before ? " BC" : "");
  return (size_t)n;
}

static void put_text(const dusq_value *value, Oid type, writer *to)
{
  size_t n;
  bool moment = value->type == DUSQ_DATE || value->type == DUSQ_TIMESTAMP;
  if (moment && !dusq__pg_is_text(type)) {
    n = put_moment(value, to->at);
  } else if (has_bytes(value) && value->type != DUSQ_BLOB) {
    n = (size_t)value->len;
    memcpy(to->at, value->u.p, n);
    to->at[n] = '\0';
  } else {
    n = dusq_value_format(value, to->at, text_size(value));
  }
  to->at += n + 1;
}

/* ---- parameters ---------------------------------------------------------------------------------------------------- */

static void encode_one(const dusq_value *value, Oid type, size_t i, writer *to)
{
  to->formats[i] = to->lengths[i] = 0;
  to->values[i] = NULL;
  if (value->type == DUSQ_NULL)
    return;
  if (goes_raw(value, type)) {
    to->values[i] = value->u.p ? value->u.p : "";
    to->lengths[i] = (int)value->len;
    to->formats[i] = BINARY;
    return;
  }
  to->values[i] = to->at;
  int n = type ? put_binary(value, type, to->at) : 0;
  if (n) {
    to->lengths[i] = n;
    to->formats[i] = BINARY;
    to->at += n;
  } else {
    put_text(value, type, to);
  }
}

static dusq_error *check(const Oid *known, const dusq_value *values, size_t n, size_t *size, size_t *bytes)
{
  *size = 1;
  *bytes = 0;
  for (size_t i = 0; i < n; i++) {
    bool raw = goes_raw(&values[i], known[i]);
    if (values[i].len > MAX_VALUE || (!raw && text_size(&values[i]) > MAX_VALUE))
      return dusq_error_new(DUSQ_E_TOO_LARGE, NULL, 0, "value %zu is larger than PostgreSQL takes", i + 1);
    *size += raw ? 0 : text_size(&values[i]);
    *bytes += NUMBER_SIZE / 2 + (size_t)values[i].len;
  }
  return NULL;
}

dusq_error *dusq__pg_encode(dusq__pg_buffers *buffers, const Oid *known, const dusq_value *values, size_t n,
                            dusq__pg_args *out)
{
  size_t size, each = sizeof(char *) + 2 * sizeof(int) + sizeof(Oid);
  dusq_error *error = check(known, values, n, &size, &out->bytes);
  if (error)
    return error;
  char *params = dusq__pg_grow(&buffers->params, n * each + each);
  char *texts = dusq__pg_grow(&buffers->texts, size);
  if (!params || !texts)
    return dusq__pg_nomem();
  writer to = {.values = (const char **)(void *)params, .at = texts};
  to.lengths = (int *)(void *)(params + n * sizeof(char *));
  to.formats = to.lengths + n;
  Oid *types = (Oid *)(void *)(to.formats + n);
  for (size_t i = 0; i < n; i++) {
    types[i] = known[i];
    encode_one(&values[i], types[i], i, &to);
  }
  out->n = (int)n;
  out->types = types;
  out->values = to.values;
  out->lengths = to.lengths;
  out->formats = to.formats;
  return NULL;
}
