/* session.c - see session.h. */
#include "queue/session.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "queue/cancel.h"
#include "queue/enqueue.h"
#include "queue/settle.h"
#include "queue/spin.h"

dusq_session *dusq__session_new(dusq_pool *pool, dusq__lane *lane, const dusq__kind *lease_kind)
{
  dusq_session *session = dusq__zalloc(sizeof *session);
  if (!session)
    return NULL;
  dusq__refs_init(&session->handles, 1);
  dusq__refs_init(&session->refs, 1);
  session->generation = dusq__generation();
  session->pool = pool;
  session->home = dusq__home_ref(lane->setup->home);
  session->lane = lane;
  session->lease_kind = lease_kind;
  return session;
}

void dusq__session_drop(dusq_session *session)
{
  if (!session || !dusq__refs_drop(&session->refs))
    return;
  dusq__home *home = session->home;
  dusq__free(session);
  dusq__home_unref(home);
}

/* ---- the place of a session's calls ------------------------------------------------------------------------------ */

bool dusq__session_forget_locked(dusq__request *request)
{
  if (request->wait.phase != DUSQ__QUEUED)
    return false;
  request->wait.phase = DUSQ__OUT;
  request->session->waiting--;
  request->session->lane->queue.behind--;
  return true;
}

static bool remove_locked(dusq__request *request)
{
  return !(request->kind->flags & DUSQ__KIND_GOES_ON) && dusq__session_forget_locked(request);
}

/* The worker notes the failure when it comes to the call; a caller that asks for the state before sees it already. */
static void told_locked(dusq__request *request)
{
  int open = DUSQ_TX_OPEN;
  atomic_compare_exchange_strong(&request->session->transaction, &open, DUSQ_TX_FAILED);
}

static void drop(dusq__request *request)
{
  dusq__session_drop(request->session);
}

void dusq__session_own(dusq_session *session, dusq__request *request)
{
  static const dusq__place place = {remove_locked, told_locked, drop};
  dusq__refs_take(&session->refs);
  request->session = session;
  request->place = &place;
}

/* ---- the queue --------------------------------------------------------------------------------------------------- */

static void append_locked(dusq_session *session, dusq__request *request)
{
  dusq_future_ref(&request->future); /* the queue's reference */
  request->wait.next = NULL;
  if (session->last)
    session->last->wait.next = request;
  else
    session->first = request;
  session->last = request;
  request->wait.phase = DUSQ__QUEUED;
  session->waiting++;
  session->lane->queue.behind++;
  session->lane->tally.submitted++;
  dusq__request_arm_locked(request);
}

static dusq__request *take_first_locked(dusq_session *session)
{
  dusq__request *one = session->first;
  session->first = one->wait.next;
  if (!session->first)
    session->last = NULL;
  session->failed_before = one->wait.fails_next;
  return one;
}

static bool is_control(const dusq__request *request)
{
  return request->kind->flags & DUSQ__KIND_CONTROL;
}

static void fail_transaction_locked(dusq_session *session, bool control)
{
  session->unusable |= control;
  if (session->last)
    session->last->wait.fails_next = true;
  else
    session->failed_before = true;
}

void dusq__session_fail_transaction(dusq_session *session, bool control)
{
  if (!session || dusq__forked(session->generation))
    return;
  pthread_mutex_lock(&session->lane->mtx);
  fail_transaction_locked(session, control);
  pthread_mutex_unlock(&session->lane->mtx);
}

/* What ends a transaction may be queued even when the queue is full. */
static dusq_status may_call_locked(const dusq_session *session, bool control)
{
  size_t limit = session->lane->setup->options.queue_limit;
  if (session->closed || session->lane->queue.closed)
    return DUSQ_E_CLOSED;
  if (session->state == DUSQ__SESSION_LOST)
    return DUSQ_E_CONNECTION_LOST;
  if (session->unusable)
    return DUSQ_E_TX_ABORTED;
  if (session->waiting >= (control ? limit * 2 : limit))
    return DUSQ_E_BUSY;
  return DUSQ_OK;
}

static dusq_error *why_not(dusq_status status)
{
  switch (status) {
  case DUSQ_E_CONNECTION_LOST:
    return dusq_error_new(status, NULL, 0, "the session's connection was lost, and what was set up on it");
  case DUSQ_E_TX_ABORTED:
    return dusq_error_new(status, NULL, 0, "a begin, commit or rollback of the session was refused; close it");
  case DUSQ_E_CLOSED:
    return dusq_error_new(status, NULL, 0, "the session is closed, or its pool is");
  default:
    return dusq__error_static(status);
  }
}

/* ---- submitting -------------------------------------------------------------------------------------------------- */

