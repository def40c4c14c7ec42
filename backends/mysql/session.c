/* session.c - setting up a session, and asking for its settings. */
#include "session.h"
#include "error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODE_SIZE = 2048 };

dusq_error *dusq__my_session_run(dusq__my_conn *conn, const char *sql)
{
  size_t len = strlen(sql);
  if (mysql_real_query(conn->mysql, sql, (unsigned long)len))
    return dusq__my_error(conn, sql, len);
  dusq__my_settings_track(&conn->settings, conn->mysql);
  return NULL;
}

/* ---- the SQL of the set-up --------------------------------------------------------------------------------------- */

static bool is_one_of(const char *const *names, const char *name, size_t len)
{
  for (; *names; names++)
    if (strlen(*names) == len && !memcmp(*names, name, len))
      return true;
  return false;
}

static bool append(char *to, size_t size, const char *name, size_t len)
{
  size_t used = strlen(to);
  if (used + len + 2 > size)
    return false;
  if (used)
    to[used++] = ',';
  memcpy(to + used, name, len);
  to[used + len] = '\0';
  return true;
}

/* The server's sql_mode, made strict, without modes that change how a text is read. */
static bool make_mode(const char *mode, char *out, size_t size)
{
  static const char *const without[] = {
      "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI", "DB2", "MAXDB", "MSSQL", "ORACLE", "POSTGRESQL", "MYSQL323",
      "MYSQL40", "STRICT_TRANS_TABLES", "NO_ENGINE_SUBSTITUTION", NULL};
  static const char strict[] = "STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION";
  out[0] = '\0';
  bool good = true;
  while (*mode && good) {
    size_t len = strcspn(mode, ",");
    if (len && !is_one_of(without, mode, len))
      good = append(out, size, mode, len);
    mode += len + (mode[len] == ',');
  }
  return good && append(out, size, strict, sizeof strict - 1);
}

static bool make_setup(dusq__my_conn *conn, const char *server_mode)
{
  char mode[MODE_SIZE], text[MODE_SIZE + 320];
  static const char tracked[] = "sql_mode,time_zone,character_set_client,character_set_results";
  const char *wanted = conn->instance->options.sql_mode;
  if (!wanted && !make_mode(server_mode, mode, sizeof mode))
    return false;
  int n = snprintf(text, sizeof text, "SET NAMES utf8mb4, session_track_system_variables='%s', autocommit=1, "
                   "time_zone='+00:00', lc_messages='en_US', sql_mode='%s'", tracked, wanted ? wanted : mode);
  if (n < 0 || (size_t)n >= sizeof text)
    return false;
  conn->setup = strdup(text);
  return conn->setup != NULL;
}

/* Half of what the server holds for all its clients, of which there may be other pools.  0 is no limit here: the server
 * then refuses each.                                                                                                 */
static void note_limit(dusq__my_conn *conn, const char *count)
{
  long long n = strtoll(count, NULL, 10);
  size_t most = n <= 0 ? 0 : n == 1 ? 1 : (size_t)(n / 2);
  atomic_store_explicit(&conn->instance->budget.most, most, memory_order_relaxed);
}

/* Servers and proxies that speak the protocol need not have all of MariaDB's and MySQL's variables.  0: it has run. */
static int ask_who(MYSQL *mysql)
{
  static const char *const texts[] = {
      "SELECT CONNECTION_ID(), @@max_allowed_packet, @@sql_mode, @@system_time_zone, @@max_prepared_stmt_count",
      "SELECT CONNECTION_ID(), @@max_allowed_packet, @@sql_mode, @@system_time_zone"};
  int failed = mysql_real_query(mysql, texts[0], strlen(texts[0]));
  if (failed && mysql_errno(mysql) == MY_ER_UNKNOWN_SYSTEM_VARIABLE)
    failed = mysql_real_query(mysql, texts[1], strlen(texts[1]));
  return failed;
}

