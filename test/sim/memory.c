/* memory.c - the library's memory: given out one block behind the other, from the same place in each run, so that not
 * even an address differs between two runs of one seed.  What is released is not used again within the run, and spoilt,
 * so that a late look at it is seen.                                                                                 */
#include "sim.h"
#include <dusq/config.h>
#include <string.h>
#include <sys/mman.h>

enum { HEADER = 16, SPOILT = 0xDB };
#define ROOM ((size_t)1 << 30)

static char *room, *end;
static size_t used, marked, held;

static void *allocate(size_t size, void *arg)
{
  (void)arg;
  size_t whole = (size + HEADER + 15) / 16 * 16;
  if (whole < size || whole > (size_t)(end - room) - used)
    return NULL;
  char *block = room + used;
  used += whole;
  memcpy(block, &size, sizeof size);
  held++;
  return block + HEADER;
}

static void release(void *memory, void *arg)
{
  (void)arg;
  if (!memory)
    return;
  size_t size;
  memcpy(&size, (char *)memory - HEADER, sizeof size);
  memset(memory, SPOILT, size);
  held--;
}

static void *reallocate(void *memory, size_t size, void *arg)
{
  size_t old;
  memcpy(&old, (char *)memory - HEADER, sizeof old);
  void *more = allocate(size, arg);
  if (!more)
    return NULL;
  memcpy(more, memory, old < size ? old : size);
  release(memory, arg);
  return more;
}

bool sim_memory_init(void)
{
  static const dusq_allocator allocator = {sizeof allocator, allocate, reallocate, release, NULL};
  void *wanted = (void *)(uintptr_t)UINT64_C(0x200000000000);
  void *got = mmap(wanted, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (got == MAP_FAILED)
    return false;
  room = got;
  end = room + ROOM;
  return !dusq_set_allocator(&allocator);
}

void sim_memory_mark(void)
{
  marked = (used + 4095) / 4096 * 4096;
  sim_memory_reset();
}

void sim_memory_reset(void)
{
  used = marked;
  held = 0;
}

size_t sim_memory_held(void)
{
  return held;
}
