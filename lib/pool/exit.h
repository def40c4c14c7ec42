/* exit.h - what becomes of pools when the program ends without closing them.
 *
 * A program that ends, by the standard call or by the return from main(), does not wait for its threads, and TLS
 * libraries free their tables in handlers that run then: a worker that is in one of them reads what is gone.  So the
 * pools whose drivers have connections to servers are closed first, without grace: what waits is dropped, what runs is
 * told to stop, and is waited for as long as any close waits, but not for ever.  So are the workers that a close has
 * left behind.
 *
 * Handlers run in the opposite order of their registration: so ours is registered when the first such pool is opened,
 * once the driver and its TLS library have been initialised; and again behind the first connection, for drivers that
 * initialise more with that.
 *
 * A child of fork() does not wait for its parent's pools; a signal, or an end without handlers, runs none of this.   */
#ifndef DUSQ_POOL_EXIT_H
#define DUSQ_POOL_EXIT_H
#include "setup/setup.h"

void dusq__exit_add(dusq_pool *pool);                     /* it is open, and its driver has been initialised */
void dusq__exit_connected(const dusq__setup *setup);      /* one of its workers is */

#endif
