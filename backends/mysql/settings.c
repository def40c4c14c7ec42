/* settings.c - what the session's own settings mean for values and texts.  The worker's thread.
 *
 * A session begins with utf8mb4 and UTC, and a caller may set something else.  The server tells of it with the answer
 * to each statement that has no rows (session tracking); but MariaDB does not of SET @@time_zone, nor of what a
 * function sets inside a SELECT or before an error.  So where words or flags hint at a setting, or at a function, the
 * server is asked when it matters, and before the connection is somebody else's.
 * What would be another instant, or another text, by the new settings is refused.                                    */
#include "internal.h"
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN_SIZE = 60 };

static bool equal(const char *text, size_t len, const char *word)
{
  return len == strlen(word) && !memcmp(text, word, len);
}

static void keep(char *to, size_t size, const char *text, size_t len)
{
  snprintf(to, size, "%.*s", (int)(len < SHOWN_SIZE ? len : SHOWN_SIZE), text);
}

/* ---- what a setting means ---------------------------------------------------------------------------------------- */

static bool has_word(const char *list, size_t len, const char *word)
{
  size_t n = strlen(word);
  for (size_t i = 0; i + n <= len; i++)
    if (!memcmp(list + i, word, n) && (!i || list[i - 1] == ',') && (i + n == len || list[i + n] == ','))
      return true;
  return false;
}

static void set_zone(dusq__my_conn *conn, const char *text, size_t len)
{
  static const char *const utc[] = {"+00:00", "-00:00", "UTC", "Etc/UTC", NULL};
  dusq__my_settings *to = &conn->settings;
  to->utc = equal(text, len, "SYSTEM") && conn->system_utc;
  for (const char *const *name = utc; *name; name++)
    to->utc |= equal(text, len, *name);
  keep(to->zone, sizeof to->zone, text, len);
}

static bool is_utf8(const char *text, size_t len)
{
  return equal(text, len, "utf8mb4") || equal(text, len, "utf8mb3") || equal(text, len, "utf8");
}

/* In all but these an ASCII character is its byte. */
static bool has_ascii(const char *text, size_t len)
{
  static const char *const others[] = {"", "binary", "swe7", "ucs2", "utf16", "utf16le", "utf32", NULL};
  for (const char *const *name = others; *name; name++)
    if (equal(text, len, *name))
      return false;
  return true;
}

static void set_client(dusq__my_conn *conn, const char *text, size_t len)
{
  conn->settings.client_utf8 = is_utf8(text, len);
  keep(conn->settings.client, sizeof conn->settings.client, text, len);
}

static void set_results(dusq__my_conn *conn, const char *text, size_t len)
{
  conn->settings.results = is_utf8(text, len)     ? DUSQ__MY_CHARSET_UTF8
                           : has_ascii(text, len) ? DUSQ__MY_CHARSET_ASCII
                                                  : DUSQ__MY_CHARSET_OTHER;
  keep(conn->settings.shown, sizeof conn->settings.shown, text, len);
}

static uint64_t hash(const char *text, size_t len)
{
  uint64_t hash = UINT64_C(14695981039346656037);
  for (size_t i = 0; i < len; i++)
    hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
  return hash;
}

/* A prepared statement is what its text was when it was prepared: a || b would stay an OR. */
static void set_mode(dusq__my_conn *conn, const char *text, size_t len)
{
  uint64_t mode = hash(text, len);
  if (mode != conn->sql_mode)
    conn->generation++;
  conn->sql_mode = mode;
  conn->settings.ansi = has_word(text, len, "ANSI_QUOTES");
}

static void set_one(dusq__my_conn *conn, const char *name, size_t name_len, const char *text, size_t len)
{
  if (equal(name, name_len, "time_zone"))
    set_zone(conn, text, len);
  else if (equal(name, name_len, "character_set_client"))
    set_client(conn, text, len);
  else if (equal(name, name_len, "character_set_results"))
    set_results(conn, text, len);
  else if (equal(name, name_len, "sql_mode"))
    set_mode(conn, text, len);
  else
    return;
  /* also where no word of the statement has said so */
  conn->unsettled |= strcmp(conn->settings.zone, "+00:00") || strcmp(conn->settings.client, "utf8mb4") ||
                     strcmp(conn->settings.shown, "utf8mb4") || conn->sql_mode != conn->promised;
}

void dusq__my_settled(dusq__my_conn *conn)
{
  bool ansi = conn->settings.ansi && conn->instance->sql_mode;
  conn->settings = (dusq__my_settings){.utc = true, .ansi = ansi, .client_utf8 = true, .results = DUSQ__MY_CHARSET_UTF8,
                                       .zone = "+00:00", .client = "utf8mb4", .shown = "utf8mb4"};
  conn->promised = conn->sql_mode;
  conn->blind = conn->stale = conn->unsettled = false;
}

/* ---- what the server tells --------------------------------------------------------------------------------------- */

void dusq__my_track(dusq__my_conn *conn)
{
  const char *text, *name = NULL;
  size_t len, name_len = 0;
  if (!(conn->mysql->server_status & SERVER_SESSION_STATE_CHANGED))
    return;
  int rc = mysql_session_track_get_first(conn->mysql, SESSION_TRACK_SYSTEM_VARIABLES, &text, &len);
  for (; !rc; rc = mysql_session_track_get_next(conn->mysql, SESSION_TRACK_SYSTEM_VARIABLES, &text, &len)) {
    if (name)
      set_one(conn, name, name_len, text, len);
    name_len = len;
    name = name ? NULL : text;
  }
  dusq__my_forget_change(conn);
}

