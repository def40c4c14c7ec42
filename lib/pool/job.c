/* job.c - callers' code on a worker, and what it may do with the connection there. */
#include "base/alloc.h"
#include "base/clock.h"
#include "pool/bind.h"
#include "pool/execute.h"

struct dusq_conn {
  dusq__worker *worker;
  dusq__request *request;
  dusq_error *error; /* owned: what dusq_conn_fail has said */
  bool lost;         /* the connection broke: nothing more can be done with it in this job */
};

void dusq__run_job(dusq__worker *worker, size_t i)
{
  dusq__request *request = worker->requests[i];
  dusq_error *error = dusq__stopped_error(&request->stop);
  if (error) {
    dusq__worker_finish(worker, i, NULL, error, 0, NULL);
    return;
  }
  atomic_store_explicit(&request->sent, true, memory_order_relaxed); /* who knows what a caller's code does */
  dusq_conn conn = {worker, request, NULL, false};
  dusq_result *result = request->job(&conn, request->arg);
  if (conn.lost)
    dusq__worker_disconnect(worker);
  dusq__worker_reset(worker);
  if (conn.error) {
    dusq_result_unref(result);
    result = NULL;
  }
  dusq__worker_finish(worker, i, result, conn.error, 0, NULL);
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
  const dusq_backend *backend = conn->worker->lane->pool->backend;
  if (conn->lost || !backend->native)
    return NULL;
  conn->worker->connection->touched = true;
  return backend->native(conn->worker->connection->native);
}

/* What stands in the way of doing anything; owned, or NULL. */
static dusq_error *obstacle(const dusq_conn *conn)
{
  if (conn->lost)
    return dusq__error_static(DUSQ_E_CONNECTION_LOST);
  return dusq__stopped_error(&conn->request->stop);
}

static dusq_status give(dusq_sink *sink, dusq_result **out, dusq_error **error)
{
  dusq_error *why = dusq__sink_take_error(sink);
  dusq_result *result = why ? NULL : dusq__sink_take(sink);
  dusq__sink_fini(sink);
  if (!why && !result)
    why = dusq__error_static(DUSQ_E_NOMEM);
  if (why)
    return dusq__error_give(error, why);
  if (out)
    *out = result;
  else
    dusq_result_unref(result);
  return DUSQ_OK;
}

static void clear(dusq_result **out, dusq_error **error)
{
  if (out)
    *out = NULL;
  if (error)
    *error = NULL;
}

static dusq_status query(dusq_conn *conn, dusq__statement *statement, size_t n, const dusq_value *values,
                         dusq_result **out, dusq_error **error)
{
  dusq__bound bound;
  dusq_status status = dusq__bind(statement, values, n, &bound, error);
  if (status)
    return status;
  dusq_sink sink;
  atomic_bool sent = false;
  dusq__sink_init(&sink, &conn->request->stop, &sent, conn->worker->lane->pool->max_result_bytes);
  conn->worker->connection->touched = true;
  conn->lost = !dusq__execute(conn->worker, statement, bound.values, bound.n, conn->request->flags, &sink,
                             NULL);
  dusq__judge(&sink, statement, atomic_load(&sent) && !(dusq__statement_learned(statement) & DUSQ_STATEMENT_READS));
  dusq__bound_fini(&bound);
  return give(&sink, out, error);
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
  bool keep = !(conn->request->flags & DUSQ_NO_CACHE);
  dusq_status status = dusq__statement_get(&conn->worker->lane->pool->statements, sql, keep, &statement, error);
  if (status)
    return status;
  status = query(conn, statement, n, values, out, error);
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
  dusq__sink_init(&sink, &conn->request->stop, &sent, conn->worker->lane->pool->max_result_bytes);
  conn->lost = !dusq__execute_script(conn->worker, sql, &sink);
  dusq__judge(&sink, NULL, atomic_load(&sent));
  return give(&sink, out, error);
}
