/* backend.c - the table, and the instance. */
#include "internal.h"
#include "postgres.h"
#include <stdlib.h>
#include <time.h>

enum { MIN_VERSION = 140000, SLACK = 16 << 20, MOST_AS_TEXT = 3 /* a timestamp takes that many times its cell */ };

int64_t dusq__pg_now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * DUSQ_SECOND + now.tv_nsec;
}

void *dusq__pg_grow(dusq__pg_room *room, size_t size)
{
  if (size <= room->size && room->at)
    return room->at;
  size_t wanted = size < SIZE_MAX / 2 ? size + size / 2 + 64 : size;
  void *at = realloc(room->at, wanted);
  if (!at)
    return NULL;
  *room = (dusq__pg_room){at, wanted};
  return at;
}

static void shut_instance(void *arg)
{
  dusq__pg *instance = arg;
  if (!instance)
    return;
  dusq__pg_params_fini(instance);
  free(instance);
}

static dusq_status open_instance(const dusq_params *params, dusq_plan *plan, void **out, dusq_error **error)
{
  (void)plan;
  if (PQlibVersion() < MIN_VERSION || !PQisthreadsafe())
    return dusq__pg_give(error, dusq_error_new(DUSQ_E_CONFIG, NULL, PQlibVersion(),
                                               "libpq 14 or later is needed, made for threads"));
  dusq__pg *instance = calloc(1, sizeof *instance);
  if (!instance)
    return dusq__pg_give(error, dusq__pg_nomem());
  instance->params = params;
  size_t limit = (size_t)dusq_params_int(params, "max_result_bytes");
  instance->receive_limit = limit < SIZE_MAX / 4 ? MOST_AS_TEXT * limit + SLACK : SIZE_MAX;
  dusq_status status = dusq__pg_params(instance, error);
  if (status) {
    shut_instance(instance);
    return status;
  }
  *out = instance;
  return DUSQ_OK;
}

/* Whoever has the handle may do anything with the session. */
static void *native(void *arg)
{
  dusq__pg_conn *conn = arg;
  conn->unsettled = true;
  return conn->pg;
}

static int socket_of(void *arg)
{
  const dusq__pg_conn *conn = arg;
  return PQsocket(conn->pg);
}

const dusq_backend dusq__postgres_backend = {
    .abi = DUSQ_BACKEND_ABI,
    .size = sizeof(dusq_backend),
    .name = "postgresql",
    .schemes = "postgresql postgres",
    .dialect = DUSQ_DIALECT_POSTGRESQL,
    .options = dusq__pg_options,
    .open = open_instance,
    .shut = shut_instance,
    .connect = dusq__pg_connect,
    .disconnect = dusq__pg_disconnect,
    .alive = dusq__pg_alive,
    .prepare = dusq__pg_prepare,
    .release = dusq__pg_release,
    .execute = dusq__pg_execute,
    .execute_batch = dusq__pg_execute_batch,
    .script = dusq__pg_script,
    .begin = dusq__pg_begin,
    .commit = dusq__pg_commit,
    .rollback = dusq__pg_rollback,
    .reset = dusq__pg_reset,
    .interrupt = dusq__pg_interrupt,
    .native = native,
    .execute_many = dusq__pg_execute_many,
    .socket = socket_of,
    .transaction = dusq__pg_transaction,
    .savepoint = dusq__pg_savepoint,
    .sequence = dusq__pg_sequence,
};
