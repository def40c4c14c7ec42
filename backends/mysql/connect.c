/* connect.c - opening and closing connections. */
#include "connect.h"
#include "connection.h"
#include "error.h"
#include "host.h"
#include "login.h"
#include "session.h"
#include "watcher.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void keep_alive(MYSQL *mysql)
{
  int yes = 1;
  (void)setsockopt(dusq__my_socket(mysql), SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes); /* fails for Unix sockets */
}

static void free_conn(dusq__my_conn *conn)
{
  dusq__my *instance = conn->instance;
  dusq__my_row_fini(&conn->row);
  free(conn->setup);
  free(conn);
  dusq__my_instance_unref(instance);
}

/* Everything after the login.  On an error no deadline is left. */
static dusq_error *set_up(dusq__my_conn *conn, const dusq_stop *stop)
{
  const char *version = mysql_get_server_info(conn->mysql);
  conn->mariadb = version && strstr(version, "MariaDB");
  keep_alive(conn->mysql);
  int fd = dusq__my_login_socket(conn->mysql);
  if (fd < 0)
    return dusq_error_new(DUSQ_E_RESOURCE, NULL, errno, "no descriptor for a connection");
  dusq__my_deadline_add(&conn->instance->monitor, &conn->call.deadline, fd, dusq_stop_deadline(stop));
  dusq_error *error = dusq__my_session_identify(conn);
  if (!error)
    error = dusq__my_session_set_up(conn);
  if (!error)
    error = dusq__my_session_check(conn);
  if (error)
    dusq__my_deadline_remove(&conn->instance->monitor, &conn->call.deadline);
  return error;
}

/* Connects to one host.  conn->mysql is set only on success. */
static dusq_error *try_host(dusq__my_conn *conn, size_t host, const dusq_stop *stop)
{
  const dusq__my_options *options = &conn->instance->options;
  conn->call.host = host;
  conn->left = atomic_load(&conn->instance->left);
  dusq_error *error = dusq__my_login(options, &options->hosts[host], dusq_stop_deadline(stop), &conn->mysql);
  if (error)
    return error;
  error = set_up(conn, stop);
  if (!error)
    return NULL;
  mysql_close(conn->mysql);
  conn->mysql = NULL;
  conn->broken = conn->unknown_tx = false;
  free(conn->setup);
  conn->setup = NULL;
  return error;
}

/* The next host is tried only if this one has not answered: another host would refuse the user as well. */
static bool is_unreachable(dusq_status status)
{
  return status == DUSQ_E_CONNECT || status == DUSQ_E_CONNECTION_LOST || status == DUSQ_E_SHUTDOWN ||
         status == DUSQ_E_TOO_MANY_CONNECTIONS;
}

static dusq_error *try_hosts(dusq__my_conn *conn, const dusq_stop *stop)
{
  dusq_error *error = NULL;
  for (size_t i = 0; i < conn->instance->options.nhosts; i++) {
    if (dusq_stop_asked(stop))
      return error ? error : dusq__my_canceled();
    dusq_error_unref(error);
    error = try_host(conn, dusq__my_host_of(conn->instance, i), stop);
    if (!error || !is_unreachable(dusq_error_status(error)))
      break;
  }
  return error;
}

static dusq__my_conn *make_conn(dusq__my *instance)
{
  dusq__my_conn *conn = calloc(1, sizeof *conn);
  if (!conn)
    return NULL;
  conn->instance = dusq__my_instance_ref(instance);
  conn->call.instance = instance;
  conn->call.deadline = (dusq__my_deadline){.fd = -1, .at = INT64_MAX};
  conn->settings.generation = 1;
  conn->held.budget = &instance->budget;
  return conn;
}

dusq_status dusq__my_connect(void *instance, uint32_t lane, const dusq_stop *stop, void **out, dusq_error **error)
{
  (void)lane;
  if (!dusq__my_watcher_start(instance))
    return dusq__my_return_error(error, dusq_error_new(DUSQ_E_RESOURCE, NULL, 0,
                                                       "no thread to watch connections with"));
  dusq__my_conn *conn = make_conn(instance);
  if (!conn)
    return dusq__my_return_error(error, dusq__my_nomem());
  dusq_error *why = try_hosts(conn, stop);
  if (why) {
    free_conn(conn);
    return dusq__my_return_error(error, why);
  }
  dusq__my_deadline_set(&conn->instance->monitor, &conn->call.deadline, INT64_MAX);
  dusq__my_call_list(&conn->call);
  *out = conn;
  return DUSQ_OK;
}

/* The last packet is written into the socket's buffer.  If that is full, or the server is gone, the deadline ends the
 * wait.                                                                                                              */
void dusq__my_disconnect(void *arg)
{
  dusq__my_conn *conn = arg;
  dusq__my_call_unlist(&conn->call);
  dusq__my_call_begin_close(&conn->call, conn->broken);
  mysql_close(conn->mysql);
  dusq__my_held_forget(&conn->held);
  dusq__my_deadline_remove(&conn->instance->monitor, &conn->call.deadline);
  free_conn(conn);
}

/* A server that sends something unasked has ended the session.  A host that another connection has left is left. */
bool dusq__my_alive(void *arg)
{
  const dusq__my_conn *conn = arg;
  struct pollfd socket = {.fd = dusq__my_socket(conn->mysql), .events = POLLIN};
  return !conn->broken && !dusq__my_host_was_left(conn->instance, conn->call.host, conn->left) && socket.fd >= 0 &&
         poll(&socket, 1, 0) == 0;
}
