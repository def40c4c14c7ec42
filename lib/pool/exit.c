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
 * A worker that a close has left behind, because it was stuck in its driver, is a straggler: it is waited for as well,
 * until nothing is left of it that could enter a TLS library, which frees what it has for a thread when that ends.
 *
 * A child of fork() does not wait for its parent's pools; a signal, or an end without handlers, runs none of this.    */
#include "base/clock.h"
#include "pool/pool.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN_NS = 500000000, LOOK_NS = 1000000 };
#define MAX_NS INT64_C(5000000000)

static pthread_once_t once = PTHREAD_ONCE_INIT, again = PTHREAD_ONCE_INIT;
static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gone = PTHREAD_COND_INITIALIZER;
static dusq_pool *pools; /* those that are not closed; guarded by: mtx, as all below */
static bool leaving;     /* what is opened from now on is closed at once             */

static atomic_uint stragglers;
static bool has_key;
static pthread_key_t at_end; /* of a straggler: how often its threads' values have been destroyed */
static unsigned unfinished; /* pools that left some behind, and whose driver has not been shut yet */

static int64_t ask_all_locked(void)
{
  int64_t longest = 0;
  for (dusq_pool *pool = pools; pool; pool = pool->exit_next) {
    dusq_future_unref(dusq__pool_close(pool, 0));
    longest = pool->cancel_grace > longest ? pool->cancel_grace : longest;
  }
  return longest < MAX_NS - MARGIN_NS ? longest + MARGIN_NS : MAX_NS;
}

static uint32_t workers_locked(void)
{
  uint32_t n = 0;
  for (dusq_pool *pool = pools; pool; pool = pool->exit_next)
    for (uint32_t i = 0; i < pool->nlanes; i++) {
      pthread_mutex_lock(&pool->lanes[i].mtx);
      n += pool->lanes[i].nlive + pool->lanes[i].nretiring;
      pthread_mutex_unlock(&pool->lanes[i].mtx);
    }
  return n;
}

/* ---- stragglers -------------------------------------------------------------------------------------------------- */

static void one_less(void)
{
  pthread_mutex_lock(&mtx);
  atomic_fetch_sub(&stragglers, 1);
  pthread_cond_broadcast(&gone);
  pthread_mutex_unlock(&mtx);
}

/* The values of a thread are destroyed in rounds, as long as new ones are set: in the last ones all others are gone.
 * (The very last is the sanitizers'.)                                                                                */
static void destroyed(void *value)
{
  uintptr_t round = (uintptr_t)value;
  if (round >= PTHREAD_DESTRUCTOR_ITERATIONS - 1 || pthread_setspecific(at_end, (void *)(round + 1)))
    one_less();
}

void dusq__straggler_add(void)
{
  atomic_fetch_add(&stragglers, 1);
}

void dusq__straggler_not(void)
{
  one_less();
}

void dusq__straggler_ends(const dusq_pool *pool)
{
  if (!pool->backend->socket || !has_key || pthread_setspecific(at_end, (void *)(uintptr_t)1))
    one_less();
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

/* A worker whose job ends the program is never gone, and looks for the others by itself. */
static void at_exit(void)
{
  bool worker = dusq__thread_kind == DUSQ__THREAD_WORKER;
  pthread_mutex_lock(&mtx);
  leaving = true;
  int64_t now = dusq__now(), until = pools ? now + ask_all_locked() : now;
  while (pools && now < until && (!worker || workers_locked() > 1)) {
    dusq__cond_wait_until(&gone, &mtx, worker ? now + LOOK_NS : until);
    now = dusq__now();
  }
  for (until = now + MAX_NS; now < until && atomic_load(&stragglers) && !worker; now = dusq__now())
    dusq__cond_wait_until(&gone, &mtx, until);
  /* a driver may have threads of its own; but whose handle is still held, or is lost, is not shut */
  for (until = now + 2 * MARGIN_NS; now < until && unfinished && !worker; now = dusq__now())
    dusq__cond_wait_until(&gone, &mtx, until);
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
  atomic_store(&stragglers, 0);
  unfinished = 0;
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
  has_key = !pthread_key_create(&at_end, destroyed); /* else a straggler is not waited for to its last breath */
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

void dusq__exit_left(bool shut)
{
  pthread_mutex_lock(&mtx);
  unfinished = shut ? unfinished - (unfinished > 0) : unfinished + 1;
  pthread_cond_broadcast(&gone);
  pthread_mutex_unlock(&mtx);
}

void dusq__exit_remove(dusq_pool *pool)
{
  if (!pool->backend->socket)
    return;
  pthread_mutex_lock(&mtx);
  if (pool->exit_link) {
    *pool->exit_link = pool->exit_next;
    if (pool->exit_next)
      pool->exit_next->exit_link = pool->exit_link;
    pthread_cond_broadcast(&gone);
  }
  pthread_mutex_unlock(&mtx);
}
