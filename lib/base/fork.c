/* fork.c - see fork.h.  vfork and clone run no fork handlers; their children may only exec anyway. */
#include "base/fork.h"
#include <pthread.h>

atomic_uint dusq__fork_count;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_bool watching; /* checked for every request: cheaper than pthread_once */

static void in_child(void)
{
  atomic_fetch_add_explicit(&dusq__fork_count, 1, memory_order_relaxed);
}

static void watch(void)
{
  pthread_atfork(NULL, NULL, in_child);
  atomic_store_explicit(&watching, true, memory_order_release);
}

unsigned dusq__generation(void)
{
  if (!atomic_load_explicit(&watching, memory_order_acquire))
    pthread_once(&once, watch);
  return atomic_load_explicit(&dusq__fork_count, memory_order_relaxed);
}