/* The flag stays until the server's next OK, and MySQL sends none behind the columns of a result. */
void dusq__my_forget_change(dusq__my_conn *conn)
{
  conn->mysql->server_status &= ~(unsigned)SERVER_SESSION_STATE_CHANGED;
}

void dusq__my_track_rows(dusq__my_conn *conn)
{
  conn->stale |= (conn->mysql->server_status & SERVER_SESSION_STATE_CHANGED) != 0;
}

dusq_error *dusq__my_ask(dusq__my_conn *conn)
{
  static const char *const names[] = {"sql_mode", "time_zone", "character_set_client", "character_set_results"};
  static const char sql[] =
      "SELECT CAST(@@session.sql_mode AS BINARY), CAST(@@session.time_zone AS BINARY), "
      "CAST(@@session.character_set_client AS BINARY), CAST(IFNULL(@@session.character_set_results, '') AS BINARY)";
  if (mysql_real_query(conn->mysql, sql, sizeof sql - 1))
    return dusq__my_error(conn, NULL, 0);
  MYSQL_RES *set = mysql_store_result(conn->mysql);
  MYSQL_ROW row = set ? mysql_fetch_row(set) : NULL;
  if (!row) {
    mysql_free_result(set);
    return dusq__my_error(conn, NULL, 0);
  }
  const unsigned long *lengths = mysql_fetch_lengths(set);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (row[i])
      set_one(conn, names[i], strlen(names[i]), row[i], lengths[i]);
  mysql_free_result(set);
  conn->stale = false;
  return NULL;
}

/* ---- what follows from it ---------------------------------------------------------------------------------------- */

static dusq_error *know(dusq__my_conn *conn)
{
  return conn->blind || conn->stale ? dusq__my_ask(conn) : NULL;
}

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
  if (good < len) {
    dusq_error *error = dusq_error_new(DUSQ_E_DATA, "22021", 0, "the SQL text is not UTF-8");
    dusq_error_set_number(error, DUSQ_ERROR_POSITION, (int64_t)good);
    return error;
  }
  if (dusq__my_is_ascii(sql, len))
    return NULL;
  dusq_error *error = know(conn);
  if (!error && !conn->settings.client_utf8)
    error = other_charset("the SQL text", conn->settings.client);
  return error;
}

dusq_error *dusq__my_check_values(dusq__my_conn *conn, const dusq__my_scan *scan, const dusq_value *values, size_t n)
{
  bool plain = conn->settings.utc && conn->settings.client_utf8 && !conn->blind && !conn->stale && !scan->zone;
  for (size_t i = 0; i < n && !plain; i++) {
    const dusq_value *value = &values[i];
    bool time = value->type == DUSQ_TIMESTAMP, text = value->type == DUSQ_TEXT || value->type == DUSQ_JSON;
    if (!time && (!text || dusq__my_is_ascii(value->u.p, (size_t)value->len)))
      continue;
    dusq_error *error = know(conn);
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

/* Whether cells of that text can be given as they are. */
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
    const dusq_column *column = &conn->columns[i];
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
    const dusq_value *cell = &conn->values[i];
    if (cell->type != DUSQ_TEXT && cell->type != DUSQ_JSON)
      continue;
    error = check_text(conn, "a cell", cell->u.p, (size_t)cell->len);
    if (error)
      dusq_error_set_text(error, DUSQ_ERROR_COLUMN, conn->columns[i].name);
  }
  return error;
}

dusq_error *dusq__my_check_after(dusq__my_conn *conn)
{
  bool zone = conn->saw_zone, text = conn->saw_text;
  conn->saw_zone = conn->saw_text = false;
  if ((!zone && !text) || conn->broken || (!conn->blind && !conn->stale))
    return NULL;
  dusq_error *error = dusq__my_ask(conn);
  if (!error && zone && !conn->settings.utc)
    error = other_zone(conn, "a TIMESTAMP");
  if (!error && text && conn->settings.results != DUSQ__MY_CHARSET_UTF8)
    error = other_charset("a cell", conn->settings.shown);
  return error;
}

dusq_error *dusq__my_know_reading(dusq__my_conn *conn, const dusq__my_script_text *script)
{
  return script->last > script->at ? know(conn) : NULL;
}

dusq_status dusq__my_tell_reading(void *arg, const dusq_stop *stop, uint32_t *dialect, dusq_error **error)
{
  dusq__my_conn *conn = arg;
  dusq_error *why = NULL;
  if (conn->blind || conn->stale) {
    why = dusq__my_begin(conn, stop) ? dusq__my_ask(conn) : dusq__my_canceled();
    dusq__my_end(conn);
  }
  dusq__my_reading how = dusq__my_reading_of(conn);
  *dialect = DUSQ_DIALECT_MYSQL | (how.escapes ? 0 : DUSQ_DIALECT_NO_ESCAPES) |
             (how.ansi ? DUSQ_DIALECT_ANSI_QUOTES : 0);
  if (!why)
    return DUSQ_OK;
  dusq_status status = dusq__my_give(error, why);
  return conn->broken ? DUSQ_E_CONNECTION_LOST : status;
}

dusq__my_reading dusq__my_reading_of(const dusq__my_conn *conn)
{
  return (dusq__my_reading){.escapes = !(conn->mysql->server_status & SERVER_STATUS_NO_BACKSLASH_ESCAPES),
                            .ansi = conn->settings.ansi, .mariadb = conn->mariadb,
                            .version = mysql_get_server_version(conn->mysql)};
}
