/* backend.c - the table, the options, and the instance.
 *
 * Opening touches no file: connections do.  A database in memory gets a name of its own for SQLite's "memdb", by which
 * all connections of the pool share it, and one connection that keeps it alive.                                     */
#include "internal.h"
#include "sqlite.h"
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_READERS = 256, MIN_PAGE = 512, MAX_PAGE = 65536, MIN_VERSION = 3037000, NAME_SIZE = 64 };
enum { MODE_CREATE = 0, MODE_WRITE = 1, MODE_READ = 2 }; /* in the order of the choices */

static const dusq_option options[] = {
    {"readers", DUSQ_OPTION_INT, NULL, NULL, 0, MAX_READERS},
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

static dusq_status check_library(dusq_error **error)
{
  if (sqlite3_libversion_number() < MIN_VERSION)
    return dusq__sqlite_give(error, dusq_error_new(DUSQ_E_CONFIG, NULL, 0, "SQLite is %s; 3.37 or later is needed",
                                                   sqlite3_libversion()));
  if (!sqlite3_threadsafe())
    return dusq__sqlite_give(error, dusq_error_new(DUSQ_E_CONFIG, NULL, 0,
                                                   "this build of SQLite is not made for threads"));
  return DUSQ_OK;
}

static dusq_status check_params(const dusq_params *params, bool memory, dusq_error **error)
{
  static const char *const strangers[] = {"host", "port", "user", "password"};
  for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
    if (dusq_params_text(params, strangers[i]))
      return dusq__sqlite_give(error, dusq_error_new(DUSQ_E_URI, NULL, 0, "sqlite takes no %s", strangers[i]));
  int64_t page = dusq_params_int(params, "page_size");
  if (dusq_params_text(params, "page_size") && (page & (page - 1)))
    return dusq__sqlite_give(error, dusq_error_new(DUSQ_E_URI, NULL, 0, "page_size: %" PRId64 " is no power of two",
                                                   page));
  if (memory && dusq_params_int(params, "mode") == MODE_READ)
    return dusq__sqlite_give(error, dusq_error_new(DUSQ_E_URI, NULL, 0,
                                                   "mode: a database in memory cannot be opened read-only"));
  return DUSQ_OK;
}

/* Absolute, so that a later chdir leads nowhere else, and so that it is never taken for a "file:" URI. */
static char *absolute(const char *path)
{
  char *here = *path == '/' ? NULL : malloc(PATH_MAX);
  if (*path != '/' && (!here || !getcwd(here, PATH_MAX))) {
    free(here);
    return NULL;
  }
  char *whole = sqlite3_mprintf("%s%s%s", here ? here : "", here ? "/" : "", path);
  free(here);
  return whole;
}

static char *name_in_memory(const dusq__sqlite *instance)
{
  return sqlite3_mprintf("file:/dusq-%p-%lld?vfs=memdb", (const void *)instance, (long long)dusq__sqlite_now());
}

static void set_plan(const dusq__sqlite *instance, dusq_plan *plan)
{
  uint32_t readers = (uint32_t)dusq_params_int(instance->params, "readers");
  if (!dusq_params_text(instance->params, "readers")) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    readers = cores < 1 ? 2 : cores > MAX_READERS / 2 ? MAX_READERS : (uint32_t)cores * 2;
  }
  plan->lanes = readers && !instance->read_only ? 2 : 1;
  plan->workers[0] = !instance->read_only ? 1 : readers ? readers : 1;
  plan->workers[1] = plan->lanes == 2 ? readers : 0;
  plan->sessions = instance->read_only ? 0 : (uint32_t)dusq_params_int(instance->params, "pool_size");
}

static int init_monitor(dusq__sqlite *instance)
{
  pthread_condattr_t attr;
  int rc = pthread_condattr_init(&attr);
  if (rc)
    return rc;
#ifndef __APPLE__
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
#endif
  rc = pthread_cond_init(&instance->cond, &attr);
  pthread_condattr_destroy(&attr);
  if (rc)
    return rc;
  rc = pthread_mutex_init(&instance->mtx, NULL);
  if (rc)
    pthread_cond_destroy(&instance->cond);
  return rc;
}

