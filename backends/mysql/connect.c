/* connect.c - making and ending connections.
 *
 * Every option is given, so that neither the environment nor a file decides one; files are read only where the options
 * name them.  While Connector/C logs in, its own timeout bounds it, in whole seconds for each step; from then on there
 * is a descriptor by which the watcher can (guard.c).                                                                */
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MODE_SIZE = 2048 };

/* ---- logging in ---------------------------------------------------------------------------------------------------- */

/* LOAD DATA LOCAL lets the server ask for any file.  An option of a file could allow it again; nothing gets past this. */
static int refuse_file(void **handle, const char *name, void *arg)
{
  (void)handle;
  (void)name;
  (void)arg;
  return 1;
}

static int read_nothing(void *handle, char *buffer, unsigned size)
{
  (void)handle;
  (void)buffer;
  (void)size;
  return -1;
}

static void end_nothing(void *handle)
{
  (void)handle;
}

static int say_refused(void *handle, char *message, unsigned size)
{
  (void)handle;
  snprintf(message, size, "LOAD DATA LOCAL is off");
  return 2068;
}

static unsigned seconds_until(int64_t deadline)
{
  if (deadline == INT64_MAX)
    return 0;
  int64_t left = deadline - dusq__my_now();
  int64_t seconds = (left + DUSQ_SECOND - 1) / DUSQ_SECOND;
  return seconds < 1 ? 1 : seconds > INT_MAX / 1000 ? INT_MAX / 1000 : (unsigned)seconds;
}

/* Connector/C reads option files not before it connects, and then over what was set: a line of one would switch off the
 * verification that the URI asks for.  So a connection to what is no server goes before, and all else is set after it. */
static bool read_files(const dusq__my *instance, MYSQL *mysql)
{
  if (instance->file && mysql_options(mysql, MYSQL_READ_DEFAULT_FILE, instance->file))
    return false;
  if (instance->group && mysql_options(mysql, MYSQL_READ_DEFAULT_GROUP, instance->group))
    return false;
#if DUSQ_MYSQL_CONNECTOR_C
  unsigned by_socket = MYSQL_PROTOCOL_SOCKET;
  if (instance->file || instance->group)
    return !mysql_options(mysql, MYSQL_OPT_PROTOCOL, &by_socket) &&
           !mysql_real_connect(mysql, NULL, "", "", NULL, 0, "/", 0);
#endif
  return true;
}

static bool set_options(const dusq__my *instance, const dusq__my_host *host, int64_t deadline, MYSQL *mysql)
{
  unsigned timeout = seconds_until(deadline), off = 0;
  unsigned protocol = host->path ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
  unsigned long largest = 1UL << 30;
  dusq__my_bool yes = 1;
  if (!read_files(instance, mysql))
    return false;
  if (instance->plugin_dir && mysql_options(mysql, MYSQL_PLUGIN_DIR, instance->plugin_dir))
    return false;
  if (timeout && mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &timeout))
    return false;
  if (mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4") || mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol) ||
      mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off) || mysql_options(mysql, MYSQL_REPORT_DATA_TRUNCATION, &yes) ||
      mysql_options(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &largest))
    return false;
  mysql_set_local_infile_handler(mysql, refuse_file, read_nothing, end_nothing, say_refused, NULL);
  return dusq__my_set_tls(instance, host, mysql);
}

MYSQL *dusq__my_log_in(const dusq__my *instance, const dusq__my_host *host, int64_t deadline)
{
  const unsigned long flags = CLIENT_FOUND_ROWS | CLIENT_MULTI_STATEMENTS | CLIENT_MULTI_RESULTS;
  MYSQL *mysql = mysql_init(NULL);
  if (!mysql)
    return NULL;
  if (!set_options(instance, host, deadline, mysql)) {
    mysql_close(mysql);
    return NULL;
  }
  const char *password = instance->password ? instance->password : ""; /* NULL would mean the environment's */
  if (!dusq__my_real_connect(mysql, host->name, instance->user, password, instance->database, host->port, host->path,
                             flags, deadline, dusq__my_now))
    return mysql;
#if DUSQ_MYSQL_CONNECTOR_C
  dusq__my_bool no = 0;
  mysql_options(mysql, MYSQL_OPT_RECONNECT, &no); /* a file may have asked for it */
#endif
  return mysql;
}

