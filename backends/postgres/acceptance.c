/* acceptance.c - learns whether parameters of a statement ever accept a type.  The worker's thread. */
#include "acceptance.h"
#include "error.h"
#include "probe.h"
#include <stdlib.h>

enum {
  MANY = 128, /* with more parameters, only those in `wanted` are asked about */
  FEW = 6     /* up to this many, every subset is asked about                 */
};

/* The parameters that the server is asked about. */
typedef struct group {
  size_t n;
  Oid type;
  const bool *alone;   /* which accept the type when nothing else is declared; before that: which are asked about */
  size_t *rest, nrest; /* the indexes of the others                                                               */
} group;

/* ---- one by one ---------------------------------------------------------------------------------------------------- */

static bool may_have(const dusq__pg_statement *statement, Oid type, size_t i)
{
  Oid context = statement->preparation.types ? statement->preparation.types[i] : PG_TEXT;
  bool exact = type == PG_INT8 || type == PG_INT4 || type == PG_NUMERIC;
  bool number = type == PG_INT8 || type == PG_FLOAT8 || type == PG_NUMERIC;
  return context == PG_TEXT || (context == PG_FLOAT8 && exact) || (dusq__pg_is_integer(context) && number);
}

static bool is_asked(const dusq__pg_statement *statement, const group *all, const bool *wanted, size_t i)
{
  return all->n <= MANY ? may_have(statement, all->type, i) : wanted[i];
}

static void fill_alone(const void *arg, size_t k, Oid *types)
{
  const group *all = arg;
  for (size_t i = 0; i < all->n; i++)
    types[i] = i == k ? all->type : 0;
}

static void note_alone(dusq__pg_statement *statement, group *all, const bool *wanted)
{
  for (size_t i = 0; i < all->n; i++)
    if (all->alone[i])
      statement->facts[i].accepts |= dusq__pg_bit_of(all->type);
    else if (is_asked(statement, all, wanted, i))
      all->rest[all->nrest++] = i;
}

/* ---- in sets ------------------------------------------------------------------------------------------------------- */

/* For a few parameters, all sets; for more, the set of all and each one by itself. */
static size_t count_sets(const group *all)
{
  return all->nrest <= FEW ? ((size_t)1 << all->nrest) - 1 : all->nrest + 1;
}

static bool is_in_set(const group *all, size_t set, size_t k)
{
  return all->nrest <= FEW ? (set + 1) >> k & 1 : !set || set - 1 == k;
}

/* Each set twice: by itself, and with the parameters added that accept the type alone. */
static void fill_set(const void *arg, size_t k, Oid *types)
{
  const group *all = arg;
  for (size_t i = 0; i < all->n; i++)
    types[i] = k % 2 && all->alone[i] ? all->type : 0;
  for (size_t i = 0; i < all->nrest; i++)
    if (is_in_set(all, k / 2, i))
      types[all->rest[i]] = all->type;
}

static dusq_error *ask_sets(dusq__pg_conn *conn, dusq__pg_statement *statement, const group *all)
{
  size_t count = 2 * count_sets(all);
  bool *which = malloc(count * sizeof *which);
  if (!which)
    return dusq__pg_nomem();
  for (size_t k = 0; k < count; k++)
    which[k] = true;
  dusq_error *error = dusq__pg_probe(conn, statement->sql, all->n, fill_set, all, count, which);
  for (size_t k = 0; k < count && !error; k++)
    for (size_t i = 0; i < all->nrest && which[k]; i++)
      if (is_in_set(all, k / 2, i))
        statement->facts[all->rest[i]].accepts |= dusq__pg_bit_of(all->type);
  free(which);
  return error;
}

/* ---- both ---------------------------------------------------------------------------------------------------------- */

static dusq_error *ask(dusq__pg_conn *conn, dusq__pg_statement *statement, group *all, bool *alone, const bool *wanted)
{
  for (size_t i = 0; i < all->n; i++)
    alone[i] = is_asked(statement, all, wanted, i);
  dusq_error *error = dusq__pg_probe(conn, statement->sql, all->n, fill_alone, all, all->n, alone);
  if (error)
    return error;
  note_alone(statement, all, wanted);
  if (all->nrest)
    error = ask_sets(conn, statement, all);
  for (size_t i = 0; i < all->n && !error; i++)
    if (all->n <= MANY || wanted[i])
      statement->facts[i].asked |= dusq__pg_bit_of(all->type);
  return error;
}

dusq_error *dusq__pg_learn_type(dusq__pg_conn *conn, dusq__pg_statement *statement, size_t n, Oid type,
                                const bool *wanted)
{
  size_t i = 0;
  while (i < n && (!wanted[i] || statement->facts[i].asked & dusq__pg_bit_of(type)))
    i++;
  if (i == n)
    return NULL;
  bool *alone = malloc(n * sizeof *alone);
  group all = {.n = n, .type = type, .alone = alone, .rest = malloc(n * sizeof *all.rest)};
  dusq_error *error = alone && all.rest ? ask(conn, statement, &all, alone, wanted) : dusq__pg_nomem();
  free(all.rest);
  free(alone);
  return error;
}
