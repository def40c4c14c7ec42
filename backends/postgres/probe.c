/* probe.c - asks the server which declarations of parameters it accepts.  The worker's thread.
 *
 * Each question prepares an unnamed statement, which the next one replaces, with its own Sync.  In a transaction, a
 * ROLLBACK TO a savepoint follows each.                                                                              */
#include "probe.h"
#include "error.h"
#include "pipeline.h"
#include "receive.h"
#include <stdlib.h>

enum { A_TRIP = 64 };

typedef struct probe {
  const char *sql;
  size_t n;
  dusq__pg_fill fill;
  const void *arg;
  bool *which;
  Oid *types;
} probe;

static bool send_one(dusq__pg_conn *conn, const probe *all, size_t i)
{
  all->fill(all->arg, i, all->types);
  return PQsendPrepare(conn->pg, "", all->sql, (int)all->n, all->types) && PQpipelineSync(conn->pg);
}

/* Reads the results up to a Sync.  *refused: the server does not accept the declaration. */
static dusq_error *read_one(dusq__pg_conn *conn, bool *refused)
{
  dusq_error *error = NULL;
  bool synced = false;
  while (!synced && !dusq__pg_lost(conn)) {
    PGresult *result = dusq__pg_get_result(conn);
    ExecStatusType status = result ? PQresultStatus(result) : PGRES_EMPTY_QUERY;
    synced = status == PGRES_PIPELINE_SYNC;
    if (status == PGRES_FATAL_ERROR && !error)
      error = dusq__pg_result_error(result, NULL);
    PQclear(result);
  }
  if (!synced) {
    dusq_error_unref(error);
    return dusq__pg_conn_error(conn);
  }
  *refused = error && dusq__pg_is_refusal(error);
  if (*refused) {
    dusq_error_unref(error);
    error = NULL;
  }
  return error;
}

/* Sends the questions from `begin` to `end`. */
static bool send_questions(dusq__pg_conn *conn, const probe *all, size_t begin, size_t end)
{
  bool sent = !conn->transacting || dusq__pg_pipe_text(conn->pg, "SAVEPOINT dusq_variant");
  for (size_t i = begin; i < end && sent; i++)
    if (all->which[i])
      sent = send_one(conn, all, i) &&
             (!conn->transacting || dusq__pg_pipe_text(conn->pg, "ROLLBACK TO dusq_variant"));
  return sent && (!conn->transacting || dusq__pg_pipe_text(conn->pg, "RELEASE dusq_variant"));
}

/* Reads the result of a savepoint command, which a transaction needs between the questions. */
static dusq_error *read_savepoint(dusq__pg_conn *conn)
{
  bool unused;
  return conn->transacting ? read_one(conn, &unused) : NULL;
}

static dusq_error *ask(dusq__pg_conn *conn, const probe *all, size_t begin, size_t end)
{
  if (!send_questions(conn, all, begin, end))
    return dusq__pg_conn_error(conn);
  dusq_error *error = read_savepoint(conn);
  for (size_t i = begin; i < end && !dusq__pg_lost(conn); i++) {
    if (!all->which[i])
      continue;
    bool refused = false;
    dusq_error *one = read_one(conn, &refused);
    all->which[i] = !one && !refused;
    if (!dusq__pg_lost(conn))
      dusq_error_unref(read_savepoint(conn));
    if (error)
      dusq_error_unref(one);
    else
      error = one;
  }
  if (!dusq__pg_lost(conn))
    dusq_error_unref(read_savepoint(conn));
  return error;
}

dusq_error *dusq__pg_probe(dusq__pg_conn *conn, const char *sql, size_t n, dusq__pg_fill fill, const void *arg,
                           size_t count, bool *which)
{
  probe all = {.sql = sql, .n = n, .fill = fill, .arg = arg, .which = which};
  all.types = malloc(n * sizeof *all.types);
  if (!all.types)
    return dusq__pg_nomem();
  dusq_error *error = NULL;
  if (!PQenterPipelineMode(conn->pg))
    error = dusq__pg_conn_error(conn);
  for (size_t begin = 0; begin < count && !error; begin += A_TRIP)
    error = ask(conn, &all, begin, begin + A_TRIP < count ? begin + A_TRIP : count);
  free(all.types);
  if (dusq__pg_lost(conn) || !PQexitPipelineMode(conn->pg))
    conn->broken = true;
  return error;
}
