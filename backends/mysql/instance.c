/* instance.c - the instance, and starting and stopping its threads. */
#include "instance.h"
#include "error.h"
#include "tls.h"
#include <signal.h>
#include <stdlib.h>

enum { STACK_SIZE = 512 * 1024 };

dusq__my *dusq__my_instance_ref(dusq__my *instance)
{
  atomic_fetch_add(&instance->refs, 1);
  return instance;
}

void dusq__my_instance_unref(dusq__my *instance)
{
  if (atomic_fetch_sub(&instance->refs, 1) != 1)
    return;
  dusq__my_monitor_fini(&instance->monitor);
  dusq__my_options_fini(&instance->options);
  free(instance);
}

dusq_error *dusq__my_instance_new(const dusq_params *params, dusq__my **out)
{
  dusq__my *instance = calloc(1, sizeof *instance);
  if (!instance || dusq__my_monitor_init(&instance->monitor)) {
    free(instance);
    return dusq__my_nomem();
  }
  atomic_init(&instance->refs, 1);
  atomic_init(&instance->first_host, 0);
  atomic_init(&instance->left, 0);
  atomic_init(&instance->budget.held, 0);
  atomic_init(&instance->budget.most, 0);
  instance->budget.conns = (size_t)dusq_params_int(params, "pool_size");
  dusq_error *error = dusq__my_options_read(&instance->options, params);
  if (!error)
    error = dusq__my_tls_check(&instance->options);
  if (error)
    dusq__my_instance_unref(instance);
  else
    *out = instance;
  return error;
}

bool dusq__my_thread_start_locked(dusq__my *instance, void *(*run)(void *instance))
{
  pthread_attr_t attr;
  pthread_t thread;
  sigset_t all, before;
  if (pthread_attr_init(&attr))
    return false;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  dusq__my_instance_ref(instance);
  instance->monitor.threads++;
  bool started = !pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) &&
                 !pthread_attr_setstacksize(&attr, STACK_SIZE) && !pthread_create(&thread, &attr, run, instance);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attr);
  if (!started) {
    instance->monitor.threads--;
    atomic_fetch_sub(&instance->refs, 1); /* never the last one: the caller has a reference */
  }
  return started;
}

void dusq__my_thread_end(dusq__my *instance, bool *running)
{
  pthread_mutex_lock(&instance->monitor.mtx);
  *running = false;
  instance->monitor.threads--;
  pthread_cond_broadcast(&instance->monitor.done);
  pthread_mutex_unlock(&instance->monitor.mtx);
  dusq__my_instance_unref(instance);
}
