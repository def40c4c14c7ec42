/* stream.c - see stream.h. */
#include "pool/stream.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "data/error.h"
#include "data/result.h"
#include "pool/session.h"

/* ---- life -------------------------------------------------------------------------------------------------------- */

void dusq__stream_drop(dusq_stream *stream)
{
  if (!stream || !dusq__refs_drop(&stream->refs))
    return;
  dusq_result_unref(stream->ready);
  dusq_result_unref(stream->end);
  dusq_error_unref(stream->error);
  dusq__free(stream);
}

static dusq_stream *open_stream(dusq_pool *pool, dusq_session *session, const char *sql, size_t n,
                                const dusq_value *values, const dusq_opts *opts)
{
  dusq_stream *stream = dusq__zalloc(sizeof *stream);
  if (!stream)
    return NULL;
  dusq__refs_init(&stream->refs, 1);
  stream->generation = dusq__generation();
  stream->future = dusq__submit_query(pool, session, stream, sql, n, values, opts);
  return stream;
}

dusq_stream *dusq_pool_stream(dusq_pool *pool, const char *sql, size_t n, const dusq_value *values,
                              const dusq_opts *opts)
{
  return open_stream(pool, NULL, sql, n, values, opts);
}

dusq_stream *dusq_session_stream(dusq_session *session, const char *sql, size_t n, const dusq_value *values,
                                 const dusq_opts *opts)
{
  dusq_stream *stream = open_stream(session ? session->pool : NULL, session, sql, n, values, opts);
  if (session && (!stream || !stream->lane))
    dusq__session_spoil(session, false);
  return stream;
}

dusq_future *dusq__stream_submit(dusq_stream *stream, dusq_pool *pool, dusq_session *session, uint32_t lane,
                                 dusq__request *request)
{
  dusq_session *own = session ? NULL : dusq__session_new(pool, lane ? 1 : 2);
  if (!session && !own) {
    dusq_future_unref(&request->future);
    dusq_future_unref(&request->future);
    return dusq__future_static(DUSQ_E_NOMEM);
  }
  dusq__refs_take(&stream->refs);
  request->stream = stream;
  stream->alone = own != NULL;
  stream->lane = session ? session->lane : own->lane;
  dusq_future *future = dusq__submit_to(pool, session ? session : own, 0, request);
  dusq_session_unref(own); /* it closes behind the stream */
  return future;
}

/* ---- who waits for a batch --------------------------------------------------------------------------------------- */

static void append_locked(dusq_stream *stream, dusq__request *next)
{
  next->next = NULL;
  next->prev = stream->last;
  if (stream->last)
    stream->last->next = next;
  else
    stream->first = next;
  stream->last = next;
  next->phase = DUSQ__QUEUED;
  dusq__request_arm_locked(next);
}

bool dusq__stream_remove_locked(dusq__request *next)
{
  dusq_stream *stream = next->stream;
  if (next->phase != DUSQ__QUEUED)
    return false;
  if (next->prev)
    next->prev->next = next->next;
  else
    stream->first = next->next;
  if (next->next)
    next->next->prev = next->prev;
  else
    stream->last = next->prev;
  next->phase = DUSQ__OUT;
  return true;
}

static dusq__request *first_locked(dusq_stream *stream)
{
  dusq__request *next = stream->first;
  if (next)
    dusq__stream_remove_locked(next);
  return next;
}

/* All of them, as a list. */
static dusq__request *drain_locked(dusq_stream *stream)
{
  dusq__request *list = stream->first;
  for (dusq__request *one = list; one; one = one->next)
    one->phase = DUSQ__OUT;
  stream->first = stream->last = NULL;
  return list;
}

/* One answer, of what was read under the lock: a batch, the end, or an error. */
static void answer(dusq__request *next, dusq_result *take_result, dusq_error *take_error)
{
  if (!take_result && !take_error)
    take_error = dusq__error_static(DUSQ_E_NOMEM); /* the rows have all come, but not what ends them */
  dusq__request_settle(next, take_result, take_error, dusq__now());
}

dusq_error *dusq__stream_over(dusq__request *request, dusq_error *take_error)
{
  dusq_stream *stream = request->stream;
  pthread_mutex_lock(&stream->lane->mtx);
  bool closed = stream->closed;
  if (!stream->over)
    stream->error = dusq_error_ref(take_error);
  stream->over = true;
  stream->worker = NULL;
  dusq__request *list = drain_locked(stream);
  pthread_mutex_unlock(&stream->lane->mtx);
  if (list && take_error)
    atomic_store(&request->future.looked, true); /* they bring the error to the reader */
  while (list) {
    dusq__request *rest = list->next;
    answer(list, take_error ? NULL : dusq_result_ref(stream->end), dusq_error_ref(take_error));
    list = rest;
  }
  if (!closed || (!stream->alone && dusq_error_status(take_error) == DUSQ_E_CONNECTION_LOST))
    return take_error;
  dusq_error_unref(take_error);
  return NULL;
}

/* ---- the reader -------------------------------------------------------------------------------------------------- */

/* DUSQ_OK if the stream may be asked. */
static dusq_status look(const dusq_stream *stream)
{
  if (!stream)
    return DUSQ_E_NOMEM;
  return dusq__forked(stream->generation) ? DUSQ_E_FORKED : DUSQ_OK;
}

