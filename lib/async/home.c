/* home.c - homes; see home.h.
 *
 * There is one shared home, found through a registry.  The registry holds no reference: the home leaves it when its
 * last reference goes, under the registry's lock, so that no thread finds a home that is being destroyed.  A forked
 * child starts with an empty registry.                                                                               */
#include "async/home.h"
#include "base/alloc.h"
#include "base/fork.h"
#include <errno.h>
#include <stdio.h>

_Thread_local int dusq__thread_kind;

static pthread_mutex_t registry_mtx = PTHREAD_MUTEX_INITIALIZER;
static dusq__home *registered; /* guarded by: registry_mtx */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void forget_in_child(void)
{
  registry_mtx = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER; /* another thread of the parent may have held it */
  registered = NULL;
  dusq__thread_kind = DUSQ__THREAD_FOREIGN; /* fork may have been called in a callback or job */
}

static void watch_forks(void)
{
  pthread_atfork(NULL, NULL, forget_in_child);
}

dusq__home *dusq__home_new(dusq__log log, const char *name)
{
  pthread_once(&once, watch_forks);
  dusq__home *home = dusq__zalloc(sizeof *home);
  if (!home)
    return NULL;
  dusq__refs_init(&home->refs, 1);
  dusq__refs_init(&home->parts, 1);
  home->generation = dusq__generation();
  home->log = log;
  snprintf(home->name, sizeof home->name, "%s", name);
  if (dusq__post_queue_init(&home->posts))
    goto no_posts;
  if (dusq__timer_heap_init(&home->timers))
    goto no_timers;
  if (pthread_mutex_init(&home->start_mtx, NULL))
    goto no_mutex;
  return home;
no_mutex:
  dusq__timer_heap_fini(&home->timers);
no_timers:
  dusq__post_queue_fini(&home->posts);
no_posts:
  dusq__free(home);
  return NULL;
}

dusq__home *dusq__home_shared(void)
{
  pthread_once(&once, watch_forks);
  dusq__log log = dusq__log_default();
  pthread_mutex_lock(&registry_mtx);
  dusq__home *home = registered;
  if (home) {
    dusq__refs_take(&home->refs);
  } else if ((home = dusq__home_new(log, "dusq")) != NULL) {
    home->shared = true;
    registered = home;
  }
  pthread_mutex_unlock(&registry_mtx);
  return home;
}

dusq__home *dusq__home_ref(dusq__home *home)
{
  if (home)
    dusq__refs_take(&home->refs);
  return home;
}

void dusq__home_drop_part(dusq__home *home)
{
  if (!dusq__refs_drop(&home->parts))
    return;
  pthread_mutex_destroy(&home->start_mtx);
  dusq__post_queue_fini(&home->posts);
  dusq__timer_heap_fini(&home->timers);
  if (home->fini)
    home->fini(home->owner);
  dusq__free(home);
}

dusq_status dusq__home_start(dusq__home *home, dusq__home_thread *thread, void *(*run)(void *home), const char *suffix,
                             size_t stack_size)
{
  int rc = 0;
  pthread_mutex_lock(&home->start_mtx);
  if (!thread->started) {
    thread->start = (dusq__start){.run = run, .arg = home};
    snprintf(thread->start.name, sizeof thread->start.name, "%s%s", home->name, suffix);
    dusq__refs_take(&home->parts);
    rc = dusq__thread_start(&thread->start, NULL, stack_size);
    thread->started = !rc;
  }
  pthread_mutex_unlock(&home->start_mtx);
  if (rc)
    dusq__home_drop_part(home); /* the caller's reference keeps the home */
  return !rc ? DUSQ_OK : rc == ENOMEM ? DUSQ_E_NOMEM : DUSQ_E_RESOURCE;
}

void dusq__home_own(dusq__home *home, void *owner, void (*fini)(void *owner))
{
  home->owner = owner;
  home->fini = fini;
}

static bool drop_shared(dusq__home *home)
{
  pthread_mutex_lock(&registry_mtx);
  bool last = dusq__refs_drop(&home->refs);
  if (last && registered == home)
    registered = NULL;
  pthread_mutex_unlock(&registry_mtx);
  return last;
}

void dusq__home_unref(dusq__home *home)
{
  if (!home || dusq__forked(home->generation))
    return;
  if (!(home->shared ? drop_shared(home) : dusq__refs_drop(&home->refs)))
    return;
  dusq__post_queue_stop(&home->posts);
  dusq__timer_heap_stop(&home->timers);
  dusq__home_drop_part(home);
}

dusq__log dusq__home_log(const dusq__home *home)
{
  return home && !home->shared ? home->log : dusq__log_default();
}
