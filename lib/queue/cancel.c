/* cancel.c - see cancel.h. */
#include "queue/cancel.h"
#include "base/clock.h"
#include "queue/list.h"
#include "queue/prefetch.h"
#include "queue/settle.h"
#include <sched.h>

dusq__lane *dusq__request_lock(dusq__request *request)
{
  for (;;) {
    dusq__lane *lane = atomic_load(&request->lane);
    if (!lane)
      return NULL;
    pthread_mutex_lock(&lane->mtx);
    if (lane == atomic_load(&request->lane))
      return lane;
    pthread_mutex_unlock(&lane->mtx); /* the request has just been handed to another lane */
  }
}

bool dusq__request_remove_locked(dusq__request *request)
{
  if (request->place)
    return request->place->remove_locked(request);
  if (request->wait.phase == DUSQ__QUEUED)
    dusq__lane_unlink_locked(atomic_load(&request->lane), request);
  else if (request->wait.phase != DUSQ__TAKEN || !(request->kind->flags & DUSQ__KIND_PREFETCHED) ||
           !dusq__prefetch_remove_locked(request))
    return false;
  request->wait.phase = DUSQ__OUT;
  return true;
}

/* ---- settling without an outcome --------------------------------------------------------------------------------- */

/* The error of a request that is TOLD now; `before` is the verdict until then. */
static dusq_error *told_error(const dusq__request *request, unsigned before, dusq_status status, const char *why)
{
  const dusq__statement *statement = request->task.statement;
  bool reads = statement && dusq__statement_learned(statement) & DUSQ_STATEMENT_READS;
  bool unknown = before & DUSQ__RELEASED && !reads && !(request->task.flags & DUSQ_READ_ONLY);
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

static void note_told_locked(dusq__lane *lane, dusq__request *request, bool canceled)
{
  if (request->place && request->place->told_locked)
    request->place->told_locked(request);
  lane->tally.settled += !request->uncounted;
  lane->tally.canceled += !request->uncounted && canceled;
  lane->tally.failed += !request->uncounted && !canceled;
}

/* False: another thread has told the request already.  The worker, if there is one, will find that it is too late. */
static bool abandon(dusq__request *request, dusq_status status, const char *why)
{
  dusq__lane *lane = dusq__request_lock(request);
  unsigned before = atomic_fetch_or(&request->verdict, DUSQ__TOLD);
  if (!(before & DUSQ__TOLD))
    note_told_locked(lane, request, status == DUSQ_E_CANCELED);
  pthread_mutex_unlock(&lane->mtx);
  if (before & DUSQ__TOLD)
    return false;
  dusq__request_settle_told(request, told_error(request, before, status, why));
  return true;
}

static dusq__request *first_unsettled(dusq__request *const *requests, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (requests[i] && !dusq__future_settled(&requests[i]->future))
      return requests[i];
  return NULL;
}

/* A request of the share that has not settled, with a reference; or NULL. */
static dusq__request *find_unsettled(dusq__seat *seat, uint64_t number)
{
  dusq__request *found = NULL;
  pthread_mutex_lock(&seat->lane->mtx);
  pthread_mutex_lock(&seat->share.mtx);
  if (!number || number == seat->share.number)
    found = first_unsettled(seat->share.requests, seat->share.n);
  if (!number && !found && seat->standing.taken > seat->share.number) /* a taken request that is about to be begun */
    found = first_unsettled(seat->room, seat->standing.ntaken);
  if (found)
    dusq_future_ref(&found->future);
  pthread_mutex_unlock(&seat->share.mtx);
  pthread_mutex_unlock(&seat->lane->mtx);
  return found;
}

void dusq__seat_abandon(dusq__seat *seat, uint64_t number, dusq_status status, const char *why)
{
  dusq__request *request;
  while ((request = find_unsettled(seat, number)) != NULL) {
    if (!abandon(request, status, why))
      sched_yield(); /* another thread has told it and is about to settle it */
    dusq_future_unref(&request->future);
  }
}

/* The grace is over.  The worker discards the connection, whose driver call has not returned. */
static void give_up_taken(dusq__lane *lane, dusq__request *request)
{
  dusq_status reason = dusq__stop_reason(&request->stop);
  dusq__seat *seat = request->wait.seat;
  pthread_mutex_lock(&seat->share.mtx);
  unsigned before = atomic_fetch_or(&request->verdict, DUSQ__TOLD);
  bool first = !(before & DUSQ__TOLD);
  if (first && seat->share.executing && seat->share.number == request->wait.share)
    atomic_store(&seat->share.discard, true);
  pthread_mutex_unlock(&seat->share.mtx);
  if (first)
    note_told_locked(lane, request, reason == DUSQ_E_CANCELED && !request->patient);
  pthread_mutex_unlock(&lane->mtx);
  if (!first)
    return;
  const char *why = request->patient ? "the stream's statement could not be stopped in time" : NULL;
  dusq_error *error = told_error(request, before, request->patient ? DUSQ_E_CONNECTION_LOST : reason, why);
  dusq__request_settle_told(request, error);
}

/* ---- the timer --------------------------------------------------------------------------------------------------- */

/* Needs the lane's lock.  An armed timer holds a reference to the request. */
static void arm_locked(dusq__request *request, dusq__alarm alarm, int64_t when)
{
  if (!dusq__timer_disarm(request->future.home, &request->timer))
    dusq_future_ref(&request->future);
  request->wait.alarm = (uint8_t)alarm;
  atomic_store(&request->timed, true);
  dusq__timer_arm(request->future.home, &request->timer, when);
  if (dusq__future_settled(&request->future) && dusq__timer_disarm(request->future.home, &request->timer))
    dusq_future_unref(&request->future); /* settled meanwhile; `timed` may have been read before the timer was armed */
}

static int64_t grace_of(const dusq__request *request, const dusq__options *options)
{
  bool longer = request->patient && options->connect_timeout > options->cancel_grace;
  return longer ? options->connect_timeout : options->cancel_grace;
}

/* While the worker connects, nothing has been sent, and there is no outcome to wait for.  False: it does not, or
 * another thread has told the request.  The worker touches `task` again only when it has locked the share's mtx.     */
static bool tell_early(dusq__request *request, dusq_free_fn **free_arg)
{
  dusq__share *share = &request->wait.seat->share;
  pthread_mutex_lock(&share->mtx);
  bool early = share->connecting && share->number == request->wait.share &&
               !(atomic_load(&request->verdict) & DUSQ__RELEASED) && dusq__request_tell(request);
  if (early) {
    *free_arg = request->task.free_arg;
    request->task.free_arg = NULL;
  }
  pthread_mutex_unlock(&share->mtx);
  return early;
}

/* The lane's lock is released. */
static void settle_early(dusq__lane *lane, dusq__request *request, dusq_status reason, dusq_free_fn *free_arg)
{
  note_told_locked(lane, request, reason == DUSQ_E_CANCELED);
  pthread_mutex_unlock(&lane->mtx);
  if (free_arg)
    free_arg(request->task.arg);
  dusq__request_settle_told(request, reason == DUSQ_E_TIMEDOUT ? dusq__late_error(NULL) : dusq__error_static(reason));
}

static void fired_taken(dusq__lane *lane, dusq__request *request)
{
  if (request->wait.alarm == DUSQ__ALARM_GRACE) {
    give_up_taken(lane, request);
    return;
  }
  dusq__stop_ask(&request->stop, DUSQ_E_TIMEDOUT); /* an earlier reason stays */
  dusq_status reason = dusq__stop_reason(&request->stop);
  dusq_free_fn *free_arg = NULL;
  if ((reason == DUSQ_E_TIMEDOUT || reason == DUSQ_E_CANCELED) && tell_early(request, &free_arg)) {
    settle_early(lane, request, reason, free_arg);
    return;
  }
  arm_locked(request, DUSQ__ALARM_GRACE, dusq__deadline(grace_of(request, &lane->setup->options)));
  dusq__seat *seat = request->wait.seat;
  uint64_t share = request->wait.share;
  pthread_mutex_unlock(&lane->mtx);
  dusq__seat_interrupt(seat, lane->setup, share);
}

static dusq_error *unrun_error_locked(const dusq__lane *lane, const dusq__request *request)
{
  dusq_status reason = dusq__stop_reason(&request->stop); /* asked to stop before it was put back */
  if (reason && reason != DUSQ_E_TIMEDOUT)
    return dusq__error_static(reason);
  bool connected = lane->roster.nconnected || atomic_load(&request->sent);
  return connected ? dusq__error_static(DUSQ_E_TIMEDOUT) : dusq__late_error(lane->backoff.error);
}

void dusq__request_fired(dusq__timer *timer)
{
  dusq__request *request = (dusq__request *)((char *)timer - offsetof(dusq__request, timer));
  dusq__lane *lane = dusq__request_lock(request);
  if (dusq__future_settled(&request->future)) {
    pthread_mutex_unlock(&lane->mtx);
  } else if (dusq__request_remove_locked(request)) {
    dusq_error *error = unrun_error_locked(lane, request);
    pthread_mutex_unlock(&lane->mtx);
    dusq__request_settle_unrun(request, error);
  } else if (request->wait.phase == DUSQ__TAKEN) {
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

/* ---- cancelling -------------------------------------------------------------------------------------------------- */

void dusq__request_stop_locked(dusq__request *request, dusq_status reason)
{
  if (request->wait.phase == DUSQ__TAKEN && dusq__stop_ask(&request->stop, reason))
    arm_locked(request, DUSQ__ALARM_INTERRUPT, dusq__now());
}

int dusq__request_cancel(dusq_future *future)
{
  dusq__request *request = (dusq__request *)future;
  if (request->kind->flags & DUSQ__KIND_GOES_ON)
    return DUSQ_CANCEL_LATE;
  dusq__lane *lane = dusq__request_lock(request);
  if (!lane)
    return DUSQ_CANCEL_LATE; /* it failed before it had one */
  if (dusq__request_remove_locked(request)) {
    pthread_mutex_unlock(&lane->mtx);
    bool sent = atomic_load(&request->sent); /* before it was put back, to be run again */
    if (!dusq__request_settle_unrun(request, dusq__error_static(DUSQ_E_CANCELED)))
      return DUSQ_CANCEL_LATE;
    return sent ? DUSQ_CANCEL_SENT : DUSQ_CANCEL_QUEUED;
  }
  dusq__request_stop_locked(request, DUSQ_E_CANCELED);
  bool taken = request->wait.phase == DUSQ__TAKEN && !(atomic_load(&request->verdict) & DUSQ__TOLD);
  pthread_mutex_unlock(&lane->mtx);
  return taken ? DUSQ_CANCEL_SENT : DUSQ_CANCEL_LATE;
}
