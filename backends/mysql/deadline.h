/* deadline.h - sockets that are shut down at a deadline, which wakes whoever waits in the driver.
 *
 * A connection of a worker has one, and so has each control connection of the killer.  The watcher looks at all of them
 * (dusq__my_deadline_check_locked).  All functions may be called by any thread.                                      */
#ifndef DUSQ_MYSQL_DEADLINE_H
#define DUSQ_MYSQL_DEADLINE_H
#include "monitor.h"

/* guarded by: the monitor's mtx */
typedef struct dusq__my_deadline {
  struct dusq__my_deadline *next, **link;
  int fd;       /* owned; a duplicate, so that it is never the socket of somebody else; -1: none yet */
  int64_t at;   /* CLOCK_MONOTONIC ns; INT64_MAX: no limit                                           */
  bool passed;  /* the socket was shut down                                                          */
  bool control; /* it is shut down, too, when the pool closes                                        */
} dusq__my_deadline;

/* From now on the socket is shut down at `at`.  Takes the descriptor. */
void dusq__my_deadline_add(dusq__my_monitor *monitor, dusq__my_deadline *deadline, int take_fd, int64_t at);
/* Ends that, and closes the descriptor.  Nothing happens to one that was not added. */
void dusq__my_deadline_remove(dusq__my_monitor *monitor, dusq__my_deadline *deadline);
void dusq__my_deadline_set(dusq__my_monitor *monitor, dusq__my_deadline *deadline, int64_t at);
void dusq__my_deadline_set_locked(dusq__my_monitor *monitor, dusq__my_deadline *deadline, int64_t at);
/* Shuts down what is late.  The next deadline; INT64_MAX: none. */
int64_t dusq__my_deadline_check_locked(dusq__my_monitor *monitor);
/* Shuts down the control connections. */
void dusq__my_deadline_close_locked(dusq__my_monitor *monitor);

#endif
