/* fetch.c - rows of the prepared protocol.
 *
 * Numbers, dates and times are bound to fixed places, bytes to buffers that the connection reuses and that grow, so
 * that most cells are fetched once.  A cell that is longer than its buffer is fetched again into a larger one.       */
#include "fetch.h"
#include "calendar.h"
#include "check.h"
#include "error.h"
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_SIZE = 256 };
enum { HOW_INT, HOW_REAL, HOW_FLOAT, HOW_TIME, HOW_BYTES, HOW_BITS, HOW_UUID };

/* ---- binding ----------------------------------------------------------------------------------------------------- */

static bool make_room(dusq__my_cell *cell, size_t size)
{
  if (size <= cell->size)
    return true;
  char *bytes = malloc(size);
  if (!bytes)
    return false;
  free(cell->bytes);
  cell->bytes = bytes;
  cell->size = size;
  return true;
}

static bool bind_cell(const dusq_column *column, dusq__my_cell *cell, MYSQL_BIND *bind)
{
  memset(bind, 0, sizeof *bind);
  bind->is_null = &cell->null;
  bind->error = &cell->cut;
  bind->length = &cell->len;
  bind->buffer = &cell->u;
  switch (column->type) {
  case DUSQ_REAL:
    cell->how = column->native == MYSQL_TYPE_FLOAT ? HOW_FLOAT : HOW_REAL; /* as a double it would be rounded */
    bind->buffer_type = cell->how == HOW_FLOAT ? MYSQL_TYPE_FLOAT : MYSQL_TYPE_DOUBLE;
    return true;
  case DUSQ_DATE:
  case DUSQ_TIME:
  case DUSQ_TIMESTAMP:
    cell->how = HOW_TIME;
    bind->buffer_type = (enum enum_field_types)column->native;
    bind->buffer_length = sizeof cell->u.time;
    return true;
  case DUSQ_INT:
  case DUSQ_UINT:
    if (column->native == MYSQL_TYPE_BIT)
      break;
    cell->how = HOW_INT;
    bind->buffer_type = MYSQL_TYPE_LONGLONG;
    bind->is_unsigned = column->type == DUSQ_UINT;
    return true;
  default:
    break;
  }
  cell->how = column->native == MYSQL_TYPE_BIT ? HOW_BITS : column->type == DUSQ_UUID ? HOW_UUID : HOW_BYTES;
  if (!make_room(cell, FIRST_SIZE))
    return false;
  bind->buffer_type = MYSQL_TYPE_BLOB;
  bind->buffer = cell->bytes;
  bind->buffer_length = (unsigned long)cell->size;
  return true;
}

static dusq_error *bind_all(dusq__my_conn *conn, dusq__my_statement *statement, unsigned width)
{
  for (unsigned i = 0; i < width; i++)
    if (!bind_cell(&conn->row.columns[i], conn->row.cells[i], &conn->row.binds[i]))
      return dusq__my_nomem();
  if (mysql_stmt_bind_result(statement->stmt, conn->row.binds))
    return dusq__my_stmt_error(conn, statement);
  return NULL;
}

/* ---- cells ------------------------------------------------------------------------------------------------------- */

/* A date that is not a valid day becomes a text. */
static void read_no_day(dusq__my_cell *cell, bool clock, dusq_value *value)
{
  const MYSQL_TIME *time = &cell->u.time;
  int len = snprintf(cell->text, sizeof cell->text, "%04u-%02u-%02u", time->year % 10000, time->month % 100,
                     time->day % 100);
  if (clock)
    len += snprintf(cell->text + len, sizeof cell->text - (size_t)len, " %02u:%02u:%02u", time->hour % 100,
                    time->minute % 100, time->second % 100);
  if (clock && time->second_part)
    len += snprintf(cell->text + len, sizeof cell->text - (size_t)len, ".%06lu", time->second_part % 1000000);
  value->type = DUSQ_TEXT;
  value->u.p = cell->text;
  value->len = (uint64_t)len;
}

static void read_time(uint32_t kind, dusq__my_cell *cell, dusq_value *value)
{
  const MYSQL_TIME *time = &cell->u.time;
  value->type = kind;
  if (kind == DUSQ_TIME) {
    int64_t us = dusq__my_clock_of(time) + (int64_t)time->day * 24 * 3600 * 1000000;
    value->u.i = time->neg ? -us : us;
  } else if (!dusq__my_is_day(time)) {
    read_no_day(cell, kind == DUSQ_TIMESTAMP, value);
  } else {
    value->u.i = dusq__my_days_of(time);
    if (kind == DUSQ_TIMESTAMP)
      value->u.i = value->u.i * 24 * 3600 * 1000000 + dusq__my_clock_of(time);
  }
}

static void read_bytes(uint32_t kind, const dusq__my_cell *cell, dusq_value *value)
{
  value->type = kind;
  value->u.p = cell->bytes;
  value->len = cell->len;
  if (cell->how != HOW_UUID)
    return;
  dusq_value text = dusq_textn(cell->bytes, cell->len);
  uint8_t id[16];
  value->type = DUSQ_TEXT;
  if (dusq_value_to_uuid(&text, id))
    return;
  value->type = DUSQ_UUID;
  value->len = 0;
  memcpy(value->u.id, id, sizeof id);
}

static void read_bits(const dusq__my_cell *cell, dusq_value *value)
{
  value->type = DUSQ_UINT;
  value->u.n = 0;
  for (unsigned long i = 0; i < cell->len; i++)
    value->u.n = value->u.n << 8 | (unsigned char)cell->bytes[i];
}

