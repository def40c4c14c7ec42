/* bulk.c - many rows of values in one execution: arrays of a column's values for Connector/C. */
#include "bulk.h"

#if DUSQ_MYSQL_CONNECTOR_C
#include "bind.h"
#include "calendar.h"
#include <stdlib.h>

enum { MAX_ROWS = 4096, MAX_BYTES = 4 << 20, PER_VALUE = 16, PACKET_SLACK = 1024 };

/* A column of one portion, as Connector/C reads it. */
typedef struct dusq__my_bulk_column {
  uint32_t kind; /* DUSQ_NULL: all values are NULL */
  void *values;  /* numbers, or pointers           */
  unsigned long *lengths;
  char *indicators;
  MYSQL_TIME *times;
  char (*ids)[40];
} column;

/* Types that are sent in the same way count as one. */
static uint32_t family(uint32_t kind)
{
  switch (kind) {
  case DUSQ_BOOL:
    return DUSQ_INT;
  case DUSQ_UUID:
  case DUSQ_JSON:
    return DUSQ_TEXT;
  default:
    return kind;
  }
}

static const dusq_value *value_at(const dusq__my_bulk *bulk, size_t slot, size_t row)
{
  const dusq_execution *execution = bulk->execution;
  return &execution->values[(bulk->from + row) * execution->count + bulk->statement->slots[slot]];
}

void dusq__my_bulk_fini(dusq__my_bulk *bulk)
{
  for (size_t i = 0; bulk->columns && i < bulk->statement->nslots; i++) {
    free(bulk->columns[i].values);
    free(bulk->columns[i].lengths);
    free(bulk->columns[i].indicators);
    free(bulk->columns[i].times);
    free(bulk->columns[i].ids);
  }
  free(bulk->columns);
  free(bulk->binds);
  bulk->columns = NULL;
  bulk->binds = NULL;
}

size_t dusq__my_bulk_measure(const dusq__my_bulk *bulk, size_t max_packet, size_t rows)
{
  const dusq_execution *execution = bulk->execution;
  const dusq__my_statement *statement = bulk->statement;
  size_t limit = max_packet < MAX_BYTES ? max_packet : MAX_BYTES, bytes = PACKET_SLACK, n = 0;
  for (; bulk->from + n < rows && n < MAX_ROWS; n++) {
    const dusq_value *row = execution->values + (bulk->from + n) * execution->count;
    size_t more = 0;
    for (uint32_t i = 0; i < statement->nslots; i++)
      more += PER_VALUE + (row[statement->slots[i]].len < limit ? (size_t)row[statement->slots[i]].len : limit);
    if (bytes + more > limit)
      break;
    bytes += more;
  }
  return n;
}

/* False: the column has several kinds, or a value that does not fit. */
static bool choose_kind(const dusq__my_bulk *bulk, size_t slot, column *out)
{
  for (size_t row = 0; row < bulk->n; row++) {
    const dusq_value *value = value_at(bulk, slot, row);
    dusq_error *error = dusq__my_check_value(value, 1);
    dusq_error_unref(error);
    uint32_t kind = family(value->type);
    if (error || (kind != DUSQ_NULL && out->kind != DUSQ_NULL && kind != out->kind))
      return false;
    out->kind = kind != DUSQ_NULL ? kind : out->kind;
  }
  return true;
}

static bool make_column(const dusq__my_bulk *bulk, column *out)
{
  out->values = calloc(bulk->n, sizeof(int64_t) > sizeof(void *) ? sizeof(int64_t) : sizeof(void *));
  out->lengths = calloc(bulk->n, sizeof *out->lengths);
  out->indicators = calloc(bulk->n, 1);
  bool time = out->kind == DUSQ_DATE || out->kind == DUSQ_TIME || out->kind == DUSQ_TIMESTAMP;
  out->times = time ? calloc(bulk->n, sizeof *out->times) : NULL;
  out->ids = out->kind == DUSQ_TEXT ? calloc(bulk->n, sizeof *out->ids) : NULL;
  return out->values && out->lengths && out->indicators && (out->times || !time) &&
         (out->ids || out->kind != DUSQ_TEXT);
}

