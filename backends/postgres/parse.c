/* parse.c - one round trip that prepares a statement.  The worker's thread. */
#include "parse.h"
#include "error.h"
#include "pipeline.h"
#include "receive.h"

/* The parts of the round trip in order, each with its own Sync. */
enum part { CLOSING, SAVEPOINT, PREPARING, RELEASING };

static int first_part(const dusq__pg_conn *conn)
{
  return conn->transacting ? SAVEPOINT : PREPARING;
}

/* Reads up to the last Sync: `closing` names that are being closed, and then the other parts. */
static dusq_error *read_answers(dusq__pg_conn *conn, unsigned closing, dusq__pg_preparation *out, const char *sql)
{
  dusq_error *error = NULL;
  int part = closing ? CLOSING : first_part(conn);
  int last = conn->transacting ? RELEASING : PREPARING;
  while (part <= last && !dusq__pg_lost(conn)) {
    PGresult *result = dusq__pg_get_result(conn);
    ExecStatusType status = result ? PQresultStatus(result) : PGRES_EMPTY_QUERY;
    if (status == PGRES_PIPELINE_SYNC && closing)
      part = --closing ? CLOSING : first_part(conn);
    else if (status == PGRES_PIPELINE_SYNC)
      part++;
    else if (status == PGRES_FATAL_ERROR && part != CLOSING && !error) /* a name that is not closed does no harm */
      error = dusq__pg_result_error(result, sql);
    else if (status == PGRES_COMMAND_OK && part == PREPARING && !error && !dusq__pg_note_description(out, result))
      error = dusq__pg_nomem(); /* the first of two results is that of Parse, and describes nothing */
    PQclear(result);
  }
  if (part <= last) {
    dusq_error_unref(error);
    error = dusq__pg_conn_error(conn);
  }
  return error;
}

static bool send_parse(dusq__pg_conn *conn, const dusq__pg_statement *statement, const char *name, int n,
                       const Oid *types)
{
  bool describes = statement->nparams <= DUSQ__PG_MAX_DESCRIBED;
  return PQsendPrepare(conn->pg, name, statement->sql, n, types) &&
         (!describes || PQsendDescribePrepared(conn->pg, name)) && PQpipelineSync(conn->pg);
}

/* In a transaction, a savepoint is set in the same round trip; it stays only after an error. */
dusq_error *dusq__pg_parse(dusq__pg_conn *conn, const dusq__pg_statement *statement, int n, const Oid *types,
                           dusq__pg_preparation *out)
{
  char name[DUSQ__PG_NAME_SIZE] = "";
  uint64_t number = statement->unnamed ? 0 : ++conn->names.last;
  if (number)
    dusq__pg_name_of(number, name);
  *out = (dusq__pg_preparation){0};
  if (!PQenterPipelineMode(conn->pg))
    return dusq__pg_conn_error(conn);
  unsigned closing = dusq__pg_send_closing(&conn->names, conn->pg);
  dusq_error *error = NULL;
  if ((!conn->transacting || dusq__pg_pipe_text(conn->pg, "SAVEPOINT dusq_variant")) &&
      send_parse(conn, statement, name, n, types) &&
      (!conn->transacting || dusq__pg_pipe_text(conn->pg, "RELEASE dusq_variant")))
    error = read_answers(conn, closing, out, statement->sql);
  else
    error = dusq__pg_conn_error(conn);
  if (!PQexitPipelineMode(conn->pg))
    conn->broken = true;
  if (!error)
    out->number = number;
  return error;
}

dusq_error *dusq__pg_undo_parse(dusq__pg_conn *conn)
{
  return dusq__pg_simple(conn, "ROLLBACK TO dusq_variant; RELEASE dusq_variant", NULL);
}

dusq_error *dusq__pg_try_parse(dusq__pg_conn *conn, const dusq__pg_statement *statement, size_t n, const Oid *types,
                               dusq__pg_preparation *out)
{
  dusq_error *error = dusq__pg_parse(conn, statement, (int)n, types, out);
  if (!error)
    return NULL;
  dusq__pg_drop_preparation(&conn->names, out);
  if (conn->transacting && !dusq__pg_lost(conn))
    dusq_error_unref(dusq__pg_undo_parse(conn));
  return error;
}
