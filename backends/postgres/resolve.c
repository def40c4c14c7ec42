/* resolve.c - which types the server takes for one pattern of values.  The worker's thread.
 *
 * First those of the values are tried.  Where they are refused, a value whose context is text by what the text of the
 * statement says, whatever the values, is left to it.  Then come choices that no value can tell from what was meant: a
 * NULL has the type of another value, and an integer is an int4; of those that are taken, the one that changes least.
 * All of it follows from the statement and the kinds of the values.                                                  */
#include "internal.h"
#include <stdlib.h>
#include <string.h>

enum {
  MANY = 128,       /* of so many parameters, only those of interest are asked for */
  FEW = 6,          /* of so few, every set is                                     */
  CANDIDATES = 512,
  MAX_PAIRED = 28,  /* about as many pairs         */
  ALL_TYPES = 13
};

static const Oid all_types[ALL_TYPES] = {PG_INT4, PG_BOOL, PG_INT8,     PG_NUMERIC,     PG_FLOAT8, PG_BYTEA, PG_DATE,
                                         PG_TIME, PG_UUID, PG_INTERVAL, PG_TIMESTAMPTZ, PG_JSON,   PG_TEXT};

static uint16_t bit_of(Oid type)
{
  unsigned i = 0;
  while (all_types[i] != type)
    i++;
  return (uint16_t)(1u << i);
}

static Oid context_of(const dusq__pg_statement *statement, size_t i)
{
  return statement->form.types ? statement->form.types[i] : PG_TEXT;
}

static bool is_exact(Oid type)
{
  return type == PG_INT8 || type == PG_INT4 || type == PG_NUMERIC;
}

bool dusq__pg_has_lore(dusq__pg_statement *statement)
{
  if (!statement->lore)
    statement->lore = calloc(statement->nparams + 1, sizeof *statement->lore);
  return statement->lore != NULL;
}

/* ---- facts about the text ------------------------------------------------------------------------------------------ */

/* One type in several places, and nothing else: no value has a part in it. */
typedef struct company {
  size_t n;
  Oid type;
  const bool *alone; /* that take it when nothing else is declared */
  size_t *rest, nrest;
} company;

static void fill_alone(const void *arg, size_t k, Oid *types)
{
  const company *all = arg;
  for (size_t i = 0; i < all->n; i++)
    types[i] = i == k ? all->type : 0;
}

/* The sets of the rest: all there are of a few; all of it, and each. */
static size_t count_sets(const company *all)
{
  return all->nrest <= FEW ? ((size_t)1 << all->nrest) - 1 : all->nrest + 1;
}

static bool is_in_set(const company *all, size_t set, size_t k)
{
  return all->nrest <= FEW ? (set + 1) >> k & 1 : !set || set - 1 == k;
}

/* Each set by itself, and beside those that take the type alone. */
static void fill_set(const void *arg, size_t k, Oid *types)
{
  const company *all = arg;
  for (size_t i = 0; i < all->n; i++)
    types[i] = k % 2 && all->alone[i] ? all->type : 0;
  for (size_t i = 0; i < all->nrest; i++)
    if (is_in_set(all, k / 2, i))
      types[all->rest[i]] = all->type;
}

static dusq_error *ask_sets(dusq__pg_conn *conn, dusq__pg_statement *statement, const company *all)
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
        statement->lore[all->rest[i]].goes |= bit_of(all->type);
  free(which);
  return error;
}

static bool may_have(const dusq__pg_statement *statement, Oid type, size_t i)
{
  Oid context = context_of(statement, i);
  return context == PG_TEXT || (context == PG_FLOAT8 && is_exact(type));
}