int dusq__my_duplicate(MYSQL *mysql)
{
  int socket = dusq__my_socket(mysql);
  return socket < 0 ? -1 : fcntl(socket, F_DUPFD_CLOEXEC, 3);
}

/* ---- the session --------------------------------------------------------------------------------------------------- */

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

/* The server's modes, without those that change how a text is read and what is named like them, but strict. */
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

static bool make_settle(dusq__my_conn *conn, const char *server_mode)
{
  char mode[MODE_SIZE], text[MODE_SIZE + 320];
  static const char tracked[] = "sql_mode,time_zone,character_set_client,character_set_results";
  const char *wanted = conn->instance->sql_mode;
  if (!wanted && !make_mode(server_mode, mode, sizeof mode))
    return false;
  int n = snprintf(text, sizeof text, "SET NAMES utf8mb4, session_track_system_variables='%s', autocommit=1, "
                   "time_zone='+00:00', lc_messages='en_US', sql_mode='%s'", tracked, wanted ? wanted : mode);
  if (n < 0 || (size_t)n >= sizeof text)
    return false;
  conn->settle = strdup(text);
  return conn->settle != NULL;
}

/* The number that KILL takes, the largest packet, and the server's modes. */
static dusq_error *ask_server(dusq__my_conn *conn)
{
  static const char sql[] = "SELECT CONNECTION_ID(), @@max_allowed_packet, @@sql_mode, @@system_time_zone";
  if (mysql_real_query(conn->mysql, sql, sizeof sql - 1))
    return dusq__my_error(conn, NULL, 0);
  MYSQL_RES *set = mysql_store_result(conn->mysql);
  if (!set)
    return dusq__my_error(conn, NULL, 0);
  MYSQL_ROW row = mysql_fetch_row(set);
  bool good = row && row[0] && row[1] && row[2];
  if (good) {
    conn->id = strtoull(row[0], NULL, 10);
    conn->max_packet = (size_t)strtoull(row[1], NULL, 10);
    conn->system_utc = row[3] && !strcmp(row[3], "UTC");
    good = make_settle(conn, row[2]);
  }
  mysql_free_result(set);
  return good ? NULL : dusq_error_new(DUSQ_E_PROTOCOL, NULL, 0, "the server did not say who it is");
}

dusq_error *dusq__my_settle(dusq__my_conn *conn)
{
  if (strcmp(mysql_character_set_name(conn->mysql), "utf8mb4") && mysql_set_character_set(conn->mysql, "utf8mb4"))
    return dusq__my_error(conn, NULL, 0);
  dusq_error *error = dusq__my_simple(conn, conn->settle);
  if (!error && conn->instance->sql_mode)
    error = dusq__my_ask(conn); /* some modes mean others with them */
  dusq__my_settled(conn);
  return error;
}

static void keep_alive(MYSQL *mysql)
{
  int yes = 1;
  (void)setsockopt(dusq__my_socket(mysql), SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes); /* not of Unix sockets */
}

/* ---- connections --------------------------------------------------------------------------------------------------- */

static void unlink_conn(dusq__my_conn *conn)
{
  dusq__my *instance = conn->instance;
  pthread_mutex_lock(&instance->mtx);
  if (conn->link) {
    *conn->link = conn->next;
    if (conn->next)
      conn->next->link = conn->link;
    conn->link = NULL;
  }
  pthread_mutex_unlock(&instance->mtx);
}

static void link_conn(dusq__my_conn *conn)
{
  dusq__my *instance = conn->instance;
  pthread_mutex_lock(&instance->mtx);
  conn->next = instance->conns;
  conn->link = &instance->conns;
  if (conn->next)
    conn->next->link = &conn->next;
  instance->conns = conn;
  pthread_mutex_unlock(&instance->mtx);
}

static void free_conn(dusq__my_conn *conn)
{
  dusq__my *instance = conn->instance;
  for (size_t i = 0; i < conn->width; i++) {
    free(conn->cells[i]->bytes);
    free(conn->cells[i]);
  }
  free(conn->cells);
  free(conn->binds);
  free(conn->values);
  free(conn->columns);
  free(conn->settle);
  free(conn);
  dusq__my_drop(instance);
}

