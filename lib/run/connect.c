/* connect.c - see connect.h. */
#include "run/connect.h"
#include "base/clock.h"
#include "base/near.h"
#include "queue/backoff.h"
#include "queue/cancel.h"
#include "queue/wake.h"
#include "run/connection.h"

enum { ASK_AGAIN_NS = 50000 }; /* for so long after the last check of the connection, the backend is not asked again */

void dusq__worker_disconnect(dusq__worker *worker)
{
  if (!worker->connection)
    return;
  dusq__connection_close(worker->connection);
  worker->connection = NULL;
  atomic_store(&worker->seat.share.discard, false);
  dusq__backoff_disconnected(worker->seat.lane, &worker->seat);
}

void dusq__worker_lose(dusq__worker *worker, const dusq_error *why)
{
  if (!worker->connection)
    return;
  bool lost = !why || dusq_error_status(why) == DUSQ_E_CONNECTION_LOST;
  dusq__logf(dusq__setup_of(worker)->params.log, DUSQ_LOG_WARNING, "pool", "%s%s%s",
             lost ? "a connection was lost" : "a connection is closed after an error", why ? ": " : "",
             dusq_error_message(why));
  dusq__worker_disconnect(worker);
}

/* How many workers are enough for quick statements: the number of processors, if the server is on this machine. */
static uint32_t enough_of(const dusq__worker *worker)
{
  enum { LEAST = 2 }; /* one worker computes while the server works for the other */
  const dusq_backend *backend = dusq__backend_of(worker);
  int fd = worker->connection && backend->socket ? backend->socket(worker->connection->native) : -1;
  uint32_t n = fd >= 0 && dusq__is_near(fd) ? dusq__processors() : worker->seat.lane->max;
  return n > LEAST ? n : LEAST;
}

void dusq__worker_refused(dusq__worker *worker, dusq_error *error)
{
  dusq__backoff_begin(worker->seat.lane, &worker->seat, error, dusq__worker_random(worker));
}

static bool usable(dusq__worker *worker, int64_t now)
{
  dusq__connection *connection = worker->connection;
  const dusq_backend *backend = dusq__backend_of(worker);
  if (atomic_load_explicit(&worker->seat.share.discard, memory_order_relaxed))
    return false;
  if (now > connection->dies_at)
    return false;
  if (!backend->alive || (worker->from_prefetched && now - worker->asked_at < ASK_AGAIN_NS))
    return true;
  worker->asked_at = now;
  if (backend->alive(connection->native))
    return true;
  dusq__worker_lose(worker, NULL);
  return false;
}

/* The driver has not returned within connect_timeout and the grace after it: its requests stop waiting for it. */
static void late(dusq__timer *timer)
{
  dusq__worker *worker = (dusq__worker *)((char *)timer - offsetof(dusq__worker, connect_timer));
  dusq__share *share = &worker->seat.share;
  dusq__home *home = dusq__setup_of(worker)->home;
  pthread_mutex_lock(&share->mtx);
  bool is_late = share->connecting;
  uint64_t number = share->number; /* a later share may have a connection */
  for (size_t i = 0; is_late && i < share->n; i++)
    if (share->requests[i]) /* under the lock: a worker that gets its connection afterwards sees the stop */
      dusq__stop_ask(&share->requests[i]->stop, DUSQ_E_CONNECT);
  pthread_mutex_unlock(&share->mtx);
  if (is_late)
    dusq__seat_abandon(&worker->seat, number, DUSQ_E_CONNECT, "no connection within connect_timeout");
  dusq__home_unref(home);
}

void dusq__connect_init(dusq__worker *worker)
{
  worker->connect_timer.fire = late;
}

