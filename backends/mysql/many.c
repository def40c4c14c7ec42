/* many.c - one statement for many rows of values, inside a transaction.  The worker's thread.
 *
 * MariaDB takes many rows in one execution ("bulk"), if its own client sends them and each column is of one kind.  They
 * go in portions, each behind a savepoint: an answer with an error does not say which row it was, so the portion is
 * undone and run row by row until it is known.  Anything else goes row by row from the beginning.                    */
#include "internal.h"
#include <stdlib.h>

static void run_row(dusq__my_conn *conn, const dusq_execution *execution, size_t row, dusq__my_outcome *out)
{
  if (dusq_stop_asked(dusq_sink_stop(execution->sink)))
    *out = (dusq__my_outcome){.error = dusq__my_canceled()};
  else
    dusq__my_run(conn, execution->prepared, execution->values + row * execution->count, execution->sink, out);
  if (out->error)
    dusq_error_set_number(out->error, DUSQ_ERROR_INDEX, (int64_t)row);
}

static void run_rows(dusq__my_conn *conn, const dusq_execution *execution, size_t from, size_t to,
                     dusq__my_outcome *out)
{
  for (size_t row = from; row < to && !out->error && !out->refused; row++)
    run_row(conn, execution, row, out);
}

#if DUSQ_MYSQL_CONNECTOR_C

enum { MAX_ROWS = 4096, MAX_BYTES = 4 << 20, PER_VALUE = 16, PACKET_SLACK = 1024 };

/* A column of one portion: what Connector/C reads row by row. */
typedef struct column {
  uint32_t kind; /* DUSQ_NULL: all of it */
  void *values;  /* numbers, or pointers */
  unsigned long *lengths;
  char *indicators;
  MYSQL_TIME *times;
  char (*ids)[40];
} column;

typedef struct portion {
  const dusq_execution *execution;
  dusq__my_statement *statement;
  size_t from, n;
  column *columns; /* one a slot */
  MYSQL_BIND *binds;
} portion;

/* Kinds that are sent alike are one. */
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

static const dusq_value *value_at(const portion *p, size_t slot, size_t row)
{
  const dusq_execution *execution = p->execution;
  return &execution->values[(p->from + row) * execution->count + p->statement->slots[slot]];
}

static void free_portion(portion *p)
{
  for (size_t i = 0; p->columns && i < p->statement->nslots; i++) {
    free(p->columns[i].values);
    free(p->columns[i].lengths);
    free(p->columns[i].indicators);
    free(p->columns[i].times);
    free(p->columns[i].ids);
  }
  free(p->columns);
  free(p->binds);
  p->columns = NULL;
  p->binds = NULL;
}

/* How many of the rows that are left go into one packet.  0: not even the first. */
static size_t measure(const dusq__my_conn *conn, const dusq_execution *execution, const dusq__my_statement *statement,
                      size_t from, size_t rows)
{
  size_t limit = conn->max_packet < MAX_BYTES ? conn->max_packet : MAX_BYTES, bytes = PACKET_SLACK, n = 0;
  for (; from + n < rows && n < MAX_ROWS; n++) {
    const dusq_value *row = execution->values + (from + n) * execution->count;
    size_t more = 0;
    for (uint32_t i = 0; i < statement->nslots; i++)
      more += PER_VALUE + (row[statement->slots[i]].len < limit ? (size_t)row[statement->slots[i]].len : limit);
    if (bytes + more > limit)
      break;
    bytes += more;
  }
  return n;
}

/* False: the column is of several kinds, or holds what does not fit. */
static bool choose_kind(const portion *p, size_t slot, column *out)
{
  for (size_t row = 0; row < p->n; row++) {
    const dusq_value *value = value_at(p, slot, row);
    dusq_error *error = dusq__my_check_value(value, 1);
    dusq_error_unref(error);
    uint32_t kind = family(value->type);
    if (error || (kind != DUSQ_NULL && out->kind != DUSQ_NULL && kind != out->kind))
      return false;
    out->kind = kind != DUSQ_NULL ? kind : out->kind;
  }
  return true;
}

static bool make_column(const portion *p, column *out)
{
  out->values = calloc(p->n, sizeof(int64_t) > sizeof(void *) ? sizeof(int64_t) : sizeof(void *));
  out->lengths = calloc(p->n, sizeof *out->lengths);
  out->indicators = calloc(p->n, 1);
  bool time = out->kind == DUSQ_DATE || out->kind == DUSQ_TIME || out->kind == DUSQ_TIMESTAMP;
  out->times = time ? calloc(p->n, sizeof *out->times) : NULL;
  out->ids = out->kind == DUSQ_TEXT ? calloc(p->n, sizeof *out->ids) : NULL;
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

/* False: it cannot be sent so, for want of memory too. */
static bool make_portion(portion *p)
{
  size_t n = p->statement->nslots;
  p->columns = calloc(n, sizeof *p->columns);
  p->binds = calloc(n, sizeof *p->binds);
  if (!p->columns || !p->binds)
    return false;
  for (size_t i = 0; i < n; i++) {
    column *one = &p->columns[i];
    if (!choose_kind(p, i, one) || !make_column(p, one))
      return false;
    for (size_t row = 0; row < p->n; row++)
      fill(one, value_at(p, i, row), row);
    p->binds[i].buffer_type = type_of(one->kind);
    p->binds[i].buffer = one->values;
    p->binds[i].length = one->lengths;
    p->binds[i].u.indicator = one->indicators;
    p->binds[i].is_unsigned = one->kind == DUSQ_UINT;
  }
  return true;
}

static bool execute_portion(const portion *p)
{
  MYSQL_STMT *stmt = p->statement->stmt;
  unsigned size = (unsigned)p->n, none = 0;
  bool good = !mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &size) && !mysql_stmt_bind_param(stmt, p->binds) &&
              !mysql_stmt_execute(stmt);
  (void)mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &none);
  return good;
}

