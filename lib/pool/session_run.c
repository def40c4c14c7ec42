/* session_run.c - what a worker does while a session has it: its calls in order, and the end of it; see session.h. */
#include "base/clock.h"
#include "data/error.h"
#include "pool/session.h"
#include "pool/stream.h"
#include "pool/tx.h"

/* ---- the calls --------------------------------------------------------------------------------------------------- */

static bool run_many(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  dusq_error *why = dusq__tx_obstacle(worker, request->statement);
  if (why) {
    dusq_sink_fail(sink, why);
    return true;
  }
  bool usable = dusq__many(worker, request, sink, worker->connection->tx.depth > 0);
  if (usable)
    dusq__tx_note(worker, sink->error);
  return usable;
}

static bool begin(dusq__worker *worker, const dusq__request *request, dusq_sink *sink)
{
  if (request->tx)
    return dusq__tx_begin(worker, request->tx, sink);
  dusq_sink_fail(sink, dusq__error_static(DUSQ_E_INVAL));
  return dusq__tx_skip_begin(worker, sink->error);
}

static bool run_kind(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  switch (request->kind) {
  case DUSQ__QUERY:
    return dusq__tx_execute(worker, request->statement, request->values, request->cols, request->flags, sink);
  case DUSQ__SCRIPT:
    return dusq__tx_script(worker, request->script, sink);
  case DUSQ__MANY:
    return run_many(worker, request, sink);
  case DUSQ__BEGIN:
    return begin(worker, request, sink);
  case DUSQ__COMMIT:
    return dusq__tx_commit(worker, sink);
  default:
    return dusq__tx_rollback(worker, sink);
  }
}

/* What was called off before its turn; the rest of its transaction is refused. */
static bool skip(dusq__worker *worker, const dusq__request *request, const dusq_error *error)
{
  if (request->kind == DUSQ__BEGIN)
    return dusq__tx_skip_begin(worker, error);
  if (request->kind == DUSQ__COMMIT)
    return dusq__tx_skip_commit(worker, error);
  dusq__tx_fail(worker, error);
  return true;
}

/* Before something is sent, whether the server has gone meanwhile. */
dusq_error *dusq__session_obstacle(dusq__worker *worker, const dusq__request *request)
{
  const dusq_backend *backend = worker->lane->pool->backend;
  if (!worker->connection)
    return dusq__error_static(DUSQ_E_CONNECTION_LOST);
  if (backend->alive && !backend->alive(worker->connection->native))
    return dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "the server has closed the session's connection");
  return request->kind == DUSQ__ROLLBACK ? NULL : dusq__stopped_error(&request->stop);
}

/* The transaction has failed before anybody can hear that the call has. */
static void settle(dusq__worker *worker, size_t i, dusq_result *take_result, dusq_error *take_error, bool alone)
{
  const dusq__request *request = worker->requests[i];
  bool told = dusq__worker_tell(worker, i, take_error);
  if (worker->connection && told && take_error)
    dusq__tx_fail(worker, take_error); /* it may have been for want of memory to say how well it went */
  else if (!told && alone)
    dusq__tx_lost(worker, request->kind);
  atomic_store(&request->session->transaction, dusq__tx_state(worker));
  dusq__worker_settle(worker, i, told, take_result, take_error, 0, NULL);
}

/* Nothing but an error comes of begin, commit and rollback, so that no want of memory can hide what became of them. */
void dusq__session_finish(dusq__worker *worker, size_t i, dusq_sink *sink, bool alone)
{
  const dusq__request *request = worker->requests[i];
  dusq_error *error;
  dusq_result *result = NULL;
  if (request->statement || request->kind == DUSQ__SCRIPT) {
    result = dusq__sink_end(sink, &error);
  } else {
    error = dusq__sink_take_error(sink);
    dusq__sink_fini(sink);
  }
  settle(worker, i, result, error, alone);
}

/* Whether it may do what counts without a commit behind it. */
static bool counts(const dusq__worker *worker, const dusq__request *request)
{
  switch (request->kind) {
  case DUSQ__QUERY:
  case DUSQ__STREAM:
    return dusq__tx_counts(worker, request->statement);
  case DUSQ__SCRIPT:
  case DUSQ__COMMIT:
    return true;
  default:
    return false;
  }
}

