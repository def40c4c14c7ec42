/* deadline.h - sockets that are shut down at a deadline, which wakes a thread that waits in the driver.
 *
 * Each connection of a worker has one, and so has each control connection of the killer.  The watcher checks all of
 * them (dusq__my_deadline_check_locked).  Any thread.                                                                */
#ifndef DUSQ_MYSQL_DEADLINE_H
#define DUSQ_MYSQL_DEADLINE_H
#include "monitor.h"

/* guarded by: the monitor's mtx */
typedef struct dusq__my_deadline {
  struct dusq__my_deadline *next, **link;
  int fd;       /* owned; a duplicate, so that its number is not reused for another socket; -1: none yet */
  int64_t at;   /* CLOCK_MONOTONIC ns; INT64_MAX: no limit                                               */
  bool passed;  /* the socket was shut down                                                              */
  bool control; /* it is also shut down when the pool closes                                             */
} dusq__my_deadline;

/* Has the socket shut down at `at`.  Takes the descriptor. */
void dusq__my_deadline_add(dusq__my_monitor *monitor, dusq__my_deadline *deadline, int take_fd, int64_t at);
/* Removes the deadline, and closes the descriptor.  Does nothing if it was not added. */
void dusq__my_deadline_remove(dusq__my_monitor *monitor, dusq__my_deadline *deadline);
void dusq__my_deadline_set(dusq__my_monitor *monitor, dusq__my_deadline *deadline, int64_t at);
void dusq__my_deadline_set_locked(dusq__my_monitor *monitor, dusq__my_deadline *deadline, int64_t at);
/* Shuts down the sockets that are late.  Returns the next deadline; INT64_MAX: none. */
int64_t dusq__my_deadline_check_locked(dusq__my_monitor *monitor);
/* Shuts down the control connections. */
void dusq__my_deadline_close_locked(dusq__my_monitor *monitor);

#endif
