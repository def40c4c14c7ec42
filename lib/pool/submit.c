/* submit.c - see submit.h. */
#include "pool/submit.h"
#include "base/clock.h"
#include "data/error.h"
#include "data/value.h"
#include "queue/enqueue.h"
#include "queue/session.h"
#include "queue/stream.h"
#include "run/kinds.h"
#include "setup/bind.h"
#include "setup/tx_options.h"
#include <string.h>

enum { MAX_LABEL = 63, KNOWN_FLAGS = DUSQ_IDEMPOTENT | DUSQ_NO_CACHE | DUSQ_READ_ONLY | DUSQ_NO_BATCH };

/* Whether fields that a newer program may have set, and this library does not know, are 0. */
static bool rest_is_zero(const dusq_opts *opts)
{
  const unsigned char *bytes = (const unsigned char *)opts;
  for (size_t i = sizeof *opts; i < opts->size; i++)
    if (bytes[i])
      return false;
  return true;
}

/* DUSQ_E_INVAL for invalid options. */
static dusq_status read_opts(const dusq_pool *pool, const dusq_opts *opts, dusq__request_options *out)
{
  *out = (dusq__request_options){.now = dusq__now()};
  int64_t timeout = 0;
  if (opts) {
    if (opts->size < offsetof(dusq_opts, label) || opts->timeout < 0 || opts->flags & ~(uint32_t)KNOWN_FLAGS)
      return DUSQ_E_INVAL;
    if (!rest_is_zero(opts))
      return DUSQ_E_INVAL;
    out->prefetch = opts->prefetch;
    timeout = opts->timeout;
    out->flags = opts->flags;
    out->label = opts->size >= sizeof *opts ? opts->label : NULL;
  }
  timeout = timeout ? timeout : pool->setup.options.query_timeout;
  out->timeout = timeout;
  out->deadline = timeout == INT64_MAX ? INT64_MAX : dusq__later(out->now, timeout);
  return DUSQ_OK;
}

static dusq_future *failed(dusq_pool *pool, dusq_error *take_error)
{
  return dusq__future_failed(pool->setup.home, take_error);
}

static dusq_status check(const dusq_pool *pool, const dusq_opts *opts, dusq__request_options *out)
{
  if (!pool)
    return DUSQ_E_INVAL;
  if (dusq__forked(pool->generation))
    return DUSQ_E_FORKED;
  return read_opts(pool, opts, out);
}

dusq_status dusq__submit_check(const dusq_pool *pool, const dusq_opts *opts, dusq__request_options *out)
{
  dusq_status status = check(pool, opts, out);
  return !status && out->prefetch ? DUSQ_E_INVAL : status;
}

static size_t label_size(const dusq__request_options *with)
{
  return with->label ? strnlen(with->label, MAX_LABEL) + 1 : 0;
}

dusq__request *dusq__submit_make(dusq_pool *pool, const dusq__kind *kind, size_t extra,
                                 const dusq__request_options *with)
{
  size_t label = label_size(with);
  dusq__request *request = extra > SIZE_MAX / 2 ? NULL : dusq__request_new(pool->setup.home, kind, extra + label);
  if (!request)
    return NULL;
  request->task.flags = with->flags;
  request->stop.deadline = with->deadline;
  atomic_store_explicit(&request->future.submitted, with->now, memory_order_relaxed);
  if (label) {
    request->task.label = (char *)(request + 1) + extra;
    memcpy(request->task.label, with->label, label - 1);
    request->task.label[label - 1] = '\0';
  }
  return request;
}

dusq_future *dusq__submit_to(dusq_pool *pool, dusq_session *session, uint32_t lane, dusq__request *request)
{
  if (session) {
    dusq__session_own(session, request);
    atomic_store_explicit(&request->lane, session->lane, memory_order_relaxed);
    dusq__session_submit(session, request);
    return &request->future;
  }
  dusq__lane *to = dusq__lane_of(pool, lane);
  atomic_store_explicit(&request->lane, to, memory_order_relaxed);
  dusq__lane_submit(to, request);
  return &request->future;
}

