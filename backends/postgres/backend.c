/* backend.c - the table of the backend. */
#include "batch.h"
#include "changed.h"
#include "conn.h"
#include "connect.h"
#include "instance.h"
#include "many.h"
#include "postgres.h"
#include "prepare.h"
#include "run.h"
#include "script.h"
#include "sequence.h"
#include "transaction.h"
#include <stdio.h>
#include <string.h>

static const char *info(void *arg, const char *key)
{
  dusq__pg_conn *conn = arg;
  if (!strcmp(key, "product"))
    return "PostgreSQL";
  if (!strcmp(key, "server_version"))
    return PQparameterStatus(conn->pg, key);
  if (!strcmp(key, "client"))
    return "libpq";
  if (strcmp(key, "client_version") != 0)
    return NULL;
  snprintf(conn->client, sizeof conn->client, "%d.%d", PQlibVersion() / 10000, PQlibVersion() % 10000);
  return conn->client;
}

const dusq_backend dusq__postgres_backend = {
    .abi = DUSQ_BACKEND_ABI,
    .size = sizeof(dusq_backend),
    .name = "postgresql",
    .schemes = "postgresql postgres",
    .dialect = DUSQ_DIALECT_POSTGRESQL,
    .options = dusq__pg_options,
    .open = dusq__pg_open,
    .shut = dusq__pg_shut,
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
    .native = dusq__pg_native,
    .execute_many = dusq__pg_execute_many,
    .socket = dusq__pg_socket,
    .transaction = dusq__pg_transaction,
    .savepoint = dusq__pg_savepoint,
    .sequence = dusq__pg_sequence,
    .stale = dusq__pg_stale,
    .info = info,
};