static dusq__sqlite *instance_new(const dusq_params *params, const char *path, bool memory)
{
  dusq__sqlite *instance = calloc(1, sizeof *instance);
  if (!instance)
    return NULL;
  instance->params = params;
  instance->reset_all = !strcmp(dusq_params_text(params, "reset"), "full");
  atomic_init(&instance->refs, 1);
  instance->memory = memory;
  instance->busy_timeout = dusq_params_int(params, "busy_timeout");
  int64_t mode = dusq_params_int(params, "mode");
  instance->read_only = mode == MODE_READ;
  instance->open_flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (memory ? SQLITE_OPEN_URI : 0) |
                         (mode == MODE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                         (mode == MODE_CREATE || memory ? SQLITE_OPEN_CREATE : 0);
  const char *journal = dusq_params_text(params, "journal_mode");
  atomic_init(&instance->gated, memory || (journal && sqlite3_stricmp(journal, "wal") != 0));
  instance->target = memory ? name_in_memory(instance) : absolute(path);
  if (!instance->target || init_monitor(instance)) {
    sqlite3_free(instance->target);
    free(instance);
    return NULL;
  }
  return instance;
}

void dusq__sqlite_drop(dusq__sqlite *instance)
{
  if (atomic_fetch_sub(&instance->refs, 1) != 1)
    return;
  sqlite3_close_v2(instance->anchor);
  pthread_cond_destroy(&instance->cond);
  pthread_mutex_destroy(&instance->mtx);
  sqlite3_free(instance->target);
  free(instance);
}

/* ---- forks ----------------------------------------------------------------------------------------------------- */

/* A child that opens a pool must not find these mutexes of SQLite's locked by a thread that it does not have.  They are
 * held for moments, around a few lines that wait for nothing but, at most, mutexes further down this list.  Others are
 * held while files are opened, which a fork is not to wait for.                                                     */
static const int moments[] = {SQLITE_MUTEX_STATIC_PRNG, SQLITE_MUTEX_STATIC_LRU, SQLITE_MUTEX_STATIC_PMEM,
                              SQLITE_MUTEX_STATIC_MEM};
enum { MOMENTS = sizeof moments / sizeof *moments };

/* NULL where SQLite has none, which enter and leave allow. */
static void before_fork(void)
{
  for (size_t i = 0; i < MOMENTS; i++)
    sqlite3_mutex_enter(sqlite3_mutex_alloc(moments[i]));
}

static void after_fork(void)
{
  for (size_t i = MOMENTS; i > 0; i--)
    sqlite3_mutex_leave(sqlite3_mutex_alloc(moments[i - 1]));
}

/* The first random number makes SQLite open a file, with a mutex held. */
static void watch_forks(void)
{
  unsigned char seed;
  sqlite3_randomness(sizeof seed, &seed);
  pthread_atfork(before_fork, after_fork, after_fork);
}

/* ---- the instance's functions ---------------------------------------------------------------------------------- */

static dusq_status open_instance(const dusq_params *params, dusq_plan *plan, void **out, dusq_error **error)
{
  const char *path = dusq_params_text(params, "database");
  bool memory = !path || !*path || !strcmp(path, ":memory:");
  dusq_status status = check_library(error);
  if (!status)
    status = check_params(params, memory, error);
  if (status)
    return status;
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, watch_forks);
  dusq__sqlite *instance = instance_new(params, path, memory);
  if (!instance)
    return dusq__sqlite_give(error, dusq_error_new(DUSQ_E_NOMEM, NULL, 0, "no memory for a pool"));
  if (memory) {
    int rc = sqlite3_open_v2(instance->target, &instance->anchor, instance->open_flags, NULL);
    if (rc != SQLITE_OK) {
      dusq__sqlite_drop(instance);
      return dusq__sqlite_give(error, dusq_error_new(DUSQ_E_CONNECT, NULL, rc, "cannot open \":memory:\": %s",
                                                     sqlite3_errstr(rc)));
    }
  }
  set_plan(instance, plan);
  *out = instance;
  return DUSQ_OK;
}

static void shut(void *instance)
{
  dusq__sqlite_drop(instance);
}

/* From here on until the next call of ours, an interrupt is meant for what is done with the handle. */
static void *native(void *arg)
{
  dusq__sqlite_conn *conn = arg;
  dusq__sqlite_watch(conn, NULL);
  conn->lent = true;
  return conn->db;
}

const dusq_backend dusq__sqlite_backend = {
    .abi = DUSQ_BACKEND_ABI,
    .size = sizeof(dusq_backend),
    .name = "sqlite",
    .schemes = "sqlite",
    .dialect = DUSQ_DIALECT_SQLITE,
    .options = options,
    .open = open_instance,
    .shut = shut,
    .connect = dusq__sqlite_connect,
    .disconnect = dusq__sqlite_disconnect,
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
    .native = native,
    .transaction = dusq__sqlite_transaction,
    .savepoint = dusq__sqlite_savepoint,
};
