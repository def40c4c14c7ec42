/* text.c - the text protocol. */
#include "text.h"
#include "check.h"
#include "error.h"
#include <string.h>

/* ---- cells ------------------------------------------------------------------------------------------------------- */

/* A BIT: bytes, the most significant first. */
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
    cell->u.r = column->native == MYSQL_TYPE_FLOAT ? (double)(float)real : real; /* a FLOAT is sent with six digits */
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

/* A value without an exact counterpart, such as a date of zeros, remains a text. */
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

/* ---- results ----------------------------------------------------------------------------------------------------- */

static bool send_columns(dusq__my_conn *conn, MYSQL_RES *set, unsigned width, const dusq__my_scan *scan,
                         dusq_sink *sink, dusq__my_outcome *out)
{
  if (!dusq__my_row_widen(&conn->row, width)) {
    out->error = dusq__my_nomem();
    return false;
  }
  const MYSQL_FIELD *fields = mysql_fetch_fields(set);
  for (unsigned i = 0; i < width; i++)
    conn->row.columns[i] = dusq__my_column(&fields[i]);
  out->error = dusq__my_check_columns(conn, scan, width);
  out->refused = !out->error && dusq_sink_columns(sink, width, conn->row.columns) != DUSQ_OK;
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
      read_cell(&conn->row.columns[i], row[i], lengths[i], &conn->row.values[i]);
    out->error = dusq__my_check_cells(conn, width);
    out->refused = !out->error && dusq_sink_row(sink, conn->row.values) != DUSQ_OK;
    if (out->error || out->refused)
      return;
  }
  dusq__my_settings_track_rows(&conn->settings, conn->mysql);
  if (mysql_errno(conn->mysql))
    out->error = dusq__my_error(conn, NULL, 0);
}

/* Reads one result.  `quiet`: it only says that there are no more.  Returns whether it counts. */
static bool take_result(dusq__my_conn *conn, const dusq__my_scan *scan, dusq_sink *sink, bool quiet,
                        dusq__my_outcome *out)
{
  if (!mysql_field_count(conn->mysql)) {
    my_ulonglong affected = mysql_affected_rows(conn->mysql);
    dusq__my_settings_track(&conn->settings, conn->mysql);
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
    dusq__my_call_kill(&conn->call); /* else all the rest would be read; after an error of the server there is none */
  mysql_free_result(set);
  if (!out->error && !out->refused)
    dusq_sink_counts(sink, 0, 0);
  return !out->error && !out->refused;
}

/* Reads and drops the rest of the results. */
static void drain(dusq__my_conn *conn)
{
  conn->settings.stale = true;
  while (!conn->broken && mysql_more_results(conn->mysql)) {
    if (mysql_next_result(conn->mysql) > 0) {
      dusq_error_unref(dusq__my_error(conn, NULL, 0));
      return;
    }
    MYSQL_RES *set = mysql_use_result(conn->mysql);
    mysql_free_result(set);
  }
}

/* Takes an error of the server, with its position in the text.  For a comment at the end MariaDB returns success, and
 * MySQL an error for an empty statement, which is ignored.                                                           */
static void take_error(dusq__my_conn *conn, const dusq__my_portion *text, dusq__my_outcome *out)
{
  conn->settings.stale = true;
  if (!text->trailing_comment || mysql_errno(conn->mysql) != MY_ER_EMPTY_QUERY)
    out->error = dusq__my_error(conn, text->sql, text->len);
}

void dusq__my_run_text(dusq__my_conn *conn, const dusq__my_portion *text, const dusq__my_scan *scan, dusq_sink *sink,
                       size_t *results, dusq__my_outcome *out)
{
  if (text->len + 64 > conn->max_packet) {
    out->error = dusq__my_too_large(conn->max_packet);
    return;
  }
  dusq__my_settings_expect(&conn->settings, scan); /* again, because the checks may have asked the server */
  dusq__my_sent(conn, sink);
  if (mysql_real_query(conn->mysql, text->sql, (unsigned long)text->len)) {
    take_error(conn, text, out);
    return;
  }
  int more;
  bool first = true;
  do {
    bool may_be_quiet = text->trailing_comment || (text->calls && text->single);
    bool quiet = !first && may_be_quiet && !mysql_more_results(conn->mysql);
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
