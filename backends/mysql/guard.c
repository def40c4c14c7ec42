/* guard.c - calls of the driver, which block, and what ends them.
 *
 * A call is begun and ended by its worker.  In between, an interrupt whose stop was asked asks for a KILL QUERY, which
 * the killer's thread sends over a connection of its own (kill.c), and gives the call until cancel_grace is over; then
 * the watcher's thread shuts the socket down, which wakes the worker wherever in the driver it is.  The watcher never
 * calls anything that waits for a server, so that nothing can keep it.
 *
 * A kill that arrives before its statement does finds an idle session, and is lost; so it is sent again and again, with
 * longer and longer pauses, as long as the call lasts.
 *
 * A kill must not hit what comes after its call.  So the worker does not leave the call while one is on its way; and
 * one that was delivered may sit in the session still, and is spent on a statement that does nothing.  (Servers drop a
 * kill that finds a session idle, but not in the moment after a statement.)                                          */
#include "internal.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STACK_SIZE = 512 * 1024, SPENDING_TRIES = 3 };
#define SHUT_PATIENCE (2 * DUSQ_SECOND)
#define FIRST_PAUSE (10 * DUSQ_MILLISECOND)

static struct timespec to_timespec(int64_t moment)
{
  return (struct timespec){.tv_sec = (time_t)(moment / DUSQ_SECOND), .tv_nsec = (long)(moment % DUSQ_SECOND)};
}

void dusq__my_sleep_locked(dusq__my *instance, pthread_cond_t *cond, int64_t until)
{
  struct timespec moment = to_timespec(until);
  if (until == INT64_MAX)
    pthread_cond_wait(cond, &instance->mtx);
  else
    pthread_cond_timedwait(cond, &instance->mtx, &moment);
}

/* ---- the watcher --------------------------------------------------------------------------------------------------- */

static int64_t cut_late_locked(dusq__my *instance)
{
  int64_t now = dusq__my_now(), next = INT64_MAX;
  for (dusq__my_guarded *one = instance->first; one; one = one->next) {
    if (one->until <= now && !one->cut) {
      one->cut = true;
      if (one->fd >= 0)
        shutdown(one->fd, SHUT_RDWR);
      pthread_cond_broadcast(&instance->done);
    } else if (!one->cut && one->until < next) {
      next = one->until;
    }
  }
  return next;
}

static bool kill_wanted_locked(const dusq__my *instance)
{
  for (const dusq__my_conn *conn = instance->conns; conn; conn = conn->next)
    if (conn->kill == DUSQ__MY_WANTED)
      return true;
  return false;
}

static void *watcher_main(void *arg)
{
  dusq__my *instance = arg;
  pthread_mutex_lock(&instance->mtx);
  while (!instance->ending || instance->first) {
    if (!instance->killer && !instance->ending && kill_wanted_locked(instance))
      instance->killer = dusq__my_start_locked(instance, dusq__my_killer_main); /* if not, the grace ends the call */
    instance->watching_until = cut_late_locked(instance);
    dusq__my_sleep_locked(instance, &instance->wake, instance->watching_until);
  }
  pthread_mutex_unlock(&instance->mtx);
  dusq__my_leave(instance, &instance->watcher);
  return NULL;
}

void dusq__my_wake_locked(dusq__my *instance, int64_t moment)
{
  if (moment < instance->watching_until)
    pthread_cond_broadcast(&instance->wake);
}

bool dusq__my_start_locked(dusq__my *instance, void *(*run)(void *))
{
  pthread_attr_t attr;
  pthread_t thread;
  sigset_t all, before;
  if (pthread_attr_init(&attr))
    return false;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  atomic_fetch_add(&instance->refs, 1);
  instance->threads++;
  bool started = !pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) &&
                 !pthread_attr_setstacksize(&attr, STACK_SIZE) && !pthread_create(&thread, &attr, run, instance);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attr);
  if (!started) {
    instance->threads--;
    atomic_fetch_sub(&instance->refs, 1); /* never the last one: somebody called */
  }
  return started;
}

void dusq__my_leave(dusq__my *instance, bool *running)
{
  pthread_mutex_lock(&instance->mtx);
  *running = false;
  instance->threads--;
  pthread_cond_broadcast(&instance->done);
  pthread_mutex_unlock(&instance->mtx);
  dusq__my_drop(instance);
}

bool dusq__my_watch(dusq__my *instance)
{
  pthread_mutex_lock(&instance->mtx);
  if (!instance->watcher)
    instance->watcher = dusq__my_start_locked(instance, watcher_main);
  bool runs = instance->watcher;
  pthread_mutex_unlock(&instance->mtx);
  return runs;
}

void dusq__my_end_threads(dusq__my *instance)
{
  int64_t until = dusq__my_later(dusq__my_now(), SHUT_PATIENCE);
  pthread_mutex_lock(&instance->mtx);
  instance->ending = true;
  for (size_t i = 0; i < instance->nhosts; i++)
    if (instance->hosts[i].guard.fd >= 0)
      shutdown(instance->hosts[i].guard.fd, SHUT_RDWR);
  pthread_cond_broadcast(&instance->wake);
  while (instance->threads && !instance->conns && dusq__my_now() < until) /* a stuck connection keeps the watcher */
    dusq__my_sleep_locked(instance, &instance->done, until);
  pthread_mutex_unlock(&instance->mtx);
}

