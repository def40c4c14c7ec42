/* fork.h - knowing that one is the child.
 *
 * Every fake remembers the generation in which it was made.  A child of fork() counts one generation more, so the fakes
 * of its parent answer DUSQ_E_FORKED there without a lock being touched.  Any thread.                                */
#ifndef DUSQ_FAKE_FORK_H
#define DUSQ_FAKE_FORK_H
#include <stdbool.h>

/* The generation of this process; the first call also begins to watch for forks. */
unsigned dusq__fake_generation(void);
bool dusq__fake_forked(unsigned generation);

#endif
