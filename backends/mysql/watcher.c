/* watcher.c - the thread that watches deadlines. */
#include "watcher.h"
#include "clock.h"
#include "deadline.h"
#include "kill.h"

#define CLOSE_TIMEOUT (2 * DUSQ_SECOND)

static void *watcher_main(void *arg)
{
  dusq__my *instance = arg;
  dusq__my_monitor *monitor = &instance->monitor;
  pthread_mutex_lock(&monitor->mtx);
  while (!monitor->closing || monitor->deadlines) {
    if (!monitor->killer && !monitor->closing && dusq__my_kill_is_wanted_locked(monitor)) /* on failure, the grace ends
                                                                                           * the call                 */
      monitor->killer = dusq__my_thread_start_locked(instance, dusq__my_kill_main);
    monitor->next_check = dusq__my_deadline_check_locked(monitor);
    dusq__my_monitor_wait_locked(monitor, &monitor->wake, monitor->next_check);
  }
  pthread_mutex_unlock(&monitor->mtx);
  dusq__my_thread_end(instance, &monitor->watcher);
  return NULL;
}

bool dusq__my_watcher_start(dusq__my *instance)
{
  dusq__my_monitor *monitor = &instance->monitor;
  pthread_mutex_lock(&monitor->mtx);
  if (!monitor->watcher)
    monitor->watcher = dusq__my_thread_start_locked(instance, watcher_main);
  bool runs = monitor->watcher;
  pthread_mutex_unlock(&monitor->mtx);
  return runs;
}

void dusq__my_watcher_close(dusq__my *instance)
{
  dusq__my_monitor *monitor = &instance->monitor;
  int64_t until = dusq__my_later(dusq__my_now(), CLOSE_TIMEOUT);
  pthread_mutex_lock(&monitor->mtx);
  monitor->closing = true;
  dusq__my_deadline_close_locked(monitor);
  pthread_cond_broadcast(&monitor->wake);
  while (monitor->threads && !monitor->calls && dusq__my_now() < until) /* a connection that hangs keeps it running */
    dusq__my_monitor_wait_locked(monitor, &monitor->done, until);
  pthread_mutex_unlock(&monitor->mtx);
}