/* What follows the login. */
static dusq_error *set_up(dusq__my_conn *conn, const dusq_stop *stop)
{
  const char *version = mysql_get_server_info(conn->mysql);
  conn->mariadb = version && strstr(version, "MariaDB");
  keep_alive(conn->mysql);
  int fd = dusq__my_duplicate(conn->mysql);
  if (fd < 0)
    return dusq_error_new(DUSQ_E_RESOURCE, NULL, errno, "no descriptor for a connection");
  dusq__my_guard(conn->instance, &conn->guard, fd, dusq_stop_deadline(stop));
  dusq_error *error = ask_server(conn);
  if (!error)
    error = dusq__my_settle(conn);
  if (error)
    dusq__my_unguard(conn->instance, &conn->guard);
  return error;
}

/* One host.  conn->mysql stays only when it can be used. */
static dusq_error *try_host(dusq__my_conn *conn, size_t host, const dusq_stop *stop)
{
  const dusq__my_host *at = &conn->instance->hosts[host];
  conn->host = host;
  dusq_error *error = dusq__my_tls_switched_off(conn->instance, at);
  if (error)
    return error;
  conn->mysql = dusq__my_log_in(conn->instance, at, dusq_stop_deadline(stop));
  if (!conn->mysql)
    return dusq__my_nomem();
  if (mysql_errno(conn->mysql))
    error = dusq__my_connect_error(at, conn->mysql);
  else
    error = dusq__my_tls_broken(conn->instance, at, conn->mysql);
  if (!error)
    error = set_up(conn, stop);
  if (!error)
    return NULL;
  mysql_close(conn->mysql);
  conn->mysql = NULL;
  conn->broken = conn->in_doubt = false;
  free(conn->settle);
  conn->settle = NULL;
  return error;
}

/* Only where nobody answered is the next one tried: a server that refuses the user means it. */
static bool goes_on(dusq_status status)
{
  return status == DUSQ_E_CONNECT || status == DUSQ_E_CONNECTION_LOST || status == DUSQ_E_SHUTDOWN ||
         status == DUSQ_E_TOO_MANY_CONNECTIONS;
}

static dusq_error *try_hosts(dusq__my_conn *conn, const dusq_stop *stop)
{
  dusq_error *error = NULL;
  for (size_t i = 0; i < conn->instance->nhosts; i++) {
    if (dusq_stop_asked(stop))
      return error ? error : dusq__my_canceled();
    dusq_error_unref(error);
    error = try_host(conn, i, stop);
    if (!error || !goes_on(dusq_error_status(error)))
      break;
  }
  return error;
}

dusq_status dusq__my_connect(void *arg, uint32_t lane, const dusq_stop *stop, void **out, dusq_error **error)
{
  dusq__my *instance = arg;
  (void)lane;
  if (!dusq__my_watch(instance))
    return dusq__my_give(error, dusq_error_new(DUSQ_E_RESOURCE, NULL, 0, "no thread to watch connections with"));
  dusq__my_conn *conn = calloc(1, sizeof *conn);
  if (!conn)
    return dusq__my_give(error, dusq__my_nomem());
  atomic_fetch_add(&instance->refs, 1);
  conn->instance = instance;
  conn->guard = (dusq__my_guarded){.fd = -1, .until = INT64_MAX};
  conn->generation = 1;
  dusq_error *why = try_hosts(conn, stop);
  if (why) {
    free_conn(conn);
    return dusq__my_give(error, why);
  }
  pthread_mutex_lock(&instance->mtx);
  conn->guard.until = INT64_MAX;
  pthread_mutex_unlock(&instance->mtx);
  link_conn(conn);
  *out = conn;
  return DUSQ_OK;
}

/* The farewell is written into the socket's buffer; where that is full, or the server lost, the watcher ends the wait. */
void dusq__my_disconnect(void *arg)
{
  dusq__my_conn *conn = arg;
  dusq__my *instance = conn->instance;
  unlink_conn(conn);
  dusq__my_part(conn);
  mysql_close(conn->mysql);
  dusq__my_unguard(instance, &conn->guard);
  free_conn(conn);
}

/* A server says nothing unasked but that it ends the session. */
bool dusq__my_alive(void *arg)
{
  const dusq__my_conn *conn = arg;
  struct pollfd socket = {.fd = dusq__my_socket(conn->mysql), .events = POLLIN};
  return !conn->broken && socket.fd >= 0 && poll(&socket, 1, 0) == 0;
}
