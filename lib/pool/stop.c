/* stop.c - cancels, deadlines and interrupts: everything that happens to a request while somebody else has it.
 *
 * A cancel marks and wakes, on whatever thread it comes; what may take time - the backend's interrupt - happens on the
 * timer thread.  After the interrupt the outcome is waited for until the grace is over; then the request settles
 * without it, and the worker throws its connection away as soon as it gets out of the driver.                        */
#include "base/clock.h"
#include "pool/session.h"
#include "pool/stream.h"

enum { STUCK_NS = 250000 }; /* at least so long is a worker away that the nudge finds where it was */

dusq_status dusq__stop_why(const dusq_stop *stop)
{
  dusq_status reason = dusq__stop_reason(stop);
  return !reason && stop->deadline != INT64_MAX && dusq__now() >= stop->deadline ? DUSQ_E_TIMEDOUT : reason;
}

dusq_error *dusq__stopped_error(const dusq_stop *stop)
{
  dusq_status reason = dusq__stop_why(stop);
  if (reason == DUSQ_E_CONNECT)
    return dusq_error_new(reason, NULL, 0, "no connection within connect_timeout");
  return reason ? dusq__error_static(reason) : NULL;
}

dusq_error *dusq__stop_reworded(const dusq_stop *stop, dusq_error *take_error)
{
  if (dusq_error_status(take_error) != DUSQ_E_CANCELED)
    return take_error;
  dusq_status reason = dusq__stop_why(stop);
  if (!reason || reason == DUSQ_E_CANCELED)
    return take_error;
  dusq_error *ours = dusq__stopped_error(stop);
  if (dusq_error_unknown_outcome(take_error)) {
    dusq_error_unref(ours);
    ours = dusq_error_new(reason, NULL, 0, "%s", dusq_strstatus(reason));
    dusq_error_set_number(ours, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  }
  dusq_error_unref(take_error);
  return ours;
}

bool dusq_stop_asked(const dusq_stop *stop)
{
  return dusq__stop_why(stop) != DUSQ_OK;
}

int64_t dusq_stop_deadline(const dusq_stop *stop)
{
  return stop->deadline;
}

/* ---- interrupting a worker --------------------------------------------------------------------------------------- */

void dusq__worker_interrupt(dusq__worker *worker, uint64_t share)
{
  const dusq_backend *backend = worker->lane->pool->backend;
  pthread_mutex_lock(&worker->mtx);
  bool hit = worker->executing && (!share || worker->share == share) && backend->interrupt;
  void *conn = worker->native_conn;
  worker->interrupting += hit;
  pthread_mutex_unlock(&worker->mtx);
  if (!hit) {
    dusq__unpark(&worker->parker); /* it may pause between two attempts */
    return;
  }
  backend->interrupt(conn);
  dusq__unpark(&worker->parker); /* it may wait for the reader of a stream */
  pthread_mutex_lock(&worker->mtx);
  worker->interrupting--;
  pthread_cond_signal(&worker->cond);
  pthread_mutex_unlock(&worker->mtx);
}

/* ---- a request's timer ------------------------------------------------------------------------------------------- */

dusq__lane *dusq__request_lock(dusq__request *request)
{
  for (;;) {
    dusq__lane *lane = atomic_load(&request->lane);
    if (!lane)
      return NULL;
    pthread_mutex_lock(&lane->mtx);
    if (lane == atomic_load(&request->lane))
      return lane;
    pthread_mutex_unlock(&lane->mtx); /* it has just been handed over */
  }
}

/* What to say of a request that is TOLD now, after `before`. */
static dusq_error *abandoned_error(const dusq__request *request, unsigned before, dusq_status status, const char *why)
{
  bool reads = request->statement && dusq__statement_learned(request->statement) & DUSQ_STATEMENT_READS;
  bool unknown = before & DUSQ__RELEASED && !reads && !(request->flags & DUSQ_READ_ONLY);
  if (!unknown && !why)
    return dusq__error_static(status);
  if (!why && status == DUSQ_E_TIMEDOUT)
    why = "the deadline passed, and the outcome was not known within the grace after it";
  else if (!why)
    why = "it was stopped, and the outcome was not known within the grace after it";
  dusq_error *error = dusq_error_new(status, NULL, 0, "%s", why);
  if (unknown)
    dusq_error_set_number(error, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  return error;
}

/* It has been told without an outcome, just now. */
static void note_locked(dusq__lane *lane, const dusq__request *request, bool canceled)
{
  int open = DUSQ_TX_OPEN; /* the worker notes it in its own time; who asks for the transaction before sees the same */
  if (request->session && request->kind != DUSQ__LEASE)
    atomic_compare_exchange_strong(&request->session->transaction, &open, DUSQ_TX_FAILED);
  lane->settled += !request->uncounted;
  lane->canceled += !request->uncounted && canceled;
  lane->failed += !request->uncounted && !canceled;
}

static void settle_abandoned(dusq__request *request, dusq_error *take_error)
{
  if (request->kind == DUSQ__LEASE)
    dusq__session_unleased(request, take_error);
  if (request->kind == DUSQ__STREAM)
    take_error = dusq__stream_over(request, take_error);
  dusq__future_settle(&request->future, NULL, take_error, 0);
}

bool dusq__request_abandon(dusq__request *request, dusq_status status, const char *why)
{
  dusq__lane *lane = dusq__request_lock(request);
  unsigned before = atomic_fetch_or(&request->verdict, DUSQ__TOLD);
  if (!(before & DUSQ__TOLD))
    note_locked(lane, request, status == DUSQ_E_CANCELED);
  pthread_mutex_unlock(&lane->mtx);
  if (before & DUSQ__TOLD)
    return false;
  settle_abandoned(request, abandoned_error(request, before, status, why));
  return true;
}

/* The grace is over: it settles without the outcome.  A connection whose driver has not come back is done with. */
static void give_up_taken(dusq__lane *lane, dusq__request *request)
{
  dusq_status reason = dusq__stop_reason(&request->stop);
  dusq__worker *worker = request->worker;
  bool inner_stream = request->kind == DUSQ__STREAM && !request->stream->alone;
  pthread_mutex_lock(&worker->mtx);
  unsigned before = atomic_fetch_or(&request->verdict, DUSQ__TOLD);
  if (!(before & DUSQ__TOLD) && worker->executing && worker->share == request->share)
    atomic_store(&worker->discard, true);
  pthread_mutex_unlock(&worker->mtx);
  if (!(before & DUSQ__TOLD))
    note_locked(lane, request, reason == DUSQ_E_CANCELED && !inner_stream);
  pthread_mutex_unlock(&lane->mtx);
  if (before & DUSQ__TOLD)
    return;
  const char *why = inner_stream ? "the stream's statement could not be stopped in time" : NULL;
  settle_abandoned(request, abandoned_error(request, before, inner_stream ? DUSQ_E_CONNECTION_LOST : reason, why));
}

/* Needs the lane's lock.  An armed timer holds a reference to the request. */
static void arm_locked(dusq__request *request, dusq__alarm alarm, int64_t when)
{
  if (!dusq__timer_disarm(request->future.home, &request->timer))
    dusq_future_ref(&request->future);
  request->alarm = (uint8_t)alarm;
  atomic_store(&request->timed, true);
  dusq__timer_arm(request->future.home, &request->timer, when);
  if (dusq__future_settled(&request->future) && dusq__timer_disarm(request->future.home, &request->timer))
    dusq_future_unref(&request->future); /* it settled meanwhile, and may have looked before the timer was armed */
}

/* The stream of a session may have a transaction around it, which is worth more than a moment. */
static int64_t grace_of(const dusq__request *request, const dusq_pool *pool)
{
  bool patient = request->kind == DUSQ__STREAM && !request->stream->alone;
  return patient && pool->connect_timeout > pool->cancel_grace ? pool->connect_timeout : pool->cancel_grace;
}

static void fired_taken(dusq__lane *lane, dusq__request *request)
{
  if (request->alarm == DUSQ__ALARM_GRACE) {
    give_up_taken(lane, request);
    return;
  }
  dusq__stop_ask(&request->stop, DUSQ_E_TIMEDOUT); /* keeps an earlier reason */
  arm_locked(request, DUSQ__ALARM_GRACE, dusq__deadline(grace_of(request, lane->pool)));
  dusq__worker *worker = request->worker;
  uint64_t share = request->share;
  pthread_mutex_unlock(&lane->mtx);
  dusq__worker_interrupt(worker, share);
}

void dusq__request_fired(dusq__timer *timer)
{
  dusq__request *request = (dusq__request *)((char *)timer - offsetof(dusq__request, timer));
  dusq__lane *lane = dusq__request_lock(request);
  if (dusq__future_settled(&request->future)) {
    pthread_mutex_unlock(&lane->mtx);
  } else if (dusq__lane_remove_locked(lane, request)) {
    pthread_mutex_unlock(&lane->mtx);
    dusq_status reason = dusq__stop_reason(&request->stop); /* it may have been asked before it was put back */
    dusq__lane_settle(lane, request, dusq__error_static(reason ? reason : DUSQ_E_TIMEDOUT));
  } else if (request->phase == DUSQ__TAKEN) {
    fired_taken(lane, request);
  } else {
    pthread_mutex_unlock(&lane->mtx);
  }
  dusq_future_unref(&request->future);
}

void dusq__request_arm_locked(dusq__request *request)
{
  if (request->stop.deadline != INT64_MAX)
    arm_locked(request, DUSQ__ALARM_DEADLINE, request->stop.deadline);
}

void dusq__request_stop_locked(dusq__request *request, dusq_status reason)
{
  if (request->phase == DUSQ__TAKEN && dusq__stop_ask(&request->stop, reason))
    arm_locked(request, DUSQ__ALARM_INTERRUPT, dusq__now());
}

void dusq__request_cancel(dusq_future *future)
{
  dusq__request *request = (dusq__request *)future;
  if (request->kind == DUSQ__ROLLBACK || request->kind == DUSQ__END || request->kind == DUSQ__STREAM)
    return; /* these go on; a stream is closed */
  dusq__lane *lane = dusq__request_lock(request);
  if (!lane)
    return; /* it failed before it had one */
  if (dusq__lane_remove_locked(lane, request)) {
    pthread_mutex_unlock(&lane->mtx);
    dusq__lane_settle(lane, request, dusq__error_static(DUSQ_E_CANCELED));
    return;
  }
  dusq__request_stop_locked(request, DUSQ_E_CANCELED);
  pthread_mutex_unlock(&lane->mtx);
}

/* ---- a lane's timers: an armed one holds a reference to the home ------------------------------------------------- */

void dusq__lane_watch_locked(dusq__lane *lane)
{
  int64_t timeout = lane->pool->queue_timeout;
  if (lane->expiring || !lane->first || timeout == INT64_MAX)
    return;
  lane->expiring = true;
  dusq__home_ref(lane->pool->home);
  dusq__timer_arm(lane->pool->home, &lane->expiry, dusq__later(atomic_load(&lane->first->future.submitted), timeout));
}

static dusq_error *expiry_error_locked(dusq__lane *lane)
{
  if (lane->connect_error)
    return dusq_error_ref(lane->connect_error);
  if (lane->npinned && lane->npinned == lane->nlive)
    return dusq_error_new(DUSQ_E_QUEUE_TIMEOUT, NULL, 0, "no worker became free in time: sessions hold all %u",
                          lane->npinned);
  return dusq__error_static(DUSQ_E_QUEUE_TIMEOUT);
}

void dusq__lane_expiry_fired(dusq__timer *timer)
{
  dusq__lane *lane = (dusq__lane *)((char *)timer - offsetof(dusq__lane, expiry));
  dusq__home *home = lane->pool->home;
  dusq__request *list = NULL, **end = &list;
  pthread_mutex_lock(&lane->mtx);
  int64_t now = dusq__now();
  dusq__ahead_return_locked(lane, false);
  while (lane->first && dusq__later(atomic_load(&lane->first->future.submitted), lane->pool->queue_timeout) <= now) {
    dusq__request *one = lane->first;
    dusq__lane_remove_locked(lane, one);
    *end = one;
    end = &one->next;
  }
  *end = NULL;
  dusq_error *error = list ? expiry_error_locked(lane) : NULL;
  lane->expiring = false;
  dusq__lane_watch_locked(lane);
  pthread_mutex_unlock(&lane->mtx);
  if (list)
    dusq__lane_fail_list(lane, list, error);
  dusq__home_unref(home);
}

void dusq__lane_nudge_fired(dusq__timer *timer)
{
  dusq__lane *lane = (dusq__lane *)((char *)timer - offsetof(dusq__lane, nudge));
  dusq__home *home = lane->pool->home;
  dusq__worker *worker = NULL;
  pthread_mutex_lock(&lane->mtx);
  lane->nudging = false;
  size_t queued = lane->depth;
  dusq__ahead_return_locked(lane, true);
  dusq__lane_nudge_well_locked(lane, lane->depth == queued && lane->takes != lane->nudged_takes);
  if (lane->depth > queued) { /* these jobs are not quick: nobody pulls ahead until the average says so again */
    atomic_store_explicit(&lane->service_ns, STUCK_NS, memory_order_relaxed);
    lane->back_by = 0;
    dusq__lane_watch_locked(lane);
  }
  if (lane->first) {
    if (lane->takes == lane->nudged_takes)
      lane->back_by = 0; /* nobody has come for a while: whoever is busy is stuck */
    worker = dusq__lane_call_locked(lane, dusq__now());
  }
  if (dusq__ahead_count_locked(lane))
    dusq__lane_nudge_later_locked(lane, dusq__now());
  pthread_mutex_unlock(&lane->mtx);
  if (worker)
    dusq__unpark(&worker->parker);
  dusq__home_unref(home);
}

void dusq__lane_timers_off(dusq__lane *lane)
{
  dusq__home *home = lane->pool->home;
  pthread_mutex_lock(&lane->mtx);
  bool expiry = lane->expiring && dusq__timer_disarm(home, &lane->expiry);
  bool nudge = lane->nudging && dusq__timer_disarm(home, &lane->nudge);
  lane->expiring = lane->expiring && !expiry;
  lane->nudging = lane->nudging && !nudge;
  pthread_mutex_unlock(&lane->mtx);
  if (expiry)
    dusq__home_unref(home);
  if (nudge)
    dusq__home_unref(home);
}
