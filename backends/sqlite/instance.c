/* instance.c - see instance.h. */
#include "instance.h"
#include "clock.h"
#include "error.h"
#include "fork.h"
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MIN_VERSION = 3037000 };

static dusq_status check_library(dusq_error **error)
{
  if (sqlite3_libversion_number() < MIN_VERSION)
    return dusq__sqlite_fail(error, dusq_error_new(DUSQ_E_CONFIG, NULL, 0, "SQLite is %s; 3.37 or later is needed",
                                                   sqlite3_libversion()));
  if (!sqlite3_threadsafe())
    return dusq__sqlite_fail(error, dusq_error_new(DUSQ_E_CONFIG, NULL, 0,
                                                   "this build of SQLite is not made for threads"));
  return DUSQ_OK;
}

static dusq_status check_params(const dusq_params *params, bool memory, dusq_error **error)
{
  static const char *const strangers[] = {"host", "port", "user", "password"};
  for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
    if (dusq_params_text(params, strangers[i]))
      return dusq__sqlite_fail(error, dusq_error_new(DUSQ_E_URI, NULL, 0, "sqlite takes no %s", strangers[i]));
  int64_t page = dusq_params_int(params, "page_size");
  if (dusq_params_text(params, "page_size") && (page & (page - 1)))
    return dusq__sqlite_fail(error, dusq_error_new(DUSQ_E_URI, NULL, 0, "page_size: %" PRId64 " is no power of two",
                                                   page));
  if (memory && dusq_params_int(params, "mode") == DUSQ__SQLITE_MODE_READ)
    return dusq__sqlite_fail(error, dusq_error_new(DUSQ_E_URI, NULL, 0,
                                                   "mode: a database in memory cannot be opened read-only"));
  return DUSQ_OK;
}

/* An absolute path stays valid after chdir, and is never taken for a "file:" URI. */
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

static char *name_in_memory(const dusq__sqlite_instance *instance)
{
  return sqlite3_mprintf("file:/dusq-%p-%lld?vfs=memdb", (const void *)instance, (long long)dusq__sqlite_now());
}

static void set_plan(const dusq__sqlite_instance *instance, dusq_plan *plan)
{
  uint32_t readers = (uint32_t)dusq_params_int(instance->config.params, "readers");
  if (!dusq_params_text(instance->config.params, "readers")) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    readers = cores < 1 ? 2 : cores > DUSQ__SQLITE_MAX_READERS / 2 ? DUSQ__SQLITE_MAX_READERS : (uint32_t)cores * 2;
  }
  plan->lanes = readers && !instance->config.read_only ? 2 : 1;
  plan->workers[0] = !instance->config.read_only ? 1 : readers ? readers : 1;
  plan->workers[1] = plan->lanes == 2 ? readers : 0;
  plan->sessions = instance->config.read_only ? 0 : (uint32_t)dusq_params_int(instance->config.params, "pool_size");
}

static dusq__sqlite_instance *instance_new(const dusq_params *params, const char *path, bool memory)
{
  dusq__sqlite_instance *instance = calloc(1, sizeof *instance);
  if (!instance)
    return NULL;
  instance->config.params = params;
  instance->config.reset_all = !strcmp(dusq_params_text(params, "reset"), "full");
  atomic_init(&instance->refs, 1);
  instance->config.memory = memory;
  instance->config.busy_timeout = dusq_params_int(params, "busy_timeout");
  int64_t mode = dusq_params_int(params, "mode");
  instance->config.read_only = mode == DUSQ__SQLITE_MODE_READ;
  instance->config.open_flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (memory ? SQLITE_OPEN_URI : 0) |
                         (mode == DUSQ__SQLITE_MODE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                         (mode == DUSQ__SQLITE_MODE_CREATE || memory ? SQLITE_OPEN_CREATE : 0);
  const char *journal = dusq_params_text(params, "journal_mode");
  atomic_init(&instance->locks_readers, memory || (journal && sqlite3_stricmp(journal, "wal") != 0));
  instance->config.target = memory ? name_in_memory(instance) : absolute(path);
  if (!instance->config.target || dusq__sqlite_monitor_init(&instance->monitor)) {
    sqlite3_free(instance->config.target);
    free(instance);
    return NULL;
  }
  return instance;
}

void dusq__sqlite_instance_unref(dusq__sqlite_instance *instance)
{
  if (atomic_fetch_sub(&instance->refs, 1) != 1)
    return;
  sqlite3_close_v2(instance->anchor);
  dusq__sqlite_monitor_fini(&instance->monitor);
  sqlite3_free(instance->config.target);
  free(instance);
}

dusq_status dusq__sqlite_open(const dusq_params *params, dusq_plan *plan, void **out, dusq_error **error)
{
  const char *path = dusq_params_text(params, "database");
  bool memory = !path || !*path || !strcmp(path, ":memory:");
  dusq_status status = check_library(error);
  if (!status)
    status = check_params(params, memory, error);
  if (status)
    return status;
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, dusq__sqlite_watch_forks);
  dusq__sqlite_instance *instance = instance_new(params, path, memory);
  if (!instance)
    return dusq__sqlite_fail(error, dusq_error_new(DUSQ_E_NOMEM, NULL, 0, "no memory for a pool"));
  if (memory) {
    int rc = sqlite3_open_v2(instance->config.target, &instance->anchor, instance->config.open_flags, NULL);
    if (rc != SQLITE_OK) {
      dusq__sqlite_instance_unref(instance);
      return dusq__sqlite_fail(error, dusq_error_new(DUSQ_E_CONNECT, NULL, rc, "cannot open \":memory:\": %s",
                                                     sqlite3_errstr(rc)));
    }
  }
  set_plan(instance, plan);
  *out = instance;
  return DUSQ_OK;
}

void dusq__sqlite_shut(void *instance)
{
  dusq__sqlite_instance_unref(instance);
}
