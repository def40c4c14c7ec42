/* stream.h - the batches of a statement between its worker and its reader; see <dusq/stream.h>.
 *
 * A stream is one request of kind STREAM in the queue of a session; a stream of a pool has a session of its own, which
 * closes behind it.  Its worker runs the statement as any other, but that the sink, whenever a batch is full, hands it
 * over here and waits until it has been taken:
 *
 *   state      entered by                                     what a NEXT finds
 *   flowing    made                                           the batch that is ready; else it waits in `first`
 *   over       the settling of the STREAM, whoever does it    the batch that is ready; then the end or the error
 *   closed     the reader                                     nobody asks any more
 *
 * All that is not marked otherwise is guarded by the lane's lock.  A NEXT is never counted as a request.             */
#ifndef DUSQ_POOL_STREAM_H
#define DUSQ_POOL_STREAM_H
#include "pool/sink.h"

enum { DUSQ__STREAM_ROWS = 1024, DUSQ__STREAM_BYTES = 1 << 20 }; /* of a batch */

struct dusq_stream {
  dusq__refs refs;             /* the handle's, and one for each of its requests that is there                  */
  unsigned generation;         /* constant, as the next four                                                    */
  struct dusq__lane *lane;     /* NULL: it never came so far                                                    */
  dusq_future *future;         /* owned: of the whole stream; the STREAM unless that could not even be made     */
  size_t rows;                 /* in a batch                                                                    */
  int64_t timeout;             /* of each NEXT                                                                  */
  dusq__request *first, *last; /* NEXTs that wait                                                               */
  struct dusq__worker *worker; /* waits for the reader, or NULL                                                 */
  dusq_result *ready;          /* read ahead; owned, as the next two                                            */
  dusq_result *end;            /* a result without rows                                                         */
  dusq_error *error;           /* what it ended with                                                            */
  bool over, closed;
  bool alone;                  /* constant: its session is its own                                              */
};

/* ---- any thread -------------------------------------------------------------------------------------------------- */
void dusq__stream_drop(dusq_stream *stream); /* a reference; accepts NULL */
/* Queues the STREAM of it, in a session or (NULL) in one of its own.  The caller's reference. */
dusq_future *dusq__stream_submit(dusq_stream *stream, struct dusq_pool *pool, dusq_session *session, uint32_t lane,
                                 dusq__request *request);
/* The STREAM is about to settle.  Answers who waits; returns the error that the reader is to be told by its close. */
dusq_error *dusq__stream_over(dusq__request *request, dusq_error *take_error);
/* Takes a NEXT that waits out: it is to be settled.  False: it does not wait. */
bool dusq__stream_remove_locked(dusq__request *request);

/* ---- the worker, for a sink -------------------------------------------------------------------------------------- */
/* Whether the set that the sink is gathering is to be handed over. */
static inline bool dusq__stream_is_full(const dusq_sink *sink)
{
  return dusq_result_rows(sink->last) >= sink->stream->rows || dusq_result_bytes(sink->last) >= DUSQ__STREAM_BYTES;
}
/* Hands over what the sink has gathered, waits until it is taken, and begins anew with the same columns.
 * DUSQ_E_CLOSED: the statement is to be stopped.                                                                     */
dusq_status dusq__stream_flush(dusq_sink *sink);
/* The statement has ended: hands over the last rows, and keeps what there is to say at the end. */
void dusq__stream_finish(dusq_sink *sink);
/* Whether the reader has closed it. */
bool dusq__stream_closed(dusq_stream *stream);

#endif
