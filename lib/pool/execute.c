/* execute.c - one request at a time: statements, scripts, and one statement for many rows.
 *
 * Whether a failed one may be run again is decided here and nowhere else: when it had not been sent, when the prepared
 * statement was stale (nothing had run), or when its caller marked it idempotent.                                    */
#include "pool/execute.h"
#include "base/clock.h"
#include "data/error.h"
#include "pool/bind.h"
#include <string.h>

enum { MAX_ATTEMPTS = 3 };

/* ---- one execution ----------------------------------------------------------------------------------------------- */

void dusq__place_error(dusq_sink *sink, const dusq__statement *statement)
{
  int64_t at = dusq_error_position(sink->error);
  if (at >= 0)
    dusq_error_set_number(sink->error, DUSQ_ERROR_POSITION, (int64_t)dusq__sql_origin(&statement->sql, (size_t)at));
}

bool dusq__is_elsewhere(const dusq__lane *lane, uint32_t learned, uint32_t flags)
{
  if (lane->pool->nlanes < 2 || lane->number > 1)
    return false;
  bool reads = learned & DUSQ_STATEMENT_READS;
  return lane->number == 0 ? reads : !reads && !(flags & DUSQ_READ_ONLY);
}

/* What is to be executed: one row of values, or several at once by execute_many. */
typedef struct work {
  dusq__statement *statement;
  const dusq_value *values;
  size_t n, rows; /* rows 0: one, by execute */
  uint32_t flags;
} work;

static dusq_status call_backend(const dusq__connection *connection, const dusq__prepared *prepared, const work *what,
                                dusq_sink *sink)
{
  const dusq_backend *backend = connection->pool->backend;
  const dusq_execution execution = {.size = sizeof execution, .prepared = prepared->handle, .values = what->values,
                                    .count = what->n, .flags = what->flags, .sink = sink};
  return what->rows ? backend->execute_many(connection->native, &execution, what->rows)
                    : backend->execute(connection->native, &execution);
}

/* False: the connection is lost.  *stale: the prepared statement was, and has been dropped.  `elsewhere`, if not NULL:
 * what belongs to another lane is not executed, which *elsewhere then tells.                                         */
static bool execute_read(dusq__worker *worker, const work *what, dusq_sink *sink, bool *stale, bool *elsewhere)
{
  dusq__connection *connection = worker->connection;
  dusq__prepared *prepared;
  dusq_error *error = NULL;
  uint32_t fresh = 0;
  dusq_status status = dusq__connection_prepare(connection, what->statement, !(what->flags & DUSQ_NO_CACHE), sink->stop,
                                                &prepared, &fresh, &error);
  dusq__count(&worker->prepared, fresh);
  if (status) {
    if (elsewhere) /* a reader does not see all that the writer sees */
      *elsewhere = worker->lane->number == 1 && !(what->flags & DUSQ_READ_ONLY) && status != DUSQ_E_CONNECTION_LOST;
    dusq_sink_fail(sink, error);
    return status != DUSQ_E_CONNECTION_LOST;
  }
  if (elsewhere && dusq__is_elsewhere(worker->lane, prepared->flags, what->flags)) {
    *elsewhere = true;
    dusq__connection_done(connection, prepared);
    return true;
  }
  connection->touched |= (prepared->flags & DUSQ_STATEMENT_ALONE) != 0;
  if (!dusq__sink_release(sink)) {
    dusq__connection_done(connection, prepared);
    return true;
  }
  status = call_backend(connection, prepared, what, sink);
  dusq__sink_take_back(sink);
  *stale = dusq_error_status(sink->error) == DUSQ_E_STALE_STATEMENT;
  if (*stale)
    dusq__connection_drop(connection, prepared);
  else
    dusq__connection_done(connection, prepared);
  if (!*stale)
    dusq__place_error(sink, what->statement);
  return status != DUSQ_E_CONNECTION_LOST;
}

/* The statement that the session's own modes make of the text, which is owned by *out, and its values. */
static dusq_status read_again(dusq__connection *connection, const work *what, const dusq_stop *stop, work *out,
                              dusq__bound *bound, dusq_error **error)
{
  uint32_t dialect;
  *out = *what;
  out->statement = NULL;
  dusq_status status = dusq__connection_reading(connection, stop, &dialect, error);
  if (status)
    return status;
  if (dialect == what->statement->dialect) {
    out->statement = dusq__statement_ref(what->statement);
    return DUSQ_OK;
  }
  status = dusq__statement_get(&connection->pool->statements, what->statement->text,
                               dialect & ~connection->pool->backend->dialect, !(what->flags & DUSQ_NO_CACHE),
                               &out->statement, error);
  if (status)
    return status;
  if (what->rows)
    return dusq__bind_row(out->statement, what->values, what->n, 0, error);
  status = dusq__bind(out->statement, what->values, what->n, bound, error);
  out->values = bound->values;
  out->n = bound->n;
  return status;
}

