/* connect.c - the slots connect and disconnect.  The worker's thread. */
#include "connect.h"
#include "changed.h"
#include "clock.h"
#include "conn.h"
#include "error.h"
#include "receive.h"
#include "wait.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LEVEL_INFO = 6, LEVEL_WARNING = 4, MS = 1000000, HOST_SIZE = 512 };

/* ---- notices ------------------------------------------------------------------------------------------------------- */

/* Without a receiver, libpq prints notices to stderr. */
static void take_notice(void *arg, const PGresult *result)
{
  const dusq__pg_params *params = arg;
  const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (!text)
    return; /* libpq's own message about a connection, which its error repeats */
  int level = severity && !strcmp(severity, "WARNING") ? LEVEL_WARNING : LEVEL_INFO;
  dusq_params_log(params->options, level, "%s: %s", severity ? severity : "NOTICE", text);
}

/* ---- the clear-text password --------------------------------------------------------------------------------------- */

/* libpq before 16 sends the password in clear text to any server that asks for it.  So each message is checked before
 * libpq reads it: 'R', a length, and 3 for AuthenticationCleartextPassword (PG:protocol-message-formats).            */
static bool asks_for_clear_text(PGconn *pg)
{
  unsigned char bytes[2048];
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer;
  int fd = PQsocket(pg);
  if (PQsslInUse(pg) || getpeername(fd, (struct sockaddr *)&peer, &size) || peer.ss_family == AF_UNIX)
    return false;
  ssize_t n = recv(fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
  for (ssize_t at = 0; at + 9 <= n;) {
    const unsigned char *m = bytes + at;
    if (m[0] == 'R' && !m[5] && !m[6] && !m[7] && m[8] == 3)
      return true;
    size_t length = (size_t)m[1] << 24 | (size_t)m[2] << 16 | (size_t)m[3] << 8 | m[4];
    if (length < 4 || length > sizeof bytes)
      return false;
    at += (ssize_t)length + 1;
  }
  return false;
}

/* ---- one connection ------------------------------------------------------------------------------------------------ */

static int timeout_ms(int64_t until)
{
  int64_t rest = until == INT64_MAX ? INT64_MAX : until - dusq__pg_now();
  if (rest <= 0)
    return 0;
  return rest < INT64_C(1000) * MS ? (int)((rest + MS - 1) / MS) : 1000; /* at most 1 s, to notice a stop */
}

static dusq_error *timed_out(const dusq_stop *stop)
{
  bool late = dusq_stop_deadline(stop) != DUSQ_FOREVER && dusq__pg_now() >= dusq_stop_deadline(stop);
  return late || !dusq_stop_asked(stop)
             ? dusq_error_new(DUSQ_E_CONNECT, NULL, 0, "the server did not answer within connect_timeout")
             : dusq__pg_canceled();
}

/* libpq does not tell the system's error, and translates its text; so whether descriptors are short is tried. */
static dusq_error *connect_error(const dusq__pg_conn *conn)
{
  dusq_error *error = dusq__pg_connect_error(conn->pg);
  if (dusq_error_status(error) != DUSQ_E_CONNECT)
    return error;
  int one = fcntl(conn->pipe[0], F_DUPFD_CLOEXEC, 0), why = errno;
  if (one >= 0)
    close(one);
  if (one >= 0 || (why != EMFILE && why != ENFILE))
    return error;
  dusq_error *other = dusq_error_new(DUSQ_E_RESOURCE, NULL, why, "%s", dusq_error_message(error));
  dusq_error_unref(error);
  return other;
}

static dusq_error *poll_connection(dusq__pg_conn *conn, const dusq_stop *stop, int64_t until)
{
  PostgresPollingStatusType step = PGRES_POLLING_WRITING;
  while (step != PGRES_POLLING_OK) {
    if (dusq_stop_asked(stop) || dusq__pg_now() >= until)
      return timed_out(stop);
    short events = step == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    struct pollfd fds[2] = {{.fd = PQsocket(conn->pg), .events = events}, {.fd = conn->pipe[0], .events = POLLIN}};
    if (poll(fds, 2, timeout_ms(until)) <= 0 || !fds[0].revents)
      continue;
    if (conn->instance->params.guards_password && step == PGRES_POLLING_READING && asks_for_clear_text(conn->pg))
      return dusq_error_new(DUSQ_E_AUTH, NULL, 0, "the server asks for the password in clear text without TLS");
    step = PQconnectPoll(conn->pg);
    if (step == PGRES_POLLING_FAILED)
      return connect_error(conn);
  }
  return NULL;
}

/* ---- one or several hosts ------------------------------------------------------------------------------------------ */

static dusq_error *start_connection(dusq__pg_conn *conn, const char *const *values, const dusq_stop *stop,
                                    int64_t until)
{
  const dusq__pg_params *params = &conn->instance->params;
  conn->pg = PQconnectStartParams(params->keys, values, 0);
  if (!conn->pg)
    return dusq__pg_nomem();
  PQsetNoticeReceiver(conn->pg, take_notice, (void *)(uintptr_t)params);
  PQsetErrorVerbosity(conn->pg, PQERRORS_VERBOSE); /* otherwise errors of connecting have no SQLSTATE */
  if (PQstatus(conn->pg) == CONNECTION_BAD)
    return connect_error(conn);
  int64_t now = dusq__pg_now(), most = params->libpq_timeout;
  if (most != DUSQ_FOREVER && most < until - now)
    until = now + most;
  dusq_error *error = poll_connection(conn, stop, until);
  PQsetErrorVerbosity(conn->pg, PQERRORS_DEFAULT);
  return error;
}

/* Entry i of a comma-separated list, or its only entry.  NULL: it is too long. */
static const char *entry(const char *list, size_t i, char out[HOST_SIZE])
{
  const char *at = list, *next;
  while (i && (next = strchr(at, ',')) != NULL) {
    at = next + 1;
    i--;
  }
  size_t n = strcspn(at, ",");
  if (n >= HOST_SIZE)
    return NULL;
  memcpy(out, at, n);
  out[n] = '\0';
  return out;
}

/* libpq tries the next host if one refuses, but waits for a host that does not answer as long as the kernel does.  So
 * each host gets its share of the time.                                                                              */
static dusq_error *try_host(dusq__pg_conn *conn, size_t i, const dusq_stop *stop)
{
  static const char *const lists[] = {"host", "port", "hostaddr"};
  const dusq__pg_params *params = &conn->instance->params;
  char entries[3][HOST_SIZE];
  const char **values = calloc(params->npairs + 1, sizeof *values);
  if (!values)
    return dusq__pg_nomem();
  bool good = true;
  for (size_t k = 0; k < params->npairs; k++) {
    values[k] = params->values[k];
    for (size_t list = 0; list < 3; list++)
      if (!strcmp(params->keys[k], lists[list]))
        good = good && (values[k] = entry(params->values[k], i, entries[list])) != NULL;
  }
  int64_t now = dusq__pg_now(), deadline = dusq_stop_deadline(stop);
  int64_t until = deadline == DUSQ_FOREVER ? INT64_MAX : now + (deadline - now) / (int64_t)(params->hosts - i);
  dusq_error *error = good ? start_connection(conn, values, stop, until)
                           : dusq_error_new(DUSQ_E_CONFIG, NULL, 0, "host %zu has too long a name", i + 1);
  free(values);
  return error;
}

/* Like libpq: in order, until a host accepts the connection, or refuses the password. */
static dusq_error *try_hosts(dusq__pg_conn *conn, const dusq_stop *stop)
{
  dusq_error *error = NULL;
  for (size_t i = 0; i < conn->instance->params.hosts; i++) {
    if (i) {
      PQfinish(conn->pg);
      conn->pg = NULL;
      dusq_error_unref(error);
    }
    error = try_host(conn, i, stop);
    dusq_status status = dusq_error_status(error);
    if (!error || status == DUSQ_E_AUTH || status == DUSQ_E_RESOURCE || dusq_stop_asked(stop))
      break;
  }
  return error;
}

/* ---- settings ------------------------------------------------------------------------------------------------------ */

static bool is_set(PGconn *pg, const char *name, const char *value, bool begins)
{
  const char *now = PQparameterStatus(pg, name);
  return now && (begins ? !strncmp(now, value, strlen(value)) : !strcmp(now, value));
}

/* libpq itself sends PGDATESTYLE and PGTZ, which override `options`; and poolers accept no options.  So settings that
 * have the wrong value are set now, and after each RESET ALL.                                                        */
static dusq_error *make_settings(dusq__pg_conn *conn)
{
  char sql[256];
  const char *zone = conn->instance->params.zone;
  bool style = is_set(conn->pg, "DateStyle", "ISO", true), time = is_set(conn->pg, "TimeZone", zone, false);
  if (style && time)
    return NULL;
  char *quoted = PQescapeLiteral(conn->pg, zone, strlen(zone));
  int n = snprintf(sql, sizeof sql, "SET DateStyle TO ISO; SET TimeZone TO %s", quoted ? quoted : "");
  PQfreemem(quoted);
  conn->settings = n > 0 && (size_t)n < sizeof sql ? strdup(sql) : NULL;
  if (!conn->settings)
    return dusq__pg_nomem();
  return dusq__pg_simple(conn, conn->settings, NULL);
}

/* ---- connecting ---------------------------------------------------------------------------------------------------- */

static bool make_pipe(int fds[2])
{
  if (pipe(fds)) {
    fds[0] = fds[1] = -1;
    return false;
  }
  for (int i = 0; i < 2; i++)
    if (fcntl(fds[i], F_SETFD, FD_CLOEXEC) < 0 || fcntl(fds[i], F_SETFL, O_NONBLOCK) < 0)
      return false;
  return true;
}

static dusq_error *open_connection(dusq__pg_conn *conn, const dusq_stop *stop)
{
  if (!make_pipe(conn->pipe))
    return dusq_error_new(DUSQ_E_RESOURCE, NULL, errno, "no descriptors for a connection");
  dusq_error *error = conn->instance->params.hosts > 1
                          ? try_hosts(conn, stop)
                          : start_connection(conn, conn->instance->params.values, stop, dusq_stop_deadline(stop));
  if (error)
    return error;
  if (PQsetnonblocking(conn->pg, 1))
    return dusq__pg_conn_error(conn);
  conn->cancel.request = dusq__pg_cancel_new(conn->pg, conn->pipe[1]);
  error = dusq__pg_begin_call(conn, stop);
  if (!error)
    error = make_settings(conn);
  if (dusq__pg_end_call(conn) && !error)
    error = dusq__pg_conn_error(conn);
  return error;
}

dusq_status dusq__pg_connect(void *arg, uint32_t lane, const dusq_stop *stop, void **out, dusq_error **error)
{
  (void)lane;
  dusq__pg_conn *conn = calloc(1, sizeof *conn);
  if (!conn)
    return dusq__pg_give(error, dusq__pg_nomem());
  conn->instance = arg;
  conn->left = atomic_load(&conn->instance->left);
  conn->call.ready_by = INT64_MAX;
  conn->pipe[0] = conn->pipe[1] = -1;
  dusq_error *why = open_connection(conn, stop);
  if (why) {
    dusq__pg_disconnect(conn);
    return dusq__pg_give(error, why);
  }
  *out = conn;
  return DUSQ_OK;
}

void dusq__pg_disconnect(void *arg)
{
  dusq__pg_conn *conn = arg;
  dusq__pg_cancel_free(conn->cancel.request);
  if (conn->pg && conn->broken && PQsocket(conn->pg) >= 0)
    shutdown(PQsocket(conn->pg), SHUT_RDWR); /* so that PQfinish does not wait to send its message */
  PQfinish(conn->pg);
  for (int i = 0; i < 2; i++)
    if (conn->pipe[i] >= 0)
      close(conn->pipe[i]);
  dusq__pg_forget_doubt(conn);
  dusq_error_unref(conn->unreached);
  dusq__pg_forget_unnamed(&conn->unnamed, &conn->names);
  dusq__pg_forget_names(&conn->names);
  dusq__pg_free_buffers(&conn->buffers);
  free(conn->settings);
  free(conn);
}
