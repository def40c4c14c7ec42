/* call.c - beginning, ending and stopping a call. */
#include "call.h"
#include "clock.h"
#include <sys/socket.h>

#define FIRST_PAUSE (10 * DUSQ_MILLISECOND)

static dusq__my_monitor *lock(dusq__my_call *call)
{
  pthread_mutex_lock(&call->instance->monitor.mtx);
  return &call->instance->monitor;
}

static void unlock(dusq__my_call *call)
{
  pthread_mutex_unlock(&call->instance->monitor.mtx);
}

void dusq__my_call_list(dusq__my_call *call)
{
  dusq__my_monitor *monitor = lock(call);
  call->next = monitor->calls;
  call->link = &monitor->calls;
  if (call->next)
    call->next->link = &call->next;
  monitor->calls = call;
  unlock(call);
}

void dusq__my_call_unlist(dusq__my_call *call)
{
  lock(call);
  if (call->link) {
    *call->link = call->next;
    if (call->next)
      call->next->link = call->link;
    call->link = NULL;
  }
  unlock(call);
}

/* ---- the worker -------------------------------------------------------------------------------------------------- */

bool dusq__my_call_begin(dusq__my_call *call, const dusq_stop *stop)
{
  int64_t at = dusq_stop_deadline(stop);
  if (at != INT64_MAX)
    at = dusq__my_later(at, call->instance->options.cancel_grace);
  dusq__my_monitor *monitor = lock(call);
  call->stop = stop;
  call->kill = DUSQ__MY_RUNNING;
  call->delivered = false;
  call->slow_stop = false;
  dusq__my_deadline_set_locked(monitor, &call->deadline, at);
  unlock(call);
  return !dusq_stop_asked(stop);
}

bool dusq__my_call_end(dusq__my_call *call, bool *delivered)
{
  dusq__my_monitor *monitor = lock(call);
  while (call->kill == DUSQ__MY_KILLING && !call->deadline.passed)
    dusq__my_monitor_wait_locked(monitor, &monitor->done, INT64_MAX);
  bool passed = call->deadline.passed; /* then a kill may still be on its way, to a session that has ended */
  *delivered = call->delivered;
  call->kill = DUSQ__MY_IDLE;
  if (!call->delivered) {
    call->stop = NULL;
    call->deadline.at = INT64_MAX;
  }
  unlock(call);
  return !passed;
}

bool dusq__my_call_end_killed(dusq__my_call *call)
{
  lock(call);
  bool passed = call->deadline.passed;
  call->stop = NULL;
  call->deadline.at = INT64_MAX;
  unlock(call);
  return !passed;
}

void dusq__my_call_begin_close(dusq__my_call *call, bool broken)
{
  dusq__my_monitor *monitor = lock(call);
  if (broken && call->deadline.fd >= 0)
    shutdown(call->deadline.fd, SHUT_RDWR);
  call->delivered = false; /* belongs to the last call */
  dusq__my_deadline_set_locked(monitor, &call->deadline, dusq__my_later(dusq__my_now(), DUSQ_SECOND));
  unlock(call);
}

void dusq__my_call_allow_slow_stop(dusq__my_call *call)
{
  lock(call);
  call->slow_stop = true;
  unlock(call);
}

bool dusq__my_call_overran(dusq__my_call *call)
{
  lock(call);
  bool overran = call->deadline.passed && call->stop && dusq_stop_asked(call->stop);
  unlock(call);
  return overran;
}

/* ---- stopping ---------------------------------------------------------------------------------------------------- */

static void want_kill_locked(dusq__my_call *call, int64_t grace)
{
  int64_t until = dusq__my_later(dusq__my_now(), grace);
  call->kill = DUSQ__MY_WANTED;
  call->kill_pause = FIRST_PAUSE;
  if (until < call->deadline.at)
    call->deadline.at = until;
  pthread_cond_broadcast(&call->instance->monitor.wake);
}

void dusq__my_call_interrupt(dusq__my_call *call)
{
  lock(call);
  const dusq__my_options *options = &call->instance->options;
  int64_t grace = call->slow_stop ? options->slow_grace : options->cancel_grace;
  if (call->kill == DUSQ__MY_RUNNING && dusq_stop_asked(call->stop))
    want_kill_locked(call, grace);
  unlock(call);
}

void dusq__my_call_kill(dusq__my_call *call)
{
  lock(call);
  if (call->kill == DUSQ__MY_RUNNING) /* the rest of a result is read before a kill takes effect */
    want_kill_locked(call, call->instance->options.slow_grace);
  unlock(call);
}