dusq_error *dusq__my_session_identify(dusq__my_conn *conn)
{
  if (ask_who(conn->mysql))
    return dusq__my_error(conn, NULL, 0);
  MYSQL_RES *set = mysql_store_result(conn->mysql);
  if (!set)
    return dusq__my_error(conn, NULL, 0);
  MYSQL_ROW row = mysql_fetch_row(set);
  bool good = row && row[0] && row[1] && row[2];
  if (good) {
    conn->call.id = strtoull(row[0], NULL, 10);
    conn->max_packet = (size_t)strtoull(row[1], NULL, 10);
    conn->settings.system_utc = row[3] && !strcmp(row[3], "UTC");
    if (mysql_num_fields(set) > 4 && row[4])
      note_limit(conn, row[4]);
    good = make_setup(conn, row[2]);
  }
  mysql_free_result(set);
  return good ? NULL : dusq_error_new(DUSQ_E_PROTOCOL, NULL, 0, "the server did not say who it is");
}

/* ---- the settings ------------------------------------------------------------------------------------------------ */

dusq_error *dusq__my_session_ask(dusq__my_conn *conn)
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
      dusq__my_settings_set(&conn->settings, names[i], strlen(names[i]), row[i], lengths[i]);
  mysql_free_result(set);
  conn->settings.stale = false;
  return NULL;
}

dusq_error *dusq__my_session_know(dusq__my_conn *conn)
{
  return dusq__my_settings_are_unsure(&conn->settings) ? dusq__my_session_ask(conn) : NULL;
}

/* ---- the set-up -------------------------------------------------------------------------------------------------- */

dusq_error *dusq__my_session_set_up(dusq__my_conn *conn)
{
  if (strcmp(mysql_character_set_name(conn->mysql), "utf8mb4") && mysql_set_character_set(conn->mysql, "utf8mb4"))
    return dusq__my_error(conn, NULL, 0);
  dusq_error *error = dusq__my_session_run(conn, conn->setup);
  if (!error && conn->instance->options.sql_mode)
    error = dusq__my_session_ask(conn); /* some modes imply others */
  dusq__my_settings_reset(&conn->settings, conn->instance->options.sql_mode != NULL);
  return error;
}

static bool is_off(const char *value)
{
  return !value || !strcmp(value, "0") || !strcmp(value, "OFF");
}

dusq_error *dusq__my_session_check(dusq__my_conn *conn)
{
  static const char sql[] = "SELECT @@GLOBAL.read_only, @@GLOBAL.innodb_read_only";
  if (!conn->instance->options.read_write)
    return NULL;
  if (mysql_real_query(conn->mysql, sql, sizeof sql - 1))
    return mysql_errno(conn->mysql) == MY_ER_UNKNOWN_SYSTEM_VARIABLE ? NULL : dusq__my_error(conn, NULL, 0);
  MYSQL_RES *set = mysql_store_result(conn->mysql);
  if (!set)
    return dusq__my_error(conn, NULL, 0);
  MYSQL_ROW row = mysql_fetch_row(set);
  bool writable = !row || (is_off(row[0]) && (mysql_num_fields(set) < 2 || is_off(row[1])));
  mysql_free_result(set);
  return writable ? NULL : dusq_error_new(DUSQ_E_CONNECT, NULL, 0,
                                          "the server is read-only, and target_session_attrs is read-write");
}

/* The server's reset does not restore the default database. */
dusq_error *dusq__my_session_reset(dusq__my_conn *conn)
{
  const char *database = conn->instance->options.database;
  conn->settings.generation++;
  if (mysql_reset_connection(conn->mysql))
    return dusq__my_error(conn, NULL, 0);
  dusq__my_held_forget(&conn->held);
  conn->unknown_tx = conn->settings.changed = conn->lent = conn->slow_reader = false;
  dusq_error *error = dusq__my_session_set_up(conn);
  if (error || !database || !*database)
    return error;
  return mysql_select_db(conn->mysql, database) ? dusq__my_error(conn, NULL, 0) : NULL;
}
