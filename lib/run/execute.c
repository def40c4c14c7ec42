/* execute.c - see execute.h. */
#include "run/execute.h"
#include "data/error.h"
#include "setup/bind.h"
#include <string.h>

/* ---- one execution ----------------------------------------------------------------------------------------------- */

void dusq__place_error(dusq_sink *sink, const dusq__statement *statement)
{
  int64_t at = dusq_error_position(sink->error);
  if (at >= 0)
    dusq_error_set_number(sink->error, DUSQ_ERROR_POSITION, (int64_t)dusq__sql_origin(&statement->sql, (size_t)at));
}

bool dusq__is_elsewhere(const dusq__lane *lane, uint32_t learned, uint32_t flags)
{
  if (!lane->other)
    return false;
  bool reads = learned & DUSQ_STATEMENT_READS;
  return lane->number == 0 ? reads : !reads && !(flags & DUSQ_READ_ONLY);
}

/* One execution: one row of values, or several rows at once by execute_many. */
typedef struct work {
  dusq__statement *statement;
  const dusq_value *values;
  size_t n, rows; /* rows 0: one row, by execute */
  uint32_t flags;
} work;

static dusq_status call_backend(const dusq__connection *connection, const dusq__prepared *prepared, const work *what,
                                dusq_sink *sink)
{
  const dusq_backend *backend = connection->setup->backend;
  const dusq_execution execution = {.size = sizeof execution, .prepared = prepared->handle, .values = what->values,
                                    .count = what->n, .flags = what->flags, .sink = sink};
  return what->rows ? backend->execute_many(connection->native, &execution, what->rows)
                    : backend->execute(connection->native, &execution);
}

/* False: the connection is lost.  *stale: the prepared statement was stale, and has been dropped.  `elsewhere`, if not
 * NULL: a statement that belongs to another lane is not executed, and *elsewhere becomes true.                       */
static bool execute_read(dusq__worker *worker, const work *what, dusq_sink *sink, bool *stale, bool *elsewhere)
{
  dusq__connection *connection = worker->connection;
  dusq__prepared *prepared;
  dusq_error *error = NULL;
  uint32_t fresh = 0;
  dusq_status status = dusq__connection_prepare(connection, what->statement, !(what->flags & DUSQ_NO_CACHE), sink->stop,
                                                &prepared, &fresh, &error);
  dusq__count(&worker->counters.prepared, fresh);
  if (status) {
    bool reader = worker->seat.lane->number == 1 && !(what->flags & DUSQ_READ_ONLY);
    if (elsewhere) /* a reader may fail to prepare what the writer can, whose connection sees more */
      *elsewhere = reader && status != DUSQ_E_CONNECTION_LOST;
    dusq_sink_fail(sink, error);
    return status != DUSQ_E_CONNECTION_LOST;
  }
  if (elsewhere && dusq__is_elsewhere(worker->seat.lane, prepared->flags, what->flags)) {
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

/* Reads the text again by the session's own modes: the statement, owned by *out, and its values. */
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
  status = dusq__statement_get(&connection->setup->statements, what->statement->text,
                               dialect & ~connection->setup->backend->dialect, !(what->flags & DUSQ_NO_CACHE),
                               &out->statement, error);
  if (status)
    return status;
  if (what->rows) {
    status = dusq__bind_rows(out->statement, what->values, what->n, what->rows, bound, error);
    out->values = bound->values;
    return status;
  }
  status = dusq__bind(out->statement, what->values, what->n, bound, error);
  out->values = bound->values;
  out->n = bound->n;
  return status;
}

static bool execute_prepared(dusq__worker *worker, const work *what, dusq_sink *sink, bool *stale, bool *elsewhere)
{
  if (!what->statement->mode_dependent || !worker->connection->setup->backend->reading)
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

/* In a transaction a stale statement is not run again: its error has failed the transaction. */
static bool in_transaction(const dusq__worker *worker)
{
  const dusq_backend *backend = dusq__backend_of(worker);
  const dusq__connection *connection = worker->connection;
  return connection->tx.depth > 0 ||
         (backend->transaction && backend->transaction(connection->native) != DUSQ_TX_NONE);
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

bool dusq__execute_rows(dusq__worker *worker, dusq__statement *statement, const dusq_value *values, size_t n,
                        size_t rows, uint32_t flags, dusq_sink *sink)
{
  const work all = {statement, values, n, rows, flags};
  return execute(worker, &all, sink, NULL);
}

bool dusq__execute_script(dusq__worker *worker, const char *script, dusq_sink *sink)
{
  const dusq_backend *backend = dusq__backend_of(worker);
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

bool dusq__was_stale(dusq__worker *worker, const dusq_error *error)
{
  const dusq_backend *backend = dusq__backend_of(worker);
  if (!error || !worker->connection || dusq_error_status(error) == DUSQ_E_STALE_STATEMENT || !backend->stale)
    return dusq_error_status(error) == DUSQ_E_STALE_STATEMENT;
  dusq__worker_enter(worker);
  bool stale = backend->stale(worker->connection->native, dusq__worker_own_stop(worker));
  return dusq__worker_leave(worker) && stale;
}

/* ---- what an error means ------------------------------------------------------------------------------------------ */

void dusq__mark_unknown(dusq_sink *sink)
{
  dusq_error *error = dusq__error_copy(sink->error);
  dusq_error_set_number(error, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  dusq_error_set_number(error, DUSQ_ERROR_RETRYABLE, 0);
  dusq_error_unref(sink->error);
  sink->error = error;
}

bool dusq__may_have_run(const dusq__request *request)
{
  uint32_t learned = request->task.statement ? dusq__statement_learned(request->task.statement) : 0;
  bool reads = learned & DUSQ_STATEMENT_READS || request->task.flags & DUSQ_READ_ONLY;
  return atomic_load(&request->sent) && !reads;
}

/* Whether only the result was lost: rows that could not be kept say nothing about what the statement has changed. */
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
    dusq__judge(sink, request->task.statement, dusq__may_have_run(request));
}
