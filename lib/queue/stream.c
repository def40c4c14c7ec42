/* stream.c - see stream.h. */
#include "queue/stream.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "data/result.h"
#include "queue/cancel.h"
#include "queue/session.h"
#include "queue/settle.h"

void dusq__stream_drop(dusq_stream *stream)
{
  if (!stream || !dusq__refs_drop(&stream->refs))
    return;
  dusq_result_unref(stream->ready);
  dusq_result_unref(stream->end);
  dusq_error_unref(stream->error);
  dusq__free(stream);
}

void dusq__stream_drop_request(dusq__request *request)
{
  dusq__stream_drop(request->stream);
}

/* ---- requests that wait for a batch ------------------------------------------------------------------------------- */

static void append_locked(dusq_stream *stream, dusq__request *next)
{
  next->wait.next = NULL;
  next->wait.prev = stream->last;
  if (stream->last)
    stream->last->wait.next = next;
  else
    stream->first = next;
  stream->last = next;
  next->wait.phase = DUSQ__QUEUED;
  dusq__request_arm_locked(next);
}

static bool remove_locked(dusq__request *next)
{
  dusq_stream *stream = next->stream;
  dusq__waiting *wait = &next->wait;
  if (wait->phase != DUSQ__QUEUED)
    return false;
  if (wait->prev)
    wait->prev->wait.next = wait->next;
  else
    stream->first = wait->next;
  if (wait->next)
    wait->next->wait.prev = wait->prev;
  else
    stream->last = wait->prev;
  wait->phase = DUSQ__OUT;
  return true;
}

static dusq__request *first_locked(dusq_stream *stream)
{
  dusq__request *next = stream->first;
  if (next)
    remove_locked(next);
  return next;
}

/* Takes all waiting NEXTs out, as a list. */
static dusq__request *drain_locked(dusq_stream *stream)
{
  dusq__request *list = stream->first;
  for (dusq__request *one = list; one; one = one->wait.next)
    one->wait.phase = DUSQ__OUT;
  stream->first = stream->last = NULL;
  return list;
}

/* Settles a NEXT with what was read under the lock: a batch, the end, or an error. */
static void answer(dusq__request *next, dusq_result *take_result, dusq_error *take_error)
{
  if (!take_result && !take_error)
    take_error = dusq__error_static(DUSQ_E_NOMEM); /* all rows have come, but there was no memory for the end */
  dusq__request_settle(next, take_result, take_error, dusq__now());
}

dusq_error *dusq__stream_settling(dusq__request *request, dusq_error *take_error)
{
  dusq_stream *stream = request->stream;
  pthread_mutex_lock(&stream->lane->mtx);
  bool closed = stream->closed;
  if (!stream->over)
    stream->error = dusq_error_ref(take_error);
  stream->over = true;
  stream->seat = NULL;
  dusq__request *list = drain_locked(stream);
  pthread_mutex_unlock(&stream->lane->mtx);
  if (list && take_error)
    atomic_store(&request->future.looked, true); /* the NEXTs bring the error to the reader */
  while (list) {
    dusq__request *rest = list->wait.next;
    answer(list, take_error ? NULL : dusq_result_ref(stream->end), dusq_error_ref(take_error));
    list = rest;
  }
  if (!closed || (!stream->alone && dusq_error_status(take_error) == DUSQ_E_CONNECTION_LOST))
    return take_error;
  dusq_error_unref(take_error);
  return NULL;
}

/* ---- the reader -------------------------------------------------------------------------------------------------- */

/* A NEXT waits in its stream, in no other queue, and no worker ever takes it. */
static dusq__request *make_next(dusq_stream *stream)
{
  static const dusq__kind kind = {.name = "next"};
  static const dusq__place place = {remove_locked, NULL, dusq__stream_drop_request};
  dusq__request *next = dusq__request_new(stream->future->home, &kind, 0);
  if (!next)
    return NULL;
  int64_t now = dusq__now();
  dusq__refs_take(&stream->refs);
  next->stream = stream;
  next->place = &place;
  next->stop.deadline = stream->timeout == INT64_MAX ? INT64_MAX : dusq__later(now, stream->timeout);
  next->uncounted = true;
  atomic_store_explicit(&next->lane, stream->lane, memory_order_relaxed);
  atomic_store_explicit(&next->future.submitted, now, memory_order_relaxed);
  return next;
}

