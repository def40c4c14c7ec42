/* changed.c - detects that the types of a statement's parameters have changed.  The worker's thread. */
#include "changed.h"
#include "context.h"
#include <string.h>

bool dusq__pg_is_about_types(const dusq__pg_statement *statement, const dusq_error *error)
{
  const char *state = dusq_error_sqlstate(error);
  bool about_types = !strncmp(state, "22", 2) || !strcmp(state, "42804") || !strcmp(state, "42883");
  return about_types && statement->preparation.types;
}

void dusq__pg_note_error(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_error *error)
{
  const char *state = dusq_error_sqlstate(error);
  bool stale = !strcmp(state, "0A000") || !strcmp(state, "26000");
  bool learned = statement->preparation.number || statement->preparation.types;
  if (conn->transacting && learned && (stale || dusq__pg_is_about_types(statement, error)))
    statement->renew = true;
}

bool dusq__pg_have_types_changed(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_error *error)
{
  if (!dusq__pg_is_about_types(statement, error) || dusq__pg_lost(conn) ||
      PQtransactionStatus(conn->pg) != PQTRANS_IDLE)
    return false;
  const dusq__pg_preparation *known = &statement->preparation;
  dusq__pg_preparation fresh;
  dusq_error *why = dusq__pg_parse_by_context(conn, statement, &fresh);
  bool changed = !why && fresh.types && /* the number of parameters depends on the text alone */
                 memcmp(fresh.types, known->types, statement->nparams * sizeof *fresh.types) != 0;
  dusq_error_unref(why);
  dusq__pg_drop_preparation(&conn->names, &fresh);
  statement->renew |= changed;
  return changed;
}
