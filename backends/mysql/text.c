/* text.c - the text protocol: scripts, transaction control, and statements that the server does not prepare.  The
 * worker's thread.
 *
 * Cells come as text, and are given the kinds that the prepared protocol gives them.                                 */
#include "internal.h"
#include <stdlib.h>

dusq_error *dusq__my_simple(dusq__my_conn *conn, const char *sql)
{
  size_t len = strlen(sql);
  if (mysql_real_query(conn->mysql, sql, (unsigned long)len))
    return dusq__my_error(conn, sql, len);
  dusq__my_track(conn);
  return NULL;
}

/* ---- cells --------------------------------------------------------------------------------------------------------- */

/* Bits, the first byte highest. */
static uint64_t read_bits(const char *text, size_t len)
{
  uint64_t bits = 0;
  for (size_t i = 0; i < len; i++)
    bits = bits << 8 | (unsigned char)text[i];
  return bits;
}

static bool convert(const dusq_value *text, const dusq_column *column, dusq_value *cell)
{
  double real;
  int32_t days;
  switch (column->type) {
  case DUSQ_INT:
    return !dusq_value_to_int(text, &cell->u.i);
  case DUSQ_UINT:
    return !dusq_value_to_uint(text, &cell->u.n);
  case DUSQ_REAL:
    if (dusq_value_to_real(text, &real))
      return false;
    cell->u.r = column->native == MYSQL_TYPE_FLOAT ? (double)(float)real : real; /* six digits are sent of it */
    return true;
  case DUSQ_DATE:
    if (dusq_value_to_date(text, &days))
      return false;
    cell->u.i = days;
    return true;
  case DUSQ_TIME:
    return !dusq_value_to_time(text, &cell->u.i);
  case DUSQ_TIMESTAMP:
    return !dusq_value_to_timestamp(text, &cell->u.i);
  case DUSQ_UUID:
    return !dusq_value_to_uuid(text, cell->u.id);
  default:
    return false;
  }
}

/* What has no exact counterpart, such as a date of zeros, stays a text. */
static void read_cell(const dusq_column *column, const char *text, size_t len, dusq_value *cell)
{
  *cell = (dusq_value){.type = DUSQ_NULL, .native = column->native};
  if (!text)
    return;
  const dusq_value whole = dusq_textn(text, len);
  if (column->native == MYSQL_TYPE_BIT) {
    cell->type = DUSQ_UINT;
    cell->u.n = read_bits(text, len);
  } else if (convert(&whole, column, cell)) {
    cell->type = column->type;
  } else {
    bool bytes = column->type == DUSQ_BLOB || column->type == DUSQ_JSON || column->type == DUSQ_DECIMAL;
    cell->type = bytes ? column->type : DUSQ_TEXT;
    cell->u.p = text;
    cell->len = len;
  }
}

/* ---- results ------------------------------------------------------------------------------------------------------- */

static bool send_columns(dusq__my_conn *conn, MYSQL_RES *set, unsigned width, const dusq__my_scan *scan,
                         dusq_sink *sink, dusq__my_outcome *out)
{
  if (!dusq__my_widen(conn, width)) {
    out->error = dusq__my_nomem();
    return false;
  }
  const MYSQL_FIELD *fields = mysql_fetch_fields(set);
  for (unsigned i = 0; i < width; i++)
    conn->columns[i] = dusq__my_column(&fields[i]);
  out->error = dusq__my_check_columns(conn, scan, width);
  out->refused = !out->error && dusq_sink_columns(sink, width, conn->columns) != DUSQ_OK;
  return !out->error && !out->refused;
}

static void send_rows(dusq__my_conn *conn, MYSQL_RES *set, const dusq__my_scan *scan, dusq_sink *sink,
                      dusq__my_outcome *out)
{
  unsigned width = mysql_num_fields(set);
  if (!send_columns(conn, set, width, scan, sink, out))
    return;
  MYSQL_ROW row;
  while ((row = mysql_fetch_row(set)) != NULL) {
    const unsigned long *lengths = mysql_fetch_lengths(set);
    for (unsigned i = 0; i < width; i++)
      read_cell(&conn->columns[i], row[i], lengths[i], &conn->values[i]);
    out->error = dusq__my_check_cells(conn, width);
    out->refused = !out->error && dusq_sink_row(sink, conn->values) != DUSQ_OK;
    if (out->error || out->refused)
      return;
  }
  dusq__my_track_rows(conn);
  if (mysql_errno(conn->mysql))
    out->error = dusq__my_error(conn, NULL, 0);
}

/* One result of the text.  `quiet`: it only says that there is no more.  Whether it counts. */
static bool take_result(dusq__my_conn *conn, const dusq__my_scan *scan, dusq_sink *sink, bool quiet,
                        dusq__my_outcome *out)
{
  if (!mysql_field_count(conn->mysql)) {
    my_ulonglong affected = mysql_affected_rows(conn->mysql);
    dusq__my_track(conn);
    if (!quiet)
      dusq_sink_counts_uint(sink, (int64_t)affected, mysql_insert_id(conn->mysql));
    return !quiet;
  }
  MYSQL_RES *set = mysql_use_result(conn->mysql);
  if (!set) {
    out->error = dusq__my_error(conn, NULL, 0);
    return false;
  }
  send_rows(conn, set, scan, sink, out);
  if (out->refused || (out->error && !dusq_error_native(out->error)))
    dusq__my_stop_it(conn); /* else all that is left would have to be read; what the server ended has no rest */
  mysql_free_result(set);
  if (!out->error && !out->refused)
    dusq_sink_counts(sink, 0, 0);
  return !out->error && !out->refused;
}

/* Reads what is left of a text that was given up, and drops it. */
static void drain(dusq__my_conn *conn)
{
  conn->stale = true;
  while (!conn->broken && mysql_more_results(conn->mysql)) {
    if (mysql_next_result(conn->mysql) > 0) {
      dusq_error_unref(dusq__my_error(conn, NULL, 0));
      return;
    }
    MYSQL_RES *set = mysql_use_result(conn->mysql);
    mysql_free_result(set);
  }
}

/* An error of the server's, with its place in the text.  To a comment at the end MariaDB answers that all is well, and
 * MySQL that there was nothing to do.                                                                               */
static void take_error(dusq__my_conn *conn, const dusq__my_portion *text, dusq__my_outcome *out)
{
  conn->stale = true;
  if (!text->remark || mysql_errno(conn->mysql) != MY_ER_EMPTY_QUERY)
    out->error = dusq__my_error(conn, text->sql, text->len);
}

void dusq__my_run_text(dusq__my_conn *conn, const dusq__my_portion *text, const dusq__my_scan *scan, dusq_sink *sink,
                       size_t *results, dusq__my_outcome *out)
{
  if (text->len + 64 > conn->max_packet) {
    out->error = dusq__my_too_large(conn);
    return;
  }
  dusq__my_note(conn, scan); /* again: the checks may have asked, which is of no use from here on */
  dusq__my_sent(conn, sink);
  if (mysql_real_query(conn->mysql, text->sql, (unsigned long)text->len)) {
    take_error(conn, text, out);
    return;
  }
  int more;
  bool first = true;
  do {
    bool quiet = !first && (text->remark || (text->calls && text->single)) && !mysql_more_results(conn->mysql);
    *results += take_result(conn, scan, sink, quiet, out);
    if (out->error || out->refused) {
      drain(conn);
      return;
    }
    first = false;
    more = mysql_next_result(conn->mysql);
  } while (!more);
  if (more > 0)
    take_error(conn, text, out);
}
