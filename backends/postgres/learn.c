/* learn.c - what must be known of a statement's parameters before values can be sent.  The worker's thread.
 *
 * First the variant is simply prepared.  If the server refuses it, the error names the parameter (its type for NULL),
 * or each type of the values is probed for itself.                                                                    */
#include "learn.h"
#include "context.h"
#include "error.h"
#include "facts.h"
#include "parse.h"
#include "probe.h"
#include "types.h"
#include "variant.h"
#include <stdlib.h>
#include <string.h>

/* A text that is refused would end a transaction. */
static dusq_error *try_types(dusq__pg_conn *conn, const dusq__pg_statement *statement, int n, const Oid *types,
                             dusq__pg_preparation *out)
{
  dusq_error *error = dusq__pg_parse(conn, statement, n, types, out);
  if (error && conn->transacting && !dusq__pg_lost(conn))
    dusq_error_unref(dusq__pg_undo_parse(conn));
  return error;
}

/* Gives the variant of the values a name; *refused is an owned error if the server does not accept it. */
static dusq_error *try_name(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n,
                            dusq_error **refused)
{
  dusq__pg_variant *one = dusq__pg_take_variant(statement, values, n, &conn->names);
  *refused = NULL;
  if (!one)
    return dusq__pg_nomem();
  if (one->preparation.number)
    return NULL;
  dusq_error *error = try_types(conn, statement, (int)n, one->declared, &one->preparation);
  if (!error)
    return NULL;
  dusq__pg_drop_preparation(&conn->names, &one->preparation);
  if (!dusq__pg_is_refusal(error) || dusq__pg_lost(conn))
    return error;
  one->refused = true; /* its execution says why */
  *refused = error;
  return NULL;
}

/* ---- the type for NULL --------------------------------------------------------------------------------------------- */

/* "inconsistent types deduced for parameter $1": $1 IS NULL OR i = $1.  A NULL can have any type that is accepted. */
static dusq_error *learn_null(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n,
                              dusq__pg_facts *facts)
{
  size_t i = (size_t)(facts - statement->facts);
  Oid *types = malloc(n * sizeof *types);
  dusq_error *error = types ? NULL : dusq__pg_nomem();
  for (size_t k = 0; k < n && types; k++)
    types[k] = dusq__pg_declared_of(statement, &values[k], k);
  for (size_t k = 1; k < DUSQ__PG_VALUE_TYPES && !error && !(facts->refuses & DUSQ__PG_NULL_BIT); k++) {
    dusq__pg_preparation tried;
    types[i] = dusq__pg_value_types[k];
    error = try_types(conn, statement, (int)n, types, &tried);
    if (!error) {
      facts->refuses |= DUSQ__PG_NULL_BIT;
      facts->null_type = dusq__pg_value_types[k];
    } else if (dusq__pg_is_refusal(error) && !dusq__pg_lost(conn)) {
      dusq_error_unref(error);
      error = NULL;
    }
    dusq__pg_drop_preparation(&conn->names, &tried);
  }
  free(types);
  return error;
}

/* ---- the types that are refused ------------------------------------------------------------------------------------ */

/* With more parameters, those whose value has another type are not asked for. */
enum { MANY = 128 };

/* Clears those of `wanted` that do not accept the type: neither alone, nor together with all parameters that accept it
 * alone, for one of those may be what makes the context text.                                                         */
static dusq_error *ask(dusq__pg_conn *conn, const dusq__pg_statement *statement, const dusq_value *values, size_t n,
                       Oid type, bool *wanted)
{
  bool *alone = malloc(n * sizeof *alone);
  if (!alone)
    return dusq__pg_nomem();
  for (size_t i = 0; i < n; i++)
    alone[i] = wanted[i] || (n <= MANY && dusq__pg_is_open(statement, &values[i], i));
  dusq_error *error = dusq__pg_probe(conn, statement->sql, type, n, NULL, alone);
  bool *together = error ? NULL : malloc(n * sizeof *together);
  if (!error && !together)
    error = dusq__pg_nomem();
  for (size_t i = 0; i < n && together; i++)
    together[i] = wanted[i] && !alone[i];
  if (together)
    error = dusq__pg_probe(conn, statement->sql, type, n, alone, together);
  for (size_t i = 0; i < n && together; i++)
    wanted[i] = wanted[i] && (alone[i] || together[i]);
  free(together);
  free(alone);
  return error;
}

/* Clears those of `refused` whose context accepts one of these types: what it refuses is an error there.  A context
 * that accepts none of them wants text.                                                                               */
static dusq_error *keep_texts(dusq__pg_conn *conn, const dusq__pg_statement *statement, const dusq_value *values,
                              size_t n, bool *refused)
{
  static const Oid samples[] = {PG_INT8, PG_DATE, PG_BOOL};
  bool *accepted = malloc(n * sizeof *accepted);
  dusq_error *error = accepted ? NULL : dusq__pg_nomem();
  for (size_t k = 0; k < sizeof samples / sizeof *samples && !error; k++) {
    memcpy(accepted, refused, n * sizeof *accepted);
    error = ask(conn, statement, values, n, samples[k], accepted);
    for (size_t i = 0; i < n && !error; i++)
      refused[i] &= !accepted[i];
  }
  free(accepted);
  return error;
}