/* Of parameters in `wanted`, and of the others where that is not too much, whether they ever take the type. */
static dusq_error *learn_type(dusq__pg_conn *conn, dusq__pg_statement *statement, size_t n, Oid type,
                              const bool *wanted)
{
  bool known = true;
  for (size_t i = 0; i < n; i++)
    known &= !wanted[i] || statement->lore[i].asked & bit_of(type);
  if (known)
    return NULL;
  bool *alone = malloc(n * sizeof *alone);
  company all = {.n = n, .type = type, .alone = alone, .rest = malloc(n * sizeof *all.rest)};
  dusq_error *error = alone && all.rest ? NULL : dusq__pg_nomem();
  for (size_t i = 0; i < n && !error; i++)
    alone[i] = n <= MANY ? may_have(statement, type, i) : wanted[i];
  if (!error)
    error = dusq__pg_probe(conn, statement->sql, n, fill_alone, &all, n, alone);
  for (size_t i = 0; i < n && !error; i++)
    if (alone[i])
      statement->lore[i].goes |= bit_of(type);
    else if (n <= MANY ? may_have(statement, type, i) : wanted[i])
      all.rest[all.nrest++] = i;
  if (!error && all.nrest)
    error = ask_sets(conn, statement, &all);
  for (size_t i = 0; i < n && !error; i++)
    if (n <= MANY || wanted[i])
      statement->lore[i].asked |= bit_of(type);
  free(all.rest);
  free(alone);
  return error;
}

/* A context that takes none of these wants text; one that takes any has no place for what it refuses.  For a number
 * that is an int4, too: jsonb -> ?.                                                                                  */
static dusq_error *keep_texts(dusq__pg_conn *conn, dusq__pg_statement *statement, size_t n, Oid type, bool *refused)
{
  static const Oid samples[] = {PG_INT8, PG_DATE, PG_BOOL, PG_INT4};
  size_t count = sizeof samples / sizeof *samples - (is_exact(type) || type == PG_FLOAT8 ? 0 : 1);
  dusq_error *error = NULL;
  for (size_t k = 0; k < count && !error; k++) {
    error = learn_type(conn, statement, n, samples[k], refused);
    for (size_t i = 0; i < n && !error; i++)
      refused[i] &= !(statement->lore[i].goes & bit_of(samples[k]));
  }
  return error;
}

/* What goes in another form than its text needs the type of the context told. */
static Oid told(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  bool formed = value->type == DUSQ_BLOB || value->type == DUSQ_DATE || value->type == DUSQ_TIMESTAMP;
  return formed ? statement->form.types[i] : 0;
}

/* Leaves to the context what it wants as text (or as a number that is not exact). */
static dusq_error *leave_texts(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n,
                               Oid *types, bool *changed)
{
  bool *refused = malloc(n * sizeof *refused);
  dusq_error *error = refused ? NULL : dusq__pg_nomem();
  for (size_t k = 0; k + 1 < ALL_TYPES && !error; k++) { /* the last is text */
    bool any = false;
    for (size_t i = 0; i < n; i++) {
      refused[i] = types[i] == all_types[k] && values[i].type != DUSQ_NULL &&
                   dusq__pg_is_open(statement, &values[i], i);
      any |= refused[i];
    }
    if (!any)
      continue;
    error = learn_type(conn, statement, n, all_types[k], refused);
    for (size_t i = 0; i < n; i++)
      refused[i] &= !(statement->lore[i].goes & bit_of(all_types[k]));
    if (!error && memchr(refused, true, n))
      error = keep_texts(conn, statement, n, all_types[k], refused);
    for (size_t i = 0; i < n && !error; i++)
      if (refused[i]) {
        types[i] = told(statement, &values[i], i);
        *changed = true;
      }
  }
  free(refused);
  return error;
}

/* ---- choices ------------------------------------------------------------------------------------------------------- */

typedef struct search {
  const dusq__pg_statement *statement;
  const dusq_value *values;
  const Oid *types;
  size_t n, *places, nplaces, count;
  Oid kinds[ALL_TYPES]; /* of the values */
  size_t nkinds;
} search;

static size_t choices(const search *all, size_t i)
{
  if (all->values[i].type != DUSQ_NULL)
    return all->types[i] == PG_INT8 ? 2 : 1;
  return !all->types[i] && dusq__pg_is_open(all->statement, &all->values[i], i) ? 1 + all->nkinds : 1;
}

static Oid choice(const search *all, size_t i, size_t k)
{
  if (!k)
    return all->types[i];
  return all->values[i].type == DUSQ_NULL ? all->kinds[k - 1] : PG_INT4;
}

