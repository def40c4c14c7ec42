/* backend.c - the backend table, and the slots of which each is a few lines. */
#include "connect.h"
#include "connection.h"
#include "error.h"
#include "library.h"
#include "many.h"
#include "mysql.h"
#include "run.h"
#include "script.h"
#include "statement.h"
#include "transaction.h"
#include "watcher.h"
#include <string.h>

static dusq_status open_instance(const dusq_params *params, dusq_plan *plan, void **out, dusq_error **error)
{
  (void)plan; /* one lane of pool_size workers */
  dusq__my *instance = NULL;
  dusq_error *why = dusq__my_library_init();
  if (!why)
    why = dusq__my_instance_new(params, &instance);
  if (why)
    return dusq__my_return_error(error, why);
  *out = instance;
  return DUSQ_OK;
}

static void shut(void *instance)
{
  dusq__my_watcher_close(instance);
  dusq__my_instance_unref(instance);
}

static void interrupt(void *arg)
{
  dusq__my_conn *conn = arg;
  dusq__my_call_interrupt(&conn->call);
}

/* A job may change anything in the session through the handle, and dusq does not see it. */
static void *native(void *arg)
{
  dusq__my_conn *conn = arg;
  conn->lent = conn->settings.untracked = true;
  return conn->mysql;
}

static int socket_of(void *arg)
{
  const dusq__my_conn *conn = arg;
  return conn->call.deadline.fd;
}

static const char *info(void *arg, const char *key)
{
  static const char masked[] = "5.5.5-"; /* MariaDB 10 puts it in front, for clients that take 10 for 1 */
  const dusq__my_conn *conn = arg;
  if (!strcmp(key, "product"))
    return conn->mariadb ? "MariaDB" : "MySQL";
  if (!strcmp(key, "client"))
    return DUSQ_MYSQL_CONNECTOR_C ? "MariaDB Connector/C" : "libmysqlclient";
  if (!strcmp(key, "client_version"))
    return mysql_get_client_info();
  if (strcmp(key, "server_version") != 0)
    return NULL;
  const char *version = mysql_get_server_info(conn->mysql);
  bool is_masked = conn->mariadb && !strncmp(version, masked, sizeof masked - 1);
  return is_masked ? version + sizeof masked - 1 : version;
}

const dusq_backend dusq__mysql_backend = {
    .abi = DUSQ_BACKEND_ABI,
    .size = sizeof(dusq_backend),
    .name = "mysql",
    .schemes = "mysql mariadb",
    .dialect = DUSQ_DIALECT_MYSQL,
    .options = dusq__my_option_table,
    .open = open_instance,
    .shut = shut,
    .thread_enter = dusq__my_library_enter_thread,
    .thread_leave = dusq__my_library_leave_thread,
    .connect = dusq__my_connect,
    .disconnect = dusq__my_disconnect,
    .alive = dusq__my_alive,
    .prepare = dusq__my_prepare,
    .release = dusq__my_release,
    .execute = dusq__my_execute,
    .execute_batch = dusq__my_execute_batch,
    .script = dusq__my_script,
    .begin = dusq__my_begin,
    .commit = dusq__my_commit,
    .rollback = dusq__my_rollback,
    .reset = dusq__my_reset,
    .interrupt = interrupt,
    .native = native,
    .execute_many = dusq__my_execute_many,
    .socket = socket_of,
    .transaction = dusq__my_transaction,
    .savepoint = dusq__my_savepoint,
    .reading = dusq__my_tell_reading,
    .info = info,
};
