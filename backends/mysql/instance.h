/* instance.h - the instance: where a pool connects to, and what its connections and threads share.
 *
 * It is counted: the pool has one reference, each connection one, each of its threads one.  So a connection that hangs
 * in the driver outlives its pool.  The count is atomic; the options are constant; the monitor guards the rest.     */
#ifndef DUSQ_MYSQL_INSTANCE_H
#define DUSQ_MYSQL_INSTANCE_H
#include <stdatomic.h>

#include "monitor.h"
#include "options.h"

typedef struct dusq__my {
  atomic_uint refs;
  dusq__my_options options;
  dusq__my_monitor monitor;
} dusq__my;

/* NULL, or an owned error; reads the options of a pool. */
dusq_error *dusq__my_instance_new(const dusq_params *params, dusq__my **out);
dusq__my *dusq__my_instance_ref(dusq__my *instance);
void dusq__my_instance_unref(dusq__my *take_instance);

/* Starts a thread, with all signals blocked, which has a reference to the instance.  The caller has one, too, and holds
 * the monitor's mtx.                                                                                                 */
bool dusq__my_thread_start_locked(dusq__my *instance, void *(*run)(void *instance));
/* The last thing that such a thread calls.  *running is set to false under the monitor's mtx. */
void dusq__my_thread_end(dusq__my *take_instance, bool *running);

#endif
