/* tx.c - see tx.h. */
#include "run/tx.h"
#include "data/error.h"
#include "run/execute.h"

static dusq__tx *tx_of(const dusq__worker *worker)
{
  return &worker->connection->tx;
}

int dusq__tx_server_state(const dusq__worker *worker)
{
  const dusq_backend *backend = dusq__backend_of(worker);
  const dusq__tx *tx = tx_of(worker);
  if (backend->transaction)
    return backend->transaction(worker->connection->native);
  return tx->depth && !tx->gone ? DUSQ_TX_OPEN : DUSQ_TX_NONE;
}

int dusq__tx_state(const dusq__worker *worker)
{
  if (!worker->connection || !tx_of(worker)->depth)
    return DUSQ_TX_NONE;
  return tx_of(worker)->failed_at ? DUSQ_TX_FAILED : DUSQ_TX_OPEN;
}

static dusq_error *aborted(const dusq__tx *tx, const char *why)
{
  dusq_error *error = dusq_error_new(DUSQ_E_TX_ABORTED, NULL, 0, "%s", why);
  dusq_error_set_cause(error, tx->cause);
  return dusq_error_status(error) == DUSQ_E_TX_ABORTED ? error : dusq__error_static(DUSQ_E_TX_ABORTED); /* no memory */
}

dusq_error *dusq__tx_refused(const dusq__worker *worker)
{
  const dusq__tx *tx = tx_of(worker);
  return aborted(tx, tx->gone ? "a statement has ended the transaction; roll it back"
                              : dusq_strstatus(DUSQ_E_TX_ABORTED));
}

/* Of a commit, which rolls the transaction back, unless it is a nested one. */
static dusq_error *not_committed(const dusq__worker *worker)
{
  const dusq__tx *tx = tx_of(worker);
  if (tx->depth > 1)
    return dusq__tx_refused(worker);
  return aborted(tx, tx->gone ? "a statement has ended the transaction before its commit"
                              : "the transaction has been rolled back: an earlier statement of it failed");
}

static void remember(dusq__tx *tx, const dusq_error *error)
{
  tx->retryable = dusq_error_retryable(error);
  if (!tx->cause)
    tx->cause = dusq__error_copy(error);
}

static void mend(dusq__tx *tx)
{
  tx->failed_at = 0;
  tx->cause = dusq_error_unref(tx->cause);
}

/* A transaction begun by an SQL statement may also be ended by one. */
static bool is_callers(const dusq__tx *tx)
{
  return tx->adopted && tx->depth == 1;
}

static dusq__sql_control control_of(const dusq__worker *worker, const dusq__statement *statement)
{
  return dusq__sql_control_of(dusq__backend_of(worker)->dialect, statement->text, statement->len);
}

/* Checked here, because MySQL would silently commit the open transaction. */
dusq_error *dusq__tx_begins_again(void)
{
  return dusq_error_new(DUSQ_E_TX_STATE, NULL, 0, "a transaction is open; one inside it is begun by dusq_session_begin "
                                                  "or dusq_conn_begin");
}

dusq_error *dusq__tx_obstacle(const dusq__worker *worker, const dusq__statement *statement)
{
  const dusq__tx *tx = tx_of(worker);
  if (!tx->depth)
    return NULL;
  bool looks = statement && (statement->sql.verb == DUSQ__VERB_TRANSACTION || (tx->failed_at && tx->adopted));
  dusq__sql_control control = looks ? control_of(worker, statement) : DUSQ__CONTROL_NONE;
  if (!tx->failed_at)
    return control == DUSQ__CONTROL_BEGINS ? dusq__tx_begins_again() : NULL;
  if (is_callers(tx) && (control == DUSQ__CONTROL_MENDS || control == DUSQ__CONTROL_UNDOES))
    return NULL;
  return dusq__tx_refused(worker);
}

void dusq__tx_fail(dusq__worker *worker, const dusq_error *error)
{
  dusq__tx *tx = tx_of(worker);
  if (!tx->depth || tx->failed_at)
    return;
  tx->failed_at = tx->depth;
  remember(tx, error);
}