static void find_choices(search *all)
{
  for (size_t i = 0; i < all->n; i++) {
    size_t k = 0;
    while (k < all->nkinds && all->kinds[k] != all->types[i])
      k++;
    if (k == all->nkinds && all->types[i] && all->values[i].type != DUSQ_NULL)
      all->kinds[all->nkinds++] = all->types[i];
  }
  all->count = 1;
  for (size_t i = 0; i < all->n; i++) {
    size_t more = choices(all, i);
    if (more > 1)
      all->places[all->nplaces++] = i;
    if (all->count <= CANDIDATES)
      all->count *= more;
  }
}

/* All there are, by number; the first is what there was. */
static void fill_choice(const void *arg, size_t k, Oid *types)
{
  const search *all = arg;
  memcpy(types, all->types, all->n * sizeof *types);
  for (size_t p = 0; p < all->nplaces; p++) {
    size_t i = all->places[p], more = choices(all, i);
    types[i] = choice(all, i, k % more);
    k /= more;
  }
}

static size_t changes(const search *all, size_t k)
{
  size_t n = 0;
  for (size_t p = 0; p < all->nplaces; p++) {
    size_t more = choices(all, all->places[p]);
    n += k % more != 0;
    k /= more;
  }
  return n;
}

/* Of too many: each NULL has the type of the value before it, of the one behind it, or all of them one type; or one
 * integer is an int4, or two are.                                                                                    */
static void fill_rule(const void *arg, size_t k, Oid *types)
{
  const search *all = arg;
  memcpy(types, all->types, all->n * sizeof *types);
  Oid last = all->nkinds ? all->kinds[0] : 0;
  size_t rules = 2 + all->nkinds;
  if (k < rules)
    for (size_t j = 0; j < all->n; j++) {
      size_t i = k == 1 ? all->n - 1 - j : j;
      if (all->values[i].type != DUSQ_NULL)
        last = all->types[i] ? all->types[i] : last;
      else if (choices(all, i) > 1)
        types[i] = k < 2 ? last : all->kinds[k - 2];
    }
  for (size_t p = 0, at = rules; k >= rules && p < all->nplaces; p++)
    for (size_t q = p; q < all->nplaces; q++, at++)
      if (at == k) {
        types[all->places[p]] = choice(all, all->places[p], 1);
        types[all->places[q]] = choice(all, all->places[q], 1);
      }
}

/* The first of those that are taken and change least; `types` becomes it. */
static dusq_error *search_choices(dusq__pg_conn *conn, search *all, Oid *types, bool *found)
{
  bool every = all->count <= CANDIDATES;
  size_t pairs = all->nplaces <= MAX_PAIRED ? all->nplaces * (all->nplaces + 1) / 2 : 0;
  size_t count = every ? all->count : 2 + all->nkinds + pairs;
  bool *which = malloc(count * sizeof *which);
  if (!which)
    return dusq__pg_nomem();
  for (size_t k = 0; k < count; k++)
    which[k] = k || !every;
  dusq__pg_fill fill = every ? fill_choice : fill_rule;
  dusq_error *error = dusq__pg_probe(conn, all->statement->sql, all->n, fill, all, count, which);
  size_t best = count, least = SIZE_MAX;
  for (size_t k = 0; k < count && !error; k++)
    if (which[k] && (every ? changes(all, k) : k) < least) {
      best = k;
      least = every ? changes(all, k) : k;
    }
  *found = best < count;
  Oid *chosen = *found ? malloc(all->n * sizeof *chosen) : NULL;
  if (chosen) {
    fill(all, best, chosen);
    memcpy(types, chosen, all->n * sizeof *types);
  } else if (*found) {
    error = dusq__pg_nomem();
  }
  free(chosen);
  free(which);
  return error;
}

static dusq_error *choose(dusq__pg_conn *conn, const dusq__pg_statement *statement, const dusq_value *values, size_t n,
                          Oid *types, bool *found)
{
  search all = {.statement = statement, .values = values, .types = types, .n = n};
  all.places = malloc(n * sizeof *all.places);
  if (!all.places)
    return dusq__pg_nomem();
  find_choices(&all);
  dusq_error *error = all.count > 1 ? search_choices(conn, &all, types, found) : NULL;
  free(all.places);
  return error;
}

