/* fork.h - detecting a forked child.
 *
 * Every fake remembers the generation in which it was made.  fork() adds one to the child's generation, so calls on the
 * parent's fakes return DUSQ_E_FORKED without touching a lock.  Any thread.                                          */
#ifndef DUSQ_FAKE_FORK_H
#define DUSQ_FAKE_FORK_H
#include <stdbool.h>

/* The generation of this process; the first call registers the fork handler. */
unsigned dusq__fake_generation(void);
bool dusq__fake_forked(unsigned generation);

#endif
