/* fork.c - see fork.h. */
#include "fork.h"
#include <pthread.h>
#include <stdatomic.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_uint forks; /* number of forks between the first process and this one */

static void in_child(void)
{
  atomic_fetch_add_explicit(&forks, 1, memory_order_relaxed);
}

static void watch(void)
{
  pthread_atfork(NULL, NULL, in_child);
}

unsigned dusq__fake_generation(void)
{
  pthread_once(&once, watch);
  return atomic_load_explicit(&forks, memory_order_relaxed);
}

bool dusq__fake_forked(unsigned generation)
{
  return generation != atomic_load_explicit(&forks, memory_order_relaxed);
}
