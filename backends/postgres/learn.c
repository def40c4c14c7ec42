/* learn.c - learns what must be known about a statement's parameters before values can be sent.  The worker's thread. */
#include "learn.h"
#include "context.h"
#include "error.h"
#include "parse.h"
#include "resolve.h"
#include "variant.h"

/* Prepares it again.  If a named statement is refused now, its execution fails.  An unnamed one is not prepared for
 * that.                                                                                                              */
static dusq_error *renew(dusq__pg_conn *conn, dusq__pg_statement *statement)
{
  dusq__pg_drop_variants(statement, &conn->names);
  dusq__pg_drop_preparation(&conn->names, &statement->preparation);
  dusq_error *why = dusq__pg_parse_first(conn, statement);
  statement->renew = why != NULL;
  return why;
}

/* Learns what to declare for the values, or gives a known variant a name.  A refusal counts as known: the execution
 * returns the error.                                                                                                 */
static dusq_error *learn(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  dusq__pg_variant *one = dusq__pg_take_variant(statement, values, n, &conn->names);
  if (!one)
    return dusq__pg_nomem();
  bool accepted = false;
  dusq_error *error = NULL;
  if (!one->resolved)
    error = dusq__pg_resolve(conn, statement, values, n, one->declared, &one->preparation, &accepted);
  else
    error = dusq__pg_try_parse(conn, statement, n, one->declared, &one->preparation);
  bool refused = error && dusq__pg_is_refusal(error) && !dusq__pg_lost(conn);
  if (error && !refused) {
    dusq__pg_variants_drop(&statement->variants, one, &conn->names); /* it is only half learned */
    return error;
  }
  one->refused = one->resolved ? refused : !accepted;
  one->resolved = true;
  dusq__pg_variants_note_name(&statement->variants, one, &conn->names);
  dusq_error_unref(error);
  return NULL;
}

dusq_error *dusq__pg_make_ready(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  enum { TIMES = 1 };
  bool ready = dusq__pg_is_ready(statement, values, n);
  if ((ready && !dusq__pg_wants_name(statement, values, n, TIMES)) || PQtransactionStatus(conn->pg) == PQTRANS_INERROR)
    return NULL;
  dusq_error *error = dusq__pg_is_to_be_renewed(statement) ? renew(conn, statement) : NULL;
  if (error || dusq__pg_lost(conn) || !dusq__pg_varies(statement, values, n))
    return error;
  bool known = dusq__pg_is_known(statement, values, n);
  return known && !dusq__pg_wants_name(statement, values, n, TIMES) ? NULL : learn(conn, statement, values, n);
}
