/* request.c - creating and destroying requests; see request.h. */
#include "queue/request.h"
#include "base/alloc.h"
#include "queue/cancel.h"
#include <string.h>

static void request_destroy(dusq_future *future)
{
  dusq__request *request = (dusq__request *)future;
  dusq__statement_unref(request->task.statement);
  if (request->kind->drop)
    request->kind->drop(request);
  if (request->place)
    request->place->drop(request);
  dusq__free(request);
}

static const dusq__future_class request_class = {dusq__request_cancel, request_destroy};

dusq__request *dusq__request_of(dusq_future *future)
{
  return future->class == &request_class ? (dusq__request *)future : NULL;
}

dusq__request *dusq__request_new(dusq__home *home, const dusq__kind *kind, size_t extra)
{
  dusq__request *request = extra > SIZE_MAX - sizeof *request ? NULL : dusq__alloc(sizeof *request + extra);
  if (!request)
    return NULL;
  memset(request, 0, sizeof *request);
  dusq__future_init(&request->future, &request_class, home, 2);
  request->kind = kind;
  request->stop.deadline = INT64_MAX;
  request->timer.fire = dusq__request_fired; /* set here, because the timer thread reads it without a lock */
  return request;
}
