/* alive.h - what the end of the program waits for: pools that are open, and workers that a close has left behind.
 *
 * One lock guards all of it, and is the innermost but for those of lanes.  Only pools whose drivers have connections to
 * servers are in the list: see exit.h.  Any thread.                                                                  */
#ifndef DUSQ_POOL_ALIVE_H
#define DUSQ_POOL_ALIVE_H
#include "setup/setup.h"

void dusq__alive_lock(void);
void dusq__alive_unlock(void);
/* Waits for any of it to change, or until then. */
void dusq__alive_wait_locked(int64_t until);
/* Readies what follows the threads, once; then what a forked child has of its parent's. */
void dusq__alive_init(void);
void dusq__alive_forget_locked(void);

/* The list of open pools, by their field exit_next. */
dusq_pool *dusq__alive_first_locked(void);
void dusq__alive_add_locked(dusq_pool *pool);
void dusq__alive_remove(dusq_pool *pool); /* it is closed */

/* A worker is left behind by a close; no, it has ended; and, as the last that it does, it ends now. */
void dusq__straggler_add(void);
void dusq__straggler_not(void);
void dusq__straggler_ends(const dusq__setup *setup);
bool dusq__are_stragglers(void);

/* A pool has left workers behind; and, later, its driver is shut all the same. */
void dusq__alive_left(bool shut);
bool dusq__is_unfinished_locked(void);

#endif