void dusq__session_call(dusq__worker *worker, size_t i)
{
  dusq__request *request = worker->requests[i];
  dusq_sink sink;
  atomic_bool ignored = false;
  bool by_itself = counts(worker, request);
  dusq__sink_init(&sink, &request->stop, by_itself ? &request->sent : &ignored, worker->lane->pool->max_result_bytes);
  sink.counts = by_itself ? request : NULL;
  sink.sums = request->kind == DUSQ__MANY;
  dusq_error *why = dusq__session_obstacle(worker, request);
  bool usable = true;
  if (!why) {
    usable = run_kind(worker, request, &sink);
  } else {
    usable = dusq_error_status(why) != DUSQ_E_CONNECTION_LOST && skip(worker, request, why);
    dusq_sink_fail(&sink, why);
  }
  if (!usable)
    dusq__worker_disconnect(worker);
  dusq__session_finish(worker, i, &sink, true);
}

static void run_job(dusq__worker *worker, dusq__request *request)
{
  dusq_error *why = dusq__session_obstacle(worker, request);
  if (dusq_error_status(why) == DUSQ_E_CONNECTION_LOST)
    dusq__worker_disconnect(worker);
  else if (!why)
    why = dusq__tx_obstacle(worker, NULL);
  dusq_result *result = why ? NULL : dusq__call_job(worker, request, &why);
  settle(worker, 0, result, why, true);
}

/* One that its reader has closed before its turn is nothing; the rows of the others go out while it runs. */
static void run_stream(dusq__worker *worker, dusq__request *request)
{
  dusq_sink sink;
  atomic_bool ignored = false;
  bool by_itself = counts(worker, request);
  dusq__sink_init(&sink, &request->stop, by_itself ? &request->sent : &ignored, worker->lane->pool->max_result_bytes);
  sink.counts = by_itself ? request : NULL;
  sink.stream = request->stream;
  sink.worker = worker;
  bool closed = dusq__stream_closed(request->stream), usable = true;
  dusq_error *why = closed ? NULL : dusq__session_obstacle(worker, request);
  if (why && dusq_error_status(why) != DUSQ_E_CONNECTION_LOST && dusq__stream_closed(request->stream)) {
    closed = true; /* just now: that is why it is to stop */
    dusq_error_unref(why);
    why = NULL;
  }
  if (why) {
    usable = dusq_error_status(why) != DUSQ_E_CONNECTION_LOST && skip(worker, request, why);
    dusq_sink_fail(&sink, why);
  } else if (!closed) {
    usable = dusq__tx_stream(worker, request, &sink);
  }
  if (!usable)
    dusq__worker_disconnect(worker);
  if (request->stream->alone)
    dusq__worker_reset(worker); /* whoever waits for the close finds the connection free */
  dusq__stream_finish(&sink);
  dusq_error *error = dusq__sink_take_error(&sink);
  dusq__sink_fini(&sink);
  bool lost = !worker->connection && !request->stream->alone; /* of that somebody must hear */
  if (!lost && dusq__stream_closed(request->stream)) { /* what it was stopped with is nobody's error */
    dusq_error_unref(error);
    error = NULL;
  }
  bool told = dusq__worker_tell(worker, 0, error);
  if (!told && !request->stream->alone)
    dusq__worker_disconnect(worker); /* so it was told */
  atomic_store(&request->session->transaction, dusq__tx_state(worker));
  dusq__worker_settle(worker, 0, told, NULL, error, 0, NULL);
}

/* ---- the session ------------------------------------------------------------------------------------------------- */

/* The next call, with the queue's reference; NULL: the session is over. */
static dusq__request *next_call(dusq__worker *worker, dusq_session *session, bool *skipped, bool *spoilt)
{
  dusq__lane *lane = worker->lane;
  pthread_mutex_lock(&lane->mtx);
  while (!session->first && !lane->closed && !session->closed) {
    pthread_mutex_unlock(&lane->mtx);
    dusq__linger_in_session(worker);
    dusq__park(&worker->parker, INT64_MAX);
    pthread_mutex_lock(&lane->mtx);
  }
  dusq__request *one = session->first;
  if (one) {
    session->first = one->next;
    if (!session->first)
      session->last = NULL;
    *skipped = one->phase != DUSQ__QUEUED;
    *spoilt = session->spoilt;
    session->spoilt = one->spoils;
  }
  if (one && !*skipped) {
    one->phase = DUSQ__TAKEN;
    one->worker = worker;
    one->share = worker->taken = worker->share + 1;
    worker->room[0] = one;
    worker->ntaken = 1;
    session->waiting--;
    lane->behind--;
  }
  pthread_mutex_unlock(&lane->mtx);
  return one;
}

