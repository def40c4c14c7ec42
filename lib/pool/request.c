/* request.c - the life of requests; see request.h. */
#include "pool/request.h"
#include "base/alloc.h"
#include "pool/session.h"
#include "pool/stream.h"
#include <string.h>

static void request_destroy(dusq_future *future)
{
  dusq__request *request = (dusq__request *)future;
  dusq__statement_unref(request->statement);
  for (size_t i = 0; request->steps && i < request->rows; i++)
    dusq__statement_unref(request->steps[i].statement);
  dusq_session *session = request->session;
  dusq_stream *stream = request->stream;
  dusq__free(request);
  dusq__stream_drop(stream);
  dusq__session_drop(session);
}

static const dusq__future_class request_class = {dusq__request_cancel, request_destroy};

dusq__request *dusq__request_of(dusq_future *future)
{
  return future->class == &request_class ? (dusq__request *)future : NULL;
}

dusq__request *dusq__request_new(dusq__home *home, dusq__kind kind, size_t extra)
{
  dusq__request *request = extra > SIZE_MAX - sizeof *request ? NULL : dusq__alloc(sizeof *request + extra);
  if (!request)
    return NULL;
  memset(request, 0, sizeof *request);
  dusq__future_init(&request->future, &request_class, home, 2);
  request->kind = (uint8_t)kind;
  request->stop.deadline = INT64_MAX;
  request->timer.fire = dusq__request_fired; /* here, for the timers' thread reads it without a lock */
  return request;
}

void dusq__request_settle_quietly(dusq__request *request, dusq_result *take_result, dusq_error *take_error, int64_t now,
                                  dusq__wakes *wakes)
{
  if (request->kind == DUSQ__LEASE && take_error)
    dusq__session_unleased(request, take_error);
  if (request->kind == DUSQ__STREAM)
    take_error = dusq__stream_over(request, take_error);
  dusq__request_free_arg(request);
  dusq__future_settle_quietly(&request->future, take_result, take_error, now, wakes);
}

void dusq__request_settle(dusq__request *request, dusq_result *take_result, dusq_error *take_error, int64_t now)
{
  dusq__wakes wakes = {NULL, NULL};
  dusq__request_settle_quietly(request, take_result, take_error, now, &wakes);
  dusq__request_let_go(request);
  dusq__wake_all(&wakes);
}

bool dusq__stop_ask(dusq_stop *stop, dusq_status reason)
{
  int none = 0;
  return atomic_compare_exchange_strong(&stop->reason, &none, reason);
}