void dusq__tx_lost(dusq__worker *worker, bool begins)
{
  if (!worker->connection)
    return;
  dusq__tx *tx = tx_of(worker);
  bool nested = begins && tx->depth > 1 && (!tx->failed_at || tx->failed_at == tx->depth);
  dusq__tx_fail(worker, NULL);
  if (nested) /* as in dusq__tx_skip_begin: the enclosing transaction fails */
    tx->failed_at = tx->depth - 1;
}

bool dusq__tx_must_not_commit(const dusq__worker *worker, dusq__sql_control control)
{
  const dusq__tx *tx = tx_of(worker);
  return tx->failed_at && is_callers(tx) && control == DUSQ__CONTROL_ENDS;
}

dusq__sql_control dusq__tx_control_of(const dusq__worker *worker, const dusq__statement *statement)
{
  bool looks = worker->connection && tx_of(worker)->adopted;
  return looks ? control_of(worker, statement) : DUSQ__CONTROL_NONE;
}

bool dusq__tx_counts(const dusq__worker *worker, const dusq__statement *statement)
{
  if (!worker->connection || !tx_of(worker)->depth || !statement)
    return true;
  bool ends = dusq__backend_of(worker)->dialect == DUSQ_DIALECT_MYSQL; /* DDL ends a transaction there */
  return statement->sql.verb == DUSQ__VERB_TRANSACTION || (ends && statement->sql.verb == DUSQ__VERB_OTHER);
}

static void note_error(dusq__worker *worker, const dusq_error *error)
{
  dusq__tx *tx = tx_of(worker);
  int state = dusq__tx_server_state(worker);
  if (!tx->depth && state != DUSQ_TX_NONE) {
    tx->depth = 1;
    tx->adopted = true;
  }
  dusq__tx_fail(worker, error);
  if (tx->depth && state == DUSQ_TX_NONE)
    tx->failed_at = 1; /* the database has rolled back the whole transaction */
}

static void note_success(dusq__worker *worker)
{
  dusq__tx *tx = tx_of(worker);
  switch (dusq__tx_server_state(worker)) {
  case DUSQ_TX_NONE:
    if (tx->depth == 1 && tx->adopted) {
      dusq__tx_clear(tx);
    } else if (tx->depth) {
      tx->failed_at = 1;
      tx->gone = true;
    }
    break;
  case DUSQ_TX_OPEN:
    mend(tx); /* the caller's own ROLLBACK TO may have repaired it */
    if (!tx->depth) {
      tx->depth = 1;
      tx->adopted = true;
    }
    break;
  default:
    dusq__tx_fail(worker, NULL);
  }
}

void dusq__tx_note(dusq__worker *worker, const dusq_error *error, dusq__sql_control control)
{
  if (!worker->connection)
    return;
  bool ends = control == DUSQ__CONTROL_ENDS || control == DUSQ__CONTROL_MENDS;
  if (error && ends && is_callers(tx_of(worker)) && dusq__tx_server_state(worker) == DUSQ_TX_NONE)
    dusq__tx_clear(tx_of(worker)); /* a COMMIT that has failed: nothing is left that could be rolled back */
  else if (error)
    note_error(worker, error);
  else
    note_success(worker);
}

/* ---- beginning and ending ---------------------------------------------------------------------------------------- */

static bool give(dusq_sink *sink, dusq_status status, dusq_error *take_error)
{
  if (status)
    dusq_sink_fail(sink, take_error);
  else
    dusq_sink_complete(sink);
  return status != DUSQ_E_CONNECTION_LOST;
}

static bool all_default(const dusq_tx_opts *opts)
{
  return !opts->flags && !opts->isolation && !opts->lock;
}

