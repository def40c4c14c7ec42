/* sink.h - where a backend puts the outcome of one execution.
 *
 * Belongs to the worker's thread.  A sink gathers; whether a failure is final or the statement is to be run again is
 * decided by whoever lent it.                                                                                        */
#ifndef DUSQ_RUN_SINK_H
#define DUSQ_RUN_SINK_H
#include "queue/stream.h"

struct dusq_sink {
  const dusq_stop *stop;
  atomic_bool *sent;      /* of the request: told when something is sent      */
  dusq__request *counts;  /* what this does counts for good, as an effect of that one, which is to be released before
                             the driver may do it; NULL: it does not, or somebody else has seen to that         */
  size_t limit;           /* max_result_bytes                                 */
  size_t bytes;           /* of the sets before the current one               */
  dusq_result *first;     /* owned: what has been gathered                    */
  dusq_result *last;      /* the current set, in the chain of `first`         */
  bool open;              /* a set has been begun and not ended               */
  bool sums;              /* of dusq_pool_many: several executions, one set   */
  bool done, told;        /* the outcome is known; the future has been settled */
  dusq_status broken;     /* what a sink function refused                     */
  dusq_error *error;      /* owned                                            */
  /* batches: called when an outcome is good, to settle what is ready in time */
  void (*on_complete)(struct dusq_sink *sink);
  void *batch;
  /* streams: who is handed the rows whenever a batch is full; NULL: they are gathered */
  dusq_stream *stream;
  dusq__seat *seat;       /* whose worker waits for the reader                */
};

void dusq__sink_init(dusq_sink *sink, const dusq_stop *stop, atomic_bool *sent, size_t limit);
/* What has been gathered, owned by the caller: an empty result rather than NULL where memory allows. */
dusq_result *dusq__sink_take(dusq_sink *sink);
/* The error with the caller's own reason in the place of "cancelled"; owned. */
dusq_error *dusq__sink_take_error(dusq_sink *sink);
/* The result, or NULL and the error; both owned, and one of them is there.  The sink has ended. */
dusq_result *dusq__sink_end(dusq_sink *sink, dusq_error **error);
/* The statement of a stream has ended: hands over the last rows, and keeps what there is to say at the end. */
void dusq__sink_finish_stream(dusq_sink *sink);
/* Before it goes to the driver.  False, with the reason in the sink: it has been told to have failed. */
static inline bool dusq__sink_release(dusq_sink *sink)
{
  if (!sink->counts || dusq__request_release(sink->counts))
    return true;
  dusq_sink_fail(sink, dusq__stopped_error(sink->stop));
  return false;
}
/* It has come back from there, failed, and without having been sent. */
static inline void dusq__sink_take_back(dusq_sink *sink)
{
  if (sink->counts && sink->error && !atomic_load(sink->sent))
    dusq__request_take_back(sink->counts);
}
void dusq__sink_fini(dusq_sink *sink);

#endif
