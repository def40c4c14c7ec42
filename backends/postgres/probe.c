/* probe.c - asks the server which types parameters take, several questions in a trip.  The worker's thread.
 *
 * Each is a preparation without a name, which the next one replaces, with a Sync of its own.  In a transaction, a
 * savepoint is gone back to behind each.                                                                             */
#include "internal.h"
#include <stdlib.h>
#include <string.h>

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

static bool send_text(dusq__pg_conn *conn, const char *sql)
{
  return PQsendQueryParams(conn->pg, sql, 0, NULL, NULL, NULL, NULL, 0) && PQpipelineSync(conn->pg);
}

/* The results up to a Sync.  *refused: the server does not take it. */
static dusq_error *read_one(dusq__pg_conn *conn, bool *refused)
{
  dusq_error *error = NULL;
  bool synced = false;
  while (!synced && !dusq__pg_lost(conn)) {
    PGresult *result = dusq__pg_next(conn);
    ExecStatusType status = result ? PQresultStatus(result) : PGRES_EMPTY_QUERY;
    synced = status == PGRES_PIPELINE_SYNC;
    if (status == PGRES_FATAL_ERROR && !error)
      error = dusq__pg_result_error(conn, result, NULL);
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

/* Those from `begin` to `end` that are wanted. */
static dusq_error *ask(dusq__pg_conn *conn, const probe *all, size_t begin, size_t end)
{
  dusq_error *error = NULL;
  bool sent = true, unused;
  if (conn->transacting)
    sent = send_text(conn, "SAVEPOINT dusq_variant");
  for (size_t i = begin; i < end && sent; i++)
    if (all->which[i])
      sent = send_one(conn, all, i) && (!conn->transacting || send_text(conn, "ROLLBACK TO dusq_variant"));
  if (conn->transacting)
    sent = sent && send_text(conn, "RELEASE dusq_variant");
  if (!sent)
    return dusq__pg_conn_error(conn);
  if (conn->transacting)
    error = read_one(conn, &unused);
  for (size_t i = begin; i < end && !dusq__pg_lost(conn); i++) {
    if (!all->which[i])
      continue;
    bool refused = false;
    dusq_error *one = read_one(conn, &refused);
    all->which[i] = !one && !refused;
    if (conn->transacting && !dusq__pg_lost(conn))
      dusq_error_unref(read_one(conn, &unused));
    if (error)
      dusq_error_unref(one);
    else
      error = one;
  }
  if (conn->transacting && !dusq__pg_lost(conn))
    dusq_error_unref(read_one(conn, &unused));
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
