/* decode.c - converts results of libpq to columns and rows.  The worker's thread.
 *
 * The kind of a cell depends only on its column's type, not on the format in which it was sent.  Infinity, which is no
 * point in time, is returned as PostgreSQL's text; a time beyond dusq's range is an error.                           */
#include "decode.h"
#include "error.h"
#include "types.h"
#include <string.h>

static dusq_value text_of(uint32_t kind, const char *text, size_t len)
{
  return (dusq_value){.type = kind, .len = len, .u = {.p = text}};
}

/* ---- binary -------------------------------------------------------------------------------------------------------- */

/* Big-endian numbers, written so that compilers emit one load. */
static uint32_t get2(const char *at)
{
  const unsigned char *byte = (const unsigned char *)at;
  return (uint32_t)byte[0] << 8 | byte[1];
}

static uint32_t get4(const char *at)
{
  const unsigned char *byte = (const unsigned char *)at;
  return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
}

static uint64_t get8(const char *at)
{
  return (uint64_t)get4(at) << 32 | get4(at + 4);
}

static bool binary_integer(Oid type, const char *at, int len, dusq_value *out)
{
  out->type = DUSQ_INT;
  switch (type) {
  case PG_INT8:
    if (len == 8)
      out->u.i = (int64_t)get8(at);
    return len == 8;
  case PG_INT4:
    if (len == 4)
      out->u.i = (int32_t)get4(at);
    return len == 4;
  case PG_INT2:
    if (len == 2)
      out->u.i = (int16_t)get2(at);
    return len == 2;
  default:
    if (len == 4)
      out->u.i = get4(at);
    return len == 4;
  }
}

static bool binary_real(Oid type, const char *at, int len, dusq_value *out)
{
  out->type = DUSQ_REAL;
  if (type == PG_FLOAT8) {
    uint64_t bits = len == 8 ? get8(at) : 0;
    memcpy(&out->u.r, &bits, sizeof bits);
    return len == 8;
  }
  uint32_t bits = len == 4 ? get4(at) : 0;
  float narrow;
  memcpy(&narrow, &bits, sizeof bits);
  out->u.r = (double)narrow;
  return len == 4;
}

static dusq_value infinite(bool negative)
{
  return negative ? text_of(DUSQ_TEXT, "-infinity", 9) : text_of(DUSQ_TEXT, "infinity", 8);
}

/* PostgreSQL's range ends 29 years after that of int64 microseconds since 1970. */
static dusq_status count_from_2000(int64_t us, dusq_value *out)
{
  const int64_t epoch = PG_DAYS_TO_2000 * PG_US_PER_DAY;
  if (us > INT64_MAX - epoch)
    return DUSQ_E_RANGE;
  *out = (dusq_value){.type = DUSQ_TIMESTAMP, .u = {.i = us + epoch}};
  return DUSQ_OK;
}

static dusq_status binary_moment(Oid type, const char *at, int len, dusq_value *out)
{
  if (type == PG_DATE) {
    if (len != 4)
      return DUSQ_E_PROTOCOL;
    int32_t days = (int32_t)get4(at);
    *out = (dusq_value){.type = DUSQ_DATE, .u = {.i = days + PG_DAYS_TO_2000}};
    if (days == INT32_MIN || days == INT32_MAX)
      *out = infinite(days < 0);
    return DUSQ_OK;
  }
  if (len != 8)
    return DUSQ_E_PROTOCOL;
  int64_t us = (int64_t)get8(at);
  if (type == PG_TIME)
    *out = (dusq_value){.type = DUSQ_TIME, .u = {.i = us}};
  else if (us == INT64_MIN || us == INT64_MAX)
    *out = infinite(us < 0);
  else
    return count_from_2000(us, out);
  return DUSQ_OK;
}

/* ---- numeric: digits to the base 10000, see numeric_send in PostgreSQL's numeric.c --------------------------------- */

enum { NUMERIC_NEGATIVE = 0x4000, NUMERIC_NAN = 0xC000, NUMERIC_PINF = 0xD000, NUMERIC_NINF = 0xF000 };

