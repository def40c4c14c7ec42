/* cancel.c - asks the server, over another connection, to stop what a connection runs.
 *
 * libpq 17 and later can do that without blocking, with the TLS settings of the connection that is cancelled.  Older
 * versions have only PQcancel, which has no timeout.  It runs on a thread of its own, which writes a byte into the
 * worker's pipe when it is over.  A server that does not answer then blocks that thread, but not the worker, which
 * closes the connection after cancel_grace.                                                                          */
#include "cancel.h"
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef LIBPQ_HAS_ASYNC_CANCEL

struct dusq__pg_cancel {
  PGcancelConn *handle;
  PostgresPollingStatusType step;
};

dusq__pg_cancel *dusq__pg_cancel_new(PGconn *pg, int wake)
{
  (void)wake;
  dusq__pg_cancel *cancel = calloc(1, sizeof *cancel);
  if (cancel)
    cancel->handle = PQcancelCreate(pg);
  return cancel;
}

void dusq__pg_cancel_free(dusq__pg_cancel *cancel)
{
  if (!cancel)
    return;
  PQcancelFinish(cancel->handle);
  free(cancel);
}

bool dusq__pg_cancel_start(dusq__pg_cancel *cancel)
{
  PQcancelReset(cancel->handle);
  cancel->step = PGRES_POLLING_WRITING;
  return cancel->handle && PQcancelStart(cancel->handle);
}

bool dusq__pg_cancel_step(dusq__pg_cancel *cancel, int *fd, short *events)
{
  short wanted = cancel->step == PGRES_POLLING_READING ? POLLIN : POLLOUT;
  struct pollfd ready = {.fd = PQcancelSocket(cancel->handle), .events = wanted};
  while (ready.fd >= 0 && poll(&ready, 1, 0) > 0) {
    cancel->step = PQcancelPoll(cancel->handle);
    if (cancel->step != PGRES_POLLING_READING && cancel->step != PGRES_POLLING_WRITING)
      return true;
    ready = (struct pollfd){.fd = PQcancelSocket(cancel->handle),
                            .events = cancel->step == PGRES_POLLING_READING ? POLLIN : POLLOUT};
  }
  *fd = ready.fd;
  *events = ready.events;
  return ready.fd < 0;
}

#else

enum { MAX_STUCK = 64, STACK_SIZE = 256 * 1024 };

struct dusq__pg_cancel {
  pthread_mutex_t mtx;
  PGcancel *handle;
  int wake;      /* constant                                           */
  bool running;  /* guarded by: mtx, as below                          */
  bool orphaned; /* the connection is closed, so the thread frees this */
};

static atomic_int running_now; /* number of threads in PQcancel, in the whole process */

static void destroy(dusq__pg_cancel *cancel)
{
  PQfreeCancel(cancel->handle);
  pthread_mutex_destroy(&cancel->mtx);
  free(cancel);
}

dusq__pg_cancel *dusq__pg_cancel_new(PGconn *pg, int wake)
{
  dusq__pg_cancel *cancel = calloc(1, sizeof *cancel);
  if (!cancel)
    return NULL;
  cancel->wake = wake;
  cancel->handle = PQgetCancel(pg);
  if (!cancel->handle || pthread_mutex_init(&cancel->mtx, NULL)) {
    PQfreeCancel(cancel->handle);
    free(cancel);
    return NULL;
  }
  return cancel;
}

void dusq__pg_cancel_free(dusq__pg_cancel *cancel)
{
  if (!cancel)
    return;
  pthread_mutex_lock(&cancel->mtx);
  bool running = cancel->orphaned = cancel->running;
  pthread_mutex_unlock(&cancel->mtx);
  if (!running)
    destroy(cancel);
}

static void *send_cancel(void *arg)
{
  dusq__pg_cancel *cancel = arg;
  char why[256];
  (void)PQcancel(cancel->handle, why, sizeof why); /* if it fails, cancel_grace ends the wait */
  atomic_fetch_sub(&running_now, 1);
  pthread_mutex_lock(&cancel->mtx);
  cancel->running = false;
  bool orphaned = cancel->orphaned;
  if (!orphaned) {
    ssize_t written = write(cancel->wake, "", 1);
    (void)written;
  }
  pthread_mutex_unlock(&cancel->mtx);
  if (orphaned)
    destroy(cancel);
  return NULL;
}

/* The thread inherits the worker's signal mask, in which all signals are blocked. */
static bool start_thread(dusq__pg_cancel *cancel)
{
  pthread_attr_t attr;
  pthread_t thread;
  if (pthread_attr_init(&attr))
    return false;
  bool started = !pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) &&
                 !pthread_attr_setstacksize(&attr, STACK_SIZE) &&
                 !pthread_create(&thread, &attr, send_cancel, cancel);
  pthread_attr_destroy(&attr);
  return started;
}

bool dusq__pg_cancel_start(dusq__pg_cancel *cancel)
{
  if (atomic_fetch_add(&running_now, 1) < MAX_STUCK) {
    pthread_mutex_lock(&cancel->mtx);
    cancel->running = true;
    pthread_mutex_unlock(&cancel->mtx);
    if (start_thread(cancel))
      return true;
    pthread_mutex_lock(&cancel->mtx);
    cancel->running = false;
    pthread_mutex_unlock(&cancel->mtx);
  }
  atomic_fetch_sub(&running_now, 1);
  return false;
}

bool dusq__pg_cancel_step(dusq__pg_cancel *cancel, int *fd, short *events)
{
  *fd = -1;
  *events = 0;
  pthread_mutex_lock(&cancel->mtx);
  bool over = !cancel->running;
  pthread_mutex_unlock(&cancel->mtx);
  return over;
}

#endif