static void read_cell(const dusq_column *column, dusq__my_cell *cell, dusq_value *value)
{
  *value = (dusq_value){.type = DUSQ_NULL, .native = column->native};
  if (cell->null || column->type == DUSQ_NULL)
    return;
  switch (cell->how) {
  case HOW_INT:
    value->type = column->type;
    value->u.i = cell->u.i;
    break;
  case HOW_REAL:
  case HOW_FLOAT:
    value->type = DUSQ_REAL;
    value->u.r = cell->how == HOW_FLOAT ? (double)cell->u.f : cell->u.r;
    break;
  case HOW_TIME:
    read_time(column->type, cell, value);
    break;
  case HOW_BITS:
    read_bits(cell, value);
    break;
  default:
    read_bytes(column->type, cell, value);
  }
}

/* Fetches a column again whose bytes did not fit the buffer. */
static dusq_error *refetch(dusq__my_conn *conn, dusq__my_statement *statement, unsigned i, bool *grown)
{
  dusq__my_cell *cell = conn->row.cells[i];
  MYSQL_BIND *bind = &conn->row.binds[i];
  if (cell->null || cell->how < HOW_BYTES || cell->len <= cell->size)
    return NULL;
  size_t size = cell->len < DUSQ__MY_KEPT_SIZE / 2 ? cell->len * 2 : cell->len;
  if (!make_room(cell, size))
    return dusq__my_nomem();
  bind->buffer = cell->bytes;
  bind->buffer_length = (unsigned long)cell->size;
  *grown = true;
  if (mysql_stmt_fetch_column(statement->stmt, bind, i, 0))
    return dusq__my_stmt_error(conn, statement);
  return NULL;
}

static dusq_error *read_row(dusq__my_conn *conn, dusq__my_statement *statement, unsigned width, bool cut)
{
  bool grown = false;
  dusq_error *error = NULL;
  for (unsigned i = 0; i < width && !error; i++) {
    if (cut)
      error = refetch(conn, statement, i, &grown);
    if (!error)
      read_cell(&conn->row.columns[i], conn->row.cells[i], &conn->row.values[i]);
  }
  if (!error)
    error = dusq__my_check_cells(conn, width);
  if (grown && !error && mysql_stmt_bind_result(statement->stmt, conn->row.binds)) /* for the rows to come */
    error = dusq__my_stmt_error(conn, statement);
  return error;
}

/* ---- result sets ------------------------------------------------------------------------------------------------- */

/* When a table was altered, the client libraries update the types of a prepared statement's columns, but not their
 * names, nor MariaDB's additional types.  The handle has everything as the server sent it.  The statement is prepared
 * again before its next use. (If the server does not send the columns each time, the handle has a copy of the
 * statement's.)                                                                                                      */
static void renew_columns(dusq__my_conn *conn, dusq__my_statement *statement, const MYSQL_FIELD *known, unsigned width)
{
  const MYSQL_FIELD *fresh = conn->mysql->fields;
  if (!fresh || fresh == known || conn->mysql->field_count != width)
    return;
  bool same = true;
  for (unsigned i = 0; i < width; i++) {
    dusq_column column = dusq__my_column(&fresh[i]);
    if (conn->row.columns[i].type == DUSQ_JSON && column.type == DUSQ_TEXT && fresh[i].extension)
      column.type = DUSQ_JSON; /* the additional type is empty in a copy, and missing for a text */
    same = same && column.type == conn->row.columns[i].type && !strcmp(column.name, conn->row.columns[i].name);
    conn->row.columns[i] = column;
  }
  if (!same && !statement->never_run)
    statement->generation = 0;
}

static bool send_columns(dusq__my_conn *conn, dusq__my_statement *statement, unsigned width, dusq_sink *sink,
                         dusq__my_outcome *out)
{
  MYSQL_RES *metadata = NULL;
  bool room = dusq__my_row_widen(&conn->row, width);
  const MYSQL_FIELD *fields = room ? dusq__my_fields(statement->stmt, &metadata) : NULL;
  if (!fields) {
    out->error = dusq__my_nomem();
    return false;
  }
  for (unsigned i = 0; i < width; i++)
    conn->row.columns[i] = dusq__my_column(&fields[i]);
  renew_columns(conn, statement, fields, width);
  out->error = dusq__my_statement_unreadable(statement->stmt);
  if (!out->error)
    out->error = dusq__my_check_columns(conn, &statement->scan, width);
  out->refused = !out->error && dusq_sink_columns(sink, width, conn->row.columns) != DUSQ_OK;
  mysql_free_result(metadata);
  if (!out->error && !out->refused)
    out->error = bind_all(conn, statement, width);
  return !out->refused && !out->error;
}

void dusq__my_fetch(dusq__my_conn *conn, dusq__my_statement *statement, dusq_sink *sink, size_t *rows,
                    dusq__my_outcome *out)
{
  unsigned width = mysql_stmt_field_count(statement->stmt);
  *rows = 0;
  if (!send_columns(conn, statement, width, sink, out))
    return;
  int rc;
  while ((rc = mysql_stmt_fetch(statement->stmt)) == 0 || rc == MYSQL_DATA_TRUNCATED) {
    out->error = read_row(conn, statement, width, rc == MYSQL_DATA_TRUNCATED);
    if (!out->error)
      out->refused = dusq_sink_row(sink, conn->row.values) != DUSQ_OK;
    if (out->error || out->refused)
      return;
    ++*rows;
  }
  if (rc == MYSQL_NO_DATA)
    conn->settings.stale |= dusq__my_rows_changed(conn->mysql);
  else
    out->error = dusq__my_stmt_error(conn, statement);
}
