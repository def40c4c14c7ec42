/* backend.c - the table, the instance, and the client library as a whole.
 *
 * The library is initialised once in the process and never ended: nobody can know who else uses it.  Both clients set
 * SIGPIPE to be ignored when they are; that is undone, and nothing is lost by it, because the threads that use them
 * have it blocked.                                                                                                   */
#include "internal.h"
#include "mysql.h"
#include <signal.h>
#include <stdlib.h>
#include <time.h>

int64_t dusq__my_now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * DUSQ_SECOND + now.tv_nsec;
}

int64_t dusq__my_later(int64_t moment, int64_t timeout)
{
  return timeout >= INT64_MAX - moment ? INT64_MAX : moment + timeout;
}

dusq_error *dusq__my_nomem(void)
{
  return dusq_error_new(DUSQ_E_NOMEM, NULL, 0, "out of memory");
}

/* ---- the library --------------------------------------------------------------------------------------------------- */

static int library_status;

static void init_library(void)
{
  struct sigaction before;
  bool known = !sigaction(SIGPIPE, NULL, &before);
  library_status = mysql_library_init(0, NULL, NULL);
  if (known)
    sigaction(SIGPIPE, &before, NULL);
}

/* Whether the library that is loaded is the one whose headers were compiled in: structures and options differ. */
static dusq_error *check_client(void)
{
  const char *info = mysql_get_client_info();
  unsigned long version = mysql_get_client_version();
#if DUSQ_MYSQL_CONNECTOR_C
  /* Connector/C counts from 3.x itself; mysql_get_client_version is that of a server */
  bool same = info && info[0] == '3' && info[1] == '.';
  (void)version;
#else
  bool same = info && version / 100 == MYSQL_VERSION_ID / 100;
#endif
  if (same)
    return NULL;
  return dusq_error_new(DUSQ_E_CONFIG, NULL, 0, "the client library that is loaded (%s) is not the one that dusq was "
                        "compiled for", info ? info : "?");
}

static dusq_error *prepare_library(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  dusq_error *error = check_client();
  if (error)
    return error;
  pthread_once(&once, init_library);
  if (library_status)
    return dusq_error_new(DUSQ_E_CONFIG, NULL, library_status, "the MySQL client library could not be initialised");
  return NULL;
}

static dusq_status enter_thread(void *instance, dusq_error **error)
{
  (void)instance;
  if (!mysql_thread_init())
    return DUSQ_OK;
  return dusq__my_give(error, dusq__my_nomem());
}

static void leave_thread(void *instance)
{
  (void)instance;
  mysql_thread_end();
}

/* ---- the instance -------------------------------------------------------------------------------------------------- */

static int init_monitor(dusq__my *instance)
{
  pthread_condattr_t attr;
  int rc = pthread_condattr_init(&attr);
  if (rc)
    return rc;
#ifndef __APPLE__
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
#endif
  rc = pthread_cond_init(&instance->wake, &attr);
  if (!rc) {
    rc = pthread_cond_init(&instance->done, &attr);
    if (rc)
      pthread_cond_destroy(&instance->wake);
  }
  pthread_condattr_destroy(&attr);
  if (rc)
    return rc;
  rc = pthread_mutex_init(&instance->mtx, NULL);
  if (rc) {
    pthread_cond_destroy(&instance->wake);
    pthread_cond_destroy(&instance->done);
  }
  return rc;
}

void dusq__my_drop(dusq__my *instance)
{
  if (atomic_fetch_sub(&instance->refs, 1) != 1)
    return;
  pthread_cond_destroy(&instance->wake);
  pthread_cond_destroy(&instance->done);
  pthread_mutex_destroy(&instance->mtx);
  dusq__my_free_options(instance);
  free(instance);
}

static dusq_status open_instance(const dusq_params *params, dusq_plan *plan, void **out, dusq_error **error)
{
  (void)plan; /* one lane of pool_size workers */
  dusq_error *why = prepare_library();
  if (why)
    return dusq__my_give(error, why);
  dusq__my *instance = calloc(1, sizeof *instance);
  if (!instance || init_monitor(instance)) {
    free(instance);
    return dusq__my_give(error, dusq__my_nomem());
  }
  atomic_init(&instance->refs, 1);
  instance->watching_until = INT64_MAX;
  why = dusq__my_read_options(instance, params);
  if (!why)
    why = dusq__my_read_tls(instance, params);
  if (why) {
    dusq__my_drop(instance);
    return dusq__my_give(error, why);
  }
  *out = instance;
  return DUSQ_OK;
}

static void shut(void *arg)
{
  dusq__my *instance = arg;
  dusq__my_end_threads(instance);
  dusq__my_drop(instance);
}

/* What is done with the handle is not seen: everything about the session may be another after it. */
static void *native(void *arg)
{
  dusq__my_conn *conn = arg;
  conn->lent = conn->blind = true;
  return conn->mysql;
}

static int socket_of(void *arg)
{
  const dusq__my_conn *conn = arg;
  return conn->guard.fd;
}

const dusq_backend dusq__mysql_backend = {
    .abi = DUSQ_BACKEND_ABI,
    .size = sizeof(dusq_backend),
    .name = "mysql",
    .schemes = "mysql mariadb",
    .dialect = DUSQ_DIALECT_MYSQL,
    .options = dusq__my_options,
    .open = open_instance,
    .shut = shut,
    .thread_enter = enter_thread,
    .thread_leave = leave_thread,
    .connect = dusq__my_connect,
    .disconnect = dusq__my_disconnect,
    .alive = dusq__my_alive,
    .prepare = dusq__my_prepare,
    .release = dusq__my_release,
    .execute = dusq__my_execute,
    .execute_batch = dusq__my_execute_batch,
    .script = dusq__my_script,
    .begin = dusq__my_start,
    .commit = dusq__my_commit,
    .rollback = dusq__my_rollback,
    .reset = dusq__my_reset,
    .interrupt = dusq__my_interrupt,
    .native = native,
    .execute_many = dusq__my_execute_many,
    .socket = socket_of,
    .transaction = dusq__my_transaction,
    .savepoint = dusq__my_savepoint,
    .reading = dusq__my_tell_reading,
};
