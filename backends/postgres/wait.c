/* wait.c - the only place where a worker waits for its server.  The worker's thread.
 *
 * When there is a reason to stop the call in progress, a cancel is sent, and the answer is awaited until the grace is
 * over.  A cancel of a request wakes the worker, and so does a request's deadline.  But no other thread watches the
 * deadline of what the pool does itself, a rollback or a reset; so each wait also ends at its stop's deadline.
 *
 * A cancel may reach the server after the statement has ended, and would then stop the next one.  So no call begins
 * before the last call's cancel has returned (fe-cancel.c says so where PQcancel waits).                             */
#include "wait.h"
#include "clock.h"
#include "error.h"
#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum { MS = 1000000, FIRST_PAUSE = 25 * MS, LAST_PAUSE = 400 * MS };

/* ---- cancels ------------------------------------------------------------------------------------------------------- */

static const void *reason_of_one(dusq__pg_conn *conn, bool *size)
{
  const dusq__pg_call *call = &conn->call;
  if (call->stop && dusq_stop_asked(call->stop))
    return call->stop;
  *size = true;
  return call->discards ? (const void *)&call->discards : dusq__pg_is_too_large(conn) ? &conn->receiving.bytes : NULL;
}

/* One cancel at a time, repeated after a pause, because the server drops one that arrives between two messages.  In a
 * batch a cancel may stop another statement, which then runs again.                                                  */
static void cancel_if_asked(dusq__pg_conn *conn)
{
  bool size = false;
  dusq__pg_canceling *cancel = &conn->cancel;
  const void *reason = conn->call.reason(conn, &size);
  if (!reason) {
    conn->call.give_up_at = INT64_MAX; /* the next statement has its full time, though a cancel is still on its way */
    cancel->again_at = INT64_MAX;
    return;
  }
  int64_t now = dusq__pg_now();
  if (reason != cancel->reason) {
    cancel->reason = reason;
    cancel->by_size = size;
    cancel->pause = FIRST_PAUSE;
    conn->call.give_up_at = dusq__pg_later(now, conn->call.grace);
    cancel->again_at = now;
  }
  if (cancel->state == DUSQ__PG_CANCELING || now < cancel->again_at)
    return; /* the grace continues, though the last cancel is still on its way */
  cancel->again_at = dusq__pg_later(now, cancel->pause);
  cancel->pause = cancel->pause < LAST_PAUSE ? cancel->pause * 2 : LAST_PAUSE;
  cancel->state = cancel->request && dusq__pg_cancel_start(cancel->request) ? DUSQ__PG_CANCELING : DUSQ__PG_CANCELED;
}

/* ---- waiting ------------------------------------------------------------------------------------------------------- */

static void drain_pipe(dusq__pg_conn *conn)
{
  char bytes[64];
  ssize_t got;
  do
    got = read(conn->pipe[0], bytes, sizeof bytes);
  while (got == (ssize_t)sizeof bytes || (got < 0 && errno == EINTR));
}

static int timeout_ms(int64_t until)
{
  if (until == INT64_MAX)
    return -1;
  int64_t rest = until - dusq__pg_now();
  if (rest <= 0)
    return 0;
  int64_t ms = (rest + MS - 1) / MS;
  return ms < 60000 ? (int)ms : 60000;
}

/* When to wake up even if nothing has arrived; INT64_MAX: never. */
static int64_t wake_at(const dusq__pg_conn *conn, bool again)
{
  const dusq__pg_call *call = &conn->call;
  int64_t at = call->give_up_at < call->ready_by ? call->give_up_at : call->ready_by;
  if (again && conn->cancel.state == DUSQ__PG_CANCELED && conn->cancel.again_at < at)
    at = conn->cancel.again_at;
  bool open = call->stop && conn->cancel.reason != call->stop;
  int64_t deadline = open ? dusq_stop_deadline(call->stop) : INT64_MAX;
  return deadline < at ? deadline : at;
}

/* Sleeps until something happens on the socket (*revents), in the pipe or with the cancel, or until wake_at.  Without
 * `events` the socket is not polled.                                                                                 */