dusq_session *dusq__submit_session(dusq_pool *pool, uint32_t lane)
{
  return dusq__session_new(pool, dusq__lane_of(pool, lane), &dusq__kind_lease);
}

dusq_future *dusq__submit_end(dusq_session *session)
{
  dusq__request *end = dusq__request_new(session->home, &dusq__kind_end, 0);
  if (end)
    dusq__session_own(session, end);
  dusq__session_end(session, end);
  return end ? &end->future : dusq__future_static(DUSQ_E_NOMEM);
}

char *dusq__submit_copy(dusq_value *to, const dusq_value *values, size_t n)
{
  char *room = (char *)(to + n);
  for (size_t i = 0; i < n; i++) {
    to[i] = values[i];
    to[i].name = NULL;
    room += dusq__value_move(&to[i], room);
  }
  return room;
}

bool dusq__submit_size(const dusq_value *values, size_t n, size_t *out)
{
  if (n > SIZE_MAX / 4 / sizeof *values)
    return false;
  size_t total = n * sizeof *values;
  for (size_t i = 0; i < n; i++) {
    size_t extra = dusq__value_extra(&values[i]);
    if (extra > SIZE_MAX / 4 - total)
      return false;
    total += extra;
  }
  *out = total;
  return true;
}

/* A statement that no worker has prepared yet goes by its first keyword; a worker moves it if the lane was wrong. */
static uint32_t lane_for(const dusq__statement *statement, uint32_t flags)
{
  uint32_t learned = dusq__statement_learned(statement);
  if (flags & DUSQ_READ_ONLY)
    return 1;
  return learned & DUSQ__LEARNED ? (learned & DUSQ_STATEMENT_READS) != 0 : statement->sql.verb == DUSQ__VERB_SELECT;
}

/* Takes the statement.  NULL when memory is short. */
static dusq__request *make_values(dusq_pool *pool, const dusq__kind *kind, dusq__statement *take_statement,
                                  const dusq_value *values, size_t cols, size_t rows, const dusq__request_options *with)
{
  size_t size;
  bool fits = dusq__submit_size(values, cols * rows, &size);
  dusq__request *request = fits ? dusq__submit_make(pool, kind, size, with) : NULL;
  if (!request) {
    dusq__statement_unref(take_statement);
    return NULL;
  }
  request->task.values = (dusq_value *)(request + 1);
  dusq__submit_copy(request->task.values, values, cols * rows);
  dusq__bind_keep_names(take_statement, values, cols * rows, request->task.values);
  request->task.statement = take_statement;
  request->task.cols = cols;
  request->task.rows = rows;
  return request;
}

/* A stream of a pool has a session of its own, which closes after it. */
static dusq_future *submit_stream(dusq_stream *stream, dusq_pool *pool, dusq_session *session, uint32_t lane,
                                  dusq__request *request)
{
  dusq_session *own = session ? NULL : dusq__submit_session(pool, lane ? 1 : 2);
  if (!session && !own) {
    dusq_future_unref(&request->future);
    dusq_future_unref(&request->future);
    return dusq__future_static(DUSQ_E_NOMEM);
  }
  dusq__refs_take(&stream->refs);
  request->stream = stream;
  request->patient = !own;
  stream->alone = own != NULL;
  stream->lane = session ? session->lane : own->lane;
  dusq_future *future = dusq__submit_to(pool, session ? session : own, 0, request);
  if (own)
    dusq_future_unref(dusq__submit_end(own)); /* queued behind the stream */
  dusq__session_drop(own);
  return future;
}

static dusq_future *submit_query(dusq_pool *pool, dusq_session *session, dusq_stream *stream,
                                 dusq__statement *take_statement, const dusq__bound *bound, dusq__request_options *with)
{
  uint32_t lane = lane_for(take_statement, with->flags);
  if (stream) {
    stream->rows = with->prefetch ? with->prefetch : DUSQ__STREAM_ROWS;
    stream->timeout = with->timeout;
    with->deadline = INT64_MAX;
  }
  const dusq__kind *kind = stream ? &dusq__kind_stream : &dusq__kind_query;
  dusq__request *request = make_values(pool, kind, take_statement, bound->values, bound->n, 1, with);
  if (!request)
    return dusq__future_static(DUSQ_E_NOMEM);
  return stream ? submit_stream(stream, pool, session, lane, request)
                : dusq__submit_to(pool, session, lane, request);
}

