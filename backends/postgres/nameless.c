/* nameless.c - statements that get no name on the server.  The worker's thread.
 *
 * Without a name (stmt_cache=0, pgbouncer=on, DUSQ_NO_CACHE) a statement has to be understood as one with a name is:
 * what its values are may not depend on how it is sent.  The types that the context gives are learned by a preparation
 * without a name, and so that not every execution costs another trip, a connection remembers them for some texts.
 * Nothing of that is on the server; a table that was altered is noticed by the error (dusq__pg_outdated).            */
#include "internal.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_REMEMBERED_TEXT = 4096, WORD = 9 /* "unknown, " */ };

/* ---- what is remembered -------------------------------------------------------------------------------------------- */

static dusq__pg_statement **place_of(dusq__pg_conn *conn, const char *sql)
{
  uint64_t hash = UINT64_C(14695981039346656037);
  for (; *sql; sql++)
    hash = (hash ^ (uint8_t)*sql) * UINT64_C(1099511628211);
  return &conn->nameless[hash % DUSQ__PG_NAMELESS];
}

dusq__pg_statement *dusq__pg_recall(dusq__pg_conn *conn, const char *sql)
{
  dusq__pg_statement *one = *place_of(conn, sql);
  if (!one || strcmp(one->sql, sql) != 0)
    return NULL;
  one->users++;
  return one;
}

void dusq__pg_remember(dusq__pg_conn *conn, dusq__pg_statement *statement)
{
  if (!statement->nparams || strlen(statement->sql) > MAX_REMEMBERED_TEXT)
    return;
  dusq__pg_statement **place = place_of(conn, statement->sql);
  if (*place)
    dusq__pg_release(conn, *place);
  *place = statement;
  statement->users++;
}

void dusq__pg_forget_nameless(dusq__pg_conn *conn)
{
  for (size_t i = 0; i < DUSQ__PG_NAMELESS; i++)
    if (conn->nameless[i])
      dusq__pg_release(conn, conn->nameless[i]);
  memset(conn->nameless, 0, sizeof conn->nameless);
}

/* ---- more types than libpq reads ----------------------------------------------------------------------------------- */

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

/* "{20,25}" */
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

/* All of it in one trip with one Sync, so that behind a pooler it is one server that is asked. */
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

dusq_error *dusq__pg_ask_types(dusq__pg_conn *conn, const dusq__pg_statement *statement, int n, const Oid *types,
                               dusq__pg_form *form)
{
  char name[DUSQ__PG_NAME_SIZE];
  dusq__pg_name_of(++conn->names, name);
  char *prepare = prepare_text(statement, name, n, types);
  if (!prepare)
    return dusq__pg_nomem();
  bool synced = false;
  if (PQenterPipelineMode(conn->pg) && send_questions(conn, prepare, name))
    while (!synced && !dusq__pg_lost(conn)) {
      PGresult *result = dusq__pg_next(conn);
      synced = result && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
      if (result && PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) && !form->types)
        form->types = read_types(PQgetvalue(result, 0, 0), statement->nparams);
      PQclear(result);
    }
  free(prepare);
  if (!synced || !PQexitPipelineMode(conn->pg)) {
    conn->broken |= synced;
    return dusq__pg_conn_error(conn);
  }
  return NULL;
}
