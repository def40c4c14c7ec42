/* monitor.h - the mutex and condition of a pool's database, on which its connections wait.
 *
 * Neither SQLite nor the core is called with the mutex held.  A thread that changes what others wait for broadcasts.
 * Any thread.                                                                                                        */
#ifndef DUSQ_SQLITE_MONITOR_H
#define DUSQ_SQLITE_MONITOR_H
#include <pthread.h>
#include <stdint.h>

typedef struct dusq__sqlite_monitor {
  pthread_mutex_t mtx;
  pthread_cond_t cond;
} dusq__sqlite_monitor;

/* 0, or an errno. */
int dusq__sqlite_monitor_init(dusq__sqlite_monitor *monitor);
void dusq__sqlite_monitor_fini(dusq__sqlite_monitor *monitor);
/* Sleeps for at most `ns`.  The caller holds mtx, and checks again what it waits for. */
void dusq__sqlite_sleep_locked(dusq__sqlite_monitor *monitor, int64_t ns);

#endif
