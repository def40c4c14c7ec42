/* login.c - connecting to one host and logging in.
 *
 * Every option is set, so that the environment decides none, and a file only what the URI leaves to it; files are read
 * only if the pool's options name them.  Connector/C applies its timeout to each step of the login, in whole
 * seconds.                                                                                                           */
#include "login.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "tls.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* LOAD DATA LOCAL lets the server ask for any file.  A line of an option file could enable it again, but this handler
 * refuses each request.                                                                                              */
static int refuse_open(void **handle, const char *name, void *arg)
{
  (void)handle;
  (void)name;
  (void)arg;
  return 1;
}

static int refuse_read(void *handle, char *buffer, unsigned size)
{
  (void)handle;
  (void)buffer;
  (void)size;
  return -1;
}

static void ignore_end(void *handle)
{
  (void)handle;
}

static int tell_refused(void *handle, char *message, unsigned size)
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

static bool set_options(const dusq__my_options *options, const dusq__my_host *host, int64_t deadline, MYSQL *mysql)
{
  unsigned timeout = seconds_until(deadline), off = 0;
  unsigned protocol = host->path ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
  unsigned long largest = 1UL << 30;
  dusq__my_bool yes = 1;
  if (!dusq__my_file_read(options, mysql))
    return false;
  if (options->plugin_dir && mysql_options(mysql, MYSQL_PLUGIN_DIR, options->plugin_dir))
    return false;
  if (timeout && mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &timeout))
    return false;
  if (mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4") || mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol) ||
      mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off) || mysql_options(mysql, MYSQL_REPORT_DATA_TRUNCATION, &yes) ||
      mysql_options(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &largest))
    return false;
  mysql_set_local_infile_handler(mysql, refuse_open, refuse_read, ignore_end, tell_refused, NULL);
  return dusq__my_tls_set(options, host, mysql);
}

static const char *first_of(const char *given, const char *in_file, const char *otherwise)
{
  return given && *given ? given : in_file && *in_file ? in_file : otherwise;
}

/* Without the TLS checks.  NULL when memory is short; else a handle, whose mysql_errno tells whether it succeeded. */
static MYSQL *log_in(const dusq__my_options *options, const dusq__my_host *host, int64_t deadline)
{
  const unsigned long flags = CLIENT_FOUND_ROWS | CLIENT_MULTI_STATEMENTS | CLIENT_MULTI_RESULTS;
  MYSQL *mysql = mysql_init(NULL);
  if (!mysql)
    return NULL;
  if (!set_options(options, host, deadline, mysql)) {
    mysql_close(mysql);
    return NULL;
  }
  const char *user = first_of(options->user, mysql->options.user, options->default_user);
  const char *password = options->password ? options->password : mysql->options.password;
  password = password ? password : ""; /* NULL would mean what the environment or the file says */
  const char *name = host->path ? "localhost" : host->name; /* for the same reason */
  if (!dusq__my_real_connect(mysql, name, user, password, options->database, host->port, host->path, flags, deadline,
                             dusq__my_now))
    return mysql;
#if DUSQ_MYSQL_CONNECTOR_C
  dusq__my_bool no = 0;
  mysql_options(mysql, MYSQL_OPT_RECONNECT, &no); /* a file may have enabled it */
#endif
  return mysql;
}

/* The handshake of TLS did not end: the server was stopped, or the network broke.  Nothing says that it is not to be
 * trusted.  The texts are OpenSSL's, GnuTLS' and the system's.                                                       */
static bool handshake_broke(const char *text)
{
  static const char *const words[] = {"unexpected eof", "reset by peer", "Broken pipe", "non-properly terminated",
                                      "error:00000000:", "SSL_ERROR_SYSCALL",
                                      "temporarily unavailable" /* Connector/C 3.4, after a FIN */};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strstr(text, words[i]))
      return true;
  return false;
}

/* The client libraries tell the system's error in a text only, and not for each of their numbers; so it is tried. */
static bool lacks_descriptors(void)
{
  int one = open("/", O_RDONLY | O_CLOEXEC), why = errno;
  if (one >= 0)
    close(one);
  return one < 0 && (why == EMFILE || why == ENFILE);
}

/* A server that is full, or that lets nobody in from this host, says so instead of its greeting.  If TLS is wanted,
 * Connector/C makes that 2002 with the server's own number in the text: nobody vouches for it.  But whoever could forge
 * it could refuse the connection as well.                                                                            */
static unsigned server_error(MYSQL *mysql)
{
  static const char before[] = "cannot be verified: ";
  const char *at = strstr(mysql_error(mysql), before);
  unsigned long native = at ? strtoul(at + sizeof before - 1, NULL, 10) : 0;
  return native >= 1000 && native <= UINT16_MAX ? (unsigned)native : mysql_errno(mysql);
}

static dusq_error *login_error(const dusq__my_host *host, MYSQL *mysql)
{
  unsigned native = server_error(mysql);
  const char *text = mysql_error(mysql), *state = mysql_sqlstate(mysql);
  dusq_status status = dusq_classify(DUSQ_MYSQL_CONNECTOR_C ? DUSQ_FLAVOUR_MARIADB : DUSQ_FLAVOUR_MYSQL, native, state,
                                     text);
  if (status == DUSQ_E_TLS && handshake_broke(text))
    status = DUSQ_E_CONNECT;
  if (status == DUSQ_E_CONNECTION_LOST || status == DUSQ_E_SQL || status == DUSQ_E_PROTOCOL)
    status = DUSQ_E_CONNECT;
  if (status == DUSQ_E_CONNECT && lacks_descriptors())
    status = DUSQ_E_RESOURCE;
  if (host->path)
    return dusq_error_new(status, state, native, "cannot connect to \"%s\": %s", host->path, text);
  return dusq_error_new(status, state, native, "cannot connect to %s:%u: %s", host->name, host->port, text);
}

dusq_error *dusq__my_login(const dusq__my_options *options, const dusq__my_host *host, int64_t deadline, MYSQL **out)
{
  dusq_error *error = dusq__my_tls_check_host(options, host);
  if (error)
    return error;
  MYSQL *mysql = log_in(options, host, deadline);
  if (!mysql)
    return dusq__my_nomem();
  if (mysql_errno(mysql))
    error = login_error(host, mysql);
  else
    error = dusq__my_tls_check_connected(options, host, mysql);
  if (error)
    mysql_close(mysql);
  else
    *out = mysql;
  return error;
}

int dusq__my_login_socket(MYSQL *mysql)
{
  int socket = dusq__my_socket(mysql);
  return socket < 0 ? -1 : fcntl(socket, F_DUPFD_CLOEXEC, 3);
}
