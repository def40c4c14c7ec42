/* alloc.c - the library's memory under test: counted, filled, and refused on demand.  See test.h.  Any thread. */
#include "alloc.h"
#include "test.h"
#include <dusq/config.h>
#include <stdatomic.h>

enum { FRESH = 0xA5 };

static atomic_long live;
static atomic_long countdown; /* allocations until one is refused, that one included; 0: none will be */
static atomic_bool for_ever;
static atomic_bool refused;
static bool fill; /* written before the library is used */

static bool refuse(void)
{
  long left = atomic_load(&countdown);
  while (left > 0) {
    long next = left == 1 && atomic_load(&for_ever) ? 1 : left - 1;
    if (!atomic_compare_exchange_weak(&countdown, &left, next))
      continue;
    if (left > 1)
      return false;
    atomic_store(&refused, true);
    return true;
  }
  return false;
}

static void *take(size_t size, void *arg)
{
  (void)arg;
  if (refuse())
    return NULL;
  void *memory = malloc(size);
  if (!memory)
    return NULL;
  if (fill)
    memset(memory, FRESH, size); /* whoever counts on zeroed memory is found out */
  atomic_fetch_add(&live, 1);
  return memory;
}

static void *resize(void *memory, size_t size, void *arg)
{
  (void)arg;
  if (refuse())
    return NULL;
  return realloc(memory, size);
}

static void give_back(void *memory, void *arg)
{
  (void)arg;
  atomic_fetch_sub(&live, 1);
  free(memory);
}

bool test_alloc_install(bool fill_fresh)
{
  static const dusq_allocator counting = {
    .size = sizeof counting, .allocate = take, .reallocate = resize, .release = give_back};
  fill = fill_fresh;
  return dusq_set_allocator(&counting) == DUSQ_OK;
}

void test_alloc_fail(long n, bool forever)
{
  atomic_store(&countdown, 0);
  if (n <= 0)
    return;
  atomic_store(&refused, false);
  atomic_store(&for_ever, forever);
  atomic_store(&countdown, n);
}

bool test_alloc_failed(void)
{
  return atomic_load(&refused);
}

long test_alloc_live(void)
{
  return atomic_load(&live);
}