void dusq__my_guard(dusq__my *instance, dusq__my_guarded *guarded, int fd, int64_t until)
{
  pthread_mutex_lock(&instance->mtx);
  guarded->fd = fd;
  guarded->until = until;
  guarded->cut = false;
  guarded->next = instance->first;
  guarded->link = &instance->first;
  if (guarded->next)
    guarded->next->link = &guarded->next;
  instance->first = guarded;
  dusq__my_wake_locked(instance, until);
  pthread_mutex_unlock(&instance->mtx);
}

void dusq__my_unguard(dusq__my *instance, dusq__my_guarded *guarded)
{
  pthread_mutex_lock(&instance->mtx);
  if (guarded->link) {
    *guarded->link = guarded->next;
    if (guarded->next)
      guarded->next->link = guarded->link;
    guarded->link = NULL;
  }
  if (guarded->fd >= 0)
    close(guarded->fd);
  guarded->fd = -1;
  if (instance->ending)
    pthread_cond_broadcast(&instance->wake);
  pthread_mutex_unlock(&instance->mtx);
}

/* ---- calls --------------------------------------------------------------------------------------------------------- */

bool dusq__my_begin(dusq__my_conn *conn, const dusq_stop *stop)
{
  dusq__my *instance = conn->instance;
  int64_t deadline = dusq_stop_deadline(stop);
  conn->sent = false;
  dusq__my_forget_change(conn);
  pthread_mutex_lock(&instance->mtx);
  conn->stop = stop;
  conn->kill = DUSQ__MY_RUNNING;
  conn->killed = false;
  conn->precious = false;
  conn->guard.until = deadline == INT64_MAX ? INT64_MAX : dusq__my_later(deadline, instance->cancel_grace);
  dusq__my_wake_locked(instance, conn->guard.until);
  pthread_mutex_unlock(&instance->mtx);
  return !dusq_stop_asked(stop);
}

void dusq__my_part(dusq__my_conn *conn)
{
  dusq__my *instance = conn->instance;
  pthread_mutex_lock(&instance->mtx);
  if (conn->broken && conn->guard.fd >= 0)
    shutdown(conn->guard.fd, SHUT_RDWR);
  conn->killed = false; /* that was the last call's */
  conn->guard.until = dusq__my_later(dusq__my_now(), DUSQ_SECOND);
  dusq__my_wake_locked(instance, conn->guard.until);
  pthread_mutex_unlock(&instance->mtx);
}

void dusq__my_be_patient(dusq__my_conn *conn)
{
  pthread_mutex_lock(&conn->instance->mtx);
  conn->precious = true;
  pthread_mutex_unlock(&conn->instance->mtx);
}

void dusq__my_sent(dusq__my_conn *conn, dusq_sink *sink)
{
  conn->sent = true;
  dusq_sink_sent(sink);
}

bool dusq__my_gave_up(dusq__my_conn *conn)
{
  pthread_mutex_lock(&conn->instance->mtx);
  bool gave_up = conn->guard.cut && conn->stop && dusq_stop_asked(conn->stop);
  pthread_mutex_unlock(&conn->instance->mtx);
  return gave_up;
}

static void want_kill_locked(dusq__my_conn *conn, int64_t patience)
{
  dusq__my *instance = conn->instance;
  int64_t until = dusq__my_later(dusq__my_now(), patience);
  conn->kill = DUSQ__MY_WANTED;
  conn->kill_pause = FIRST_PAUSE;
  if (until < conn->guard.until)
    conn->guard.until = until;
  pthread_cond_broadcast(&instance->wake);
}

void dusq__my_interrupt(void *arg)
{
  dusq__my_conn *conn = arg;
  pthread_mutex_lock(&conn->instance->mtx);
  int64_t patience = conn->precious ? conn->instance->drain_grace : conn->instance->cancel_grace;
  if (conn->kill == DUSQ__MY_RUNNING && dusq_stop_asked(conn->stop))
    want_kill_locked(conn, patience);
  pthread_mutex_unlock(&conn->instance->mtx);
}

void dusq__my_stop_it(dusq__my_conn *conn)
{
  pthread_mutex_lock(&conn->instance->mtx);
  if (conn->kill == DUSQ__MY_RUNNING)
    want_kill_locked(conn, conn->instance->drain_grace);
  pthread_mutex_unlock(&conn->instance->mtx);
}

/* Waits until no kill is on its way.  Whether one was delivered. */
static bool await_kill(dusq__my_conn *conn)
{
  dusq__my *instance = conn->instance;
  pthread_mutex_lock(&instance->mtx);
  while (conn->kill == DUSQ__MY_KILLING && !conn->guard.cut)
    pthread_cond_wait(&instance->done, &instance->mtx);
  conn->broken |= conn->guard.cut; /* a kill may still be on its way, to a session that is over */
  bool delivered = conn->killed;
  conn->kill = DUSQ__MY_IDLE;
  pthread_mutex_unlock(&instance->mtx);
  return delivered;
}

/* A kill was delivered.  Whether the statement ended by it is not asked: it may have been somebody else's. */
static void spend_kill(dusq__my_conn *conn)
{
  bool spent = false;
  for (int i = 0; i < SPENDING_TRIES && !spent && !conn->broken; i++) {
    dusq_error *error = dusq__my_simple(conn, "DO 0");
    spent = !error;
    dusq_error_unref(error);
  }
  conn->broken |= !spent;
}

bool dusq__my_end(dusq__my_conn *conn)
{
  dusq__my *instance = conn->instance;
  bool killed = await_kill(conn);
  if (killed && !conn->broken)
    spend_kill(conn);
  pthread_mutex_lock(&instance->mtx);
  conn->stop = NULL;
  conn->guard.until = INT64_MAX;
  conn->broken |= conn->guard.cut;
  pthread_mutex_unlock(&instance->mtx);
  return killed;
}
