/* object.c - making fakes, counting them, and finding them by their URI.
 *
 * The registry is the one global: a list of the fakes that have a name, behind a mutex that also guards every fake's
 * count of references.  A child of fork() gets the mutex unlocked, and finds only that the fakes are its parent's.   */
#include "state.h"
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>

static pthread_mutex_t registry_mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t registry_once = PTHREAD_ONCE_INIT;
static dusq_fake *registry_first;     /* guarded by: registry_mtx */
static uint64_t registry_last_number; /* guarded by: registry_mtx */
static atomic_uint generation;        /* how many forks ago the first process was */

static void before_fork(void)
{
  pthread_mutex_lock(&registry_mtx);
}

static void after_fork(void)
{
  pthread_mutex_unlock(&registry_mtx);
}

static void in_child(void)
{
  atomic_fetch_add_explicit(&generation, 1, memory_order_relaxed);
  pthread_mutex_unlock(&registry_mtx);
}

static void watch_forks(void)
{
  pthread_atfork(before_fork, after_fork, in_child);
}

bool dusq__fake_forked(const dusq_fake *fake)
{
  return fake->generation != atomic_load_explicit(&generation, memory_order_relaxed);
}

/* ---- one fake ---------------------------------------------------------------------------------------------------- */
dusq_status dusq__fake_make(dusq_fake **out)
{
  pthread_once(&registry_once, watch_forks);
  dusq_fake *fake = dusq__fake_alloc(sizeof *fake);
  if (!fake)
    return DUSQ_E_NOMEM;
  if (pthread_mutex_init(&fake->mtx, NULL)) {
    dusq__fake_free(fake);
    return DUSQ_E_RESOURCE;
  }
  if (dusq__fake_cond_init(&fake->counted)) {
    pthread_mutex_destroy(&fake->mtx);
    dusq__fake_free(fake);
    return DUSQ_E_RESOURCE;
  }
  fake->generation = atomic_load_explicit(&generation, memory_order_relaxed);
  fake->refs = 1;
  fake->history.limit = DUSQ__FAKE_HISTORY;
  snprintf(fake->uri, sizeof fake->uri, "fake:");
  *out = fake;
  return DUSQ_OK;
}

static void destroy(dusq_fake *fake)
{
  dusq__fake_rules_free_locked(fake);
  dusq__fake_history_fini(&fake->history);
  pthread_cond_destroy(&fake->counted);
  pthread_mutex_destroy(&fake->mtx);
  dusq__fake_free(fake);
}

dusq_status dusq_fake_new(dusq_fake **out)
{
  if (!out)
    return DUSQ_E_INVAL;
  *out = NULL;
  dusq_fake *fake;
  dusq_status status = dusq__fake_make(&fake);
  if (status)
    return status;
  pthread_mutex_lock(&registry_mtx);
  fake->number = ++registry_last_number;
  fake->next = registry_first;
  registry_first = fake;
  pthread_mutex_unlock(&registry_mtx);
  snprintf(fake->uri, sizeof fake->uri, "fake:%" PRIu64, fake->number);
  *out = fake;
  return DUSQ_OK;
}

dusq_fake *dusq_fake_ref(dusq_fake *fake)
{
  if (!fake || dusq__fake_forked(fake))
    return fake;
  pthread_mutex_lock(&registry_mtx);
  fake->refs++;
  pthread_mutex_unlock(&registry_mtx);
  return fake;
}

dusq_fake *dusq_fake_unref(dusq_fake *fake)
{
  if (!fake || dusq__fake_forked(fake))
    return NULL;
  pthread_mutex_lock(&registry_mtx);
  bool last = --fake->refs == 0;
  if (last && fake->number) {
    dusq_fake **link = &registry_first;
    while (*link != fake)
      link = &(*link)->next;
    *link = fake->next;
  }
  pthread_mutex_unlock(&registry_mtx);
  if (last)
    destroy(fake);
  return NULL;
}

const char *dusq_fake_uri(const dusq_fake *fake)
{
  return fake ? fake->uri : "";
}

/* ---- by name ----------------------------------------------------------------------------------------------------- */
/* "17"; 0 for anything else. */
static uint64_t read_number(const char *name)
{
  uint64_t number = 0;
  if (*name == '0')
    return 0;
  for (; *name; name++) {
    if (*name < '0' || *name > '9' || number > UINT64_MAX / 10 - 1)
      return 0;
    number = number * 10 + (uint64_t)(*name - '0');
  }
  return number;
}

dusq_status dusq__fake_lookup(const char *name, dusq_fake **out)
{
  uint64_t number = read_number(name);
  pthread_mutex_lock(&registry_mtx);
  dusq_fake *fake = registry_first;
  while (fake && fake->number != number)
    fake = fake->next;
  dusq_status status = fake ? DUSQ_OK : DUSQ_E_URI;
  if (fake && dusq__fake_forked(fake))
    status = DUSQ_E_FORKED;
  if (!status) {
    fake->refs++;
    *out = fake;
  }
  pthread_mutex_unlock(&registry_mtx);
  return status;
}
