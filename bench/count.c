/* count.c - an allocator that counts while it is told to.  Otherwise it is the standard one with a look at a flag, so
 * that windows that are timed do not pay for it. */
#include "count.h"
#include <dusq/dusq.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_bool counting;
static atomic_ullong calls, sum;

static void count(size_t size)
{
  if (!atomic_load_explicit(&counting, memory_order_relaxed))
    return;
  atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&sum, size, memory_order_relaxed);
}

static void *take(size_t size, void *arg)
{
  (void)arg;
  count(size);
  return malloc(size);
}

static void *change(void *memory, size_t size, void *arg)
{
  (void)arg;
  count(size);
  return realloc(memory, size);
}

static void give(void *memory, void *arg)
{
  (void)arg;
  free(memory);
}

bool bench_count_install(void)
{
  static const dusq_allocator allocator = {sizeof allocator, take, change, give, NULL};
  return dusq_set_allocator(&allocator) == DUSQ_OK;
}

void bench_count_start(void)
{
  atomic_store(&calls, 0);
  atomic_store(&sum, 0);
  atomic_store(&counting, true);
}

void bench_count_stop(double *allocations, double *bytes)
{
  atomic_store(&counting, false);
  *allocations = (double)atomic_load(&calls);
  *bytes = (double)atomic_load(&sum);
}