/* The parameters that can be of type k by their value, and have not accepted it yet; whether there are any. */
static bool mark_unproven(const dusq__pg_statement *statement, const dusq_value *values, size_t n, size_t k,
                          bool *marks)
{
  bool any = false;
  for (size_t i = 0; i < n; i++) {
    marks[i] = dusq__pg_is_open(statement, &values[i], i) &&
               dusq__pg_value_type(&values[i]) == dusq__pg_value_types[k] && !(statement->facts[i].accepts & 1u << k);
    any |= marks[i];
  }
  return any;
}

/* Which parameters cannot have the type of their value, because they are text (or a number that is not exact). */
static dusq_error *learn_refusals(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values,
                                  size_t n)
{
  dusq_error *error = NULL;
  bool *accepted = malloc(2 * n * sizeof *accepted), *refused = accepted + n;
  if (!accepted)
    return dusq__pg_nomem();
  for (size_t k = 1; k < DUSQ__PG_VALUE_TYPES && !error; k++) {
    if (!mark_unproven(statement, values, n, k, accepted) || dusq__pg_value_types[k] == PG_TEXT)
      continue;
    memcpy(refused, accepted, n * sizeof *refused);
    error = ask(conn, statement, values, n, dusq__pg_value_types[k], accepted);
    bool any = false;
    for (size_t i = 0; i < n; i++) {
      refused[i] = refused[i] && !accepted[i];
      any |= refused[i];
    }
    if (!error && any)
      error = keep_texts(conn, statement, values, n, refused);
    for (size_t i = 0; i < n && !error; i++)
      statement->facts[i].refuses |= refused[i] ? (uint16_t)(1u << k) : 0;
  }
  free(accepted);
  return error;
}

/* ---- all of it ----------------------------------------------------------------------------------------------------- */

static void note_accepted(dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    dusq__pg_facts *facts = &statement->facts[i];
    bool open = dusq__pg_is_open(statement, &values[i], i);
    uint16_t bit = open ? dusq__pg_bit_of(dusq__pg_value_type(&values[i])) : 0;
    facts->accepts |= (uint16_t)(bit & ~facts->refuses);
  }
}

static dusq_error *learn(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  dusq_error *error = NULL, *refused = NULL;
  bool null_learned = true, probes = !statement->undetermined;
  if (!dusq__pg_make_facts(statement))
    return dusq__pg_nomem();
  do {
    error = try_name(conn, statement, values, n, &refused);
    if (!refused)
      break;
    null_learned = dusq__pg_note_undetermined(statement, refused);
    dusq__pg_facts *facts = dusq__pg_facts_in_error(statement, refused, "42P08");
    if (facts && values[facts - statement->facts].type == DUSQ_NULL) {
      error = learn_null(conn, statement, values, n, facts);
      null_learned = facts->refuses & DUSQ__PG_NULL_BIT;
    } else if (!null_learned && probes) {
      error = learn_refusals(conn, statement, values, n);
    }
    bool again = null_learned || probes;
    probes = null_learned && probes;
    dusq_error_unref(refused);
    if (!again)
      break;
  } while (!error);
  if (!error)
    note_accepted(statement, values, n);
  return error;
}

/* A statement with a name that is refused now fails on its execution.  One without a name is not sent for that. */
static dusq_error *renew(dusq__pg_conn *conn, dusq__pg_statement *statement)
{
  dusq__pg_preparation fresh;
  dusq__pg_drop_variants(statement, &conn->names);
  if (statement->unnamed) {
    dusq__pg_drop_preparation(&conn->names, &statement->preparation);
    dusq_error *why = dusq__pg_parse_first(conn, statement);
    statement->renew = why != NULL;
    return why;
  }
  dusq_error *error = dusq__pg_parse_by_context(conn, statement, &fresh);
  if (error && conn->transacting && !dusq__pg_lost(conn))
    dusq_error_unref(dusq__pg_undo_parse(conn));
  statement->renew = false;
  if (!error) {
    dusq__pg_drop_preparation(&conn->names, &statement->preparation);
    statement->preparation = fresh;
  }
  dusq_error_unref(error);
  return NULL;
}

dusq_error *dusq__pg_make_ready(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  enum { TIMES = 1 };
  bool ready = dusq__pg_is_ready(statement, values, n);
  if ((ready && !dusq__pg_wants_name(statement, values, n, TIMES)) || PQtransactionStatus(conn->pg) == PQTRANS_INERROR)
    return NULL;
  dusq_error *error = statement->renew ? renew(conn, statement) : NULL;
  if (error || dusq__pg_lost(conn) || !dusq__pg_varies(statement, values, n))
    return error;
  dusq_error *refused = NULL;
  error = dusq__pg_is_known(statement, values, n) ? try_name(conn, statement, values, n, &refused)
                                                  : learn(conn, statement, values, n);
  dusq_error_unref(refused);
  return error;
}
