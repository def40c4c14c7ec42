/* instance.h - the instance: a pool's options, and what its connections and threads share.
 *
 * It is reference-counted: the pool, each connection and each of its threads have one reference.  So a connection that
 * hangs in the driver outlives its pool.  The count is atomic; the options are constant; the monitor guards the rest. */
#ifndef DUSQ_MYSQL_INSTANCE_H
#define DUSQ_MYSQL_INSTANCE_H
#include <stdatomic.h>

#include "held.h"
#include "monitor.h"
#include "options.h"

typedef struct dusq__my {
  atomic_uint refs;
  dusq__my_options options;
  dusq__my_monitor monitor;
  dusq__my_budget budget;
  atomic_size_t first_host;    /* with which a connect begins                  */
  atomic_uint_least64_t left;  /* which host was left last, and when; host.c   */
} dusq__my;

/* NULL, or an owned error; reads the options of a pool. */
dusq_error *dusq__my_instance_new(const dusq_params *params, dusq__my **out);
dusq__my *dusq__my_instance_ref(dusq__my *instance);
void dusq__my_instance_unref(dusq__my *take_instance);

/* Starts a thread with all signals blocked, which gets a reference to the instance.  The caller holds the monitor's mtx
 * and has a reference of its own.                                                                                    */
bool dusq__my_thread_start_locked(dusq__my *instance, void *(*run)(void *instance));
/* The last call of such a thread.  *running is set to false under the monitor's mtx. */
void dusq__my_thread_end(dusq__my *take_instance, bool *running);

#endif