static void fill_time(column *out, const dusq_value *value, size_t row)
{
  if (out->kind == DUSQ_DATE)
    dusq__my_to_date(value->u.i, &out->times[row]);
  else if (out->kind == DUSQ_TIME)
    dusq__my_to_time(value->u.i, &out->times[row]);
  else
    dusq__my_to_timestamp(value->u.i, &out->times[row]);
  ((void **)out->values)[row] = &out->times[row];
}

static void fill(column *out, const dusq_value *value, size_t row)
{
  if (value->type == DUSQ_NULL) {
    out->indicators[row] = STMT_INDICATOR_NULL;
    return;
  }
  switch (out->kind) {
  case DUSQ_INT:
  case DUSQ_UINT:
    ((int64_t *)out->values)[row] = value->type == DUSQ_BOOL ? value->u.b : value->u.i;
    break;
  case DUSQ_REAL:
    ((double *)out->values)[row] = value->u.r;
    break;
  case DUSQ_DATE:
  case DUSQ_TIME:
  case DUSQ_TIMESTAMP:
    fill_time(out, value, row);
    break;
  default:
    out->lengths[row] = (unsigned long)value->len;
    ((const void **)out->values)[row] = value->u.p ? value->u.p : "";
    if (value->type == DUSQ_UUID) {
      out->lengths[row] = (unsigned long)dusq_value_format(value, out->ids[row], sizeof *out->ids);
      ((void **)out->values)[row] = out->ids[row];
    }
  }
}

static enum enum_field_types type_of(uint32_t kind)
{
  switch (kind) {
  case DUSQ_REAL:
    return MYSQL_TYPE_DOUBLE;
  case DUSQ_DECIMAL:
    return MYSQL_TYPE_NEWDECIMAL;
  case DUSQ_TEXT:
    return MYSQL_TYPE_STRING;
  case DUSQ_BLOB:
    return MYSQL_TYPE_BLOB;
  case DUSQ_DATE:
    return MYSQL_TYPE_DATE;
  case DUSQ_TIME:
    return MYSQL_TYPE_TIME;
  case DUSQ_TIMESTAMP:
    return MYSQL_TYPE_DATETIME;
  default:
    return MYSQL_TYPE_LONGLONG;
  }
}

bool dusq__my_bulk_init(dusq__my_bulk *bulk)
{
  size_t n = bulk->statement->nslots;
  bulk->columns = calloc(n, sizeof *bulk->columns);
  bulk->binds = calloc(n, sizeof *bulk->binds);
  if (!bulk->columns || !bulk->binds)
    return false;
  for (size_t i = 0; i < n; i++) {
    column *one = &bulk->columns[i];
    if (!choose_kind(bulk, i, one) || !make_column(bulk, one))
      return false;
    for (size_t row = 0; row < bulk->n; row++)
      fill(one, value_at(bulk, i, row), row);
    bulk->binds[i].buffer_type = type_of(one->kind);
    bulk->binds[i].buffer = one->values;
    bulk->binds[i].length = one->lengths;
    bulk->binds[i].u.indicator = one->indicators;
    bulk->binds[i].is_unsigned = one->kind == DUSQ_UINT;
  }
  return true;
}

bool dusq__my_bulk_execute(const dusq__my_bulk *bulk)
{
  MYSQL_STMT *stmt = bulk->statement->stmt;
  unsigned size = (unsigned)bulk->n, none = 0;
  bool good = !mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &size) && !mysql_stmt_bind_param(stmt, bulk->binds) &&
              !mysql_stmt_execute(stmt);
  (void)mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &none);
  return good;
}

#endif
