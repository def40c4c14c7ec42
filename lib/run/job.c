/* job.c - see job.h. */
#include "run/job.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "setup/bind.h"
#include "run/connect.h"
#include "run/tx.h"
#include "run/tx_run.h"
#include "setup/tx_options.h"

struct dusq_conn {
  dusq__worker *worker;
  dusq__request *request;
  dusq_error *error; /* owned: the error of dusq_conn_fail */
  bool lost;         /* the connection broke: the job can do nothing more with it */
  bool native;       /* the driver's handle was lent to the job */
};

dusq_result *dusq__call_job(dusq__worker *worker, dusq__request *request, dusq_error **error)
{
  if (!dusq__request_release(request)) { /* before it runs: what the caller's code does is unknown */
    *error = dusq__stopped_error(&request->stop);
    return NULL;
  }
  atomic_store_explicit(&request->sent, true, memory_order_relaxed);
  dusq_conn conn = {worker, request, NULL, false, false};
  dusq_result *result = request->task.job(&conn, request->task.arg);
  if (conn.native && !conn.lost) {
    bool failed = dusq__tx_state(worker) == DUSQ_TX_FAILED;
    dusq__tx_note(worker, NULL, DUSQ__CONTROL_NONE);
    if (failed) /* whatever the handle was used for does not undo the failure */
      dusq__tx_fail(worker, NULL);
  }
  if (conn.lost)
    dusq__worker_lose(worker, conn.error);
  if (conn.error) {
    dusq_result_unref(result);
    result = NULL;
  }
  *error = conn.error;
  return result;
}

void dusq__run_job(dusq__worker *worker, size_t i)
{
  dusq__request *request = worker->seat.share.requests[i];
  dusq_error *error = dusq__stopped_error(&request->stop);
  if (error) {
    dusq__worker_finish(worker, i, NULL, error, 0, NULL);
    return;
  }
  dusq_result *result = dusq__call_job(worker, request, &error);
  dusq__worker_reset(worker);
  dusq__worker_finish(worker, i, result, error, 0, NULL);
}

void dusq_conn_fail(dusq_conn *conn, dusq_error *take_error)
{
  if (!conn) {
    dusq_error_unref(take_error);
    return;
  }
  dusq_error_unref(conn->error);
  conn->error = take_error ? take_error : dusq__error_static(DUSQ_E_INVAL);
}

bool dusq_conn_stopped(const dusq_conn *conn)
{
  return !conn || dusq_stop_asked(&conn->request->stop);
}

void *dusq_conn_native(dusq_conn *conn)
{
  if (!conn)
    return NULL;
  const dusq_backend *backend = dusq__backend_of(conn->worker);
  if (conn->lost || !backend->native)
    return NULL;
  conn->worker->connection->touched = true;
  conn->native = true;
  return backend->native(conn->worker->connection->native);
}

/* Why the job cannot use the connection now; owned, or NULL. */
static dusq_error *obstacle(const dusq_conn *conn)
{
  if (conn->lost)
    return dusq__error_static(DUSQ_E_CONNECTION_LOST);
  return dusq__stopped_error(&conn->request->stop);
}

static dusq_status give(dusq_sink *sink, dusq_result **out, dusq_error **error)
{
  dusq_error *why;
  dusq_result *result = dusq__sink_end(sink, &why);
  if (why)
    return dusq__error_give(error, why);
  if (out)
    *out = result;
  else
    dusq_result_unref(result);
  return DUSQ_OK;
}

/* Ends an operation that may belong to a transaction: the transaction fails with it, even if only memory for a result
 * was short.                                                                                                         */
static dusq_status give_in(dusq_conn *conn, dusq_sink *sink, dusq_result **out, dusq_error **error)
{
  dusq_status status = give(sink, out, error);
  if (status && !conn->lost)
    dusq__tx_fail(conn->worker, NULL);
  return status;
}

static void clear(dusq_result **out, dusq_error **error)
{
  if (out)
    *out = NULL;
  if (error)
    *error = NULL;
}

static dusq_status query(dusq_conn *conn, dusq__statement *statement, const dusq__bound *bound, dusq_result **out,
                         dusq_error **error)
{
  dusq_sink sink;
  atomic_bool sent = false;
  dusq__sink_init(&sink, &conn->request->stop, &sent, dusq__setup_of(conn->worker)->options.max_result_bytes);
  conn->lost = !dusq__tx_execute(conn->worker, statement, bound->values, bound->n, conn->request->task.flags, &sink);
  return give_in(conn, &sink, out, error);
}