dusq_future *dusq__stream_next(dusq_stream *stream)
{
  dusq__request *next = make_next(stream);
  if (!next)
    return dusq__future_static(DUSQ_E_NOMEM);
  pthread_mutex_lock(&stream->lane->mtx);
  dusq_result *batch = stream->ready;
  dusq_error *error = NULL;
  dusq__seat *seat = batch ? stream->seat : NULL;
  bool waits = !batch && !stream->over;
  stream->ready = NULL;
  if (waits)
    append_locked(stream, next);
  else
    next->wait.phase = DUSQ__OUT;
  if (!waits && !batch) {
    error = dusq_error_ref(stream->error);
    batch = error ? NULL : dusq_result_ref(stream->end);
  }
  pthread_mutex_unlock(&stream->lane->mtx);
  if (seat)
    dusq__unpark(&seat->parker);
  if (error)
    atomic_store(&stream->future->looked, true);
  if (!waits)
    answer(next, batch, error);
  return &next->future;
}

/* The stream's request is the one whose statement runs. */
void dusq__stream_stop(dusq_stream *stream)
{
  dusq__request *request = dusq__request_of(stream->future);
  pthread_mutex_lock(&stream->lane->mtx);
  stream->closed = true;
  dusq__request *list = drain_locked(stream);
  dusq_result *unread = stream->ready;
  stream->ready = NULL;
  dusq__seat *seat = stream->seat;
  bool unbegun = stream->alone && dusq__session_forget_locked(request);
  if (!stream->over)
    dusq__request_stop_locked(request, DUSQ_E_CLOSED);
  pthread_mutex_unlock(&stream->lane->mtx);
  if (seat)
    dusq__unpark(&seat->parker);
  dusq_result_unref(unread);
  while (list) {
    dusq__request *rest = list->wait.next;
    answer(list, NULL, dusq_error_new(DUSQ_E_CLOSED, NULL, 0, "the stream is closed"));
    list = rest;
  }
  if (unbegun)
    dusq__request_settle_unrun(request, NULL);
}

/* ---- the worker -------------------------------------------------------------------------------------------------- */

/* Gives the batch to the NEXT that waits; else the batch is ready. */
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

/* Waits until the ready batch has been taken.  False: the statement is to be stopped. */
static bool wait_for_reader(dusq_stream *stream, dusq__seat *seat, const dusq_stop *stop)
{
  for (;;) {
    pthread_mutex_lock(&stream->lane->mtx);
    bool stopped = stream->closed || stream->over || dusq_stop_asked(stop), done = stopped || !stream->ready;
    stream->seat = done ? NULL : seat;
    pthread_mutex_unlock(&stream->lane->mtx);
    if (done)
      return !stopped;
    dusq__park(&seat->parker, INT64_MAX);
  }
}

bool dusq__stream_hand_over(dusq_stream *stream, dusq_result *take_batch, dusq__seat *seat, const dusq_stop *stop)
{
  give(stream, take_batch);
  return wait_for_reader(stream, seat, stop);
}

void dusq__stream_finish(dusq_stream *stream, dusq_result *take_last, dusq_result *take_end)
{
  if (take_last)
    give(stream, take_last);
  if (take_end)
    dusq__result_publish(take_end);
  pthread_mutex_lock(&stream->lane->mtx);
  bool late = stream->over;
  if (!late)
    stream->end = take_end;
  pthread_mutex_unlock(&stream->lane->mtx);
  if (late)
    dusq_result_unref(take_end);
}

bool dusq__stream_closed(dusq_stream *stream)
{
  pthread_mutex_lock(&stream->lane->mtx);
  bool closed = stream->closed;
  pthread_mutex_unlock(&stream->lane->mtx);
  return closed;
}