static dusq__request *make_lease(dusq_session *session)
{
  dusq__request *lease = dusq__request_new(session->home, session->lease_kind, 0);
  if (!lease)
    return NULL;
  dusq__refs_take(&session->refs);
  lease->session = session;
  lease->uncounted = true;
  atomic_store_explicit(&lease->lane, session->lane, memory_order_relaxed);
  atomic_store_explicit(&lease->future.submitted, dusq__now(), memory_order_relaxed);
  return lease;
}

void dusq__session_lease_drop(dusq__request *lease)
{
  dusq__session_drop(lease->session);
}

/* Queues the call, or returns why not; DUSQ_E_PENDING: a lease must be queued, too. */
static dusq_status queue_locked(dusq_session *session, dusq__request *request, dusq__request *lease)
{
  dusq_status status = may_call_locked(session, is_control(request));
  if (!status && session->state == DUSQ__SESSION_NEW && !lease)
    return DUSQ_E_PENDING;
  if (status) {
    fail_transaction_locked(session, is_control(request));
    session->lane->tally.refused += status == DUSQ_E_BUSY;
    return status;
  }
  if (session->state == DUSQ__SESSION_NEW) {
    session->state = DUSQ__SESSION_LEASING;
    session->lease = lease;
  }
  append_locked(session, request);
  return DUSQ_OK;
}

static void drop_unused(dusq__request *lease)
{
  if (!lease)
    return;
  dusq_future_unref(&lease->future);
  dusq_future_unref(&lease->future);
}

void dusq__session_submit(dusq_session *session, dusq__request *request)
{
  dusq__lane *lane = session->lane;
  dusq__request *lease = NULL;
  dusq__seat *seat = NULL;
  dusq_status status;
  pthread_mutex_lock(&lane->mtx);
  while ((status = queue_locked(session, request, lease)) == DUSQ_E_PENDING) {
    pthread_mutex_unlock(&lane->mtx);
    lease = make_lease(session);
    pthread_mutex_lock(&lane->mtx);
    if (!lease) {
      fail_transaction_locked(session, is_control(request));
      status = DUSQ_E_NOMEM;
      break;
    }
  }
  bool leases = !status && lease && session->lease == lease;
  if (!status && session->state == DUSQ__SESSION_PINNED) {
    seat = session->seat;
    request->future.spin = session->first == request;
  }
  pthread_mutex_unlock(&lane->mtx);
  if (status)
    dusq__request_settle(request, NULL, why_not(status), 0);
  if (seat)
    dusq__unpark(&seat->parker); /* unpark without the lock: a parker outlives its thread */
  if (leases) {
    dusq__lane_submit(lane, lease);
    dusq_future_unref(&lease->future); /* the lease's future has no reader */
  } else {
    drop_unused(lease);
  }
}

/* Whether the session has no worker, so that its end has nothing to wait for. */
static bool is_over_locked(const dusq_session *session)
{
  return session->state == DUSQ__SESSION_NEW || session->state == DUSQ__SESSION_LOST ||
         session->state == DUSQ__SESSION_ENDED;
}

void dusq__session_end(dusq_session *session, dusq__request *end)
{
  pthread_mutex_lock(&session->lane->mtx);
  dusq_status status = session->closed ? DUSQ_E_CLOSED : DUSQ_OK;
  session->closed = true;
  bool over = is_over_locked(session);
  if (end && !status && !over) {
    atomic_store_explicit(&end->lane, session->lane, memory_order_relaxed);
    atomic_store_explicit(&end->future.submitted, dusq__now(), memory_order_relaxed);
    append_locked(session, end);
  }
  dusq__seat *seat = session->seat; /* no memory for an end request: the worker sees that the session is closed */
  pthread_mutex_unlock(&session->lane->mtx);
  if (seat)
    dusq__unpark(&seat->parker);
  if (end && (status || over))
    dusq__request_settle(end, NULL, status ? why_not(status) : NULL, 0);
}

/* ---- failing the waiting calls ----------------------------------------------------------------------------------- */

/* Takes all waiting calls out, as a list with the queue's references. */
static dusq__request *drain_locked(dusq_session *session)
{
  dusq__request *list = session->first;
  session->first = session->last = NULL;
  for (dusq__request *one = list; one; one = one->wait.next)
    if (one->wait.phase == DUSQ__QUEUED) {
      one->wait.phase = DUSQ__NEW; /* the caller of drain_locked settles it */
      session->waiting--;
      session->lane->queue.behind--;
    }
  return list;
}

/* Settles such a list with one error, which stays the caller's.  The end of a session succeeds. */
static void fail_list(dusq__request *list, dusq_error *error)
{
  while (list) {
    dusq__request *next = list->wait.next;
    if (list->wait.phase == DUSQ__NEW)
      dusq__request_settle_unrun(list, list->kind->flags & DUSQ__KIND_LAST ? NULL : dusq_error_ref(error));
    dusq_future_unref(&list->future);
    list = next;
  }
}

