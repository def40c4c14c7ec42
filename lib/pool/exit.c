/* exit.c - what becomes of pools when the program ends without closing them.
 *
 * A program that ends, by the standard call or by the return from main(), does not wait for its threads, and TLS
 * libraries free their tables in handlers that run then: a worker that is in one of them reads what is gone.  So the
 * pools whose drivers have connections to servers are closed first, without grace: what waits is dropped, what runs is
 * told to stop, and is waited for as long as any close waits, but not for ever.
 *
 * Handlers run in the opposite order of their registration: so ours is registered when the first such pool is opened,
 * once the driver and its TLS library have been initialised; and again behind the first connection, for drivers that
 * initialise more with that.
 *
 * A child of fork() does not wait for its parent's pools; a signal, or an end without handlers, runs none of this.    */
#include "base/clock.h"
#include "pool/pool.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN_NS = 500000000, LOOK_NS = 1000000 };
#define MAX_NS INT64_C(5000000000)

static pthread_once_t once = PTHREAD_ONCE_INIT, again = PTHREAD_ONCE_INIT;
static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gone;
static dusq_pool *pools; /* those that are not closed, or have left workers behind; guarded by: mtx, as all below */
static bool leaving;     /* what is opened from now on is closed at once             */

static bool is_closed(const dusq_pool *pool)
{
  return atomic_load(&pool->state) == DUSQ__POOL_CLOSED;
}

/* How long to wait for them. */
static int64_t ask_all_locked(void)
{
  int64_t longest = 0;
  for (dusq_pool *pool = pools; pool; pool = pool->exit_next) {
    int64_t grace = is_closed(pool) ? MAX_NS : pool->cancel_grace;
    if (!is_closed(pool))
      dusq_future_unref(dusq__pool_close(pool, 0));
    longest = grace > longest ? grace : longest;
  }
  return longest < MAX_NS - MARGIN_NS ? longest + MARGIN_NS : MAX_NS;
}

static uint32_t workers_of(dusq_pool *pool)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < pool->nlanes; i++) {
    pthread_mutex_lock(&pool->lanes[i].mtx);
    n += pool->lanes[i].nlive + pool->lanes[i].nretiring;
    pthread_mutex_unlock(&pool->lanes[i].mtx);
  }
  return n;
}

/* Whether there is anything to wait for: more than `own` workers, or a pool that is being closed. */
static bool goes_on_locked(uint32_t own)
{
  uint32_t workers = 0;
  bool closing = false;
  for (dusq_pool *pool = pools; pool; pool = pool->exit_next) {
    workers += workers_of(pool);
    closing |= !is_closed(pool);
  }
  return workers > own || (closing && !own);
}

/* A worker whose job ends the program is never gone, and looks for the others by itself. */
static void at_exit(void)
{
  bool worker = dusq__thread_kind == DUSQ__THREAD_WORKER;
  pthread_mutex_lock(&mtx);
  leaving = true;
  int64_t now = dusq__now(), until = pools ? now + ask_all_locked() : now;
  while (now < until && goes_on_locked(worker)) {
    dusq__cond_wait_until(&gone, &mtx, now + LOOK_NS); /* a worker that was left behind tells nobody that it ends */
    now = dusq__now();
  }
  pthread_mutex_unlock(&mtx);
}

static void before_fork(void)
{
  pthread_mutex_lock(&mtx);
}

static void in_parent(void)
{
  pthread_mutex_unlock(&mtx);
}

static void in_child(void)
{
  pools = NULL;
  leaving = false;
  pthread_mutex_unlock(&mtx);
}

/* libpq leaves it to its first connection to initialise OpenSSL, which is when that registers its handler. */
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
  dusq__cond_init(&gone);
  initialise_tls();
  (void)pthread_atfork(before_fork, in_parent, in_child);
  (void)atexit(at_exit); /* without memory for it, the program ends as it would without us */
}

static void watch_again(void)
{
  (void)atexit(at_exit);
}

void dusq__exit_add(dusq_pool *pool)
{
  if (!pool->backend->socket)
    return;
  pthread_once(&once, watch);
  pthread_mutex_lock(&mtx);
  pool->exit_next = pools;
  pool->exit_link = &pools;
  if (pools)
    pools->exit_link = &pool->exit_next;
  pools = pool;
  bool late = leaving;
  pthread_mutex_unlock(&mtx);
  if (late)
    dusq_future_unref(dusq__pool_close(pool, 0));
}

void dusq__exit_connected(const dusq_pool *pool)
{
  if (pool->backend->socket)
    pthread_once(&again, watch_again);
}

void dusq__exit_remove(dusq_pool *pool)
{
  if (!pool->exit_link)
    return;
  pthread_mutex_lock(&mtx);
  *pool->exit_link = pool->exit_next;
  if (pool->exit_next)
    pool->exit_next->exit_link = pool->exit_link;
  pool->exit_link = NULL;
  pthread_cond_broadcast(&gone);
  pthread_mutex_unlock(&mtx);
}