static dusq__request *make_next(dusq_stream *stream)
{
  dusq__request *next = dusq__request_new(stream->future->home, DUSQ__NEXT, 0);
  if (!next)
    return NULL;
  int64_t now = dusq__now();
  dusq__refs_take(&stream->refs);
  next->stream = stream;
  next->stop.deadline = stream->timeout == INT64_MAX ? INT64_MAX : dusq__later(now, stream->timeout);
  next->uncounted = true;
  atomic_store_explicit(&next->lane, stream->lane, memory_order_relaxed);
  atomic_store_explicit(&next->future.submitted, now, memory_order_relaxed);
  return next;
}

dusq_future *dusq_stream_next(dusq_stream *stream)
{
  dusq_status status = look(stream);
  if (status)
    return dusq__future_static(status);
  if (!stream->lane)
    return dusq_future_ref(stream->future);
  dusq__request *next = make_next(stream);
  if (!next)
    return dusq__future_static(DUSQ_E_NOMEM);
  pthread_mutex_lock(&stream->lane->mtx);
  dusq_result *batch = stream->ready;
  dusq_error *error = NULL;
  dusq__worker *worker = batch ? stream->worker : NULL;
  bool waits = !batch && !stream->over;
  stream->ready = NULL;
  if (waits)
    append_locked(stream, next);
  else
    next->phase = DUSQ__OUT;
  if (!waits && !batch) {
    error = dusq_error_ref(stream->error);
    batch = error ? NULL : dusq_result_ref(stream->end);
  }
  pthread_mutex_unlock(&stream->lane->mtx);
  if (worker)
    dusq__unpark(&worker->parker);
  if (error)
    atomic_store(&stream->future->looked, true);
  if (!waits)
    answer(next, batch, error);
  return &next->future;
}

/* The STREAM is the statement's while that runs. */
static dusq_future *stop_stream(dusq_stream *stream)
{
  dusq__request *request = dusq__request_of(stream->future);
  pthread_mutex_lock(&stream->lane->mtx);
  stream->closed = true;
  dusq__request *list = drain_locked(stream);
  dusq_result *unread = stream->ready;
  stream->ready = NULL;
  dusq__worker *worker = stream->worker;
  bool unbegun = stream->alone && dusq__session_forget_locked(request);
  if (!stream->over)
    dusq__request_stop_locked(request, DUSQ_E_CLOSED);
  pthread_mutex_unlock(&stream->lane->mtx);
  if (worker)
    dusq__unpark(&worker->parker);
  dusq_result_unref(unread);
  while (list) {
    dusq__request *rest = list->next;
    answer(list, NULL, dusq_error_new(DUSQ_E_CLOSED, NULL, 0, "the stream is closed"));
    list = rest;
  }
  if (unbegun)
    dusq__lane_settle(stream->lane, request, NULL);
  return stream->future;
}

dusq_future *dusq_stream_close(dusq_stream *stream)
{
  dusq_status status = look(stream);
  if (status)
    return dusq__future_static(status);
  dusq_future *future = stream->lane ? stop_stream(stream) : stream->future;
  dusq__stream_drop(stream);
  return future;
}

/* ---- the worker -------------------------------------------------------------------------------------------------- */

/* To whoever waits for it; else it is ready. */
static void give(dusq_stream *stream, dusq_result *take_batch)
{
  dusq__result_publish(take_batch);
  pthread_mutex_lock(&stream->lane->mtx);
  bool unwanted = stream->closed || stream->over; /* over: the worker was given up, and comes too late */
  dusq__request *next = unwanted ? NULL : first_locked(stream);
  if (!next && !unwanted)
    stream->ready = take_batch;
  pthread_mutex_unlock(&stream->lane->mtx);
  if (next)
    answer(next, take_batch, NULL);
  if (unwanted)
    dusq_result_unref(take_batch);
}

/* Until what is ready has been taken.  False: the statement is to be stopped. */
static bool wait_for_reader(dusq_stream *stream, dusq__worker *worker, const dusq_stop *stop)
{
  for (;;) {
    pthread_mutex_lock(&stream->lane->mtx);
    bool stopped = stream->closed || stream->over || dusq_stop_asked(stop), done = stopped || !stream->ready;
    stream->worker = done ? NULL : worker;
    pthread_mutex_unlock(&stream->lane->mtx);
    if (done)
      return !stopped;
    dusq__park(&worker->parker, INT64_MAX);
  }
}

dusq_status dusq__stream_flush(dusq_sink *sink)
{
  dusq_result *batch = sink->last, *more = dusq__result_like(batch);
  if (!more)
    return DUSQ_E_NOMEM;
  sink->first = sink->last = more;
  give(sink->stream, batch);
  return wait_for_reader(sink->stream, sink->worker, sink->stop) ? DUSQ_OK : DUSQ_E_CLOSED;
}

void dusq__stream_finish(dusq_sink *sink)
{
  dusq_stream *stream = sink->stream;
  dusq_result *last = sink->last, *end = last;
  sink->first = sink->last = NULL;
  if (last && dusq_result_rows(last)) {
    end = dusq__result_like(last);
    if (end)
      dusq__result_copy_counts(end, last);
    give(stream, last);
  } else if (!last && !sink->error) {
    end = dusq__result_new();
  }
  if (end)
    dusq__result_publish(end);
  pthread_mutex_lock(&stream->lane->mtx);
  bool late = stream->over;
  if (!late)
    stream->end = end;
  pthread_mutex_unlock(&stream->lane->mtx);
  if (late)
    dusq_result_unref(end);
}

bool dusq__stream_closed(dusq_stream *stream)
{
  pthread_mutex_lock(&stream->lane->mtx);
  bool closed = stream->closed;
  pthread_mutex_unlock(&stream->lane->mtx);
  return closed;
}
