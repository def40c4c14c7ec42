/* session.c - the life of sessions, and the queue of their calls; see session.h.  Any thread. */
#include "pool/session.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "data/error.h"

dusq_session *dusq__session_new(dusq_pool *pool, uint32_t lane)
{
  dusq_session *session = dusq__zalloc(sizeof *session);
  if (!session)
    return NULL;
  dusq__refs_init(&session->handles, 1);
  dusq__refs_init(&session->refs, 1);
  session->generation = dusq__generation();
  session->pool = pool;
  session->home = dusq__home_ref(pool->home);
  session->lane = &pool->lanes[lane < pool->nlanes ? lane : 0];
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

dusq_session *dusq_pool_session(dusq_pool *pool, const dusq_opts *opts)
{
  if (!pool || dusq__forked(pool->generation))
    return NULL;
  if (opts && (opts->size < offsetof(dusq_opts, label) || opts->flags & ~(uint32_t)DUSQ_READ_ONLY))
    return NULL;
  return dusq__session_new(pool, opts && opts->flags & DUSQ_READ_ONLY ? 1 : 2);
}

dusq_session *dusq_session_ref(dusq_session *session)
{
  if (session && !dusq__forked(session->generation))
    dusq__refs_take(&session->handles);
  return session;
}

dusq_session *dusq_session_unref(dusq_session *session)
{
  if (!session || dusq__forked(session->generation) || !dusq__refs_drop(&session->handles))
    return NULL;
  dusq_future_unref(dusq_session_close(session));
  dusq__session_drop(session);
  return NULL;
}

int dusq_session_transaction(const dusq_session *session)
{
  return session ? atomic_load(&session->transaction) : DUSQ_TX_NONE;
}

/* ---- the queue --------------------------------------------------------------------------------------------------- */

static void append_locked(dusq_session *session, dusq__request *request)
{
  dusq_future_ref(&request->future); /* the queue's */
  request->next = NULL;
  if (session->last)
    session->last->next = request;
  else
    session->first = request;
  session->last = request;
  request->phase = DUSQ__QUEUED;
  session->waiting++;
  session->lane->behind++;
  session->lane->submitted++;
  dusq__request_arm_locked(request);
}

static bool is_control(const dusq__request *request)
{
  return request->kind == DUSQ__BEGIN || request->kind == DUSQ__COMMIT || request->kind == DUSQ__ROLLBACK;
}

static void spoil_locked(dusq_session *session, bool control)
{
  session->doomed |= control;
  if (session->last)
    session->last->spoils = true;
  else
    session->spoilt = true;
}

void dusq__session_spoil(dusq_session *session, bool control)
{
  if (!session || dusq__forked(session->generation))
    return;
  pthread_mutex_lock(&session->lane->mtx);
  spoil_locked(session, control);
  pthread_mutex_unlock(&session->lane->mtx);
}

/* What ends a transaction may come when the queue is full. */
static dusq_status may_call_locked(const dusq_session *session, bool control)
{
  size_t limit = session->pool->queue_limit;
  if (session->closed || session->lane->closed)
    return DUSQ_E_CLOSED;
  if (session->state == DUSQ__SESSION_LOST)
    return DUSQ_E_CONNECTION_LOST;
  if (session->doomed)
    return DUSQ_E_TX_ABORTED;
  if (session->waiting >= (control ? limit * 2 : limit))
    return DUSQ_E_BUSY;
  return DUSQ_OK;
}

/* The END of a session that has no worker has nothing to wait for. */
static bool is_over_locked(const dusq_session *session)
{
  return session->state == DUSQ__SESSION_NEW || session->state == DUSQ__SESSION_LOST ||
         session->state == DUSQ__SESSION_ENDED;
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

static dusq__request *make_lease(dusq_session *session)
{
  dusq__request *lease = dusq__request_new(session->home, DUSQ__LEASE, 0);
  if (!lease)
    return NULL;
  dusq__refs_take(&session->refs);
  lease->session = session;
  lease->uncounted = true;
  atomic_store_explicit(&lease->lane, session->lane, memory_order_relaxed);
  atomic_store_explicit(&lease->future.submitted, dusq__now(), memory_order_relaxed);
  return lease;
}

/* Queues it, or says why not; DUSQ_E_PENDING: a lease is needed. */
static dusq_status queue_locked(dusq_session *session, dusq__request *request, dusq__request *lease)
{
  dusq_status status = may_call_locked(session, is_control(request));
  if (!status && session->state == DUSQ__SESSION_NEW && !lease)
    return DUSQ_E_PENDING;
  if (status) {
    spoil_locked(session, is_control(request));
    session->lane->refused += status == DUSQ_E_BUSY;
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
  dusq__worker *worker = NULL;
  dusq_status status;
  pthread_mutex_lock(&lane->mtx);
  while ((status = queue_locked(session, request, lease)) == DUSQ_E_PENDING) {
    pthread_mutex_unlock(&lane->mtx);
    lease = make_lease(session);
    pthread_mutex_lock(&lane->mtx);
    if (!lease) {
      spoil_locked(session, is_control(request));
      status = DUSQ_E_NOMEM;
      break;
    }
  }
  bool leases = !status && lease && session->lease == lease;
  if (!status && session->state == DUSQ__SESSION_PINNED) {
    worker = session->worker;
    request->future.soon = session->first == request;
  }
  pthread_mutex_unlock(&lane->mtx);
  if (status) {
    dusq_error *error = why_not(status);
    dusq__request_settle(request, NULL, error, 0);
  }
  if (worker)
    dusq__unpark(&worker->parker); /* a parker outlives its thread */
  if (leases) {
    dusq__lane_submit(lane, lease);
    dusq_future_unref(&lease->future); /* nobody waits for it */
  } else {
    drop_unused(lease);
  }
}

bool dusq__session_remove_locked(dusq__request *request)
{
  bool goes_on = request->kind == DUSQ__ROLLBACK || request->kind == DUSQ__END || request->kind == DUSQ__STREAM;
  return !goes_on && dusq__session_forget_locked(request);
}

bool dusq__session_forget_locked(dusq__request *request)
{
  if (request->phase != DUSQ__QUEUED)
    return false;
  request->phase = DUSQ__OUT;
  request->session->waiting--;
  request->session->lane->behind--;
  return true;
}

dusq__request *dusq__session_drain_locked(dusq_session *session)
{
  dusq__request *list = session->first;
  session->first = session->last = NULL;
  for (dusq__request *one = list; one; one = one->next)
    if (one->phase == DUSQ__QUEUED) {
      one->phase = DUSQ__NEW; /* to be settled by whoever has the list */
      session->waiting--;
      session->lane->behind--;
    }
  return list;
}

void dusq__session_fail_list(dusq_session *session, dusq__request *list, dusq_error *error)
{
  while (list) {
    dusq__request *next = list->next;
    if (list->phase == DUSQ__NEW)
      dusq__lane_settle(session->lane, list, list->kind == DUSQ__END ? NULL : dusq_error_ref(error));
    dusq_future_unref(&list->future);
    list = next;
  }
}

/* What calls that never ran leave to those behind them: transactions that have failed, and wait for their end. */
static uint32_t depth_after(uint32_t depth, const dusq__request *list)
{
  for (; list; list = list->next)
    if (list->kind == DUSQ__BEGIN)
      depth++;
    else if (depth && is_control(list))
      depth--;
  return depth;
}

void dusq__session_unleased(dusq__request *lease, dusq_error *error)
{
  dusq_session *session = lease->session;
  pthread_mutex_lock(&session->lane->mtx);
  bool ours = session->state == DUSQ__SESSION_LEASING && session->lease == lease;
  dusq__request *list = ours ? dusq__session_drain_locked(session) : NULL;
  if (ours) {
    session->lease = NULL;
    session->failed_depth = depth_after(session->failed_depth, list);
    session->state = session->closed ? DUSQ__SESSION_ENDED : DUSQ__SESSION_NEW;
  }
  pthread_mutex_unlock(&session->lane->mtx);
  dusq__session_fail_list(session, list, error);
}

void dusq__session_abandon(dusq__worker *worker)
{
  dusq__lane *lane = worker->lane;
  pthread_mutex_lock(&lane->mtx);
  dusq_session *session = worker->session;
  dusq__request *list = session ? dusq__session_drain_locked(session) : NULL;
  if (session) {
    dusq__refs_take(&session->refs);
    session->state = DUSQ__SESSION_ENDED; /* a close of it has nothing to wait for */
  }
  pthread_mutex_unlock(&lane->mtx);
  if (!session)
    return;
  dusq__session_fail_list(session, list, dusq__error_static(DUSQ_E_CLOSED));
  dusq__session_drop(session);
}

/* ---- closing ----------------------------------------------------------------------------------------------------- */

dusq_future *dusq_session_close(dusq_session *session)
{
  if (!session)
    return dusq__future_static(DUSQ_E_INVAL);
  if (dusq__forked(session->generation))
    return dusq__future_static(DUSQ_E_FORKED);
  dusq__request *end = dusq__request_new(session->home, DUSQ__END, 0);
  dusq__refs_take(&session->refs); /* the request's, or this call's */
  pthread_mutex_lock(&session->lane->mtx);
  dusq_status status = session->closed ? DUSQ_E_CLOSED : DUSQ_OK;
  session->closed = true;
  bool over = is_over_locked(session);
  dusq__worker *worker = NULL;
  if (end)
    end->session = session;
  if (end && !status && !over) {
    atomic_store_explicit(&end->lane, session->lane, memory_order_relaxed);
    atomic_store_explicit(&end->future.submitted, dusq__now(), memory_order_relaxed);
    append_locked(session, end);
  }
  worker = session->worker; /* without memory for an END it sees that the session is closed */
  pthread_mutex_unlock(&session->lane->mtx);
  if (worker)
    dusq__unpark(&worker->parker);
  if (!end) {
    dusq__session_drop(session);
    return dusq__future_static(DUSQ_E_NOMEM);
  }
  if (status || over)
    dusq__request_settle(end, NULL, status ? why_not(status) : NULL, 0);
  return &end->future;
}
