/* deadline.c - sockets that are shut down at a deadline. */
#include "deadline.h"
#include "clock.h"
#include <sys/socket.h>
#include <unistd.h>

void dusq__my_deadline_add(dusq__my_monitor *monitor, dusq__my_deadline *deadline, int fd, int64_t at)
{
  pthread_mutex_lock(&monitor->mtx);
  deadline->fd = fd;
  deadline->passed = false;
  deadline->next = monitor->deadlines;
  deadline->link = &monitor->deadlines;
  if (deadline->next)
    deadline->next->link = &deadline->next;
  monitor->deadlines = deadline;
  dusq__my_deadline_set_locked(monitor, deadline, at);
  pthread_mutex_unlock(&monitor->mtx);
}

void dusq__my_deadline_remove(dusq__my_monitor *monitor, dusq__my_deadline *deadline)
{
  pthread_mutex_lock(&monitor->mtx);
  if (deadline->link) {
    *deadline->link = deadline->next;
    if (deadline->next)
      deadline->next->link = deadline->link;
    deadline->link = NULL;
  }
  if (deadline->fd >= 0)
    close(deadline->fd);
  deadline->fd = -1;
  if (monitor->closing)
    pthread_cond_broadcast(&monitor->wake);
  pthread_mutex_unlock(&monitor->mtx);
}

void dusq__my_deadline_set(dusq__my_monitor *monitor, dusq__my_deadline *deadline, int64_t at)
{
  pthread_mutex_lock(&monitor->mtx);
  dusq__my_deadline_set_locked(monitor, deadline, at);
  pthread_mutex_unlock(&monitor->mtx);
}

void dusq__my_deadline_set_locked(dusq__my_monitor *monitor, dusq__my_deadline *deadline, int64_t at)
{
  deadline->at = at;
  dusq__my_monitor_wake_locked(monitor, at);
}

int64_t dusq__my_deadline_check_locked(dusq__my_monitor *monitor)
{
  int64_t now = dusq__my_now(), next = INT64_MAX;
  for (dusq__my_deadline *one = monitor->deadlines; one; one = one->next) {
    if (one->at <= now && !one->passed) {
      one->passed = true;
      if (one->fd >= 0)
        shutdown(one->fd, SHUT_RDWR);
      pthread_cond_broadcast(&monitor->done);
    } else if (!one->passed && one->at < next) {
      next = one->at;
    }
  }
  return next;
}

void dusq__my_deadline_close_locked(dusq__my_monitor *monitor)
{
  for (dusq__my_deadline *one = monitor->deadlines; one; one = one->next)
    if (one->control && one->fd >= 0)
      shutdown(one->fd, SHUT_RDWR);
}
