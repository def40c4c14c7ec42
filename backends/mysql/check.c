/* check.c - whether the session's settings keep texts and values as dusq promises them. */
#include "check.h"
#include "error.h"
#include "session.h"
#include "utf8.h"
#include <string.h>

static dusq_error *other_zone(const dusq__my_conn *conn, const char *what)
{
  return dusq_error_new(DUSQ_E_NOTSUP, NULL, 0, "%s is in UTC, and the session's time_zone is \"%s\"", what,
                        conn->settings.zone);
}

static dusq_error *other_charset(const char *what, const char *charset)
{
  return dusq_error_new(DUSQ_E_NOTSUP, NULL, 0, "%s is UTF-8, and the session's character set is \"%s\"", what,
                        *charset ? charset : "NULL");
}

dusq_error *dusq__my_check_sql(dusq__my_conn *conn, const char *sql, size_t len)
{
  size_t good = dusq__my_utf8_prefix(sql, len);
  if (good < len)
    return dusq__my_not_utf8(good);
  if (dusq__my_is_ascii(sql, len))
    return NULL;
  dusq_error *error = dusq__my_session_know(conn);
  if (!error && !conn->settings.client_utf8)
    error = other_charset("the SQL text", conn->settings.client);
  return error;
}

dusq_error *dusq__my_check_values(dusq__my_conn *conn, const dusq__my_scan *scan, const dusq_value *values, size_t n)
{
  bool plain = conn->settings.utc && conn->settings.client_utf8 && !scan->zone &&
               !dusq__my_settings_are_unsure(&conn->settings);
  for (size_t i = 0; i < n && !plain; i++) {
    const dusq_value *value = &values[i];
    bool time = value->type == DUSQ_TIMESTAMP, text = value->type == DUSQ_TEXT || value->type == DUSQ_JSON;
    if (!time && (!text || dusq__my_is_ascii(value->u.p, (size_t)value->len)))
      continue;
    dusq_error *error = dusq__my_session_know(conn);
    if (!error && time && scan->zone)
      error = dusq_error_new(DUSQ_E_NOTSUP, NULL, 0, "a TIMESTAMP in a statement that sets a time_zone of its own");
    if (!error && time && !conn->settings.utc)
      error = other_zone(conn, "a TIMESTAMP");
    if (!error && text && !conn->settings.client_utf8)
      error = other_charset("a text", conn->settings.client);
    if (error)
      return error;
  }
  return NULL;
}

/* Checks that a text of a result is UTF-8, by the settings and by its bytes. */
static dusq_error *check_text(dusq__my_conn *conn, const char *what, const char *text, size_t len)
{
  bool ascii = dusq__my_is_ascii(text, len), utf8 = conn->settings.results == DUSQ__MY_CHARSET_UTF8;
  if (ascii && conn->settings.results != DUSQ__MY_CHARSET_OTHER)
    return NULL;
  conn->saw_text = true;
  if (utf8 && dusq__my_utf8_prefix(text, len) < len)
    return dusq_error_new(DUSQ_E_DATA, "22021", 0, "%s is not UTF-8", what);
  return utf8 || !len ? NULL : other_charset(what, conn->settings.shown);
}

dusq_error *dusq__my_check_columns(dusq__my_conn *conn, const dusq__my_scan *scan, unsigned width)
{
  bool changing = conn->mysql->server_status & SERVER_SESSION_STATE_CHANGED;
  dusq_error *error = NULL;
  for (unsigned i = 0; i < width && !error; i++) {
    const dusq_column *column = &conn->row.columns[i];
    error = check_text(conn, "the name of a column", column->name, strlen(column->name));
    if (!error && scan->charset && (column->type == DUSQ_TEXT || column->type == DUSQ_JSON))
      error = dusq_error_new(DUSQ_E_NOTSUP, NULL, 0, "a text of a statement that may set a character set of its own");
    if (error || column->native != MYSQL_TYPE_TIMESTAMP)
      continue;
    conn->saw_zone = true;
    if (scan->zone || changing)
      error = dusq_error_new(DUSQ_E_NOTSUP, NULL, 0, "a TIMESTAMP of a statement that may set a time_zone of its own");
    else if (!conn->settings.utc)
      error = other_zone(conn, "a TIMESTAMP");
  }
  return error;
}

dusq_error *dusq__my_check_cells(dusq__my_conn *conn, unsigned width)
{
  dusq_error *error = NULL;
  for (unsigned i = 0; i < width && !error; i++) {
    const dusq_value *cell = &conn->row.values[i];
    if (cell->type != DUSQ_TEXT && cell->type != DUSQ_JSON)
      continue;
    error = check_text(conn, "a cell", cell->u.p, (size_t)cell->len);
    if (error)
      dusq_error_set_text(error, DUSQ_ERROR_COLUMN, conn->row.columns[i].name);
  }
  return error;
}

dusq_error *dusq__my_check_after(dusq__my_conn *conn)
{
  bool zone = conn->saw_zone, text = conn->saw_text;
  conn->saw_zone = conn->saw_text = false;
  if ((!zone && !text) || conn->broken || !dusq__my_settings_are_unsure(&conn->settings))
    return NULL;
  dusq_error *error = dusq__my_session_ask(conn);
  if (!error && zone && !conn->settings.utc)
    error = other_zone(conn, "a TIMESTAMP");
  if (!error && text && conn->settings.results != DUSQ__MY_CHARSET_UTF8)
    error = other_charset("a cell", conn->settings.shown);
  return error;
}