static size_t put_group(char *to, unsigned digit, bool leading)
{
  char four[4] = {(char)('0' + digit / 1000), (char)('0' + digit / 100 % 10), (char)('0' + digit / 10 % 10),
                  (char)('0' + digit % 10)};
  size_t skip = 0;
  while (leading && skip < 3 && four[skip] == '0')
    skip++;
  memcpy(to, four + skip, 4 - skip);
  return 4 - skip;
}

static unsigned group(const char *at, int n, int i)
{
  return i >= 0 && i < n ? get2(at + 8 + 2 * i) : 0;
}

static size_t put_numeric(const char *at, int n, int weight, int scale, bool negative, char *to)
{
  size_t len = 0;
  if (negative)
    to[len++] = '-';
  if (weight < 0)
    to[len++] = '0';
  for (int i = 0; i <= weight; i++)
    len += put_group(to + len, group(at, n, i), i == 0);
  if (!scale)
    return len;
  to[len++] = '.';
  size_t point = len;
  for (int i = weight + 1; (int)(len - point) < scale; i++)
    len += put_group(to + len, group(at, n, i), false);
  return point + (size_t)scale;
}

/* The digits are written to *room, which is moved past them. */
static bool binary_numeric(char **room, const char *at, int len, dusq_value *out)
{
  if (len < 8)
    return false;
  int n = (int)get2(at), weight = (int16_t)get2(at + 2), sign = (int)get2(at + 4), scale = (int)get2(at + 6);
  if (len != 8 + 2 * n)
    return false;
  *out = sign == NUMERIC_NAN    ? text_of(DUSQ_DECIMAL, "NaN", 3)
         : sign == NUMERIC_PINF ? text_of(DUSQ_DECIMAL, "Infinity", 8)
                                : text_of(DUSQ_DECIMAL, "-Infinity", 9);
  if (sign == NUMERIC_NAN || sign == NUMERIC_PINF || sign == NUMERIC_NINF)
    return true;
  char *to = *room; /* large enough: see numeric_size */
  size_t written = put_numeric(at, n, weight, scale, sign == NUMERIC_NEGATIVE, to);
  to[written] = '\0';
  *room += written + 1;
  *out = text_of(DUSQ_DECIMAL, to, written);
  return true;
}

static size_t numeric_size(const char *at, int len)
{
  if (len < 8)
    return 0;
  int weight = (int16_t)get2(at + 2), scale = (int)get2(at + 6);
  return (size_t)(weight > 0 ? weight : 0) * 4 + (size_t)scale + 16;
}

static dusq_status formed(bool well)
{
  return well ? DUSQ_OK : DUSQ_E_PROTOCOL;
}

static dusq_status binary_cell(char **room, Oid type, const char *at, int len, dusq_value *out)
{
  switch (type) {
  case PG_BOOL:
    *out = (dusq_value){.type = DUSQ_BOOL, .u = {.b = at[0] != 0}};
    return formed(len == 1);
  case PG_INT2: case PG_INT4: case PG_INT8: case PG_OID: case PG_XID: case PG_CID:
    return formed(binary_integer(type, at, len, out));
  case PG_FLOAT4: case PG_FLOAT8:
    return formed(binary_real(type, at, len, out));
  case PG_DATE: case PG_TIME: case PG_TIMESTAMP: case PG_TIMESTAMPTZ:
    return binary_moment(type, at, len, out);
  case PG_NUMERIC:
    return formed(binary_numeric(room, at, len, out));
  case PG_UUID:
    out->type = DUSQ_UUID;
    memcpy(out->u.id, at, len == 16 ? 16 : 0);
    return formed(len == 16);
  case PG_JSONB: /* a version byte, followed by the text */
    *out = text_of(DUSQ_JSON, at + 1, (size_t)len - 1);
    return formed(len >= 1 && at[0] == 1);
  default:
    *out = text_of(dusq__pg_kind_of(type), at, (size_t)len);
    return DUSQ_OK;
  }
}

/* ---- text ---------------------------------------------------------------------------------------------------------- */

