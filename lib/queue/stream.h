/* stream.h - the batches of a statement between its worker and its reader; see <dusq/stream.h>.
 *
 * A stream is one request in the queue of a session; a stream of a pool has a session of its own, which closes behind
 * it.  Its worker runs the statement as any other, but that the sink, whenever a batch is full, hands it over here and
 * waits until it has been taken:
 *
 *   state      entered by                                     what a NEXT finds
 *   flowing    made                                           the batch that is ready; else it waits in `first`
 *   over       the settling of the stream, whoever does it    the batch that is ready; then the end or the error
 *   closed     the reader                                     nobody asks any more
 *
 * All that is not marked otherwise is guarded by the lane's lock.  A NEXT is never counted as a request.             */
#ifndef DUSQ_QUEUE_STREAM_H
#define DUSQ_QUEUE_STREAM_H
#include "queue/lane.h"

enum { DUSQ__STREAM_ROWS = 1024, DUSQ__STREAM_BYTES = 1 << 20 }; /* of a batch */

struct dusq_stream {
  dusq__refs refs;             /* the handle's, and one for each of its requests that is there                  */
  unsigned generation;         /* constant, as the next four                                                    */
  dusq__lane *lane;            /* NULL: it never came so far                                                    */
  dusq_future *future;         /* owned: of the whole stream; its request unless that could not even be made    */
  size_t rows;                 /* in a batch                                                                    */
  int64_t timeout;             /* of each NEXT                                                                  */
  bool alone;                  /* constant: its session is its own                                              */
  dusq__request *first, *last; /* NEXTs that wait                                                               */
  dusq__seat *seat;            /* its worker waits for the reader; or NULL                                      */
  dusq_result *ready;          /* read ahead; owned, as the next two                                            */
  dusq_result *end;            /* a result without rows                                                         */
  dusq_error *error;           /* what it ended with                                                            */
  bool over, closed;
};

/* ---- any thread -------------------------------------------------------------------------------------------------- */
void dusq__stream_drop(dusq_stream *stream); /* a reference; accepts NULL */
/* Hooks of the kind that is a stream.  Settling answers who waits; the error is what the reader is told by its close. */
dusq_error *dusq__stream_settling(dusq__request *request, dusq_error *take_error);
void dusq__stream_drop_request(dusq__request *request);
/* The next batch, for the reader. */
dusq_future *dusq__stream_next(dusq_stream *stream);
/* The reader has closed it: its statement is to stop, or is not begun if its session can still forget it. */
void dusq__stream_stop(dusq_stream *stream);

/* ---- the worker -------------------------------------------------------------------------------------------------- */
/* Hands a batch over, and waits until it is taken.  False: the statement is to be stopped. */
bool dusq__stream_hand_over(dusq_stream *stream, dusq_result *take_batch, dusq__seat *seat, const dusq_stop *stop);
/* The statement has ended: hands over the last rows, if there are any, and keeps the end, a result without rows. */
void dusq__stream_finish(dusq_stream *stream, dusq_result *take_last, dusq_result *take_end);
/* Whether the reader has closed it. */
bool dusq__stream_closed(dusq_stream *stream);

#endif
