/* exit.c - see exit.h. */
#include "pool/exit.h"
#include "base/clock.h"
#include "pool/alive.h"
#include "pool/close.h"
#include "pool/pool.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN_NS = 500000000, LOOK_NS = 1000000 };
#define MAX_NS INT64_C(5000000000)

static pthread_once_t once = PTHREAD_ONCE_INIT, again = PTHREAD_ONCE_INIT;
static bool leaving; /* pools opened from now on are closed at once; guarded by: alive.c's lock */

static int64_t close_all_locked(void)
{
  int64_t longest = 0;
  for (dusq_pool *pool = dusq__alive_first_locked(); pool; pool = pool->exit_next) {
    int64_t grace = pool->setup.options.cancel_grace;
    dusq_future_unref(dusq__pool_close(pool, 0));
    longest = grace > longest ? grace : longest;
  }
  return longest < MAX_NS - MARGIN_NS ? longest + MARGIN_NS : MAX_NS;
}

static uint32_t workers_locked(void)
{
  uint32_t n = 0;
  for (dusq_pool *pool = dusq__alive_first_locked(); pool; pool = pool->exit_next)
    for (uint32_t i = 0; i < pool->nlanes; i++) {
      dusq__lane *lane = dusq__lane_of(pool, i);
      pthread_mutex_lock(&lane->mtx);
      n += lane->roster.nlive + lane->roster.nretiring;
      pthread_mutex_unlock(&lane->mtx);
    }
  return n;
}

/* A worker whose job calls exit() never ends, so it polls until all other workers have ended. */
static void at_exit(void)
{
  bool worker = dusq__thread_kind == DUSQ__THREAD_WORKER;
  dusq__alive_lock();
  leaving = true;
  int64_t now = dusq__now(), until = dusq__alive_first_locked() ? now + close_all_locked() : now;
  while (dusq__alive_first_locked() && now < until && (!worker || workers_locked() > 1)) {
    dusq__alive_wait_locked(worker ? now + LOOK_NS : until);
    now = dusq__now();
  }
  for (until = now + MAX_NS; now < until && dusq__are_detached() && !worker; now = dusq__now())
    dusq__alive_wait_locked(until);
  /* A driver may have threads of its own, so its shutdown is awaited, too; but only for a moment, because a driver
   * whose handle a worker still holds is never shut down.                                                            */
  for (until = now + 2 * MARGIN_NS; now < until && dusq__is_unfinished_locked() && !worker; now = dusq__now())
    dusq__alive_wait_locked(until);
  dusq__alive_unlock();
}

static void in_child(void)
{
  dusq__alive_forget_locked();
  leaving = false;
  dusq__alive_unlock();
}

/* Normally libpq initialises OpenSSL, which then registers its exit handler, with its first connection. */
static void initialise_tls(void)
{
  void *found = dlsym(RTLD_DEFAULT, "OPENSSL_init_ssl");
  int (*init)(uint64_t options, const void *settings);
  memcpy(&init, &found, sizeof init);
  if (found)
    (void)init(0, NULL);
}

static void watch(void)
{
  dusq__alive_init();
  initialise_tls();
  (void)pthread_atfork(dusq__alive_lock, dusq__alive_unlock, in_child);
  (void)atexit(at_exit); /* without memory for the handler, the program ends as it would without dusq */
}

static void watch_again(void)
{
  (void)atexit(at_exit);
}

void dusq__exit_add(dusq_pool *pool)
{
  if (!pool->setup.backend->socket)
    return;
  pthread_once(&once, watch);
  dusq__alive_lock();
  dusq__alive_add_locked(pool);
  bool late = leaving;
  dusq__alive_unlock();
  if (late)
    dusq_future_unref(dusq__pool_close(pool, 0));
}

void dusq__exit_connected(const dusq__setup *setup)
{
  if (setup->backend->socket)
    pthread_once(&again, watch_again);
}