/* ---- all of it ----------------------------------------------------------------------------------------------------- */

/* In a transaction a text that is refused would end it. */
dusq_error *dusq__pg_try_types(dusq__pg_conn *conn, const dusq__pg_statement *statement, size_t n, const Oid *types,
                               dusq__pg_form *form)
{
  dusq_error *error = dusq__pg_give_name(conn, statement, (int)n, types, form);
  if (!error)
    return NULL;
  dusq__pg_drop_form(conn, form);
  if (conn->transacting && !dusq__pg_lost(conn))
    dusq_error_unref(dusq__pg_undo_name(conn));
  return error;
}

/* Whether the server has answered that it does not take them; takes that error. */
static bool is_refused(dusq__pg_conn *conn, dusq_error **error)
{
  bool refused = *error && dusq__pg_is_refusal(*error) && !dusq__pg_lost(conn);
  if (refused) {
    dusq_error_unref(*error);
    *error = NULL;
  }
  return refused;
}

/* The undeclared NULL that an error is about, in whatever language, by its number; n: none. */
static size_t null_of(const dusq_error *error, const char *state, const dusq_value *values, const Oid *types, size_t n)
{
  const char *at = strchr(dusq_error_message(error), '$');
  size_t number = 0;
  if (strcmp(dusq_error_sqlstate(error), state) != 0 || !at)
    return n;
  while (*++at >= '0' && *at <= '9' && number <= n)
    number = number * 10 + (size_t)(*at - '0');
  bool is_null = number && number <= n && values[number - 1].type == DUSQ_NULL && !types[number - 1];
  return is_null ? number - 1 : n;
}

/* "inconsistent types deduced for parameter $1": $1 IS NULL OR i = $1.  To a NULL all types are alike that can be. */
static dusq_error *try_all(dusq__pg_conn *conn, const dusq__pg_statement *statement, size_t n, size_t i, Oid *types,
                           dusq__pg_form *form, bool *accepted)
{
  dusq_error *error = NULL;
  for (size_t k = 0; k < ALL_TYPES && !error && !*accepted; k++) {
    types[i] = all_types[k];
    error = dusq__pg_try_types(conn, statement, n, types, form);
    *accepted = !error;
    is_refused(conn, &error);
  }
  if (!*accepted)
    types[i] = 0;
  return error;
}

/* A NULL of which nothing else is asked than whether it is one is text (42P18). */
static dusq_error *try_nulls(dusq__pg_conn *conn, const dusq__pg_statement *statement, const dusq_value *values,
                             size_t n, Oid *types, dusq__pg_form *form, bool *accepted)
{
  for (;;) {
    dusq_error *error = dusq__pg_try_types(conn, statement, n, types, form);
    *accepted = !error;
    if (!error || dusq__pg_lost(conn) || !dusq__pg_is_refusal(error))
      return error;
    size_t vague = null_of(error, "42P18", values, types, n);
    size_t torn = null_of(error, "42P08", values, types, n);
    dusq_error_unref(error);
    if (torn < n)
      return try_all(conn, statement, n, torn, types, form, accepted);
    if (vague == n)
      return NULL;
    types[vague] = PG_TEXT;
  }
}

dusq_error *dusq__pg_resolve(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n,
                             Oid *types, dusq__pg_form *form, bool *accepted)
{
  bool changed = false, found = false;
  if (!dusq__pg_has_lore(statement))
    return dusq__pg_nomem();
  dusq_error *error = try_nulls(conn, statement, values, n, types, form, accepted);
  if (!error && !*accepted && !statement->undetermined)
    error = leave_texts(conn, statement, values, n, types, &changed);
  if (!error && changed)
    error = try_nulls(conn, statement, values, n, types, form, accepted);
  if (!error && !*accepted)
    error = choose(conn, statement, values, n, types, &found);
  if (!error && found) {
    error = dusq__pg_try_types(conn, statement, n, types, form);
    *accepted = !error;
    is_refused(conn, &error);
  }
  return error;
}
