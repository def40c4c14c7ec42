/* variant.c - what a placeholder is where the context does not say.  The worker's thread.
 *
 * The server takes the type of a parameter from what stands around it, and where that says nothing, calls it text: the
 * 7 of SELECT ? would come back as '7'.  Other databases go by the value, and so do we: a statement whose parameter is
 * text, and whose value is not, is prepared once more with the value's own type.  Where that cannot be (text = bigint),
 * the text stays.  A statement keeps the few variants that were made last: what comes out may not depend on what was
 * asked before.                                                                                                      */
#include "internal.h"
#include <stdlib.h>
#include <string.h>

static Oid own_type(const dusq_value *value)
{
  switch (value->type) {
  case DUSQ_BOOL: return PG_BOOL;
  case DUSQ_INT: return PG_INT8;
  case DUSQ_UINT: return value->u.n <= INT64_MAX ? PG_INT8 : PG_NUMERIC;
  case DUSQ_REAL: return PG_FLOAT8;
  case DUSQ_DECIMAL: return PG_NUMERIC;
  case DUSQ_BLOB: return PG_BYTEA;
  case DUSQ_DATE: return PG_DATE;
  case DUSQ_TIME: return value->u.i >= 0 && value->u.i < PG_US_PER_DAY ? PG_TIME : PG_INTERVAL;
  case DUSQ_TIMESTAMP: return PG_TIMESTAMPTZ;
  case DUSQ_UUID: return PG_UUID;
  case DUSQ_JSON: return PG_JSON;
  default: return PG_TEXT;
  }
}

/* The type that value i wants, or 0 where the context decides, or there is no value. */
static Oid wanted(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  const Oid *types = statement->form.types;
  bool open = !types || types[i] == PG_TEXT;
  return open && value->type != DUSQ_NULL ? own_type(value) : 0;
}

static bool differ(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  bool differs = statement->undetermined;
  for (size_t i = 0; i < n && !differs; i++) {
    Oid type = wanted(statement, &values[i], i);
    differs = type && type != PG_TEXT;
  }
  return differs;
}

static bool suits(const dusq__pg_statement *statement, const Oid *types, const dusq_value *values, size_t n)
{
  if (!types)
    return false;
  for (size_t i = 0; i < n; i++) {
    Oid type = wanted(statement, &values[i], i);
    if (type && type != types[i])
      return false;
  }
  return true;
}

static const dusq__pg_form *find(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  for (size_t k = 0; k < DUSQ__PG_VARIANTS; k++)
    if (suits(statement, statement->variants[k].types, values, n))
      return &statement->variants[k];
  return NULL;
}

static bool can_vary(const dusq__pg_statement *statement)
{
  return statement->form.number || statement->undetermined;
}

static bool has_variant(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  return !n || !can_vary(statement) || !differ(statement, values, n) || find(statement, values, n);
}

bool dusq__pg_is_fit(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  return !statement->renew && has_variant(statement, values, n);
}

const dusq__pg_form *dusq__pg_form_for(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  bool varies = can_vary(statement) && differ(statement, values, n);
  const dusq__pg_form *variant = varies ? find(statement, values, n) : NULL;
  return variant && variant->number ? variant : &statement->form;
}

/* In a transaction a text that is refused would end it. */
static dusq_error *try_types(dusq__pg_conn *conn, const dusq__pg_statement *statement, int n, const Oid *types,
                             dusq__pg_form *variant)
{
  static const char save[] = "SAVEPOINT dusq_variant", back[] = "ROLLBACK TO dusq_variant; RELEASE dusq_variant",
                    keep[] = "RELEASE dusq_variant";
  dusq_error *error = conn->transacting ? dusq__pg_simple(conn, save, NULL) : NULL;
  if (error)
    return error;
  error = dusq__pg_give_name(conn, statement->sql, n, types, variant);
  if (conn->transacting && !dusq__pg_lost(conn))
    dusq_error_unref(dusq__pg_simple(conn, error ? back : keep, NULL));
  return error;
}

static bool is_refusal(const dusq_error *error)
{
  const char *state = dusq_error_sqlstate(error);
  return !strncmp(state, "42", 2) || !strncmp(state, "22", 2);
}

/* If it is refused now, its execution says why. */
static void renew(dusq__pg_conn *conn, dusq__pg_statement *statement)
{
  dusq__pg_form fresh;
  dusq_error *error = try_types(conn, statement, 0, NULL, &fresh);
  statement->renew = false;
  if (error) {
    dusq_error_unref(error);
    return;
  }
  dusq__pg_drop_form(conn, &statement->form);
  for (size_t k = 0; k < DUSQ__PG_VARIANTS; k++)
    dusq__pg_drop_form(conn, &statement->variants[k]);
  statement->form = fresh;
}

void dusq__pg_fit(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  if (dusq__pg_is_fit(statement, values, n) || PQtransactionStatus(conn->pg) == PQTRANS_INERROR)
    return;
  if (statement->renew)
    renew(conn, statement);
  if (dusq__pg_lost(conn) || has_variant(statement, values, n))
    return;
  Oid *types = malloc(n * sizeof *types);
  if (!types)
    return;
  for (size_t i = 0; i < n; i++) {
    Oid type = wanted(statement, &values[i], i);
    types[i] = type ? type : statement->form.types ? statement->form.types[i] : PG_TEXT;
  }
  dusq__pg_form *variant = &statement->variants[statement->made++ % DUSQ__PG_VARIANTS];
  dusq__pg_drop_form(conn, variant);
  dusq_error *error = try_types(conn, statement, (int)n, types, variant);
  if (error)
    dusq__pg_drop_form(conn, variant);
  if (error && is_refusal(error)) {
    variant->types = types; /* so that they are not tried again */
    types = NULL;
  }
  dusq_error_unref(error);
  free(types);
}

/* ---- types that have changed --------------------------------------------------------------------------------------- */

bool dusq__pg_doubtful(const dusq__pg_statement *statement, const dusq_error *error)
{
  const char *state = dusq_error_sqlstate(error);
  bool about_types = !strncmp(state, "22", 2) || !strcmp(state, "42804") || !strcmp(state, "42883");
  return about_types && statement->form.number && statement->form.types;
}

void dusq__pg_suspect(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_error *error)
{
  const char *state = dusq_error_sqlstate(error);
  bool stale = !strcmp(state, "0A000") || !strcmp(state, "26000");
  if (conn->transacting && statement->form.number && (stale || dusq__pg_doubtful(statement, error)))
    statement->renew = true;
}

bool dusq__pg_outdated(dusq__pg_conn *conn, const dusq__pg_statement *statement, const dusq_error *error)
{
  if (!dusq__pg_doubtful(statement, error) || dusq__pg_lost(conn) || PQtransactionStatus(conn->pg) != PQTRANS_IDLE)
    return false;
  dusq__pg_form fresh;
  dusq_error *why = dusq__pg_give_name(conn, statement->sql, 0, NULL, &fresh);
  bool outdated = !why && fresh.types && /* the text has as many as ever */
                  memcmp(fresh.types, statement->form.types, statement->nparams * sizeof *fresh.types) != 0;
  dusq_error_unref(why);
  dusq__pg_drop_form(conn, &fresh);
  return outdated;
}
