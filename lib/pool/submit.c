/* submit.c - the calls that give a pool work: check, copy into one allocation, queue. */
#include "base/alloc.h"
#include "base/clock.h"
#include "data/error.h"
#include "data/value.h"
#include "pool/bind.h"
#include "pool/pool.h"
#include <string.h>

enum { MAX_LABEL = 63, KNOWN_FLAGS = DUSQ_IDEMPOTENT | DUSQ_NO_CACHE | DUSQ_READ_ONLY | DUSQ_NO_BATCH };

typedef struct hot {
  int64_t deadline;
  uint32_t flags;
  const char *label;
  int64_t now;
} hot;

/* What a newer program may have set, and this library does not know. */
static bool rest_is_zero(const dusq_opts *opts)
{
  const unsigned char *bytes = (const unsigned char *)opts;
  for (size_t i = sizeof *opts; i < opts->size; i++)
    if (bytes[i])
      return false;
  return true;
}

/* DUSQ_E_INVAL for options that make no sense. */
static dusq_status read_opts(const dusq_pool *pool, const dusq_opts *opts, hot *out)
{
  *out = (hot){.now = dusq__now()};
  int64_t timeout = 0;
  if (opts) {
    if (opts->size < offsetof(dusq_opts, label) || opts->timeout < 0 || opts->flags & ~(uint32_t)KNOWN_FLAGS)
      return DUSQ_E_INVAL;
    if ((opts->size >= offsetof(dusq_opts, prefetch) + sizeof opts->prefetch && opts->prefetch) || !rest_is_zero(opts))
      return DUSQ_E_INVAL;
    timeout = opts->timeout;
    out->flags = opts->flags;
    out->label = opts->size >= sizeof *opts ? opts->label : NULL;
  }
  timeout = timeout ? timeout : pool->query_timeout;
  out->deadline = timeout == INT64_MAX ? INT64_MAX : dusq__later(out->now, timeout);
  return DUSQ_OK;
}

static dusq_future *failed(dusq_pool *pool, dusq_error *take_error)
{
  return dusq__future_failed(pool->home, take_error);
}

/* DUSQ_OK if the pool may be looked at and the options are good. */
static dusq_status check(const dusq_pool *pool, const dusq_opts *opts, hot *out)
{
  if (!pool)
    return DUSQ_E_INVAL;
  if (dusq__forked(pool->generation))
    return DUSQ_E_FORKED;
  return read_opts(pool, opts, out);
}

static size_t label_size(const hot *with)
{
  return with->label ? strnlen(with->label, MAX_LABEL) + 1 : 0;
}

/* A request with its options and its label at the end of the extra room. */
static dusq__request *make(dusq_pool *pool, dusq__kind kind, size_t extra, const hot *with)
{
  size_t label = label_size(with);
  dusq__request *request = extra > SIZE_MAX / 2 ? NULL : dusq__request_new(pool->home, kind, extra + label);
  if (!request)
    return NULL;
  request->flags = with->flags;
  request->stop.deadline = with->deadline;
  atomic_store_explicit(&request->future.submitted, with->now, memory_order_relaxed);
  if (label) {
    request->label = (char *)(request + 1) + extra;
    memcpy(request->label, with->label, label - 1);
    request->label[label - 1] = '\0';
  }
  return request;
}

static dusq_future *submit(dusq_pool *pool, uint32_t lane, dusq__request *request)
{
  dusq__lane *to = &pool->lanes[lane < pool->nlanes ? lane : 0];
  atomic_store_explicit(&request->lane, to, memory_order_relaxed);
  dusq__lane_submit(to, request);
  return &request->future;
}

/* Copies n values and their bytes to the request's extra room. */
static void copy_values(dusq__request *request, const dusq_value *values, size_t n)
{
  request->values = (dusq_value *)(request + 1);
  char *room = (char *)(request->values + n);
  for (size_t i = 0; i < n; i++) {
    request->values[i] = values[i];
    request->values[i].name = NULL;
    room += dusq__value_move(&request->values[i], room);
  }
}

/* False when it does not fit a size_t. */
static bool values_size(const dusq_value *values, size_t n, size_t *out)
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

