/* sequence.c - see sequence.h. */
#include "run/sequence.h"
#include "data/error.h"
#include "data/result.h"
#include "run/execute.h"
#include "run/tx.h"

static dusq__tx *tx_of(const dusq__sequence *all)
{
  return &all->worker->connection->tx;
}

void dusq__sequence_init(dusq__sequence *all, dusq__worker *worker)
{
  all->worker = worker;
  all->tell = NULL;
  all->arg = NULL;
  all->told = 0;
  all->begin = NULL;
  all->commits = false;
  all->rowless = true;
  atomic_init(&all->ignored, false);
  all->n = 0;
}

void dusq__sequence_fini(dusq__sequence *all)
{
  dusq__connection *connection = all->worker->connection;
  for (size_t i = 0; i < all->n; i++) {
    dusq__sink_fini(&all->sinks[i]);
    if (connection)
      dusq__connection_done(connection, all->prepared[i]);
  }
  if (all->begin)
    dusq__sink_fini(&all->begun);
  if (all->commits)
    dusq__sink_fini(&all->committed);
  all->n = 0;
}

/* ---- gathering the parts ----------------------------------------------------------------------------------------- */

bool dusq__sequence_begin(dusq__sequence *all, const dusq_tx_opts *opts, uint32_t flags, const dusq_stop *stop)
{
  if (flags & DUSQ_NO_BATCH || all->begin || all->n || tx_of(all)->depth || tx_of(all)->failed_at || !opts)
    return false;
  all->begin = opts;
  dusq__sink_init(&all->begun, stop, &all->ignored, SIZE_MAX);
  return true;
}

/* Allocates the result of a statement without rows beforehand, so that memory cannot run out between it and the commit. */
static bool make_room(dusq_sink *sink)
{
  sink->first = sink->last = dusq__result_new();
  sink->open = sink->first != NULL;
  return sink->open;
}

bool dusq__sequence_add(dusq__sequence *all, dusq__statement *statement, const dusq_value *values, size_t n,
                        uint32_t flags, const dusq_stop *stop)
{
  dusq__connection *connection = all->worker->connection;
  bool inside = all->begin || (tx_of(all)->depth && !tx_of(all)->failed_at);
  if (!inside || all->commits || all->n == DUSQ__SEQUENCE_MAX || flags & DUSQ_NO_BATCH ||
      statement->sql.verb == DUSQ__VERB_TRANSACTION)
    return false;
  dusq__prepared *prepared = dusq__connection_prepared(connection, statement);
  if (!prepared)
    return false;
  dusq_sink *sink = &all->sinks[all->n];
  bool rowless = prepared->flags & DUSQ_STATEMENT_ROWLESS;
  dusq__sink_init(sink, stop, &all->ignored, connection->setup->options.max_result_bytes);
  if (prepared->flags & DUSQ_STATEMENT_ALONE || (rowless && !make_room(sink))) {
    dusq__connection_done(connection, prepared);
    return false;
  }
  all->rowless = all->rowless && rowless;
  all->statements[all->n] = statement;
  all->prepared[all->n] = prepared;
  all->executions[all->n] = (dusq_execution){.size = sizeof(dusq_execution), .prepared = prepared->handle,
                                             .values = values, .count = n, .flags = flags, .sink = sink};
  all->n++;
  return true;
}

bool dusq__sequence_commit(dusq__sequence *all, const dusq_stop *stop, atomic_bool *sent)
{
  const dusq__tx *tx = tx_of(all);
  bool outermost = all->begin || (tx->depth == 1 && !tx->adopted);
  if (!outermost || all->commits || !all->rowless || !(all->begin || all->n))
    return false;
  all->commits = true;
  dusq__sink_init(&all->committed, stop, sent, SIZE_MAX);
  return true;
}

/* ---- outcomes ---------------------------------------------------------------------------------------------------- */

static size_t parts_of(const dusq__sequence *all)
{
  return (all->begin != NULL) + all->n + all->commits;
}

static dusq_sink *sink_of(dusq__sequence *all, size_t part)
{
  if (all->begin && !part)
    return &all->begun;
  size_t i = part - (all->begin != NULL);
  return i < all->n ? &all->sinks[i] : &all->committed;
}

static void note_begin(dusq__sequence *all)
{
  if (all->begun.error)
    dusq__tx_skip_begin(all->worker, all->begun.error);
  else
    tx_of(all)->depth++;
}

static dusq_error *why_not_run(const dusq__sequence *all, const dusq_sink *sink)
{
  dusq_error *stopped = dusq__stopped_error(sink->stop);
  return stopped ? stopped : dusq__tx_refused(all->worker);
}

