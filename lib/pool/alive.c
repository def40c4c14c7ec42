/* alive.c - see alive.h.
 *
 * The end of the program waits for a worker that is stuck in its driver until the thread's last destructor has run.
 * Until then the thread may enter a TLS library, which frees its per-thread data when the thread ends.               */
#include "pool/alive.h"
#include "pool/pool.h"
#include <limits.h>

static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static dusq_pool *pools;    /* pools that are not closed; guarded by: mtx, as the next                     */
static unsigned unfinished; /* pools that left workers behind, and whose driver has not been shut down yet */
static atomic_uint detached;
static bool has_key;
static pthread_key_t at_end; /* in a detached thread: counts the rounds in which its thread-specific values go */

void dusq__alive_lock(void)
{
  pthread_mutex_lock(&mtx);
}

void dusq__alive_unlock(void)
{
  pthread_mutex_unlock(&mtx);
}

void dusq__alive_wait_locked(int64_t until)
{
  dusq__cond_wait_until(&changed, &mtx, until);
}

void dusq__alive_forget_locked(void)
{
  pools = NULL;
  atomic_store(&detached, 0);
  unfinished = 0;
}

/* ---- pools ------------------------------------------------------------------------------------------------------- */

dusq_pool *dusq__alive_first_locked(void)
{
  return pools;
}

void dusq__alive_add_locked(dusq_pool *pool)
{
  pool->exit_next = pools;
  pool->exit_link = &pools;
  if (pools)
    pools->exit_link = &pool->exit_next;
  pools = pool;
}

void dusq__alive_remove(dusq_pool *pool)
{
  if (!pool->setup.backend->socket)
    return;
  pthread_mutex_lock(&mtx);
  if (pool->exit_link) {
    *pool->exit_link = pool->exit_next;
    if (pool->exit_next)
      pool->exit_next->exit_link = pool->exit_link;
    pthread_cond_broadcast(&changed);
  }
  pthread_mutex_unlock(&mtx);
}

void dusq__alive_left(bool shut)
{
  pthread_mutex_lock(&mtx);
  unfinished = shut ? unfinished - (unfinished > 0) : unfinished + 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mtx);
}

bool dusq__is_unfinished_locked(void)
{
  return unfinished > 0;
}

/* ---- detached threads -------------------------------------------------------------------------------------------- */

static void one_less(void)
{
  pthread_mutex_lock(&mtx);
  atomic_fetch_sub(&detached, 1);
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mtx);
}

/* Thread-specific values are destroyed in rounds, as long as destructors set new ones.  In the last rounds all other
 * values are gone. (The very last round is left to the sanitizers.)                                                  */
static void destroyed(void *value)
{
  uintptr_t round = (uintptr_t)value;
  if (round >= PTHREAD_DESTRUCTOR_ITERATIONS - 1 || pthread_setspecific(at_end, (void *)(round + 1)))
    one_less();
}

void dusq__alive_init(void)
{
  dusq__cond_init(&changed);
  has_key = !pthread_key_create(&at_end, destroyed); /* without a key, a detached thread counts as gone too early */
}

void dusq__detached_add(void)
{
  atomic_fetch_add(&detached, 1);
}

void dusq__detached_not(void)
{
  one_less();
}

void dusq__detached_ends(const dusq__setup *setup)
{
  if (!setup->backend->socket || !has_key || pthread_setspecific(at_end, (void *)(uintptr_t)1))
    one_less();
}

bool dusq__are_detached(void)
{
  return atomic_load(&detached) > 0;
}
