/* backend.c - the table, and the options. */
#include "backend.h"
#include "batch.h"
#include "close.h"
#include "script.h"
#include "transaction.h"
#include <string.h>

enum { MIN_PAGE = 512, MAX_PAGE = 65536 };

static const dusq_option options[] = {
    {"readers", DUSQ_OPTION_INT, NULL, NULL, 0, DUSQ__SQLITE_MAX_READERS},
    {"mode", DUSQ_OPTION_CHOICE, "rwc", "rwc|rw|ro", 0, 0},
    {"journal_mode", DUSQ_OPTION_CHOICE, "wal", "wal|delete|truncate|persist|memory|off", 0, 0},
    {"synchronous", DUSQ_OPTION_CHOICE, "full", "off|normal|full|extra", 0, 0},
    {"foreign_keys", DUSQ_OPTION_BOOL, "on", NULL, 0, 0},
    {"busy_timeout", DUSQ_OPTION_DURATION, "5s", NULL, 0, 0},
    {"cache_size", DUSQ_OPTION_INT, NULL, NULL, INT32_MIN, INT32_MAX},
    {"mmap_size", DUSQ_OPTION_SIZE, "0", NULL, 0, 0},
    {"temp_store", DUSQ_OPTION_CHOICE, NULL, "default|file|memory", 0, 0},
    {"wal_autocheckpoint", DUSQ_OPTION_INT, "1000", NULL, 0, INT32_MAX},
    {"recursive_triggers", DUSQ_OPTION_BOOL, "off", NULL, 0, 0},
    {"secure_delete", DUSQ_OPTION_BOOL, NULL, NULL, 0, 0},
    {"trusted_schema", DUSQ_OPTION_BOOL, "off", NULL, 0, 0},
    {"defensive", DUSQ_OPTION_BOOL, "on", NULL, 0, 0},
    {"dqs", DUSQ_OPTION_BOOL, "off", NULL, 0, 0},
    {"page_size", DUSQ_OPTION_INT, NULL, NULL, MIN_PAGE, MAX_PAGE},
    {NULL, 0, NULL, NULL, 0, 0},
};

static const char *info(void *conn, const char *key)
{
  (void)conn; /* the library is the server */
  if (!strcmp(key, "product") || !strcmp(key, "client"))
    return "SQLite";
  return !strcmp(key, "server_version") || !strcmp(key, "client_version") ? sqlite3_libversion() : NULL;
}

const dusq_backend dusq__sqlite_backend = {
    .abi = DUSQ_BACKEND_ABI,
    .size = sizeof(dusq_backend),
    .name = "sqlite",
    .schemes = "sqlite",
    .dialect = DUSQ_DIALECT_SQLITE,
    .options = options,
    .open = dusq__sqlite_open,
    .shut = dusq__sqlite_shut,
    .connect = dusq__sqlite_connect,
    .disconnect = dusq__sqlite_disconnect,
    .alive = dusq__sqlite_alive,
    .prepare = dusq__sqlite_prepare,
    .release = dusq__sqlite_release,
    .execute = dusq__sqlite_execute,
    .execute_batch = dusq__sqlite_execute_batch,
    .script = dusq__sqlite_script,
    .begin = dusq__sqlite_begin,
    .commit = dusq__sqlite_commit,
    .rollback = dusq__sqlite_rollback,
    .reset = dusq__sqlite_reset,
    .interrupt = dusq__sqlite_interrupt,
    .native = dusq__sqlite_native,
    .transaction = dusq__sqlite_transaction,
    .savepoint = dusq__sqlite_savepoint,
    .info = info,
};
