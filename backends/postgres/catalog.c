/* catalog.c - the types of parameters, for statements with too many of them for Describe.  The worker's thread. */
#include "catalog.h"
#include "error.h"
#include "receive.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD = 9 /* length of "unknown, " */ };

/* "PREPARE dusq_1 (unknown, text) AS ...", owned; NULL: no memory. */
static char *prepare_text(const dusq__pg_statement *statement, const char *name, int n, const Oid *types)
{
  size_t size = strlen(statement->sql) + (size_t)n * WORD + 2 * DUSQ__PG_NAME_SIZE, len;
  char *text = malloc(size);
  if (!text)
    return NULL;
  len = (size_t)snprintf(text, size, "PREPARE %s", name);
  for (int i = 0; i < n; i++)
    len += (size_t)snprintf(text + len, size - len, "%s%s", i ? ", " : " (", types[i] ? "text" : "unknown");
  snprintf(text + len, size - len, "%s AS %s", n ? ")" : "", statement->sql);
  return text;
}

/* Parses "{20,25}". */
static Oid *read_types(const char *text, size_t n)
{
  Oid *types = malloc(n * sizeof *types);
  size_t i = 0;
  for (char *end; types && i < n && *text && *text != '}'; i++, text = end)
    types[i] = (Oid)strtoul(text + 1, &end, 10);
  if (i == n)
    return types;
  free(types);
  return NULL;
}

/* In one round trip with one Sync, so that a pooler sends all of it to the same server. */
static bool send_questions(dusq__pg_conn *conn, const char *prepare, const char *name)
{
  char select[160], deallocate[DUSQ__PG_NAME_SIZE + 16];
  snprintf(select, sizeof select, "SELECT parameter_types::oid[]::text FROM pg_prepared_statements WHERE name = '%s'",
           name);
  snprintf(deallocate, sizeof deallocate, "DEALLOCATE %s", name);
  const char *const all[] = {prepare, select, deallocate};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (!PQsendQueryParams(conn->pg, all[i], 0, NULL, NULL, NULL, NULL, 0))
      return false;
  return PQpipelineSync(conn->pg) != 0;
}

dusq_error *dusq__pg_query_types(dusq__pg_conn *conn, const dusq__pg_statement *statement, int n, const Oid *types,
                                 dusq__pg_preparation *out)
{
  char name[DUSQ__PG_NAME_SIZE];
  dusq__pg_name_of(++conn->names.last, name);
  char *prepare = prepare_text(statement, name, n, types);
  if (!prepare)
    return dusq__pg_nomem();
  bool synced = false;
  if (PQenterPipelineMode(conn->pg) && send_questions(conn, prepare, name))
    while (!synced && !dusq__pg_lost(conn)) {
      PGresult *result = dusq__pg_get_result(conn);
      synced = result && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
      if (result && PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) && !out->types)
        out->types = read_types(PQgetvalue(result, 0, 0), statement->nparams);
      PQclear(result);
    }
  free(prepare);
  if (!synced || !PQexitPipelineMode(conn->pg)) {
    conn->broken |= synced;
    return dusq__pg_conn_error(conn);
  }
  return NULL;
}
