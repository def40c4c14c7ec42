/* alive.h - what the end of the program waits for: open pools, and workers that a close has left behind.
 *
 * One lock guards all of it.  Only the locks of lanes may be taken under it.  The list has only pools whose drivers
 * have connections to servers: see exit.h. Any thread.                                                               */
#ifndef DUSQ_POOL_ALIVE_H
#define DUSQ_POOL_ALIVE_H
#include "setup/setup.h"

void dusq__alive_lock(void);
void dusq__alive_unlock(void);
/* Waits until something changes, at most until that moment. */
void dusq__alive_wait_locked(int64_t until);
/* The first prepares to follow the ends of threads, once.  The second, in a forked child, forgets the parent's pools. */
void dusq__alive_init(void);
void dusq__alive_forget_locked(void);

/* The list of open pools, linked by their field exit_next. */
dusq_pool *dusq__alive_first_locked(void);
void dusq__alive_add_locked(dusq_pool *pool);
void dusq__alive_remove(dusq_pool *pool); /* the pool is closed */

/* A close detaches a thread; that thread has ended after all; it is about to end, as the thread's last action. */
void dusq__detached_add(void);
void dusq__detached_not(void);
void dusq__detached_ends(const dusq__setup *setup);
bool dusq__are_detached(void);

/* A pool has left workers behind; with `shut`, its driver has been shut down later on. */
void dusq__alive_left(bool shut);
bool dusq__is_unfinished_locked(void);

#endif
