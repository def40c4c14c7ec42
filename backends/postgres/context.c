/* context.c - prepares a statement with the parameter types that the server infers from the context.  The worker's
 * thread.                                                                                                            */
#include "context.h"
#include "catalog.h"
#include "error.h"
#include "facts.h"
#include "neutral.h"
#include "parse.h"
#include <stdlib.h>
#include <string.h>

/* Declares the parameters whose type is known beforehand; *n is 0 if none is.  False: no memory. */
static bool declare(const dusq__pg_statement *statement, Oid **types, int *n)
{
  *n = statement->facts ? (int)statement->nparams : 0;
  if (!*n)
    return true;
  if (!*types)
    *types = malloc(statement->nparams * sizeof **types);
  for (size_t i = 0; *types && i < statement->nparams; i++) {
    const dusq__pg_facts *one = &statement->facts[i];
    (*types)[i] = one->context_type ? one->context_type : one->null_type;
  }
  return *types != NULL;
}

static dusq_error *parse(dusq__pg_conn *conn, dusq__pg_statement *statement, dusq__pg_preparation *out)
{
  Oid *types = NULL;
  int n;
  dusq_error *error = NULL;
  do {
    dusq_error_unref(error);
    error = declare(statement, &types, &n) ? dusq__pg_parse(conn, statement, n, types, out) : dusq__pg_nomem();
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

/* ---- parameters that are asked whether they are NULL before anything tells their type ------------------------------ */

static void forget_contexts(dusq__pg_statement *statement)
{
  for (size_t i = 0; statement->facts && i < statement->nparams; i++)
    statement->facts[i].context_type = 0;
}

/* Prepares the text without the questions, and notes what the server infers there.  An error: nothing was learned. */
static dusq_error *learn_from(dusq__pg_conn *conn, dusq__pg_statement *statement, const char *text, const bool *which)
{
  dusq__pg_preparation found = {0};
  dusq__pg_statement *neutral = dusq__pg_statement_new(text, strlen(text), statement->nparams, &conn->changes);
  if (!neutral || !dusq__pg_make_facts(statement)) {
    if (neutral)
      dusq__pg_statement_unref(neutral, &conn->names);
    return dusq__pg_nomem();
  }
  neutral->unnamed = true;
  dusq_error *error = parse(conn, neutral, &found);
  for (size_t i = 0; !error && found.types && i < statement->nparams; i++)
    if (which[i])
      statement->facts[i].context_type = found.types[i];
  dusq__pg_drop_preparation(&conn->names, &found);
  dusq__pg_statement_unref(neutral, &conn->names);
  return error;
}

/* The error is 42P08.  Prepares the statement with what its text without the questions tells; the error of that, or
 * `take`.  In a transaction the savepoint stays after an error, as with dusq__pg_parse.                              */
static dusq_error *parse_without_questions(dusq__pg_conn *conn, dusq__pg_statement *statement,
                                           dusq__pg_preparation *out, dusq_error *take)
{
  bool *which = calloc(statement->nparams, sizeof *which);
  char *text = which ? dusq__pg_neutral(statement->sql, statement->nparams, which) : NULL;
  if (text && conn->transacting)
    dusq_error_unref(dusq__pg_undo_parse(conn));
  dusq_error *error = text ? learn_from(conn, statement, text, which) : NULL;
  bool learned = text && !error;
  dusq_error_unref(error);
  free(text);
  free(which);
  if (!learned)
    return take;
  dusq_error_unref(take);
  error = parse(conn, statement, out);
  if (error)
    forget_contexts(statement);
  return error;
}

dusq_error *dusq__pg_parse_by_context(dusq__pg_conn *conn, dusq__pg_statement *statement, dusq__pg_preparation *out)
{
  forget_contexts(statement);
  dusq_error *error = parse(conn, statement, out);
  bool few = statement->nparams && statement->nparams <= DUSQ__PG_MAX_DESCRIBED;
  if (!error || !few || dusq__pg_lost(conn) || strcmp(dusq_error_sqlstate(error), "42P08") != 0)
    return error;
  return parse_without_questions(conn, statement, out, error);
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
