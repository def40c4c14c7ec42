/* stream_calls.c - the calls of <dusq/stream.h>. */
#include "base/alloc.h"
#include "pool/submit.h"
#include "queue/session.h"
#include "queue/stream.h"
#include <dusq/stream.h>

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
    dusq__session_fail_transaction(session, false);
  return stream;
}

/* DUSQ_OK if calls on the stream are allowed. */
static dusq_status look(const dusq_stream *stream)
{
  if (!stream)
    return DUSQ_E_NOMEM;
  return dusq__forked(stream->generation) ? DUSQ_E_FORKED : DUSQ_OK;
}

dusq_future *dusq_stream_next(dusq_stream *stream)
{
  dusq_status status = look(stream);
  if (status)
    return dusq__future_static(status);
  return stream->lane ? dusq__stream_next(stream) : dusq_future_ref(stream->future);
}

dusq_future *dusq_stream_close(dusq_stream *stream)
{
  dusq_status status = look(stream);
  if (status)
    return dusq__future_static(status);
  dusq_future *future = stream->future;
  if (stream->lane)
    dusq__stream_stop(stream);
  dusq__stream_drop(stream);
  return future;
}
