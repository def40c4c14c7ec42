/* sink.c - see sink.h, and <dusq/backend.h> for what backends may expect. */
#include "run/sink.h"
#include "base/clock.h"
#include "data/result.h"

void dusq__sink_init(dusq_sink *sink, const dusq_stop *stop, atomic_bool *sent, size_t limit)
{
  *sink = (dusq_sink){.stop = stop, .sent = sent, .limit = limit};
}

const dusq_stop *dusq_sink_stop(const dusq_sink *sink)
{
  return sink->stop;
}

void dusq_sink_sent(dusq_sink *sink)
{
  atomic_store_explicit(sink->sent, true, memory_order_relaxed);
}

/* ---- batches of a stream ----------------------------------------------------------------------------------------- */

static bool is_full(const dusq_sink *sink)
{
  return dusq_result_rows(sink->last) >= sink->stream->rows || dusq_result_bytes(sink->last) >= DUSQ__STREAM_BYTES;
}

/* Hands the gathered batch over, waits until it has been taken, and begins a new one with the same columns.
 * DUSQ_E_CLOSED: the statement is to be stopped.                                                                     */
static dusq_status flush(dusq_sink *sink)
{
  dusq_result *batch = sink->last, *more = dusq__result_like(batch);
  if (!more)
    return DUSQ_E_NOMEM;
  sink->first = sink->last = more;
  return dusq__stream_hand_over(sink->stream, batch, sink->seat, sink->stop) ? DUSQ_OK : DUSQ_E_CLOSED;
}

void dusq__sink_finish_stream(dusq_sink *sink)
{
  dusq_result *last = sink->last, *end = last;
  sink->first = sink->last = NULL;
  bool rows = last && dusq_result_rows(last);
  if (rows) {
    end = dusq__result_like(last);
    if (end)
      dusq__result_copy_counts(end, last);
  } else if (!last && !sink->error) {
    end = dusq__result_new();
  }
  dusq__stream_finish(sink->stream, rows ? last : NULL, end);
}

/* ---- gathering --------------------------------------------------------------------------------------------------- */

static dusq_status refuse(dusq_sink *sink, dusq_status status)
{
  if (!sink->broken)
    sink->broken = status;
  return status;
}

/* Ends the set that a stream has begun, before another one begins. */
static dusq_status end_streamed_set(dusq_sink *sink)
{
  dusq_status status = dusq_result_rows(sink->last) ? flush(sink) : DUSQ_OK;
  dusq_result_unref(sink->first);
  sink->first = sink->last = NULL;
  return status ? refuse(sink, status) : DUSQ_OK;
}

/* Begins a set: the first, or a new one after the last. */
static dusq_status begin_set(dusq_sink *sink)
{
  if (sink->stream && sink->last && end_streamed_set(sink))
    return sink->broken;
  dusq_result *set = dusq__result_new();
  if (!set)
    return refuse(sink, DUSQ_E_NOMEM);
  if (sink->last) {
    sink->bytes += dusq_result_bytes(sink->last);
    dusq__result_link(sink->last, set);
  } else {
    sink->first = set;
  }
  sink->last = set;
  sink->open = true;
  return DUSQ_OK;
}

dusq_status dusq_sink_columns(dusq_sink *sink, size_t n, const dusq_column *columns)
{
  if (sink->sums && sink->last) {
    if (dusq_result_cols(sink->last) == n)
      return DUSQ_OK; /* the rows of every execution form one set */
    if (dusq_result_cols(sink->last))
      return refuse(sink, DUSQ_E_PROTOCOL);
  } else {
    dusq_status status = begin_set(sink);
    if (status)
      return status;
  }
  dusq_status status = dusq__result_columns(sink->last, n, columns);
  return status ? refuse(sink, status) : DUSQ_OK;
}

void dusq_sink_expect(dusq_sink *sink, size_t rows)
{
  if (sink->last && sink->open && sink->bytes < sink->limit && !sink->stream)
    dusq__result_expect(sink->last, rows, sink->limit - sink->bytes);
}

/* DUSQ_E_LIMIT: the row was too large, and was not added. */
static dusq_status add_row(dusq_sink *sink, const dusq_value *cells)
{
  dusq_status status = dusq__result_row(sink->last, cells);
  if (status || sink->bytes + dusq_result_bytes(sink->last) <= sink->limit)
    return status;
  dusq__result_drop_row(sink->last);
  return DUSQ_E_LIMIT;
}

