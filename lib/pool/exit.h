/* exit.h - what happens to pools when the program ends without closing them.
 *
 * A program that calls exit() or returns from main() does not wait for its threads.  TLS libraries free their tables in
 * exit handlers, and a worker inside such a library would then read freed memory.  So pools whose drivers have
 * connections to servers are closed first, without grace: waiting requests are dropped, running ones are told to stop,
 * and the exit waits as long as a close may take.  It waits as long for workers that an earlier close has left behind.
 *
 * Exit handlers run in the reverse order of their registration.  So this one is registered when the first such pool is
 * opened, after the driver and its TLS library have been initialised; and again after the first connection, for drivers
 * that initialise more then.
 *
 * A child of fork() does not wait for its parent's pools.  A fatal signal, or _exit(), runs no handlers.             */
#ifndef DUSQ_POOL_EXIT_H
#define DUSQ_POOL_EXIT_H
#include "setup/setup.h"

void dusq__exit_add(dusq_pool *pool);                     /* the pool is open, and its driver has been initialised */
void dusq__exit_connected(const dusq__setup *setup);      /* a worker of the pool has connected */

#endif
