/* backend.c - the table of the scripted backend, and its options. */
#include "backend.h"
#include "connect.h"
#include "instance.h"
#include "statement.h"
#include "transaction.h"
#include <string.h>

static const dusq_option options[] = {
  {"lanes", DUSQ_OPTION_INT, "1", NULL, 1, 2},
  {"readers", DUSQ_OPTION_INT, "0", NULL, 0, 1024},
  {"writers", DUSQ_OPTION_INT, "0", NULL, 0, 1024},
  {"latency", DUSQ_OPTION_DURATION, "0", NULL, 0, 0},
  {"connect_latency", DUSQ_OPTION_DURATION, "0", NULL, 0, 0},
  {"unmatched", DUSQ_OPTION_CHOICE, "echo", "echo|fail", 0, 0},
  {NULL, 0, NULL, NULL, 0, 0},
};

static const char *info(void *conn, const char *key)
{
  (void)conn;
  if (!strcmp(key, "product") || !strcmp(key, "client"))
    return "fake";
  return !strcmp(key, "server_version") || !strcmp(key, "client_version") ? "1" : NULL;
}

const dusq_backend dusq__fake_backend = {
  .abi = DUSQ_BACKEND_ABI,
  .size = sizeof(dusq_backend),
  .name = "fake",
  .schemes = "fake",
  .dialect = DUSQ_DIALECT_SQLITE,
  .options = options,
  .open = dusq__fake_open,
  .shut = dusq__fake_shut,
  .connect = dusq__fake_connect,
  .disconnect = dusq__fake_disconnect,
  .alive = dusq__fake_alive,
  .prepare = dusq__fake_prepare,
  .release = dusq__fake_release,
  .execute = dusq__fake_execute,
  .execute_batch = dusq__fake_execute_batch,
  .script = dusq__fake_script,
  .begin = dusq__fake_begin,
  .commit = dusq__fake_commit,
  .rollback = dusq__fake_rollback,
  .reset = dusq__fake_reset,
  .interrupt = dusq__fake_interrupt,
  .native = dusq__fake_native,
  .transaction = dusq__fake_transaction,
  .savepoint = dusq__fake_savepoint,
  .info = info,
};
