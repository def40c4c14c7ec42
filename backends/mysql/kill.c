/* kill.c - the thread that sends KILL QUERY.
 *
 * It begins with the first statement that is to stop, and keeps one connection to each host where there was one; a
 * connection that has gone meanwhile is made again, once.  What it waits for is bounded like any call: by the driver's
 * timeout while it logs in, by the watcher from then on.  A statement whose kill cannot be sent ends when its grace is
 * over, by the loss of its connection.                                                                               */
#include "internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* The first connection that is to be sent a kill now, or again; *next: when one will be. */
static dusq__my_conn *find_locked(const dusq__my *instance, int64_t *next)
{
  int64_t now = dusq__my_now();
  *next = INT64_MAX;
  for (dusq__my_conn *conn = instance->conns; conn; conn = conn->next) {
    bool again = conn->kill == DUSQ__MY_KILLED && !conn->guard.cut;
    if (conn->kill == DUSQ__MY_WANTED || (again && conn->kill_again <= now))
      return conn;
    if (again && conn->kill_again < *next)
      *next = conn->kill_again;
  }
  return NULL;
}

static void hang_up(dusq__my *instance, dusq__my_host *host)
{
  if (!host->control)
    return;
  mysql_close(host->control);
  host->control = NULL;
  dusq__my_unguard(instance, &host->guard);
}

/* Takes an error that nobody is told of. */
static bool is_none(dusq_error *take_error)
{
  bool none = !take_error;
  dusq_error_unref(take_error);
  return none;
}

static bool dial(dusq__my *instance, dusq__my_host *host, int64_t until)
{
  if (host->control)
    return true;
  if (!is_none(dusq__my_tls_switched_off(instance, host)))
    return false;
  host->control = dusq__my_log_in(instance, host, until);
  if (!host->control)
    return false;
  if (mysql_errno(host->control) || !is_none(dusq__my_tls_broken(instance, host, host->control))) {
    mysql_close(host->control);
    host->control = NULL;
    return false;
  }
  /* without a limit: where logging in took too long for this statement, the next one finds it done */
  dusq__my_guard(instance, &host->guard, dusq__my_duplicate(host->control), INT64_MAX);
  return true;
}

static void set_until(dusq__my *instance, dusq__my_host *host, int64_t until)
{
  pthread_mutex_lock(&instance->mtx);
  host->guard.until = until;
  dusq__my_wake_locked(instance, until);
  pthread_mutex_unlock(&instance->mtx);
}

/* Whether the server has taken note. */
static bool send_kill(dusq__my *instance, dusq__my_host *host, uint64_t id, int64_t until)
{
  char sql[64];
  int len = snprintf(sql, sizeof sql, "KILL QUERY %" PRIu64, id);
  set_until(instance, host, until);
  int rc = mysql_real_query(host->control, sql, (unsigned long)len);
  unsigned why = rc ? mysql_errno(host->control) : 0;
  set_until(instance, host, INT64_MAX);
  return !rc || why == MY_ER_NO_SUCH_THREAD;
}

/* The connection may have gone, or be about something else by now: only one that still waits is looked at. */
static dusq__my_conn *again_locked(const dusq__my *instance, uint64_t id, size_t host, dusq__my_kill state)
{
  dusq__my_conn *conn = instance->conns;
  while (conn && (conn->id != id || conn->host != host || conn->kill != state))
    conn = conn->next;
  return conn;
}

/* False: it is not wanted any more. */
static bool move(dusq__my *instance, uint64_t id, size_t host, dusq__my_kill from, dusq__my_kill to)
{
  pthread_mutex_lock(&instance->mtx);
  dusq__my_conn *conn = again_locked(instance, id, host, from);
  if (conn)
    conn->kill = to;
  if (conn && to == DUSQ__MY_KILLED) {
    conn->killed = true;
    conn->kill_again = dusq__my_later(dusq__my_now(), conn->kill_pause);
    conn->kill_pause *= 2;
  }
  pthread_cond_broadcast(&instance->done);
  pthread_mutex_unlock(&instance->mtx);
  return conn != NULL;
}

static void serve(dusq__my *instance, uint64_t id, size_t number, dusq__my_kill was, int64_t until)
{
  dusq__my_host *host = &instance->hosts[number];
  bool old = host->control != NULL;
  if (!dial(instance, host, until)) {
    move(instance, id, number, was, DUSQ__MY_UNKILLED);
    return;
  }
  if (!move(instance, id, number, was, DUSQ__MY_KILLING))
    return;
  bool sent = send_kill(instance, host, id, until);
  if (!sent) {
    hang_up(instance, host);
    sent = old && dial(instance, host, until) && send_kill(instance, host, id, until);
  }
  move(instance, id, number, DUSQ__MY_KILLING, sent ? DUSQ__MY_KILLED : DUSQ__MY_UNKILLED);
}

void *dusq__my_killer_main(void *arg)
{
  dusq__my *instance = arg;
  bool ready = !mysql_thread_init();
  pthread_mutex_lock(&instance->mtx);
  while (ready && !instance->ending) {
    int64_t next;
    dusq__my_conn *conn = find_locked(instance, &next);
    if (!conn) {
      dusq__my_sleep_locked(instance, &instance->wake, next);
      continue;
    }
    dusq__my_kill was = conn->kill;
    uint64_t id = conn->id;
    size_t host = conn->host;
    int64_t until = conn->guard.until;
    pthread_mutex_unlock(&instance->mtx);
    serve(instance, id, host, was, until);
    pthread_mutex_lock(&instance->mtx);
  }
  pthread_mutex_unlock(&instance->mtx);
  for (size_t i = 0; i < instance->nhosts; i++)
    hang_up(instance, &instance->hosts[i]);
  if (ready)
    mysql_thread_end();
  dusq__my_leave(instance, &instance->killer);
  return NULL;
}