static void set_connecting(dusq__worker *worker, bool connecting)
{
  const dusq__setup *setup = dusq__setup_of(worker);
  if (connecting)
    dusq__worker_own_stop(worker);
  pthread_mutex_lock(&worker->seat.share.mtx);
  worker->seat.share.connecting = connecting;
  if (connecting && !worker->seat.share.n && dusq__setup_is(setup, DUSQ__POOL_DRAINING)) /* nobody needs it any more */
    dusq__stop_ask(&worker->own_stop, DUSQ_E_CLOSED);
  int64_t when = dusq__later(worker->own_stop.deadline, setup->options.cancel_grace);
  pthread_mutex_unlock(&worker->seat.share.mtx);
  if (connecting && when != INT64_MAX) {
    dusq__home_ref(setup->home);
    dusq__timer_arm(setup->home, &worker->connect_timer, when);
  } else if (!connecting && dusq__timer_disarm(setup->home, &worker->connect_timer)) {
    dusq__home_unref(setup->home);
  }
}

/* Returns NULL with the connection in the worker, or an owned error. */
static dusq_error *connect_anew(dusq__worker *worker)
{
  dusq__lane *lane = worker->seat.lane;
  dusq_error *error = NULL;
  set_connecting(worker, true);
  dusq__connection_open(lane->setup, lane->number, &worker->own_stop, dusq__worker_random(worker), &worker->connection,
                        &error);
  set_connecting(worker, false);
  error = dusq__stop_reworded(&worker->own_stop, error);
  if (error)
    dusq__backoff_begin(lane, &worker->seat, error, dusq__worker_random(worker));
  else
    dusq__backoff_end(lane, &worker->seat, enough_of(worker));
  return error;
}

/* Returns NULL, or an owned error, which is logged at that level. */
static dusq_error *connect_counted(dusq__worker *worker, int level)
{
  const dusq__setup *setup = dusq__setup_of(worker);
  dusq_error *why = connect_anew(worker);
  dusq__count(why ? &worker->counters.connect_errors : &worker->counters.connects, 1);
  worker->refused = why != NULL;
  if (dusq_error_status(why) == DUSQ_E_CLOSED)
    level = DUSQ_LOG_DEBUG; /* the pool is being closed */
  if (why)
    dusq__logf(setup->params.log, level, "pool", "cannot connect: %s", dusq_error_message(why));
  else if (worker->connected)
    worker->connected(setup);
  return why;
}

dusq_status dusq__worker_connect(dusq__worker *worker, int64_t now, dusq_error **error)
{
  if (worker->connection && usable(worker, now))
    return DUSQ_OK;
  dusq__wake_return_own(&worker->seat);
  dusq__worker_disconnect(worker);
  dusq_error *why = connect_counted(worker, DUSQ_LOG_WARNING);
  if (why)
    *error = why;
  return dusq_error_status(why);
}

void dusq__worker_keep(dusq__worker *worker)
{
  if (worker->connection) {
    if (!usable(worker, dusq__now()))
      dusq__worker_disconnect(worker);
    return;
  }
  dusq_error_unref(connect_counted(worker, worker->refused ? DUSQ_LOG_DEBUG : DUSQ_LOG_WARNING));
}

void dusq__worker_stop_filling(dusq__worker *worker)
{
  dusq__share *share = &worker->seat.share;
  pthread_mutex_lock(&share->mtx);
  bool fills = share->connecting && !share->n;
  if (fills)
    dusq__stop_ask(&worker->own_stop, DUSQ_E_CLOSED);
  pthread_mutex_unlock(&share->mtx);
  if (fills)
    dusq__seat_interrupt(&worker->seat, dusq__setup_of(worker), 0);
}

void dusq__worker_reset(dusq__worker *worker)
{
  if (!worker->connection || !worker->connection->touched)
    return;
  const dusq_stop *stop = dusq__worker_own_stop(worker);
  dusq__worker_enter(worker);
  bool clean = dusq__connection_reset(worker->connection, stop);
  if (!dusq__worker_leave(worker) || !clean)
    dusq__worker_disconnect(worker);
}
