/* prepare.c - the slots prepare and release.  The worker's thread. */
#include "prepare.h"
#include "conn.h"
#include "context.h"
#include "error.h"
#include "parse.h"
#include "text.h"
#include "wait.h"

static dusq__pg_statement *make(dusq__pg_conn *conn, const dusq_statement *given)
{
  dusq__pg_statement *statement = dusq__pg_statement_new(given->sql, given->len, given->params, &conn->changes);
  if (!statement)
    return NULL;
  bool worth = (!statement->is.alone || statement->nparams) && statement->nparams <= DUSQ__PG_MAX_DESCRIBED;
  statement->unnamed = !given->keep || !conn->instance->names || !worth;
  statement->renew = statement->unnamed && statement->nparams;
  if (statement->unnamed)
    dusq__pg_remember_unnamed(&conn->unnamed, statement, &conn->names);
  return statement;
}

/* Prepares it in a call of its own. */
static dusq_error *give_name(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_stop *stop)
{
  dusq_error *error = dusq__pg_begin_call(conn, stop);
  if (!error)
    error = dusq__pg_parse_first(conn, statement);
  if (!dusq__pg_end_call(conn) || conn->unreached || dusq_error_status(error) == DUSQ_E_CONNECTION_LOST)
    return error;
  dusq_error_unref(error); /* the error does not matter here */
  return dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "the connection was lost while a statement was prepared");
}

dusq_status dusq__pg_prepare(void *arg, const dusq_statement *given, const dusq_stop *stop, dusq_prepared *out,
                             dusq_error **error)
{
  dusq__pg_conn *conn = arg;
  if (dusq_stop_asked(stop))
    return dusq__pg_give(error, dusq__pg_canceled());
  if (dusq__pg_is_empty(given->sql))
    return dusq__pg_give(error, dusq_error_new(DUSQ_E_SYNTAX, NULL, 0, "empty statement"));
  dusq__pg_statement *statement = NULL;
  if (!given->keep || !conn->instance->names)
    statement = dusq__pg_find_unnamed(&conn->unnamed, given->sql);
  if (!statement)
    statement = make(conn, given);
  if (!statement)
    return dusq__pg_give(error, dusq__pg_nomem());
  dusq_error *why = statement->unnamed ? NULL : give_name(conn, statement, stop);
  if (why) {
    dusq__pg_release(conn, statement);
    dusq_status status = dusq__pg_give(error, why);
    return dusq__pg_lost(conn) ? DUSQ_E_CONNECTION_LOST : status;
  }
  bool rowless = statement->preparation.number && statement->preparation.rowless;
  uint32_t flags = (statement->is.alone ? DUSQ_STATEMENT_ALONE : 0) | (rowless ? DUSQ_STATEMENT_ROWLESS : 0);
  *out = (dusq_prepared){.handle = statement, .flags = flags, .params = statement->nparams};
  return DUSQ_OK;
}

void dusq__pg_release(void *arg, void *prepared)
{
  dusq__pg_conn *conn = arg;
  dusq__pg_statement_unref(prepared, &conn->names);
}