dusq_status dusq_conn_query(dusq_conn *conn, const char *sql, size_t n, const dusq_value *values, dusq_result **out,
                            dusq_error **error)
{
  clear(out, error);
  if (!conn || !sql || (n && !values))
    return dusq__error_give(error, dusq__error_static(DUSQ_E_INVAL));
  dusq_error *why = obstacle(conn);
  if (why)
    return dusq__error_give(error, why);
  dusq__statement *statement;
  bool keep = !(conn->request->task.flags & DUSQ_NO_CACHE);
  dusq__bound bound;
  dusq__statements *table = &dusq__setup_of(conn->worker)->statements;
  dusq_status status = dusq__bind_text(table, sql, keep, values, n, &statement, &bound, error);
  if (status)
    return status;
  status = query(conn, statement, &bound, out, error);
  dusq__bound_fini(&bound);
  dusq__statement_unref(statement);
  return status;
}

dusq_status dusq_conn_script(dusq_conn *conn, const char *sql, dusq_result **out, dusq_error **error)
{
  clear(out, error);
  if (!conn || !sql)
    return dusq__error_give(error, dusq__error_static(DUSQ_E_INVAL));
  dusq_error *why = obstacle(conn);
  if (why)
    return dusq__error_give(error, why);
  dusq_sink sink;
  atomic_bool sent = false;
  dusq__sink_init(&sink, &conn->request->stop, &sent, dusq__setup_of(conn->worker)->options.max_result_bytes);
  conn->lost = !dusq__tx_script(conn->worker, sql, &sink);
  return give_in(conn, &sink, out, error);
}

/* ---- transactions ------------------------------------------------------------------------------------------------ */

typedef bool operation(dusq__worker *worker, const dusq_tx_opts *opts, dusq_sink *sink);

static bool begin(dusq__worker *worker, const dusq_tx_opts *opts, dusq_sink *sink)
{
  return dusq__tx_begin(worker, opts, sink);
}

static bool commit(dusq__worker *worker, const dusq_tx_opts *opts, dusq_sink *sink)
{
  (void)opts;
  return dusq__tx_commit(worker, sink);
}

static bool roll_back(dusq__worker *worker, const dusq_tx_opts *opts, dusq_sink *sink)
{
  (void)opts;
  return dusq__tx_rollback(worker, sink);
}

static dusq_status operate(dusq_conn *conn, operation *what, const dusq_tx_opts *opts, dusq_error **error)
{
  clear(NULL, error);
  if (!conn)
    return dusq__error_give(error, dusq__error_static(DUSQ_E_INVAL));
  dusq_error *why = what == roll_back && !conn->lost ? NULL : obstacle(conn);
  if (why)
    return dusq__error_give(error, why);
  if (conn->request->task.tx && what != begin && conn->worker->connection->tx.depth < 2)
    return dusq__error_give(error, dusq_error_new(DUSQ_E_TX_STATE, NULL, 0,
                                                  "this transaction is ended by dusq_pool_transact"));
  dusq_sink sink;
  atomic_bool sent = false;
  dusq__sink_init(&sink, &conn->request->stop, &sent, dusq__setup_of(conn->worker)->options.max_result_bytes);
  conn->lost = !what(conn->worker, opts, &sink);
  return give(&sink, NULL, error);
}

dusq_status dusq_conn_begin(dusq_conn *conn, const dusq_tx_opts *tx, dusq_error **error)
{
  dusq_tx_opts opts;
  if (dusq__tx_read_opts(tx, &opts)) {
    clear(NULL, error);
    return dusq__error_give(error, dusq__error_static(DUSQ_E_INVAL));
  }
  return operate(conn, begin, &opts, error);
}

dusq_status dusq_conn_commit(dusq_conn *conn, dusq_error **error)
{
  return operate(conn, commit, NULL, error);
}

dusq_status dusq_conn_rollback(dusq_conn *conn, dusq_error **error)
{
  return operate(conn, roll_back, NULL, error);
}

int dusq_conn_transaction(const dusq_conn *conn)
{
  return conn && !conn->lost ? dusq__tx_state(conn->worker) : DUSQ_TX_NONE;
}
