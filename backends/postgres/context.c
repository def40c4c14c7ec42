/* context.c - prepares a statement with the parameter types that the server infers from the context.  The worker's
 * thread.                                                                                                            */
#include "context.h"
#include "catalog.h"
#include "error.h"
#include "facts.h"
#include "parse.h"
#include <stdlib.h>
#include <string.h>

/* Declares the parameters whose null_type is known; *n is 0 if none is.  False: no memory. */
static bool declare_nulls(const dusq__pg_statement *statement, Oid **types, int *n)
{
  *n = statement->facts ? (int)statement->nparams : 0;
  if (!*n)
    return true;
  if (!*types)
    *types = malloc(statement->nparams * sizeof **types);
  for (size_t i = 0; *types && i < statement->nparams; i++)
    (*types)[i] = statement->facts[i].null_type;
  return *types != NULL;
}

dusq_error *dusq__pg_parse_by_context(dusq__pg_conn *conn, dusq__pg_statement *statement, dusq__pg_preparation *out)
{
  Oid *types = NULL;
  int n;
  dusq_error *error = NULL;
  do {
    dusq_error_unref(error);
    error = declare_nulls(statement, &types, &n) ? dusq__pg_parse(conn, statement, n, types, out) : dusq__pg_nomem();
    bool again = error && !dusq__pg_lost(conn) && dusq__pg_note_undetermined(statement, error);
    if (again && conn->transacting)
      dusq_error_unref(dusq__pg_undo_parse(conn));
    if (!again)
      break;
  } while (!dusq__pg_lost(conn));
  if (!error && statement->nparams > DUSQ__PG_MAX_DESCRIBED)
    error = dusq__pg_query_types(conn, statement, n, types, out);
  free(types);
  return error;
}

/* For "? + ?" or "coalesce(?, ?) + 1": without types there is no such operator, or several.  Values may decide. */
static bool is_undetermined(const dusq_error *error)
{
  static const char *const states[] = {"42P18", "42725", "42883", "42804", "42846", "42P08", NULL};
  for (const char *const *one = states; *one; one++)
    if (!strcmp(dusq_error_sqlstate(error), *one))
      return true;
  return false;
}

dusq_error *dusq__pg_parse_first(dusq__pg_conn *conn, dusq__pg_statement *statement)
{
  statement->epoch = conn->epoch;
  statement->seen = conn->changes;
  statement->used = false;
  dusq_error *error = dusq__pg_parse_by_context(conn, statement, &statement->preparation);
  statement->undetermined = error && statement->nparams && is_undetermined(error) && !dusq__pg_lost(conn);
  if (!statement->undetermined)
    return error;
  dusq_error_unref(error);
  return conn->transacting ? dusq__pg_undo_parse(conn) : NULL;
}