dusq_status dusq__tx_savepoint(dusq__worker *worker, int what, uint32_t level, const dusq_stop *stop,
                               dusq_error **error)
{
  const dusq_backend *backend = dusq__backend_of(worker);
  if (!backend->savepoint)
    return dusq__error_give(error, dusq_error_new(DUSQ_E_NOTSUP, NULL, 0, "the %s backend has no savepoints",
                                                  backend->name));
  dusq__worker_enter(worker);
  dusq_status status = backend->savepoint(worker->connection->native, what, level, stop, error);
  if (status == DUSQ_E_CANCELED)
    *error = dusq__stop_reworded(stop, *error);
  if (dusq__worker_leave(worker) || status == DUSQ_E_CONNECTION_LOST)
    return status;
  dusq_error_unref(*error);
  return dusq__error_give(error, dusq__error_static(DUSQ_E_CONNECTION_LOST));
}

static dusq_status begin_outer(dusq__worker *worker, const dusq_tx_opts *opts, const dusq_stop *stop,
                               dusq_error **error)
{
  const dusq_backend *backend = dusq__backend_of(worker);
  if (!backend->begin)
    return dusq__error_give(error, dusq_error_new(DUSQ_E_NOTSUP, NULL, 0, "the %s backend has no transactions",
                                                  backend->name));
  dusq__worker_enter(worker);
  dusq_status status = backend->begin(worker->connection->native, opts, stop, error);
  if (dusq__worker_leave(worker) || status == DUSQ_E_CONNECTION_LOST)
    return status;
  dusq_error_unref(*error);
  return dusq__error_give(error, dusq__error_static(DUSQ_E_CONNECTION_LOST));
}

static dusq_status begin_inner(dusq__worker *worker, const dusq_tx_opts *opts, const dusq_stop *stop,
                               dusq_error **error)
{
  if (!all_default(opts))
    return dusq__error_give(error, dusq_error_new(DUSQ_E_INVAL, NULL, 0,
                                                  "a nested transaction has the options of the outer one"));
  return dusq__tx_savepoint(worker, DUSQ_SAVEPOINT_SET, tx_of(worker)->depth + 1, stop, error);
}

bool dusq__tx_begin(dusq__worker *worker, const dusq_tx_opts *opts, dusq_sink *sink)
{
  dusq__tx *tx = tx_of(worker);
  dusq_error *error = NULL;
  dusq_status status = DUSQ_E_TX_ABORTED;
  worker->connection->touched = true;
  if (tx->failed_at)
    error = dusq__tx_refused(worker);
  else if (tx->depth)
    status = begin_inner(worker, opts, sink->stop, &error);
  else
    status = begin_outer(worker, opts, sink->stop, &error);
  if (status)
    dusq__tx_skip_begin(worker, error);
  else
    tx->depth++;
  return give(sink, status, error);
}

bool dusq__tx_skip_begin(dusq__worker *worker, const dusq_error *error)
{
  dusq__tx *tx = tx_of(worker);
  if (!tx->failed_at) {
    tx->failed_at = tx->depth ? tx->depth : 1; /* there is no savepoint to roll back to */
    remember(tx, error);
  }
  tx->depth++;
  return true;
}

/* Only the close of the pool stops what the pool does of its own, so any other "cancelled" was its own timeout. */
static dusq_status own_outcome(const dusq_stop *stop, dusq_status status, dusq_error **error)
{
  dusq_status said = dusq_error_status(*error);
  if ((said != DUSQ_E_CANCELED && said != DUSQ_E_TIMEDOUT) || dusq__stop_reason(stop))
    return status;
  dusq_error_unref(*error);
  return dusq__error_give(error, dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0,
                                                "no answer within connect_timeout: the connection is given up"));
}

static dusq_status roll_back(dusq__worker *worker, dusq_error **error)
{
  const dusq_backend *backend = dusq__backend_of(worker);
  const dusq_stop *stop = dusq__worker_own_stop(worker);
  dusq__tx_clear(tx_of(worker));
  dusq__worker_enter(worker);
  dusq_status status = backend->rollback(worker->connection->native, stop, error);
  if (status == DUSQ_E_CANCELED) /* by the pool's own deadline */
    *error = dusq__stop_reworded(stop, *error);
  if (!dusq__worker_leave(worker) && !status)
    status = dusq__error_give(error, dusq__error_static(DUSQ_E_CONNECTION_LOST));
  return own_outcome(stop, status, error);
}

