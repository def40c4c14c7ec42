/* stream.h - the batches of a statement between its worker and its reader; see <dusq/stream.h>.
 *
 * A stream is one request in the queue of a session; a stream of a pool has a session of its own, which closes after
 * it. Its worker runs the statement like any other, but whenever a batch is full, the sink hands the batch over here
 * and waits until it has been taken:
 *
 *   state      entered by                                     effect on a NEXT (a call of dusq_stream_next)
 *   flowing    creation                                       gets the batch that is ready; else it waits in `first`
 *   over       the stream's request settles                   gets the batch that is ready; then the end or the error
 *   closed     the reader                                     there is none any more
 *
 * All fields that say nothing else are guarded by the lane's lock.  A NEXT is never counted as a request.            */
#ifndef DUSQ_QUEUE_STREAM_H
#define DUSQ_QUEUE_STREAM_H
#include "queue/lane.h"

enum { DUSQ__STREAM_ROWS = 1024, DUSQ__STREAM_BYTES = 1 << 20 }; /* limits of a batch */

struct dusq_stream {
  dusq__refs refs;             /* the handle's reference, and one for each of its requests                           */
  unsigned generation;         /* constant, as the next four                                                         */
  dusq__lane *lane;            /* NULL: the stream was refused before it had a lane                                  */
  dusq_future *future;         /* owned: the stream's own future, which is its request unless that could not be made */
  size_t rows;                 /* most rows of a batch                                                               */
  int64_t timeout;             /* of each NEXT                                                                       */
  bool alone;                  /* constant: it has a session of its own                                              */
  dusq__request *first, *last; /* NEXTs that wait                                                                    */
  dusq__seat *seat;            /* its worker's seat while that waits for the reader; or NULL                         */
  dusq_result *ready;          /* the batch that was fetched ahead; owned, as the next two                           */
  dusq_result *end;            /* the end: a result without rows                                                     */
  dusq_error *error;           /* the error that it ended with                                                       */
  bool over, closed;
};

/* ---- any thread -------------------------------------------------------------------------------------------------- */
void dusq__stream_drop(dusq_stream *stream); /* drops a reference; accepts NULL */
/* Hooks of the kind `stream`.  Settling answers waiting NEXTs; the error is what closing the stream reports. */
dusq_error *dusq__stream_settling(dusq__request *request, dusq_error *take_error);
void dusq__stream_drop_request(dusq__request *request);
/* The next batch, for the reader. */
dusq_future *dusq__stream_next(dusq_stream *stream);
/* The reader has closed the stream: its statement is stopped, or not begun if the session can still take it out. */
void dusq__stream_stop(dusq_stream *stream);

/* ---- the worker -------------------------------------------------------------------------------------------------- */
/* Hands a batch over, and waits until it has been taken.  False: the statement is to be stopped. */
bool dusq__stream_hand_over(dusq_stream *stream, dusq_result *take_batch, dusq__seat *seat, const dusq_stop *stop);
/* The statement has ended: hands over the last rows, if there are any, and keeps the end, a result without rows. */
void dusq__stream_finish(dusq_stream *stream, dusq_result *take_last, dusq_result *take_end);
/* Whether the reader has closed the stream. */
bool dusq__stream_closed(dusq_stream *stream);

#endif