static bool execute_prepared(dusq__worker *worker, const work *what, dusq_sink *sink, bool *stale, bool *elsewhere)
{
  if (!what->statement->moody || !worker->connection->pool->backend->reading)
    return execute_read(worker, what, sink, stale, elsewhere);
  work own;
  dusq__bound bound = {0};
  dusq_error *error = NULL;
  bool usable;
  dusq_status status = read_again(worker->connection, what, sink->stop, &own, &bound, &error);
  if (status) {
    usable = status != DUSQ_E_CONNECTION_LOST;
    dusq_sink_fail(sink, error);
  } else {
    usable = execute_read(worker, &own, sink, stale, elsewhere);
  }
  dusq__bound_fini(&bound);
  dusq__statement_unref(own.statement);
  return usable;
}

/* An error there has made everything else fail. */
static bool in_transaction(const dusq__worker *worker)
{
  return worker->connection->tx.depth > 0;
}

static bool execute(dusq__worker *worker, const work *what, dusq_sink *sink, bool *elsewhere)
{
  bool stale = false, usable;
  dusq__worker_enter(worker);
  usable = execute_prepared(worker, what, sink, &stale, elsewhere);
  if (stale && usable && !in_transaction(worker)) {
    dusq_sink_restart(sink);
    usable = execute_prepared(worker, what, sink, &stale, NULL);
  }
  return dusq__worker_leave(worker) && usable;
}

bool dusq__execute(dusq__worker *worker, dusq__statement *statement, const dusq_value *values, size_t n, uint32_t flags,
                   dusq_sink *sink, bool *elsewhere)
{
  const work one = {statement, values, n, 0, flags};
  return execute(worker, &one, sink, elsewhere);
}

