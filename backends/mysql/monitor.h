/* monitor.h - the lock of an instance, and the state that it guards: what the workers, the watcher's thread and the
 * killer's thread share.
 *
 * Workers add deadlines and calls (deadline.h, call.h) and change them.  The watcher (watcher.h) shuts down the sockets
 * whose deadline has passed.  The killer (kill.h) sends KILL QUERY for calls that are to stop.  Neither the driver nor
 * the core is called with mtx held, except dusq_stop_asked, which only reads.                                        */
#ifndef DUSQ_MYSQL_MONITOR_H
#define DUSQ_MYSQL_MONITOR_H
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct dusq__my_deadline;
struct dusq__my_call;

typedef struct dusq__my_monitor {
  pthread_mutex_t mtx;
  pthread_cond_t wake;                 /* wakes both threads                                                 */
  pthread_cond_t done;                 /* a kill was sent, a socket was shut down, a thread has ended        */
  struct dusq__my_deadline *deadlines; /* guarded by: mtx, as all below                                      */
  struct dusq__my_call *calls;         /* one for each open connection                                       */
  int64_t next_check;                  /* ns: when the watcher next checks the deadlines without being woken */
  unsigned threads;                    /* number of running threads                                          */
  bool watcher, killer;                /* whether that thread runs                                           */
  bool closing;                        /* the pool has closed the instance                                   */
} dusq__my_monitor;

/* 0, or an errno; nothing is left to free then. */
int dusq__my_monitor_init(dusq__my_monitor *monitor);
void dusq__my_monitor_fini(dusq__my_monitor *monitor);
/* Waits for a condition, at most until a time (CLOCK_MONOTONIC ns; INT64_MAX: no limit). */
void dusq__my_monitor_wait_locked(dusq__my_monitor *monitor, pthread_cond_t *cond, int64_t until);
/* Wakes the threads if the watcher's next check would be later than `moment`. */
static inline void dusq__my_monitor_wake_locked(dusq__my_monitor *monitor, int64_t moment)
{
  if (moment < monitor->next_check)
    pthread_cond_broadcast(&monitor->wake);
}

#endif
