/* exit.c - what becomes of pools when the program ends without closing them.
 *
 * exit() and the return from main() do not wait for threads, and TLS libraries free their tables in handlers of exit():
 * a worker that is in one of them then reads what is gone.  So the pools whose drivers have connections to servers are
 * closed first, without grace: what waits is dropped, what runs is told to stop, and is waited for as long as any close
 * waits, but not for ever.  Handlers run in the opposite order of their registration, and a driver may register those
 * of its TLS library with its first connection only: so ours is registered when a pool is opened, and again behind
 * the first connection.
 *
 * A child of fork() does not wait for its parent's pools; what ends by _exit() or by a signal runs none of this.      */
#include "base/clock.h"
#include "pool/pool.h"
#include <stdlib.h>

enum { MARGIN_NS = 500000000 };
#define MAX_NS INT64_C(5000000000)

static pthread_once_t once = PTHREAD_ONCE_INIT, again = PTHREAD_ONCE_INIT;
static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gone;
static dusq_pool *pools; /* those that are not closed; guarded by: mtx */

static int64_t ask_all_locked(void)
{
  int64_t longest = 0;
  for (dusq_pool *pool = pools; pool; pool = pool->exit_next) {
    dusq_future_unref(dusq__pool_close(pool, 0));
    longest = pool->cancel_grace > longest ? pool->cancel_grace : longest;
  }
  return longest < MAX_NS - MARGIN_NS ? longest + MARGIN_NS : MAX_NS;
}

static void at_exit(void)
{
  if (dusq__thread_kind != DUSQ__THREAD_FOREIGN)
    return; /* a worker cannot wait for itself */
  pthread_mutex_lock(&mtx);
  int64_t until = pools ? dusq__deadline(ask_all_locked()) : 0;
  while (pools && dusq__cond_wait_until(&gone, &mtx, until))
    continue;
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
  pthread_mutex_unlock(&mtx);
}

static void watch(void)
{
  dusq__cond_init(&gone);
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
  pthread_mutex_unlock(&mtx);
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
  pthread_cond_broadcast(&gone);
  pthread_mutex_unlock(&mtx);
}
