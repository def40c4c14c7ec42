/* kill.c - sending KILL QUERY.  The killer's thread. */
#include "kill.h"
#include "call.h"
#include "clock.h"
#include "error.h"
#include "login.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The connection to one host by which kills are sent. */
typedef struct control {
  MYSQL *mysql; /* NULL: none */
  dusq__my_deadline deadline;
} control;

/* What the thread owns. */
typedef struct killer {
  dusq__my *instance;
  dusq__my_monitor *monitor;
  control *controls; /* one per host */
} killer;

/* A copy of a call that is to be killed, as it was when it was found. */
typedef struct target {
  uint64_t id;
  size_t host;
  dusq__my_kill state;
  int64_t until; /* its deadline */
} target;

/* ---- finding ----------------------------------------------------------------------------------------------------- */

bool dusq__my_kill_is_wanted_locked(const dusq__my_monitor *monitor)
{
  for (const dusq__my_call *call = monitor->calls; call; call = call->next)
    if (call->kill == DUSQ__MY_WANTED)
      return true;
  return false;
}

/* Finds the first call to send a kill to now, for the first time or again.  False: there is none; *next: when there
 * will be.                                                                                                           */
static bool find_locked(const dusq__my_monitor *monitor, target *out, int64_t *next)
{
  int64_t now = dusq__my_now();
  *next = INT64_MAX;
  for (const dusq__my_call *call = monitor->calls; call; call = call->next) {
    bool again = call->kill == DUSQ__MY_KILLED && !call->deadline.passed;
    if (call->kill == DUSQ__MY_WANTED || (again && call->kill_again <= now)) {
      *out = (target){call->id, call->host, call->kill, call->deadline.at};
      return true;
    }
    if (again && call->kill_again < *next)
      *next = call->kill_again;
  }
  return false;
}

/* Moves a call to another state.  False: the connection has gone, or runs another call; no kill is needed. */
static bool move(const killer *self, const target *to_kill, dusq__my_kill from, dusq__my_kill to)
{
  pthread_mutex_lock(&self->monitor->mtx);
  dusq__my_call *call = self->monitor->calls;
  while (call && (call->id != to_kill->id || call->host != to_kill->host || call->kill != from))
    call = call->next;
  if (call)
    call->kill = to;
  if (call && to == DUSQ__MY_KILLED) {
    call->delivered = true;
    call->kill_again = dusq__my_later(dusq__my_now(), call->kill_pause);
    call->kill_pause *= 2;
  }
  pthread_cond_broadcast(&self->monitor->done);
  pthread_mutex_unlock(&self->monitor->mtx);
  return call != NULL;
}

/* ---- control connections ----------------------------------------------------------------------------------------- */

static void close_control(const killer *self, control *to)
{
  if (!to->mysql)
    return;
  mysql_close(to->mysql);
  to->mysql = NULL;
  dusq__my_deadline_remove(self->monitor, &to->deadline);
}

static bool open_control(const killer *self, control *to, const target *to_kill)
{
  if (to->mysql)
    return true;
  const dusq__my_options *options = &self->instance->options;
  dusq_error *error = dusq__my_login(options, &options->hosts[to_kill->host], to_kill->until, &to->mysql);
  if (error) { /* the error is not reported to anybody */
    dusq_error_unref(error);
    return false;
  }
  /* no limit: if the login has taken too long for this statement, it is done for the next one */
  dusq__my_deadline_add(self->monitor, &to->deadline, dusq__my_login_socket(to->mysql), INT64_MAX);
  return true;
}

/* Whether the server has received it. */
static bool send_kill(const killer *self, control *to, const target *to_kill)
{
  char sql[64];
  int len = snprintf(sql, sizeof sql, "KILL QUERY %" PRIu64, to_kill->id);
  dusq__my_deadline_set(self->monitor, &to->deadline, to_kill->until);
  int rc = mysql_real_query(to->mysql, sql, (unsigned long)len);
  unsigned why = rc ? mysql_errno(to->mysql) : 0;
  dusq__my_deadline_set(self->monitor, &to->deadline, INT64_MAX);
  return !rc || why == MY_ER_NO_SUCH_THREAD;
}

static void serve(const killer *self, const target *to_kill)
{
  control *to = &self->controls[to_kill->host];
  bool old = to->mysql != NULL;
  if (!open_control(self, to, to_kill)) {
    move(self, to_kill, to_kill->state, DUSQ__MY_UNKILLED);
    return;
  }
  if (!move(self, to_kill, to_kill->state, DUSQ__MY_KILLING))
    return;
  bool sent = send_kill(self, to, to_kill);
  if (!sent) {
    close_control(self, to);
    sent = old && open_control(self, to, to_kill) && send_kill(self, to, to_kill);
  }
  move(self, to_kill, DUSQ__MY_KILLING, sent ? DUSQ__MY_KILLED : DUSQ__MY_UNKILLED);
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

static control *make_controls(size_t n)
{
  control *controls = calloc(n, sizeof *controls);
  for (size_t i = 0; controls && i < n; i++)
    controls[i].deadline = (dusq__my_deadline){.fd = -1, .at = INT64_MAX, .control = true};
  return controls;
}

static void run(const killer *self)
{
  dusq__my_monitor *monitor = self->monitor;
  pthread_mutex_lock(&monitor->mtx);
  while (!monitor->closing) {
    target to_kill;
    int64_t next;
    if (!find_locked(monitor, &to_kill, &next)) {
      dusq__my_monitor_wait_locked(monitor, &monitor->wake, next);
      continue;
    }
    pthread_mutex_unlock(&monitor->mtx);
    serve(self, &to_kill);
    pthread_mutex_lock(&monitor->mtx);
  }
  pthread_mutex_unlock(&monitor->mtx);
}

void *dusq__my_kill_main(void *arg)
{
  dusq__my *instance = arg;
  size_t n = instance->options.nhosts;
  killer self = {.instance = instance, .monitor = &instance->monitor, .controls = make_controls(n)};
  bool ready = self.controls && !mysql_thread_init();
  if (ready)
    run(&self);
  for (size_t i = 0; self.controls && i < n; i++)
    close_control(&self, &self.controls[i]);
  free(self.controls);
  if (ready)
    mysql_thread_end();
  dusq__my_thread_end(instance, &instance->monitor.killer);
  return NULL;
}