dusq_status dusq_sink_row(dusq_sink *sink, const dusq_value *cells)
{
  if (!sink->last)
    return refuse(sink, DUSQ_E_PROTOCOL);
  dusq_status status = add_row(sink, cells);
  if (status == DUSQ_E_LIMIT && sink->stream && dusq_result_rows(sink->last)) { /* earlier rows go first */
    status = flush(sink);
    if (!status)
      status = add_row(sink, cells);
  }
  if (status)
    return refuse(sink, status);
  if (!sink->stream || !is_full(sink))
    return DUSQ_OK;
  status = flush(sink);
  return status ? refuse(sink, status) : DUSQ_OK;
}

/* Begins the counts of the set; false: there is no set, and complete will report that. */
static bool begin_counts(dusq_sink *sink, int64_t *affected)
{
  if (!sink->sums || !sink->last)
    return sink->open || !begin_set(sink);
  int64_t so_far = dusq_result_affected(sink->last);
  *affected = so_far < 0 || *affected < 0 ? -1 : so_far + *affected;
  return true;
}

void dusq_sink_counts(dusq_sink *sink, int64_t affected, int64_t last_id)
{
  bool sums = sink->sums && sink->last;
  if (!begin_counts(sink, &affected))
    return;
  if (sums && !last_id)
    dusq__result_set_affected(sink->last, affected);
  else
    dusq__result_counts(sink->last, affected, last_id);
  sink->open = false;
}

void dusq_sink_counts_uint(dusq_sink *sink, int64_t affected, uint64_t last_id)
{
  if (last_id <= INT64_MAX) {
    dusq_sink_counts(sink, affected, (int64_t)last_id);
  } else if (begin_counts(sink, &affected)) {
    dusq__result_counts_uint(sink->last, affected, last_id);
    sink->open = false;
  }
}

void dusq_sink_restart(dusq_sink *sink)
{
  dusq_result_unref(sink->first);
  dusq_error_unref(sink->error);
  sink->first = sink->last = NULL;
  sink->error = NULL;
  sink->bytes = 0;
  sink->broken = DUSQ_OK;
  sink->open = sink->done = false;
}

static dusq_error *broken_error(const dusq_sink *sink)
{
  if (sink->broken == DUSQ_E_LIMIT)
    return dusq_error_new(DUSQ_E_LIMIT, NULL, 0, "the result is larger than max_result_bytes (%zu)", sink->limit);
  return dusq__error_static(sink->broken ? sink->broken : DUSQ_E_PROTOCOL);
}

void dusq_sink_complete(dusq_sink *sink)
{
  sink->done = true;
  if (sink->broken && !sink->error)
    sink->error = broken_error(sink); /* the statement took effect, but its result was lost */
  if (sink->on_complete)
    sink->on_complete(sink);
}

void dusq_sink_fail(dusq_sink *sink, dusq_error *take_error)
{
  if (sink->broken) {
    dusq_error_unref(take_error);
    take_error = NULL;
  }
  dusq_error_unref(sink->error);
  sink->error = take_error ? take_error : broken_error(sink);
  sink->done = true;
}

dusq_result *dusq__sink_take(dusq_sink *sink)
{
  if (!sink->first)
    begin_set(sink);
  for (const dusq_result *set = sink->first; set; set = dusq_result_next(set))
    dusq__result_publish((dusq_result *)(uintptr_t)set);
  dusq_result *first = sink->first;
  sink->first = sink->last = NULL;
  return first;
}

dusq_error *dusq__sink_take_error(dusq_sink *sink)
{
  dusq_error *error = sink->error;
  sink->error = NULL;
  return error ? dusq__stop_reworded(sink->stop, error) : NULL;
}

dusq_result *dusq__sink_end(dusq_sink *sink, dusq_error **error)
{
  *error = dusq__sink_take_error(sink);
  dusq_result *result = *error ? NULL : dusq__sink_take(sink);
  if (!*error && !result)
    *error = dusq__error_static(DUSQ_E_NOMEM); /* the statement was executed, but there is no memory for its result */
  dusq__sink_fini(sink);
  return result;
}

void dusq__sink_fini(dusq_sink *sink)
{
  dusq_result_unref(sink->first);
  dusq_error_unref(sink->error);
  sink->first = sink->last = NULL;
  sink->error = NULL;
}
