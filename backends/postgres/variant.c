/* variant.c - what a placeholder is where the context does not say.  The worker's thread.
 *
 * The server takes the type of a parameter from what stands around it, and where that says nothing, calls it text: the
 * 7 of SELECT ? would come back as '7'.  Other databases go by the value, and so do we: a statement whose parameter is
 * text, and whose value is not, is prepared once more with the value's own type.  Where that cannot be (text = bigint),
 * the text stays.                                                                                                    */
#include "internal.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_VARIANTS = 4 /* of a statement, whose values come in ever other kinds */ };

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

static bool variant_fits(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  if (!statement->variant.types)
    return false;
  for (size_t i = 0; i < n; i++) {
    Oid type = wanted(statement, &values[i], i);
    if (type && type != statement->variant.types[i])
      return false;
  }
  return true;
}

const dusq__pg_form *dusq__pg_form_for(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  bool usual = !statement->variant.number || !differ(statement, values, n);
  return usual || !variant_fits(statement, values, n) ? &statement->form : &statement->variant;
}

/* In a transaction a text that is refused would end it. */
static dusq_error *try_types(dusq__pg_conn *conn, dusq__pg_statement *statement, int n, const Oid *types)
{
  static const char save[] = "SAVEPOINT dusq_variant", back[] = "ROLLBACK TO dusq_variant; RELEASE dusq_variant",
                    keep[] = "RELEASE dusq_variant";
  dusq_error *error = conn->transacting ? dusq__pg_simple(conn, save, NULL) : NULL;
  if (error)
    return error;
  error = dusq__pg_give_name(conn, statement->sql, n, types, &statement->variant);
  if (conn->transacting && !dusq__pg_lost(conn))
    dusq_error_unref(dusq__pg_simple(conn, error ? back : keep, NULL));
  return error;
}

void dusq__pg_fit(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  if (!n || statement->variants >= MAX_VARIANTS || !(statement->form.number || statement->undetermined))
    return;
  if (!differ(statement, values, n) || variant_fits(statement, values, n))
    return;
  if (PQtransactionStatus(conn->pg) == PQTRANS_INERROR)
    return;
  Oid *types = malloc(n * sizeof *types);
  if (!types)
    return;
  for (size_t i = 0; i < n; i++) {
    Oid type = wanted(statement, &values[i], i);
    types[i] = type ? type : statement->form.types ? statement->form.types[i] : PG_TEXT;
  }
  statement->variants++;
  dusq__pg_drop_form(conn, &statement->variant);
  dusq_error *error = try_types(conn, statement, (int)n, types);
  if (error)
    dusq__pg_drop_form(conn, &statement->variant);
  dusq_error_unref(error);
  free(types);
}