static void sleep_once(dusq__pg_conn *conn, short events, short *revents)
{
  struct pollfd fds[3] = {{.fd = conn->pipe[0], .events = POLLIN}, {.fd = -1}, {.fd = -1}};
  dusq__pg_canceling *cancel = &conn->cancel;
  if (events)
    fds[1] = (struct pollfd){.fd = PQsocket(conn->pg), .events = events};
  if (cancel->state == DUSQ__PG_CANCELING && dusq__pg_cancel_step(cancel->request, &fds[2].fd, &fds[2].events)) {
    cancel->state = DUSQ__PG_CANCELED;
    if (!events)
      return;
  }
  int ready = poll(fds, 3, timeout_ms(wake_at(conn, events != 0)));
  *revents = ready > 0 ? fds[1].revents : 0;
  if (ready > 0 && fds[0].revents)
    drain_pipe(conn);
}

bool dusq__pg_wait(dusq__pg_conn *conn, bool writing, bool *readable)
{
  short events = (short)(POLLIN | (writing ? POLLOUT : 0)), revents = 0;
  while (!conn->broken) {
    cancel_if_asked(conn);
    sleep_once(conn, events, &revents);
    if (revents) {
      *readable = (revents & ~POLLOUT) != 0;
      return true;
    }
    int64_t now = dusq__pg_now();
    conn->broken = now >= conn->call.give_up_at || now >= conn->call.ready_by;
  }
  return false;
}

void dusq__pg_expect_ready(dusq__pg_conn *conn)
{
  conn->call.ready_by = dusq__pg_later(dusq__pg_now(), conn->instance->connect_timeout);
  conn->call.grace = conn->instance->cancel_grace / 2;
}

/* ---- calls --------------------------------------------------------------------------------------------------------- */

/* Waits for the last cancel, which may still be on its way though its reason has ended: it would stop the next call. */
static void let_cancel_return(dusq__pg_conn *conn, const dusq_stop *stop)
{
  short unused;
  conn->call.give_up_at = dusq__pg_later(dusq__pg_now(), conn->instance->connect_timeout);
  while (conn->cancel.state == DUSQ__PG_CANCELING && !conn->broken && !(stop && dusq_stop_asked(stop))) {
    sleep_once(conn, 0, &unused);
    conn->broken = conn->cancel.state == DUSQ__PG_CANCELING && dusq__pg_now() >= conn->call.give_up_at;
  }
}

void dusq__pg_give_up(dusq__pg_conn *conn)
{
  if (conn->broken)
    return;
  conn->broken = true;
  unsigned left = conn->left; /* if it is another one by now, another connection was given up already */
  atomic_compare_exchange_strong(&conn->instance->left, &left, left + 1);
}

dusq_error *dusq__pg_begin_call(dusq__pg_conn *conn, const dusq_stop *stop)
{
  if (conn->cancel.state == DUSQ__PG_CANCELING)
    let_cancel_return(conn, stop);
  if (conn->broken)
    return dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "the last cancel does not return");
  if (stop && dusq_stop_asked(stop))
    return dusq__pg_canceled();
  conn->call.stop = stop;
  conn->call.reason = reason_of_one;
  conn->call.give_up_at = INT64_MAX;
  conn->call.discards = false;
  conn->call.grace = conn->instance->cancel_grace;
  conn->receiving.limit = 0;
  dusq__pg_begin_result(conn);
  conn->cancel.state = DUSQ__PG_NO_CANCEL;
  conn->cancel.reason = NULL;
  conn->cancel.by_size = false;
  conn->cancel.again_at = INT64_MAX;
  conn->transacting = PQtransactionStatus(conn->pg) != PQTRANS_IDLE;
  conn->epoch += !conn->transacting;
  return NULL;
}

dusq_status dusq__pg_end_call(dusq__pg_conn *conn)
{
  if (conn->unfit && !conn->batching)
    dusq__pg_give_up(conn);
  conn->call.stop = NULL;
  conn->call.pipeline = NULL;
  conn->call.ready_by = INT64_MAX;
  return dusq__pg_lost(conn) ? DUSQ_E_CONNECTION_LOST : DUSQ_OK;
}