/* One call; false when it was the last. */
static bool serve(dusq__worker *worker, dusq_session *session)
{
  bool skipped = false, spoilt = false;
  dusq__request *one = next_call(worker, session, &skipped, &spoilt);
  if (!one)
    return false;
  if (spoilt)
    dusq__tx_fail(worker, NULL);
  bool last = one->kind == DUSQ__END;
  if (skipped) {
    if (!skip(worker, one, dusq_future_error(&one->future)))
      dusq__worker_disconnect(worker);
    atomic_store(&session->transaction, dusq__tx_state(worker));
    dusq_future_unref(&one->future);
    return worker->connection != NULL;
  }
  if (dusq__session_sequence(worker, session, one))
    return worker->connection != NULL;
  dusq__worker_begin(worker, 1, dusq__now());
  if (last) {
    dusq__worker_reset(worker);
    atomic_store(&session->transaction, DUSQ_TX_NONE);
    dusq__worker_finish(worker, 0, NULL, NULL, 0, NULL);
  } else if (one->kind == DUSQ__JOB) {
    run_job(worker, one);
  } else if (one->kind == DUSQ__STREAM) {
    run_stream(worker, one);
  } else {
    dusq__session_call(worker, 0);
  }
  dusq_future_unref(&one->future);
  return !last && worker->connection;
}

/* False: the session has given up waiting for this worker, or the pool has. */
static bool pin(dusq__worker *worker, dusq__request *lease)
{
  dusq_session *session = lease->session;
  dusq__lane *lane = worker->lane;
  pthread_mutex_lock(&lane->mtx);
  bool left = atomic_load(&lane->pool->state) >= DUSQ__POOL_LEAVING; /* nobody looks for its calls any more */
  bool ours = !left && session->state == DUSQ__SESSION_LEASING && session->lease == lease;
  if (ours) {
    session->state = DUSQ__SESSION_PINNED;
    session->lease = NULL;
    session->worker = worker;
    worker->session = session;
    lane->npinned++;
  }
  pthread_mutex_unlock(&lane->mtx);
  return ours;
}

static void unpin(dusq__worker *worker, dusq_session *session, bool lost)
{
  dusq__lane *lane = worker->lane;
  pthread_mutex_lock(&lane->mtx);
  session->state = session->closed || !lost ? DUSQ__SESSION_ENDED : DUSQ__SESSION_LOST;
  session->closed = session->closed || !lost;
  session->worker = NULL;
  worker->session = NULL;
  lane->npinned--;
  dusq__request *list = dusq__session_drain_locked(session);
  pthread_mutex_unlock(&lane->mtx);
  dusq__session_fail_list(session, list, dusq__error_static(lost ? DUSQ_E_CONNECTION_LOST : DUSQ_E_CLOSED));
}

void dusq__run_session(dusq__worker *worker, size_t i)
{
  dusq__request *lease = worker->requests[i];
  dusq_session *session = lease->session;
  dusq_error *stopped = dusq__stopped_error(&lease->stop);
  if (stopped || !pin(worker, lease)) {
    dusq__worker_finish(worker, i, NULL, stopped ? stopped : dusq__error_static(DUSQ_E_CLOSED), 0, NULL);
    return;
  }
  dusq__refs_take(&session->refs); /* the worker's: the lease goes now */
  dusq__worker_finish(worker, i, NULL, NULL, 0, NULL);
  worker->connection->touched = true;
  worker->connection->tx = (dusq__tx){.depth = session->failed_depth, .failed_at = session->failed_depth > 0};
  while (serve(worker, session))
    ;
  bool lost = !worker->connection;
  dusq__worker_reset(worker);
  unpin(worker, session, lost);
  dusq__session_drop(session);
}
