/* sink.h - where a backend puts the outcome of one execution.
 *
 * Belongs to the worker's thread.  A sink only gathers.  The code that lent the sink decides whether a failure is final
 * or the statement is run again.                                                                                     */
#ifndef DUSQ_RUN_SINK_H
#define DUSQ_RUN_SINK_H
#include "queue/stream.h"

struct dusq_sink {
  const dusq_stop *stop;
  atomic_bool *sent;      /* the request's flag: set when something is sent          */
  dusq__request *counts;  /* the request to RELEASE before the driver may do something lasting; NULL: nothing lasting is
                           * done, or the caller has released it                                                      */
  size_t limit;           /* max_result_bytes                                        */
  size_t bytes;           /* bytes of the sets before the current one                */
  dusq_result *first;     /* owned: what has been gathered                           */
  dusq_result *last;      /* the current set, in the list that begins at `first`     */
  bool open;              /* a set has been begun and not ended                      */
  bool sums;              /* for dusq_pool_many: several executions, one set         */
  bool done, told;        /* the outcome is known; the future has been settled       */
  dusq_status broken;     /* the error of a sink function that refused its arguments */
  dusq_error *error;      /* owned                                                   */
  /* for batches: called when an outcome is a success, to settle what is ready */
  void (*on_complete)(struct dusq_sink *sink);
  void *batch;
  /* for streams: full batches are handed to it; NULL: the rows are gathered */
  dusq_stream *stream;
  dusq__seat *seat;       /* the seat whose worker waits for the reader              */
};

void dusq__sink_init(dusq_sink *sink, const dusq_stop *stop, atomic_bool *sent, size_t limit);
/* Takes the gathered result, owned by the caller: empty rather than NULL, as long as memory allows. */
dusq_result *dusq__sink_take(dusq_sink *sink);
/* Takes the error, with the reason of the stop in place of "cancelled"; owned. */
dusq_error *dusq__sink_take_error(dusq_sink *sink);
/* Ends the sink.  Returns the result, or NULL and the error; both owned, and one of them exists. */
dusq_result *dusq__sink_end(dusq_sink *sink, dusq_error **error);
/* The statement of a stream has ended: hands over the last rows, and keeps the end for the reader. */
void dusq__sink_finish_stream(dusq_sink *sink);
/* Before the execution goes to the driver.  False, with the error in the sink: it has been told to have failed. */
static inline bool dusq__sink_release(dusq_sink *sink)
{
  if (!sink->counts || dusq__request_release(sink->counts))
    return true;
  dusq_sink_fail(sink, dusq__stopped_error(sink->stop));
  return false;
}
/* The execution has returned from the driver, failed, without having been sent. */
static inline void dusq__sink_take_back(dusq_sink *sink)
{
  if (sink->counts && sink->error && !atomic_load(sink->sent))
    dusq__request_take_back(sink->counts);
}
void dusq__sink_fini(dusq_sink *sink);

#endif