/* The portion failed, or the server takes none: all of it is undone, and run one by one. */
static void run_portion_slowly(dusq__my_conn *conn, const portion *p, dusq__my_outcome *out)
{
  dusq_error *undone = dusq__my_simple(conn, "ROLLBACK TO SAVEPOINT dusq_many");
  if (undone) { /* the error took the transaction with it */
    dusq_error_unref(undone);
    return;
  }
  dusq_error_unref(out->error);
  out->error = NULL;
  run_rows(conn, p->execution, p->from, p->from + p->n, out);
}

static void take_counts(dusq__my_conn *conn, const portion *p, dusq__my_outcome *out)
{
  MYSQL_STMT *stmt = p->statement->stmt;
  dusq_sink *sink = p->execution->sink;
  size_t rows = 0;
  if (!mysql_stmt_field_count(stmt)) {
    dusq__my_track(conn);
    dusq_sink_counts_uint(sink, (int64_t)mysql_stmt_affected_rows(stmt), mysql_stmt_insert_id(stmt));
    return;
  }
  dusq__my_fetch(conn, p->statement, sink, &rows, out); /* RETURNING, which the server does not say beforehand */
  if (!out->error && !out->refused)
    dusq_sink_counts(sink, (int64_t)rows, 0);
  mysql_stmt_free_result(stmt);
}

static void run_portion(dusq__my_conn *conn, portion *p, dusq__my_outcome *out)
{
  dusq_sink *sink = p->execution->sink;
  if (p->n < 2 || !make_portion(p)) {
    free_portion(p);
    run_rows(conn, p->execution, p->from, p->from + p->n, out);
    return;
  }
  const dusq_value *values = p->execution->values + p->from * p->execution->count;
  if (dusq_stop_asked(dusq_sink_stop(sink)))
    out->error = dusq__my_canceled();
  else
    out->error = dusq__my_check_values(conn, &p->statement->scan, values, p->n * p->execution->count);
  if (!out->error)
    out->error = dusq__my_simple(conn, "SAVEPOINT dusq_many");
  if (!out->error) {
    dusq__my_note(conn, &p->statement->scan); /* again: the check may have asked */
    dusq__my_sent(conn, sink);
    if (execute_portion(p)) {
      take_counts(conn, p, out);
    } else {
      out->error = dusq__my_stmt_error(conn, p->statement);
      if (!conn->broken && dusq_error_status(out->error) != DUSQ_E_CANCELED)
        run_portion_slowly(conn, p, out);
    }
  }
  free_portion(p);
}

static bool takes_bulk(dusq__my_conn *conn, const dusq__my_statement *statement)
{
  return !statement->plain && statement->nslots && statement->scan.changes && dusq__my_has_bulk(conn->mysql) &&
         !mysql_stmt_field_count(statement->stmt);
}

static void run_many(dusq__my_conn *conn, const dusq_execution *execution, size_t rows, dusq__my_outcome *out)
{
  dusq__my_statement *statement = execution->prepared;
  out->error = dusq__my_ready(conn, statement, NULL);
  if (out->error)
    return;
  dusq__my_note(conn, &statement->scan);
  bool bulk = takes_bulk(conn, statement);
  for (size_t from = 0; from < rows && !out->error && !out->refused;) {
    portion p = {.execution = execution, .statement = statement, .from = from};
    p.n = bulk ? measure(conn, execution, statement, from, rows) : 0;
    p.n = p.n ? p.n : 1;
    run_portion(conn, &p, out);
    from += p.n;
  }
}

#else

static void run_many(dusq__my_conn *conn, const dusq_execution *execution, size_t rows, dusq__my_outcome *out)
{
  run_rows(conn, execution, 0, rows, out);
}

#endif

dusq_status dusq__my_execute_many(void *arg, const dusq_execution *execution, size_t rows)
{
  dusq__my_conn *conn = arg;
  dusq__my_outcome outcome = {0};
  if (dusq__my_begin(conn, dusq_sink_stop(execution->sink)))
    run_many(conn, execution, rows, &outcome);
  else
    outcome.error = dusq__my_canceled();
  dusq__my_end(conn);
  return dusq__my_tell(conn, execution->sink, &outcome);
}
