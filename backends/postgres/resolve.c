/* resolve.c - finds the types that the server accepts for one pattern of values.  The worker's thread. */
#include "resolve.h"
#include "acceptance.h"
#include "choice.h"
#include "error.h"
#include "facts.h"
#include "parse.h"
#include <stdlib.h>
#include <string.h>

/* ---- parameters that the context wants as text --------------------------------------------------------------------- */

/* Where the context wants an integer, as in LIMIT $1, a number is sent as text. */
static bool wants_integer(const dusq__pg_statement *statement, size_t i)
{
  return statement->preparation.types && dusq__pg_is_integer(statement->preparation.types[i]);
}

/* Removes from `refused` the parameters whose context accepts one of a few other types: for these the refusal is an
 * error.  A context that accepts none of those types wants text.  For a number, int4 is one of those: jsonb -> ?.    */
static dusq_error *keep_texts(dusq__pg_conn *conn, dusq__pg_statement *statement, size_t n, Oid type, bool *refused)
{
  static const Oid samples[] = {PG_INT8, PG_DATE, PG_BOOL, PG_INT4};
  bool number = type == PG_INT4 || type == PG_INT8 || type == PG_NUMERIC || type == PG_FLOAT8;
  size_t count = sizeof samples / sizeof *samples - (number ? 0 : 1);
  dusq_error *error = NULL;
  for (size_t k = 0; k < count && !error; k++) {
    error = dusq__pg_learn_type(conn, statement, n, samples[k], refused);
    for (size_t i = 0; i < n && !error; i++)
      refused[i] &= wants_integer(statement, i) || !(statement->facts[i].accepts & dusq__pg_bit_of(samples[k]));
  }
  return error;
}

/* Marks the parameters that are declared as `type` because of their value, and whose context wants text. */
static dusq_error *find_texts(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n,
                              const Oid *types, Oid type, bool *texts)
{
  for (size_t i = 0; i < n; i++)
    texts[i] = types[i] == type && values[i].type != DUSQ_NULL && dusq__pg_is_open(statement, &values[i], i);
  if (!memchr(texts, true, n))
    return NULL;
  dusq_error *error = dusq__pg_learn_type(conn, statement, n, type, texts);
  for (size_t i = 0; i < n; i++)
    texts[i] &= !(statement->facts[i].accepts & dusq__pg_bit_of(type));
  return error || !memchr(texts, true, n) ? error : keep_texts(conn, statement, n, type, texts);
}

/* The context's type, if it must be declared because the value is not sent in the form of its text. */
static Oid context_of(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  bool formed = value->type == DUSQ_BLOB || value->type == DUSQ_DATE || value->type == DUSQ_TIMESTAMP;
  Oid type = statement->preparation.types ? statement->preparation.types[i] : 0;
  return formed || dusq__pg_is_integer(type) ? type : 0;
}

/* Removes the declaration where the context wants text (or a number that is not exact). */
static dusq_error *leave_texts(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n,
                               Oid *types, bool *changed)
{
  bool *texts = malloc(n * sizeof *texts);
  dusq_error *error = texts ? NULL : dusq__pg_nomem();
  for (size_t k = 0; k < DUSQ__PG_VALUE_TYPES && !error; k++) {
    if (dusq__pg_value_types[k] == PG_TEXT)
      continue;
    error = find_texts(conn, statement, values, n, types, dusq__pg_value_types[k], texts);
    for (size_t i = 0; i < n && !error; i++)
      if (texts[i]) {
        types[i] = context_of(statement, &values[i], i);
        *changed = true;
      }
  }
  free(texts);
  return error;
}

/* ---- attempts ------------------------------------------------------------------------------------------------------ */

/* Tries one declaration; a refusal is not an error. */
static dusq_error *try_types(dusq__pg_conn *conn, const dusq__pg_statement *statement, size_t n, const Oid *types,
                             dusq__pg_preparation *out, bool *accepted)
{
  dusq_error *error = dusq__pg_try_parse(conn, statement, n, types, out);
  *accepted = !error;
  if (!error || !dusq__pg_is_refusal(error) || dusq__pg_lost(conn))
    return error;
  dusq_error_unref(error);
  return NULL;
}

/* For "inconsistent types deduced for parameter $1", as in $1 IS NULL OR i = $1.  A NULL can have any accepted type. */
static dusq_error *try_all(dusq__pg_conn *conn, const dusq__pg_statement *statement, size_t n, size_t i, Oid *types,
                           dusq__pg_preparation *out, bool *accepted)
{
  dusq_error *error = NULL;
  for (size_t k = 0; k < DUSQ__PG_VALUE_TYPES && !error && !*accepted; k++) {
    types[i] = dusq__pg_value_types[k];
    error = try_types(conn, statement, n, types, out, accepted);
  }
  if (!*accepted)
    types[i] = 0;
  return error;
}

/* The NULL without a declared type that the error is about; n: none. */
static size_t null_in_error(const dusq_error *error, const char *state, const dusq_value *values, const Oid *types,
                            size_t n)
{
  size_t i = dusq__pg_parameter_in_error(error, state, n);
  return i < n && values[i].type == DUSQ_NULL && !types[i] ? i : n;
}

/* Tries the types, and declares more of them for NULLs.  A NULL that is used only in IS NULL is text (42P18). */
static dusq_error *try_nulls(dusq__pg_conn *conn, const dusq__pg_statement *statement, const dusq_value *values,
                             size_t n, Oid *types, dusq__pg_preparation *out, bool *accepted)
{
  for (;;) {
    dusq_error *error = dusq__pg_try_parse(conn, statement, n, types, out);
    *accepted = !error;
    if (!error || dusq__pg_lost(conn) || !dusq__pg_is_refusal(error))
      return error;
    size_t undetermined = null_in_error(error, "42P18", values, types, n);
    size_t inconsistent = null_in_error(error, "42P08", values, types, n);
    dusq_error_unref(error);
    if (inconsistent < n)
      return try_all(conn, statement, n, inconsistent, types, out, accepted);
    if (undetermined == n)
      return NULL;
    types[undetermined] = PG_TEXT;
  }
}

dusq_error *dusq__pg_resolve(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n,
                             Oid *types, dusq__pg_preparation *out, bool *accepted)
{
  bool changed = false, found = false;
  if (!dusq__pg_make_facts(statement))
    return dusq__pg_nomem();
  dusq_error *error = try_nulls(conn, statement, values, n, types, out, accepted);
  if (!error && !*accepted && !statement->undetermined)
    error = leave_texts(conn, statement, values, n, types, &changed);
  if (!error && changed)
    error = try_nulls(conn, statement, values, n, types, out, accepted);
  if (!error && !*accepted)
    error = dusq__pg_choose(conn, statement, values, n, types, &found);
  return !error && found ? try_types(conn, statement, n, types, out, accepted) : error;
}
