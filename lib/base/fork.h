/* fork.h - knowing that one is the child.
 *
 * Every object that has threads or locks remembers the generation in which it was made.  A child of fork() counts one
 * generation more, so what it inherited answers DUSQ_E_FORKED without a lock being touched.  Any thread.             */
#ifndef DUSQ_BASE_FORK_H
#define DUSQ_BASE_FORK_H
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>

#define DUSQ__ANY_GENERATION UINT_MAX /* of static objects, which every process may use */

extern atomic_uint dusq__fork_count;

/* The generation of this process; the first call also begins to watch for forks. */
unsigned dusq__generation(void);

static inline bool dusq__forked(unsigned generation)
{
  return atomic_load_explicit(&dusq__fork_count, memory_order_relaxed) != generation &&
         generation != DUSQ__ANY_GENERATION;
}

#endif
