/* share.c - see share.h. */
#include "run/share.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "queue/enqueue.h"
#include "queue/prefetch.h"
#include "run/batch.h"
#include "run/connect.h"

dusq_status dusq__worker_init(dusq__worker *worker, dusq__lane *lane, void (*connected)(const dusq__setup *setup))
{
  worker->random = (uint32_t)dusq__now() ^ (uint32_t)(uintptr_t)worker;
  worker->connected = connected;
  dusq__connect_init(worker);
  return dusq__seat_init(&worker->seat, lane);
}

void dusq__worker_fini(dusq__worker *worker)
{
  dusq__free(worker->alone);
  dusq__batch_free(worker->batch_room);
  dusq__seat_fini(&worker->seat);
}

dusq_status dusq__worker_make_room(dusq__worker *worker)
{
  size_t n = dusq__setup_of(worker)->options.batch_max;
  if (!worker->alone)
    worker->alone = dusq__zalloc(n);
  return worker->alone ? dusq__seat_make_room(&worker->seat, n) : DUSQ_E_NOMEM;
}

/* ---- beginning a share ------------------------------------------------------------------------------------------- */

static void begin_locked(dusq__worker *worker, size_t n)
{
  dusq__seat *seat = &worker->seat;
  seat->share.number = seat->room[0]->wait.share;
  seat->share.requests = seat->room;
  seat->share.n = n;
  /* a close that cancels visits every share under this lock: it finds this share, or the state is seen here */
  if (dusq__setup_is(seat->lane->setup, DUSQ__POOL_CANCELING))
    for (size_t i = 0; i < n; i++)
      dusq__stop_ask(&seat->room[i]->stop, DUSQ_E_CLOSED);
}

void dusq__worker_begin(dusq__worker *worker, size_t n, int64_t now)
{
  dusq__seat *seat = &worker->seat;
  pthread_mutex_lock(&seat->share.mtx);
  begin_locked(worker, n);
  pthread_mutex_unlock(&seat->share.mtx);
  for (size_t i = 0; i < n; i++)
    dusq__future_start(&seat->room[i]->future, now);
}

/* Begins the next prefetched request; false: there is none. */
static bool begin_prefetched(dusq__worker *worker, int64_t now)
{
  dusq__seat *seat = &worker->seat;
  if (!dusq__has_prefetched(seat))
    return false; /* no lock needed: only the worker itself adds any */
  pthread_mutex_lock(&seat->share.mtx);
  bool some = dusq__prefetch_next_locked(seat);
  if (some)
    begin_locked(worker, 1);
  pthread_mutex_unlock(&seat->share.mtx);
  worker->from_prefetched = some;
  if (some)
    dusq__future_start(&seat->room[0]->future, now);
  return some;
}

/* ---- no connection ----------------------------------------------------------------------------------------------- */

/* Whether the server will accept connections later: then the share waits for the next attempt, within queue_timeout. */
static bool passes_by_itself(dusq_status status)
{
  return status == DUSQ_E_TOO_MANY_CONNECTIONS || status == DUSQ_E_SHUTDOWN;
}

/* The error of a request that gets no connection. */
static dusq_error *refusal(const dusq__request *request, dusq_error *error)
{
  dusq_error *stopped = dusq__stopped_error(&request->stop);
  if (dusq_error_status(stopped) == DUSQ_E_TIMEDOUT && !atomic_load(&request->sent)) {
    dusq_error_unref(stopped);
    return dusq__late_error(error);
  }
  return stopped ? stopped : dusq_error_ref(error);
}

/* The share waits if the server will accept connections later, or if another worker of the lane has a connection.  Else
 * the share fails with the connection's error, and so do all waiting requests.  If the database is locked, only the
 * share fails: its connect has already waited for busy_timeout.                                                      */
static void fail_share(dusq__worker *worker, size_t n, dusq_error *take_error)
{
  dusq__lane *lane = worker->seat.lane;
  dusq__request *list = NULL;
  dusq__seat *call = NULL;
  bool locked = dusq_error_status(take_error) == DUSQ_E_LOCKED;
  pthread_mutex_lock(&lane->mtx);
  bool patient = !locked && (passes_by_itself(dusq_error_status(take_error)) || lane->roster.nconnected) &&
                 !dusq__setup_is(lane->setup, DUSQ__POOL_CANCELING);
  if (patient)
    call = dusq__lane_requeue_locked(lane, &worker->seat, n);
  else if (!locked) /* before the share settles: what is submitted afterwards deserves an attempt of its own */
    list = dusq__lane_drain_locked(lane);
  pthread_mutex_unlock(&lane->mtx);
  if (call)
    dusq__unpark(&call->parker);
  for (size_t i = 0; i < n; i++) {
    const dusq__request *request = dusq__request_at(worker, i);
    if (!request)
      continue; /* it waits in the queue again */
    dusq__worker_finish(worker, i, NULL, refusal(request, take_error), 0, NULL);
  }
  if (patient)
    dusq__worker_forget(worker, 0); /* the share is empty */
  dusq__request_fail_list(list, take_error);
}

void dusq__refuse_taken(dusq__worker *worker, size_t n, dusq_error *take_error)
{
  dusq__worker_begin(worker, n, dusq__now());
  fail_share(worker, n, take_error);
}

/* ---- running it -------------------------------------------------------------------------------------------------- */

/* Updates the lane's moving average of the time for one request. */
static void note_service(dusq__worker *worker, size_t n, int64_t started)
{
  atomic_uint *service = &worker->seat.lane->pace.service_ns;
  if (worker->finished_at < started)
    return; /* all of the share went to the other lane */
  int64_t each = (worker->finished_at - started) / (int64_t)n;
  unsigned now = each > UINT32_MAX / 2 ? UINT32_MAX / 2 : (unsigned)each;
  unsigned old = atomic_load_explicit(service, memory_order_relaxed);
  atomic_store_explicit(service, old ? old - old / 8 + now / 8 + 1 : now + 1, memory_order_relaxed);
}

static void run_share(dusq__worker *worker, size_t n, int64_t start)
{
  dusq_error *error = NULL;
  if (dusq__worker_connect(worker, start, &error)) {
    fail_share(worker, n, error);
    return;
  }
  const dusq__kind *kind = worker->seat.room[0]->kind;
  if (worker->seat.standing.batch)
    dusq__run_batch(worker, n);
  else
    kind->run(worker, 0);
  if (!(kind->flags & DUSQ__KIND_LEASE))
    note_service(worker, n, start);
}

void dusq__run_taken(dusq__worker *worker, size_t n, int64_t now)
{
  worker->from_prefetched = false;
  dusq__worker_begin(worker, n, now);
  do {
    run_share(worker, n, now);
    n = 1;
    now = worker->finished_at; /* the time when the last request finished */
  } while (begin_prefetched(worker, now));
}