static int nibble(char c)
{
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes "\x0aff" in place, because the result is not used otherwise. */
static bool text_bytes(char *at, int len, dusq_value *out)
{
  if (len < 2 || at[0] != '\\' || at[1] != 'x' || len % 2)
    return false;
  for (int i = 2; i < len; i += 2) {
    int high = nibble(at[i]), low = nibble(at[i + 1]);
    if (high < 0 || low < 0)
      return false;
    at[i / 2 - 1] = (char)(high << 4 | low);
  }
  *out = (dusq_value){.type = DUSQ_BLOB, .len = (uint64_t)len / 2 - 1, .u = {.p = at}};
  return true;
}

enum { MOMENT_SIZE = 64 };

/* Converts "0044-03-15 12:00:00+00 BC" to the year of ISO 8601, -0043.  Without BC, returns the text itself. */
static dusq_value in_one_era(const dusq_value *text, char room[MOMENT_SIZE])
{
  static const char before[] = " BC";
  const char *at = text->u.p;
  size_t n = (size_t)text->len, era = sizeof before - 1;
  if (n <= era || n > MOMENT_SIZE / 2 || memcmp(at + n - era, before, era) != 0)
    return *text;
  size_t digits = 0;
  int64_t year = 0;
  while (digits < n && digits < 9 && at[digits] >= '0' && at[digits] <= '9')
    year = year * 10 + (at[digits++] - '0');
  dusq_value count = dusq_int(INT64_C(1000000000) + (year ? year - 1 : 0)); /* nine digits after the first one */
  dusq_value_format(&count, room, MOMENT_SIZE);
  room[0] = '-';
  memcpy(room + 10, at + digits, n - era - digits);
  return text_of(DUSQ_TEXT, room, 10 + n - era - digits);
}

/* Local times before time zones have offsets with seconds: "+00:53:28".  Removes the seconds from the text, and returns
 * them.                                                                                                              */
static int64_t take_seconds(dusq_value *text)
{
  const char *end = (const char *)text->u.p + text->len;
  bool has = text->len > 9 && (end[-9] == '+' || end[-9] == '-') && end[-6] == ':' && end[-3] == ':';
  if (!has)
    return 0;
  text->len -= 3;
  int64_t us = ((end[-2] - '0') * INT64_C(10) + (end[-1] - '0')) * 1000000;
  return end[-9] == '+' ? -us : us;
}

/* Infinity, and values that the session prints in another style, stay texts. */
static dusq_status text_moment(uint32_t kind, const dusq_value *text, dusq_value *out)
{
  char room[MOMENT_SIZE];
  dusq_value iso = in_one_era(text, room);
  int64_t more = kind == DUSQ_TIMESTAMP ? take_seconds(&iso) : 0;
  int32_t days = 0;
  int64_t us = 0;
  dusq_status status = kind == DUSQ_DATE   ? dusq_value_to_date(&iso, &days)
                       : kind == DUSQ_TIME ? dusq_value_to_time(&iso, &us)
                                           : dusq_value_to_timestamp(&iso, &us);
  *out = status ? *text : (dusq_value){.type = kind, .u = {.i = kind == DUSQ_DATE ? days : us + more}};
  return status == DUSQ_E_RANGE && kind == DUSQ_TIMESTAMP ? status : DUSQ_OK;
}

/* DUSQ_E_TYPE: the session prints values of the type in another style. */
static dusq_status text_cell(Oid type, char *at, int len, dusq_value *out)
{
  uint32_t kind = dusq__pg_kind_of(type);
  dusq_value text = text_of(DUSQ_TEXT, at, (size_t)len);
  out->type = kind;
  switch (kind) {
  case DUSQ_BOOL:
    out->u.b = at[0] == 't';
    return len == 1 ? DUSQ_OK : DUSQ_E_TYPE;
  case DUSQ_INT:
    return dusq_value_to_int(&text, &out->u.i) ? DUSQ_E_TYPE : DUSQ_OK;
  case DUSQ_REAL:
    if (dusq_value_to_real(&text, &out->u.r))
      return DUSQ_E_TYPE;
    if (type == PG_FLOAT4)
      out->u.r = (double)(float)out->u.r;
    return DUSQ_OK;
  case DUSQ_BLOB:
    return text_bytes(at, len, out) ? DUSQ_OK : DUSQ_E_TYPE;
  case DUSQ_UUID:
    return dusq_value_to_uuid(&text, out->u.id) ? DUSQ_E_TYPE : DUSQ_OK;
  case DUSQ_DATE: case DUSQ_TIME: case DUSQ_TIMESTAMP:
    return text_moment(kind, &text, out);
  default:
    *out = text_of(kind, at, (size_t)len);
    return DUSQ_OK;
  }
}

/* ---- rows ---------------------------------------------------------------------------------------------------------- */

/* Makes room for the numerics of one row, which must not move while the row is decoded. */
static bool make_numerics(dusq__pg_buffers *buffers, const PGresult *result, int row, int n)
{
  size_t size = 1;
  for (int i = 0; i < n; i++)
    if (PQftype(result, i) == PG_NUMERIC)
      size += numeric_size(PQgetvalue(result, row, i), PQgetlength(result, row, i));
  return dusq__pg_grow(&buffers->numerics, size) != NULL;
}

static dusq_error *bad_cell(dusq_status status, const dusq_column *column)
{
  if (status == DUSQ_E_RANGE)
    return dusq_error_new(status, NULL, 0,
                          "column \"%.64s\" has a timestamp after 294247-01-10 04:00:54.775807, which is the last that "
                          "can be given: cast it to text",
                          column->name);
  return dusq_error_new(status, NULL, 0, "column \"%.64s\" has a value in a form that its type does not have",
                        column->name);
}

/* A NULL has length 0. PQgetisnull is called only for length 0, which saves a call for the other cells. */
static dusq_error *decode_row(char *numerics, const PGresult *result, int row, const dusq_column *columns, int n,
                              bool binary, dusq_value *cells)
{
  for (int i = 0; i < n; i++) {
    int len = PQgetlength(result, row, i);
    cells[i] = (dusq_value){.type = DUSQ_NULL};
    if (!len && PQgetisnull(result, row, i))
      continue;
    char *at = PQgetvalue(result, row, i);
    dusq_status status = binary ? binary_cell(&numerics, columns[i].native, at, len, &cells[i])
                                : text_cell(columns[i].native, at, len, &cells[i]);
    if (!binary && status == DUSQ_E_TYPE)
      cells[i] = text_of(DUSQ_TEXT, at, (size_t)len); /* returned as it was received */
    else if (status)
      return bad_cell(status, &columns[i]);
    cells[i].native = columns[i].native;
  }
  return NULL;
}

dusq_error *dusq__pg_decode(dusq__pg_buffers *buffers, const PGresult *result, dusq_sink *sink, bool has_columns,
                            bool *refused)
{
  int n = PQnfields(result), rows = PQntuples(result);
  if (!n)
    return NULL; /* rows without columns have no cells */
  dusq_column *columns = dusq__pg_grow(&buffers->columns, ((size_t)n + 1) * sizeof *columns);
  dusq_value *cells = dusq__pg_grow(&buffers->cells, ((size_t)n + 1) * sizeof *cells);
  if (!columns || !cells)
    return dusq__pg_nomem();
  bool numerics = false, binary = PQbinaryTuples(result) != 0; /* all columns have one format */
  for (int i = 0; i < n; i++) {
    Oid type = PQftype(result, i);
    columns[i] = (dusq_column){.name = PQfname(result, i), .type = dusq__pg_kind_of(type), .native = type};
    numerics |= type == PG_NUMERIC && binary;
  }
  if (!has_columns) {
    *refused = dusq_sink_columns(sink, (size_t)n, columns) != DUSQ_OK;
    if (!*refused)
      dusq_sink_expect(sink, (size_t)rows);
  }
  for (int row = 0; row < rows && !*refused; row++) {
    if (numerics && !make_numerics(buffers, result, row, n))
      return dusq__pg_nomem();
    dusq_error *error = decode_row(buffers->numerics.at, result, row, columns, n, binary, cells);
    if (error)
      return error;
    *refused = dusq_sink_row(sink, cells) != DUSQ_OK;
  }
  return NULL;
}
