/* fake.c - creating fakes, counting references, and finding a fake by its URI; see fake.h.
 *
 * The registry is the only global: a list of the fakes that have a name.  A child of fork() gets its mutex unlocked,
 * and finds only that the fakes belong to its parent.                                                                */
#include "fake.h"
#include "clock.h"
#include "fork.h"
#include "memory.h"
#include <inttypes.h>
#include <stdio.h>

static pthread_mutex_t registry_mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t registry_once = PTHREAD_ONCE_INIT;
static dusq_fake *registry_first;     /* guarded by: registry_mtx */
static uint64_t registry_last_number; /* guarded by: registry_mtx */

static void before_fork(void)
{
  pthread_mutex_lock(&registry_mtx);
}

static void after_fork(void)
{
  pthread_mutex_unlock(&registry_mtx);
}

static void watch_forks(void)
{
  pthread_atfork(before_fork, after_fork, after_fork);
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
  if (dusq__fake_cond_init(&fake->counts.grown)) {
    pthread_mutex_destroy(&fake->mtx);
    dusq__fake_free(fake);
    return DUSQ_E_RESOURCE;
  }
  fake->generation = dusq__fake_generation();
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
  pthread_cond_destroy(&fake->counts.grown);
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
  if (!fake || dusq__fake_forked(fake->generation))
    return fake;
  pthread_mutex_lock(&registry_mtx);
  fake->refs++;
  pthread_mutex_unlock(&registry_mtx);
  return fake;
}

dusq_fake *dusq_fake_unref(dusq_fake *fake)
{
  if (!fake || dusq__fake_forked(fake->generation))
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
  if (fake && dusq__fake_forked(fake->generation))
    status = DUSQ_E_FORKED;
  if (!status) {
    fake->refs++;
    *out = fake;
  }
  pthread_mutex_unlock(&registry_mtx);
  return status;
}
