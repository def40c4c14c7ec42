/* fork.h - detecting a forked child.
 *
 * Every object that has threads or locks remembers the generation in which it was made.  fork() adds one to the child's
 * generation, so calls on inherited objects return DUSQ_E_FORKED without touching a lock.  Any thread.               */
#ifndef DUSQ_BASE_FORK_H
#define DUSQ_BASE_FORK_H
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>

#define DUSQ__ANY_GENERATION UINT_MAX /* for static objects, which every process may use */

extern atomic_uint dusq__fork_count;

/* The generation of this process.  The first call registers the fork handler. */
unsigned dusq__generation(void);

static inline bool dusq__forked(unsigned generation)
{
  return atomic_load_explicit(&dusq__fork_count, memory_order_relaxed) != generation &&
         generation != DUSQ__ANY_GENERATION;
}

#endif