/* The failed_depth of the calls behind the list, none of which ran: begun transactions that wait for their end. */
static uint32_t depth_after(uint32_t depth, const dusq__request *list)
{
  for (; list; list = list->wait.next)
    if (list->kind->flags & DUSQ__KIND_BEGINS)
      depth++;
    else if (depth && is_control(list))
      depth--;
  return depth;
}

/* The waiting calls fail with the error of the lease. */
dusq_error *dusq__session_lease_settling(dusq__request *lease, dusq_error *take_error)
{
  if (!take_error)
    return NULL;
  dusq_session *session = lease->session;
  pthread_mutex_lock(&session->lane->mtx);
  bool ours = session->state == DUSQ__SESSION_LEASING && session->lease == lease;
  dusq__request *list = ours ? drain_locked(session) : NULL;
  if (ours) {
    session->lease = NULL;
    session->failed_depth = depth_after(session->failed_depth, list);
    session->state = session->closed ? DUSQ__SESSION_ENDED : DUSQ__SESSION_NEW;
  }
  pthread_mutex_unlock(&session->lane->mtx);
  fail_list(list, take_error);
  return take_error;
}

void dusq__session_abandon(dusq__seat *seat)
{
  dusq__lane *lane = seat->lane;
  pthread_mutex_lock(&lane->mtx);
  dusq_session *session = seat->standing.session;
  dusq__request *list = session ? drain_locked(session) : NULL;
  if (session) {
    dusq__refs_take(&session->refs);
    session->state = DUSQ__SESSION_ENDED; /* a close has nothing to wait for */
  }
  pthread_mutex_unlock(&lane->mtx);
  if (!session)
    return;
  fail_list(list, dusq__error_static(DUSQ_E_CLOSED));
  dusq__session_drop(session);
}

/* ---- its worker -------------------------------------------------------------------------------------------------- */

bool dusq__session_pin(dusq__seat *seat, dusq__request *lease)
{
  dusq_session *session = lease->session;
  dusq__lane *lane = seat->lane;
  pthread_mutex_lock(&lane->mtx);
  bool left = dusq__setup_is(lane->setup, DUSQ__POOL_LEAVING); /* true: no thread looks for its calls any more */
  bool ours = !left && session->state == DUSQ__SESSION_LEASING && session->lease == lease;
  if (ours) {
    session->state = DUSQ__SESSION_PINNED;
    session->lease = NULL;
    session->seat = seat;
    seat->standing.session = session;
    lane->roster.npinned++;
  }
  pthread_mutex_unlock(&lane->mtx);
  return ours;
}

void dusq__session_unpin(dusq__seat *seat, dusq_session *session, bool lost)
{
  dusq__lane *lane = seat->lane;
  pthread_mutex_lock(&lane->mtx);
  session->state = session->closed || !lost ? DUSQ__SESSION_ENDED : DUSQ__SESSION_LOST;
  session->closed = session->closed || !lost;
  session->seat = NULL;
  seat->standing.session = NULL;
  lane->roster.npinned--;
  dusq__request *list = drain_locked(session);
  pthread_mutex_unlock(&lane->mtx);
  fail_list(list, dusq__error_static(lost ? DUSQ_E_CONNECTION_LOST : DUSQ_E_CLOSED));
}

static void count_taken(dusq_session *session, dusq__request *one, dusq__seat *seat)
{
  one->wait.phase = DUSQ__TAKEN;
  one->wait.seat = seat;
  one->wait.share = seat->share.number + 1;
  session->waiting--;
  session->lane->queue.behind--;
}

dusq__request *dusq__session_next(dusq__seat *seat, dusq_session *session, bool *skipped, bool *failed_before)
{
  dusq__lane *lane = seat->lane;
  pthread_mutex_lock(&lane->mtx);
  while (!session->first && !lane->queue.closed && !session->closed) {
    pthread_mutex_unlock(&lane->mtx);
    dusq__spin_in_session(seat);
    dusq__park(&seat->parker, INT64_MAX);
    pthread_mutex_lock(&lane->mtx);
  }
  dusq__request *one = session->first;
  if (one) {
    *skipped = one->wait.phase != DUSQ__QUEUED;
    *failed_before = session->failed_before;
    take_first_locked(session);
  }
  if (one && !*skipped) {
    count_taken(session, one, seat);
    seat->standing.taken = seat->share.number + 1;
    seat->standing.ntaken = 1;
    seat->room[0] = one;
  }
  pthread_mutex_unlock(&lane->mtx);
  return one;
}

dusq__request *dusq__session_join_locked(dusq__seat *seat, dusq_session *session,
                                         bool (*fits)(void *arg, dusq__request *request), void *arg)
{
  dusq__request *one = session->first;
  if (!one || session->failed_before || one->wait.phase != DUSQ__QUEUED || !fits(arg, one))
    return NULL;
  take_first_locked(session);
  count_taken(session, one, seat);
  return one;
}