bool dusq__execute_script(dusq__worker *worker, const char *script, dusq_sink *sink)
{
  const dusq_backend *backend = worker->lane->pool->backend;
  if (!backend->script) {
    dusq_sink_fail(sink, dusq_error_new(DUSQ_E_NOTSUP, NULL, 0, "the %s backend runs no scripts", backend->name));
    return true;
  }
  if (!dusq__sink_release(sink))
    return true;
  worker->connection->touched = true;
  dusq__worker_enter(worker);
  dusq_status status = backend->script(worker->connection->native, script, strlen(script), sink);
  return dusq__worker_leave(worker) && status != DUSQ_E_CONNECTION_LOST;
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

void dusq__finish_sink(dusq__worker *worker, size_t i, dusq_sink *sink, int64_t now)
{
  dusq_error *error;
  dusq_result *result = dusq__sink_end(sink, &error);
  dusq__worker_finish(worker, i, result, error, now, NULL);
}

void dusq__mark_unknown(dusq_sink *sink)
{
  dusq_error *error = dusq__error_copy(sink->error);
  dusq_error_set_number(error, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  dusq_error_set_number(error, DUSQ_ERROR_RETRYABLE, 0);
  dusq_error_unref(sink->error);
  sink->error = error;
}

static bool may_have_run(const dusq__request *request)
{
  uint32_t learned = request->statement ? dusq__statement_learned(request->statement) : 0;
  bool reads = learned & DUSQ_STATEMENT_READS || request->flags & DUSQ_READ_ONLY;
  return atomic_load(&request->sent) && !reads;
}

/* Rows that could not be kept say nothing about what the statement has changed. */
static bool lost_its_rows(const dusq_sink *sink, const dusq__statement *statement)
{
  return sink->broken && !(statement && statement->sql.verb == DUSQ__VERB_SELECT);
}

void dusq__judge(dusq_sink *sink, const dusq__statement *statement, bool may_have_run)
{
  bool lost = dusq_error_status(sink->error) == DUSQ_E_CONNECTION_LOST || lost_its_rows(sink, statement);
  if (sink->error && lost && may_have_run)
    dusq__mark_unknown(sink);
}

void dusq__judge_loss(dusq_sink *sink, const dusq__request *request)
{
  if (sink->error)
    dusq__judge(sink, request->statement, may_have_run(request));
}

/* Why the request cannot be begun: it is to stop, or no connection can be had.  Owned; NULL: it can. */
static dusq_error *obstacle(dusq__worker *worker, const dusq__request *request)
{
  dusq_error *error = dusq__stopped_error(&request->stop);
  if (!error && !worker->connection)
    dusq__worker_connect(worker, dusq__now(), &error);
  return error;
}

/* False: the request has been settled. */
static bool ready(dusq__worker *worker, size_t i)
{
  dusq_error *error = obstacle(worker, worker->requests[i]);
  if (error)
    dusq__worker_finish(worker, i, NULL, error, 0, NULL);
  return !error;
}

void dusq__worker_reset(dusq__worker *worker)
{
  if (!worker->connection || !worker->connection->touched)
    return;
  const dusq_stop *stop = dusq__worker_own_stop(worker);
  dusq__worker_enter(worker);
  bool clean = dusq__connection_reset(worker->connection, stop);
  if (!dusq__worker_leave(worker) || !clean)
    dusq__worker_disconnect(worker);
}

/* Hands request i to the other lane; false when that is too late. */
static bool move(dusq__worker *worker, size_t i)
{
  dusq__request *request = worker->requests[i];
  dusq_pool *pool = worker->lane->pool;
  request->moved = true;
  pthread_mutex_lock(&worker->mtx);
  worker->requests[i] = NULL;
  pthread_mutex_unlock(&worker->mtx);
  if (dusq__lane_adopt(&pool->lanes[!worker->lane->number], request)) {
    dusq__worker_forget(worker, i);
    return true;
  }
  pthread_mutex_lock(&worker->mtx);
  worker->requests[i] = request;
  pthread_mutex_unlock(&worker->mtx);
  return false;
}

/* Attempts it until there is an outcome, which is in the sink then.  True: it belongs to another lane. */
static bool attempt_query(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  bool unsure = may_have_run(request), elsewhere = false; /* it may have been in a batch before */
  for (int attempt = 1;; attempt++) {
    dusq_error *error = obstacle(worker, request);
    if (error) {
      dusq_sink_fail(sink, error);
      break;
    }
    if (dusq__execute(worker, request->statement, request->values, request->cols, request->flags, sink,
                      request->moved || attempt > 1 ? NULL : &elsewhere)) {
      dusq__judge_loss(sink, request);
      break;
    }
    dusq__worker_disconnect(worker);
    if (dusq_error_status(sink->error) != DUSQ_E_CONNECTION_LOST)
      break;
    bool harmless = !atomic_load(&request->sent) || request->flags & (DUSQ_IDEMPOTENT | DUSQ_READ_ONLY);
    if (!harmless || attempt == MAX_ATTEMPTS) {
      dusq__judge_loss(sink, request);
      break;
    }
    unsure |= may_have_run(request);
    dusq_sink_restart(sink);
    atomic_store(&request->sent, unsure);
  }
  if (unsure && sink->error) /* this attempt failed, but an earlier one may have taken effect */
    dusq__mark_unknown(sink);
  return elsewhere;
}

void dusq__run_query(dusq__worker *worker, size_t i)
{
  dusq__request *request = worker->requests[i];
  dusq_sink sink;
  dusq__sink_init(&sink, &request->stop, &request->sent, worker->lane->pool->max_result_bytes);
  sink.counts = request;
  int64_t start = dusq__now();
  if (attempt_query(worker, request, &sink)) {
    if (move(worker, i)) {
      dusq__sink_fini(&sink);
      return;
    }
    dusq_sink_restart(&sink);
    attempt_query(worker, request, &sink);
  }
  dusq__worker_reset(worker);
  int64_t now = dusq__now();
  dusq__statement_took(request->statement, now - start);
  dusq__finish_sink(worker, i, &sink, now);
}

void dusq__run_script(dusq__worker *worker, size_t i)
{
  dusq__request *request = worker->requests[i];
  if (!ready(worker, i))
    return;
  dusq_sink sink;
  dusq__sink_init(&sink, &request->stop, &request->sent, worker->lane->pool->max_result_bytes);
  sink.counts = request;
  bool usable = dusq__execute_script(worker, request->script, &sink);
  if (!usable)
    dusq__worker_disconnect(worker);
  dusq__judge_loss(&sink, request);
  dusq__worker_reset(worker);
  dusq__finish_sink(worker, i, &sink, dusq__now());
}

/* ---- one statement, many rows ------------------------------------------------------------------------------------ */

static void fail_row(dusq_sink *sink, size_t row, dusq_error *take_error)
{
  dusq_error *error = dusq__error_copy(take_error);
  dusq_error_unref(take_error);
  dusq_error_set_number(error, DUSQ_ERROR_INDEX, (int64_t)row);
  dusq_sink_fail(sink, error);
}

/* Executes row after row inside a transaction that is open.  False: the connection is lost. */
static bool execute_each(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  for (size_t row = 0; row < request->rows; row++) {
    dusq_error *stopped = dusq__stopped_error(&request->stop);
    if (stopped) {
      dusq_sink_fail(sink, stopped);
      return true;
    }
    sink->done = false;
    bool usable = dusq__execute(worker, request->statement, request->values + row * request->cols, request->cols,
                                request->flags, sink, NULL);
    if (sink->error)
      fail_row(sink, row, dusq_error_ref(sink->error));
    if (!usable || sink->error)
      return usable;
  }
  return true;
}

static bool execute_rows(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  if (!worker->lane->pool->backend->execute_many)
    return execute_each(worker, request, sink);
  const work all = {request->statement, request->values, request->cols, request->rows, request->flags};
  return execute(worker, &all, sink, NULL);
}

static bool begin_transaction(dusq__worker *worker, const dusq__request *request, dusq_sink *sink)
{
  const dusq_tx_opts opts = DUSQ_TX_OPTS_INIT;
  dusq_error *error = NULL;
  dusq__worker_enter(worker);
  dusq_status status =
      worker->lane->pool->backend->begin(worker->connection->native, &opts, &request->stop, &error);
  if (status)
    dusq_sink_fail(sink, error);
  return dusq__worker_leave(worker) && status != DUSQ_E_CONNECTION_LOST;
}

static bool end_transaction(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  const dusq_backend *backend = worker->lane->pool->backend;
  const dusq_stop *stop = dusq__worker_own_stop(worker);
  void *native = worker->connection->native;
  dusq_error *error = NULL;
  bool usable;
  if (!sink->error && !dusq__request_release(request))
    dusq_sink_fail(sink, dusq__stopped_error(sink->stop));
  dusq__worker_enter(worker);
  if (sink->error) {
    usable = !backend->rollback(native, stop, &error);
    dusq_error_unref(error);
  } else {
    sink->sent = &request->sent; /* from here on the rows count */
    dusq_status status = backend->commit(native, sink, &error);
    usable = status != DUSQ_E_CONNECTION_LOST;
    if (status)
      dusq_sink_fail(sink, error);
    if (status && !atomic_load(&request->sent))
      dusq__request_take_back(request);
  }
  return dusq__worker_leave(worker) && usable;
}

/* False: the connection is lost, and the transaction dies with it, though each statement so far may have succeeded. */
static bool transact_rows(dusq__worker *worker, dusq__request *request, dusq_sink *sink)
{
  bool usable = begin_transaction(worker, request, sink);
  if (usable && sink->error)
    return true;
  if (usable && execute_rows(worker, request, sink))
    return end_transaction(worker, request, sink);
  if (!sink->error)
    dusq_sink_fail(sink, dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0,
                                        "the connection was given up before the rows were committed"));
  return false;
}

bool dusq__many(dusq__worker *worker, dusq__request *request, dusq_sink *sink, bool inside)
{
  const dusq_backend *backend = worker->lane->pool->backend;
  bool usable = true;
  if (!backend->begin)
    dusq_sink_fail(sink, dusq_error_new(DUSQ_E_NOTSUP, NULL, 0, "the %s backend has no transactions", backend->name));
  else if (request->rows)
    usable = inside ? execute_rows(worker, request, sink) : transact_rows(worker, request, sink);
  if (!usable)
    dusq__judge_loss(sink, request);
  return usable;
}

void dusq__run_many(dusq__worker *worker, size_t i)
{
  dusq__request *request = worker->requests[i];
  if (!ready(worker, i))
    return;
  dusq_sink sink;
  atomic_bool row_sent = false; /* a row counts only with the commit */
  dusq__sink_init(&sink, &request->stop, &row_sent, worker->lane->pool->max_result_bytes);
  sink.sums = true;
  if (!dusq__many(worker, request, &sink, false))
    dusq__worker_disconnect(worker);
  dusq__worker_reset(worker);
  dusq__finish_sink(worker, i, &sink, dusq__now());
}