/* When the rows of a statement found no room, the whole transaction is rolled back, with what ran after it. */
static void note_statement(dusq__sequence *all, size_t i)
{
  dusq_sink *sink = &all->sinks[i];
  if (tx_of(all)->failed_at && !sink->error)
    dusq_sink_fail(sink, why_not_run(all, sink));
  dusq__place_error(sink, all->statements[i]);
  if (sink->error)
    dusq__tx_fail(all->worker, sink->error);
}

/* False: the connection is lost. */
static bool note_commit(dusq__sequence *all)
{
  dusq__tx *tx = tx_of(all);
  if (!tx->failed_at) {
    dusq__tx_clear(tx);
    return true;
  }
  dusq_sink_restart(&all->committed);
  bool usable = dusq__tx_commit(all->worker, &all->committed); /* which rolls back, and gives the reason */
  dusq_error *stopped = dusq__stopped_error(all->committed.stop);
  if (stopped)
    dusq_sink_fail(&all->committed, stopped);
  return usable;
}

static void fail_unheard(dusq_sink *sink, dusq_status status)
{
  if (!sink->done)
    dusq_sink_fail(sink, dusq__error_static(status));
}

/* The next part's outcome is known, or will never be.  False: the connection is lost. */
static bool note_next(dusq__sequence *all)
{
  size_t part = all->told++;
  dusq_sink *sink = sink_of(all, part);
  bool usable = true;
  if (!tx_of(all)->failed_at)
    fail_unheard(sink, DUSQ_E_PROTOCOL);
  if (sink == &all->begun)
    note_begin(all);
  else if (sink == &all->committed)
    usable = note_commit(all);
  else
    note_statement(all, part - (all->begin != NULL));
  if (all->tell)
    all->tell(all, part, sink);
  return usable;
}

/* A success is told at once; an error is told later, because it may need the connection, which is busy. */
static void completed(dusq_sink *sink)
{
  dusq__sequence *all = sink->batch;
  while (all->told < parts_of(all)) {
    const dusq_sink *next = sink_of(all, all->told);
    if (!next->done || next->error || tx_of(all)->failed_at)
      return;
    note_next(all);
  }
}

/* Whether the server reported that a part before the commit failed: then nothing was committed. */
static bool failed_before(dusq__sequence *all)
{
  bool failed = false;
  for (size_t part = 0; part + 1 < parts_of(all) && !failed; part++) {
    const dusq_error *error = sink_of(all, part)->error;
    failed = error && *dusq_error_sqlstate(error);
  }
  return failed;
}

/* With the commit sent, a part without an answer from the server may have been committed with the others. */
static void note_loss(dusq__sequence *all)
{
  if (all->commits && failed_before(all))
    atomic_store(all->committed.sent, false);
  bool committing = all->commits && atomic_load(all->committed.sent);
  for (; all->told < parts_of(all); all->told++) {
    dusq_sink *sink = sink_of(all, all->told);
    fail_unheard(sink, DUSQ_E_CONNECTION_LOST);
    if (committing && sink->error && !*dusq_error_sqlstate(sink->error))
      dusq__mark_unknown(sink);
    if (all->tell)
      all->tell(all, all->told, sink);
  }
}

static void count(const dusq__sequence *all, int sign)
{
  dusq__count(&all->worker->counters.batches, sign);
  dusq__count(&all->worker->counters.batched, sign * (int64_t)parts_of(all));
}

static dusq_status call_backend(dusq__sequence *all)
{
  dusq__worker *worker = all->worker;
  const dusq_sequence given = {.size = sizeof given, .begin = all->begin, .begun = all->begin ? &all->begun : NULL,
                               .executions = all->executions, .n = all->n,
                               .committed = all->commits ? &all->committed : NULL};
  for (size_t part = 0; part < parts_of(all); part++) {
    sink_of(all, part)->batch = all;
    sink_of(all, part)->on_complete = completed;
  }
  count(all, 1); /* counted before any part is told */
  worker->connection->touched = true;
  dusq__worker_enter(worker);
  dusq_status status = dusq__backend_of(worker)->sequence(worker->connection->native, &given);
  return dusq__worker_leave(worker) ? status : DUSQ_E_CONNECTION_LOST;
}

dusq_status dusq__sequence_run(dusq__sequence *all)
{
  dusq__worker *worker = all->worker;
  dusq_status status = call_backend(all);
  if (status == DUSQ_E_NOTSUP) {
    count(all, -1);
    return status;
  }
  bool usable = status != DUSQ_E_CONNECTION_LOST;
  while (usable && all->told < parts_of(all))
    usable = note_next(all);
  if (!usable) {
    note_loss(all);
    return DUSQ_E_CONNECTION_LOST;
  }
  if (!all->commits && !tx_of(all)->failed_at)
    dusq__tx_note(worker, NULL, DUSQ__CONTROL_NONE);
  return DUSQ_OK;
}
