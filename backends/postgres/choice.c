/* choice.c - declares what no value can tell from what was meant.  The worker's thread. */
#include "choice.h"
#include "error.h"
#include "facts.h"
#include "probe.h"
#include <stdlib.h>
#include <string.h>

enum {
  CANDIDATES = 512, /* so many are asked about, or else those of a few rules */
  MAX_PAIRED = 28   /* of so many places, each pair is a rule                */
};

typedef struct search {
  const dusq__pg_statement *statement;
  const dusq_value *values;
  const Oid *types; /* those that are refused                                           */
  size_t n;
  size_t *places, nplaces; /* the parameters for which there is a choice                */
  size_t count;            /* of all candidates; more than CANDIDATES: at least so many */
  Oid kinds[DUSQ__PG_VALUE_TYPES];
  size_t nkinds;           /* the types of values that are declared, each once          */
} search;

/* ---- the choices --------------------------------------------------------------------------------------------------- */

static size_t count_choices(const search *all, size_t i)
{
  if (all->values[i].type != DUSQ_NULL)
    return all->types[i] == PG_INT8 ? 2 : 1;
  return !all->types[i] && dusq__pg_is_open(all->statement, &all->values[i], i) ? 1 + all->nkinds : 1;
}

/* The k-th for parameter i; 0: no change. */
static Oid choice_of(const search *all, size_t i, size_t k)
{
  if (!k)
    return all->types[i];
  return all->values[i].type == DUSQ_NULL ? all->kinds[k - 1] : PG_INT4;
}

static void find_kinds(search *all)
{
  for (size_t i = 0; i < all->n; i++) {
    size_t k = 0;
    while (k < all->nkinds && all->kinds[k] != all->types[i])
      k++;
    if (k == all->nkinds && all->types[i] && all->values[i].type != DUSQ_NULL)
      all->kinds[all->nkinds++] = all->types[i];
  }
}

static void find_places(search *all)
{
  all->count = 1;
  for (size_t i = 0; i < all->n; i++) {
    size_t more = count_choices(all, i);
    if (more > 1)
      all->places[all->nplaces++] = i;
    if (all->count <= CANDIDATES)
      all->count *= more;
  }
}

/* ---- all candidates ------------------------------------------------------------------------------------------------ */

/* The digits of k, one for each place, are the choices; 0 is what there was. */
static void fill_candidate(const void *arg, size_t k, Oid *types)
{
  const search *all = arg;
  memcpy(types, all->types, all->n * sizeof *types);
  for (size_t p = 0; p < all->nplaces; p++) {
    size_t i = all->places[p], more = count_choices(all, i);
    types[i] = choice_of(all, i, k % more);
    k /= more;
  }
}

static size_t count_changes(const search *all, size_t k)
{
  size_t n = 0;
  for (size_t p = 0; p < all->nplaces; p++) {
    size_t more = count_choices(all, all->places[p]);
    n += k % more != 0;
    k /= more;
  }
  return n;
}

/* ---- rules, where there are too many ------------------------------------------------------------------------------- */

/* Each NULL has the type of the value before it (0) or after it (1), or all of them one type. */
static void fill_nulls(const search *all, size_t k, Oid *types)
{
  Oid last = all->nkinds ? all->kinds[0] : 0;
  for (size_t j = 0; j < all->n; j++) {
    size_t i = k == 1 ? all->n - 1 - j : j;
    if (all->values[i].type != DUSQ_NULL)
      last = all->types[i] ? all->types[i] : last;
    else if (count_choices(all, i) > 1)
      types[i] = k < 2 ? last : all->kinds[k - 2];
  }
}

/* One place is changed to its first choice, or two are. */
static void fill_pair(const search *all, size_t k, Oid *types)
{
  size_t first = 0;
  for (; first < all->nplaces && k >= all->nplaces - first; first++)
    k -= all->nplaces - first;
  if (first == all->nplaces)
    return;
  size_t i = all->places[first], j = all->places[first + k];
  types[i] = choice_of(all, i, 1);
  types[j] = choice_of(all, j, 1);
}

static void fill_rule(const void *arg, size_t k, Oid *types)
{
  const search *all = arg;
  size_t rules = 2 + all->nkinds;
  memcpy(types, all->types, all->n * sizeof *types);
  if (k < rules)
    fill_nulls(all, k, types);
  else
    fill_pair(all, k - rules, types);
}

/* ---- the search ---------------------------------------------------------------------------------------------------- */

/* The first one that is accepted and changes least; `count`: none.  Rules are in order. */
static size_t best_of(const search *all, bool every, const bool *which, size_t count)
{
  size_t best = count, least = SIZE_MAX;
  for (size_t k = 0; k < count; k++) {
    size_t changes = which[k] ? (every ? count_changes(all, k) : k) : SIZE_MAX;
    if (changes < least) {
      best = k;
      least = changes;
    }
  }
  return best;
}

/* Makes `types`, which may be all->types, the k-th. */
static dusq_error *take(const search *all, dusq__pg_fill fill, size_t k, Oid *types)
{
  Oid *chosen = malloc(all->n * sizeof *chosen);
  if (!chosen)
    return dusq__pg_nomem();
  fill(all, k, chosen);
  memcpy(types, chosen, all->n * sizeof *types);
  free(chosen);
  return NULL;
}

static dusq_error *ask(dusq__pg_conn *conn, const search *all, Oid *types, bool *found)
{
  bool every = all->count <= CANDIDATES;
  dusq__pg_fill fill = every ? fill_candidate : fill_rule;
  size_t pairs = all->nplaces <= MAX_PAIRED ? all->nplaces * (all->nplaces + 1) / 2 : 0;
  size_t count = every ? all->count : 2 + all->nkinds + pairs;
  bool *which = malloc(count * sizeof *which);
  if (!which)
    return dusq__pg_nomem();
  for (size_t k = 0; k < count; k++)
    which[k] = k || !every; /* what there was is refused */
  dusq_error *error = dusq__pg_probe(conn, all->statement->sql, all->n, fill, all, count, which);
  size_t best = error ? count : best_of(all, every, which, count);
  *found = best < count;
  free(which);
  return *found ? take(all, fill, best, types) : error;
}

dusq_error *dusq__pg_choose(dusq__pg_conn *conn, const dusq__pg_statement *statement, const dusq_value *values,
                            size_t n, Oid *types, bool *found)
{
  search all = {.statement = statement, .values = values, .types = types, .n = n};
  all.places = malloc(n * sizeof *all.places);
  if (!all.places)
    return dusq__pg_nomem();
  find_kinds(&all);
  find_places(&all);
  dusq_error *error = all.count > 1 ? ask(conn, &all, types, found) : NULL;
  free(all.places);
  return error;
}
