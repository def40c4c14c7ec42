/* registry.c - see registry.h. */
#include "setup/registry.h"
#include "base/alloc.h"
#include <dusq/config.h>
#include <pthread.h>
#include <string.h>

extern const dusq_backend dusq__fake_backend;
#ifdef DUSQ_WITH_SQLITE
extern const dusq_backend dusq__sqlite_backend;
#endif
#ifdef DUSQ_WITH_POSTGRESQL
extern const dusq_backend dusq__postgres_backend;
#endif
#ifdef DUSQ_WITH_MYSQL
extern const dusq_backend dusq__mysql_backend;
#endif

static const dusq_backend *const built_in[] = {
#ifdef DUSQ_WITH_SQLITE
    &dusq__sqlite_backend,
#endif
#ifdef DUSQ_WITH_POSTGRESQL
    &dusq__postgres_backend,
#endif
#ifdef DUSQ_WITH_MYSQL
    &dusq__mysql_backend,
#endif
    &dusq__fake_backend,
};

typedef struct added {
  struct added *next;
  dusq_backend table; /* as this library version declares it: slots that an older table lacks are NULL */
} added;

static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static added *first; /* guarded by: mtx; entries are constant and never removed */

/* fork() takes the lock, so that the child inherits neither a lock of a thread that it does not have nor a half-made
 * change.                                                                                                            */
static void before_fork(void)
{
  pthread_mutex_lock(&mtx);
}

static void after_fork(void)
{
  pthread_mutex_unlock(&mtx);
}

static void watch_forks(void)
{
  pthread_atfork(before_fork, after_fork, after_fork);
}

static void lock(void)
{
  pthread_once(&once, watch_forks);
  pthread_mutex_lock(&mtx);
}

static bool has_scheme(const dusq_backend *backend, const char *scheme, size_t len)
{
  const char *at = backend->schemes;
  while (*at) {
    size_t word = strcspn(at, " ");
    if (word == len && !memcmp(at, scheme, len))
      return true;
    at += word + (at[word] == ' ');
  }
  return false;
}

static const dusq_backend *find_locked(const char *scheme, size_t len)
{
  for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++)
    if (has_scheme(built_in[i], scheme, len))
      return built_in[i];
  for (added *one = first; one; one = one->next)
    if (has_scheme(&one->table, scheme, len))
      return &one->table;
  return NULL;
}

const dusq_backend *dusq__backend_find(const char *scheme)
{
  lock();
  const dusq_backend *found = find_locked(scheme, strlen(scheme));
  pthread_mutex_unlock(&mtx);
  return found;
}

bool dusq__scheme_is_known(const char *scheme)
{
  static const char *const known[] = {"sqlite", "postgresql", "postgres", "mysql", "mariadb", "fake"};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (!strcmp(known[i], scheme))
      return true;
  return false;
}

bool dusq_has_backend(const char *scheme)
{
  return scheme && dusq__backend_find(scheme);
}

static bool complete(const dusq_backend *backend)
{
  return backend->name && backend->schemes && *backend->schemes && backend->open && backend->connect &&
         backend->disconnect && backend->prepare && backend->release && backend->execute && backend->shut &&
         !backend->begin == !backend->commit && !backend->begin == !backend->rollback;
}

static bool schemes_are_free_locked(const dusq_backend *backend)
{
  const char *at = backend->schemes;
  while (*at) {
    size_t word = strcspn(at, " ");
    if (!word || find_locked(at, word))
      return false;
    at += word + (at[word] == ' ');
  }
  return true;
}

dusq_status dusq_backend_register(const dusq_backend *backend)
{
  if (!backend || backend->size < offsetof(dusq_backend, open))
    return DUSQ_E_INVAL;
  if (backend->abi != DUSQ_BACKEND_ABI)
    return DUSQ_E_NOTSUP;
  added *one = dusq__zalloc(sizeof *one);
  if (!one)
    return DUSQ_E_NOMEM;
  memcpy(&one->table, backend, backend->size < sizeof one->table ? backend->size : sizeof one->table);
  dusq_status status = complete(&one->table) ? DUSQ_OK : DUSQ_E_INVAL;
  lock();
  if (!status && !schemes_are_free_locked(&one->table))
    status = DUSQ_E_INVAL;
  if (!status) {
    one->next = first;
    first = one;
  }
  pthread_mutex_unlock(&mtx);
  if (status)
    dusq__free(one);
  return status;
}