/* Ends the innermost transaction, which has failed or is to fail.  Nothing of it can be committed, and the failure
 * stays with the enclosing one.                                                                                      */
static bool drop_innermost(dusq__worker *worker, dusq_error **lost)
{
  dusq__tx *tx = tx_of(worker);
  if (tx->depth == 1)
    return !dusq__backend_of(worker)->rollback || !roll_back(worker, lost);
  tx->depth--;
  if (tx->failed_at > tx->depth)
    tx->failed_at = tx->depth;
  return true;
}

bool dusq__tx_skip_commit(dusq__worker *worker, const dusq_error *error)
{
  if (!tx_of(worker)->depth)
    return true;
  dusq__tx_fail(worker, error);
  dusq_error *why = NULL;
  bool usable = drop_innermost(worker, &why);
  dusq_error_unref(why);
  return usable;
}

bool dusq__tx_refuse_commit(dusq__worker *worker, dusq_sink *sink)
{
  dusq_error *error = not_committed(worker), *why = NULL;
  bool usable = drop_innermost(worker, &why);
  dusq_error_unref(why);
  dusq_sink_fail(sink, error);
  return usable;
}

static bool commit_outer(dusq__worker *worker, dusq_sink *sink)
{
  dusq_error *error = NULL;
  if (dusq_stop_asked(sink->stop) || !dusq__sink_release(sink)) { /* the commit was not sent */
    bool usable = !roll_back(worker, &error);
    dusq_error_unref(error);
    dusq_sink_fail(sink, dusq__stopped_error(sink->stop));
    return usable;
  }
  dusq__tx_clear(tx_of(worker));
  dusq__worker_enter(worker);
  dusq_status status = dusq__backend_of(worker)->commit(worker->connection->native, sink, &error);
  bool stays = dusq__worker_leave(worker), usable = give(sink, status, error) && stays;
  dusq__sink_take_back(sink);
  if (!usable)
    dusq__judge(sink, NULL, atomic_load(sink->sent));
  return usable;
}

bool dusq__tx_commit(dusq__worker *worker, dusq_sink *sink)
{
  dusq__tx *tx = tx_of(worker);
  if (!tx->depth) {
    dusq_sink_fail(sink, dusq_error_new(DUSQ_E_TX_STATE, NULL, 0, "no transaction is open"));
    return true;
  }
  if (tx->failed_at)
    return dusq__tx_refuse_commit(worker, sink);
  if (tx->depth == 1)
    return commit_outer(worker, sink);
  dusq_error *error = NULL;
  dusq_status status = dusq__tx_savepoint(worker, DUSQ_SAVEPOINT_RELEASE, tx->depth, sink->stop, &error);
  tx->depth--;
  if (status)
    dusq__tx_fail(worker, error);
  return give(sink, status, error);
}

bool dusq__tx_rollback(dusq__worker *worker, dusq_sink *sink)
{
  dusq__tx *tx = tx_of(worker);
  dusq_error *error = NULL;
  dusq_status status = DUSQ_OK;
  if (tx->depth == 1) {
    status = dusq__backend_of(worker)->rollback ? roll_back(worker, &error) : DUSQ_OK;
    if (status) /* after any failure: what has not been rolled back must not be used */
      dusq_sink_fail(sink, error);
    else
      dusq_sink_complete(sink);
    return !status;
  }
  if (tx->depth && (!tx->failed_at || tx->failed_at == tx->depth)) {
    const dusq_stop *stop = dusq__worker_own_stop(worker);
    status = own_outcome(stop, dusq__tx_savepoint(worker, DUSQ_SAVEPOINT_UNDO, tx->depth, stop, &error), &error);
    mend(tx);
  }
  if (tx->depth)
    tx->depth--;
  if (status)
    dusq__tx_fail(worker, error);
  return give(sink, status, error);
}