/* What nobody has seen yet goes by its first word; a worker that finds it in the wrong lane hands it over. */
static uint32_t lane_for(const dusq__statement *statement, uint32_t flags)
{
  uint32_t learned = dusq__statement_learned(statement);
  if (flags & DUSQ_READ_ONLY)
    return 1;
  return learned & DUSQ__LEARNED ? (learned & DUSQ_STATEMENT_READS) != 0 : statement->sql.verb == DUSQ__VERB_SELECT;
}

/* Takes the statement. */
static dusq_future *submit_values(dusq_pool *pool, dusq__kind kind, dusq__statement *take_statement,
                                  const dusq_value *values, size_t cols, size_t rows, const hot *with)
{
  size_t size;
  dusq__request *request = values_size(values, cols * rows, &size) ? make(pool, kind, size, with) : NULL;
  if (!request) {
    dusq__statement_unref(take_statement);
    return dusq__future_static(DUSQ_E_NOMEM);
  }
  copy_values(request, values, cols * rows);
  request->statement = take_statement;
  request->cols = cols;
  request->rows = rows;
  return submit(pool, kind == DUSQ__QUERY ? lane_for(take_statement, with->flags) : 0, request);
}

dusq_future *dusq_pool_query(dusq_pool *pool, const char *sql, size_t n, const dusq_value *values,
                             const dusq_opts *opts)
{
  hot with;
  dusq_status status = check(pool, opts, &with);
  if (status || !sql || (n && !values))
    return dusq__future_static(status ? status : DUSQ_E_INVAL);
  dusq_error *error;
  dusq__statement *statement;
  if (dusq__statement_get(&pool->statements, sql, !(with.flags & DUSQ_NO_CACHE), &statement, &error))
    return failed(pool, error);
  dusq__bound bound;
  if (dusq__bind(statement, values, n, &bound, &error)) {
    dusq__statement_unref(statement);
    return failed(pool, error);
  }
  dusq_future *future = submit_values(pool, DUSQ__QUERY, statement, bound.values, bound.n, 1, &with);
  dusq__bound_fini(&bound);
  return future;
}

dusq_future *dusq_pool_many(dusq_pool *pool, const char *sql, size_t cols, size_t rows, const dusq_value *values,
                            const dusq_opts *opts)
{
  hot with;
  dusq_status status = check(pool, opts, &with);
  if (!status && (!sql || (cols && rows && !values) || (cols && rows > SIZE_MAX / cols)))
    status = DUSQ_E_INVAL;
  if (status)
    return dusq__future_static(status);
  dusq_error *error;
  dusq__statement *statement;
  if (dusq__statement_get(&pool->statements, sql, !(with.flags & DUSQ_NO_CACHE), &statement, &error))
    return failed(pool, error);
  for (size_t row = 0; row < (cols ? rows : rows > 0) && !status; row++)
    status = dusq__bind_row(statement, values + row * cols, cols, row, &error);
  if (status) {
    dusq__statement_unref(statement);
    return failed(pool, error);
  }
  return submit_values(pool, DUSQ__MANY, statement, values, cols, rows, &with);
}

dusq_future *dusq_pool_script(dusq_pool *pool, const char *sql, const dusq_opts *opts)
{
  hot with;
  dusq_status status = check(pool, opts, &with);
  if (status || !sql)
    return dusq__future_static(status ? status : DUSQ_E_INVAL);
  size_t len = strlen(sql);
  dusq__request *request = make(pool, DUSQ__SCRIPT, len + 1, &with);
  if (!request)
    return dusq__future_static(DUSQ_E_NOMEM);
  request->script = (char *)(request + 1);
  memcpy(request->script, sql, len + 1);
  return submit(pool, (with.flags & DUSQ_READ_ONLY) != 0, request);
}

dusq_future *dusq_pool_run(dusq_pool *pool, dusq_job_fn *fn, void *arg, dusq_free_fn *free_arg, const dusq_opts *opts)
{
  hot with;
  dusq_status status = check(pool, opts, &with);
  if (!status && !fn)
    status = DUSQ_E_INVAL;
  dusq__request *request = status ? NULL : make(pool, DUSQ__JOB, 0, &with);
  if (!request) {
    if (free_arg)
      free_arg(arg);
    return dusq__future_static(status ? status : DUSQ_E_NOMEM);
  }
  request->job = fn;
  request->arg = arg;
  request->free_arg = free_arg;
  return submit(pool, (with.flags & DUSQ_READ_ONLY) != 0, request);
}
