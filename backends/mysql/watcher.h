/* watcher.h - the watcher: the thread of an instance that shuts down sockets at their deadlines, and starts the killer.
 *
 * It runs from the first connect until the pool has closed and the last deadline was removed.  It never waits for a
 * server, so nothing can delay it.                                                                                   */
#ifndef DUSQ_MYSQL_WATCHER_H
#define DUSQ_MYSQL_WATCHER_H
#include "instance.h"

/* Starts it, if it does not run.  False: no thread could be started. */
bool dusq__my_watcher_start(dusq__my *instance);
/* Ends the threads of an instance, and waits up to two seconds for them.  If a connection hangs, they end by themselves
 * later.                                                                                                             */
void dusq__my_watcher_close(dusq__my *instance);

#endif