dusq_future *dusq__submit_query(dusq_pool *pool, dusq_session *session, dusq_stream *stream, const char *sql, size_t n,
                                const dusq_value *values, const dusq_opts *opts)
{
  dusq__request_options with;
  dusq_status status = stream ? check(pool, opts, &with) : dusq__submit_check(pool, opts, &with);
  if (status || !sql || (n && !values))
    return dusq__future_static(status ? status : DUSQ_E_INVAL);
  dusq_error *error;
  dusq__statement *statement;
  dusq__bound bound;
  bool keep = !(with.flags & DUSQ_NO_CACHE);
  if (dusq__bind_text(&pool->setup.statements, sql, keep, values, n, &statement, &bound, &error))
    return failed(pool, error);
  dusq_future *future = submit_query(pool, session, stream, statement, &bound, &with);
  dusq__bound_fini(&bound);
  return future;
}

dusq_future *dusq__submit_many(dusq_pool *pool, dusq_session *session, const char *sql, size_t cols, size_t rows,
                               const dusq_value *values, const dusq_opts *opts)
{
  dusq__request_options with;
  dusq_status status = dusq__submit_check(pool, opts, &with);
  if (!status && (!sql || (cols && rows && !values) || (cols && rows > SIZE_MAX / cols)))
    status = DUSQ_E_INVAL;
  if (status)
    return dusq__future_static(status);
  dusq_error *error;
  dusq__statement *statement;
  dusq__bound bound = {values, 0, NULL};
  bool keep = !(with.flags & DUSQ_NO_CACHE);
  dusq__statements *table = &pool->setup.statements;
  status = rows ? dusq__bind_text_rows(table, sql, keep, values, cols, rows, &statement, &bound, &error)
                : dusq__statement_get(table, sql, 0, keep, &statement, &error);
  if (status)
    return failed(pool, error);
  dusq__request *request = make_values(pool, &dusq__kind_many, statement, bound.values, cols, rows, &with);
  dusq__bound_fini(&bound);
  return request ? dusq__submit_to(pool, session, 0, request) : dusq__future_static(DUSQ_E_NOMEM);
}

dusq_future *dusq__submit_script(dusq_pool *pool, dusq_session *session, const char *sql, const dusq_opts *opts)
{
  dusq__request_options with;
  dusq_status status = dusq__submit_check(pool, opts, &with);
  if (status || !sql)
    return dusq__future_static(status ? status : DUSQ_E_INVAL);
  size_t len = strlen(sql);
  dusq__request *request = dusq__submit_make(pool, &dusq__kind_script, len + 1, &with);
  if (!request)
    return dusq__future_static(DUSQ_E_NOMEM);
  request->task.script = (char *)(request + 1);
  memcpy(request->task.script, sql, len + 1);
  return dusq__submit_to(pool, session, (with.flags & DUSQ_READ_ONLY) != 0, request);
}

dusq_future *dusq__submit_job(dusq_pool *pool, dusq_session *session, dusq_job_fn *fn, void *arg,
                              dusq_free_fn *free_arg, const dusq_tx_opts *tx, const dusq_opts *opts)
{
  dusq__request_options with;
  dusq_status status = dusq__submit_check(pool, opts, &with);
  if (!status && !fn)
    status = DUSQ_E_INVAL;
  const dusq__kind *kind = tx ? &dusq__kind_transact : &dusq__kind_job;
  dusq__request *request = status ? NULL : dusq__submit_make(pool, kind, tx ? sizeof *tx : 0, &with);
  if (!request) {
    if (free_arg)
      free_arg(arg);
    return dusq__future_static(status ? status : DUSQ_E_NOMEM);
  }
  if (tx)
    request->task.tx = memcpy(request + 1, tx, sizeof *tx);
  request->task.job = fn;
  request->task.arg = arg;
  request->task.free_arg = free_arg;
  return dusq__submit_to(pool, session, (with.flags & DUSQ_READ_ONLY) != 0, request);
}
