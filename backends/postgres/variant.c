/* variant.c - what a placeholder is where the context does not say.  The worker's thread.
 *
 * The server takes the type of a parameter from what stands around it, and where that says nothing, calls it text: the
 * 7 of SELECT ? would come back as '7'.  Other databases go by the value, and so do we: a parameter that is text, and
 * whose value is not, is declared with the value's own type, unless the context takes none but text (LIKE).  A NULL has
 * no type, and is not declared.  Where the values do not go together, the server says so.
 *
 * What comes out may not depend on what was asked before.  So what is declared follows from the values and from facts
 * about the statement alone, which are learned once for each parameter and type.  With them every pattern of kinds and
 * NULLs can be sent at once, without a name on the server; those that come again get one, and the last few keep it.  */
#include "internal.h"
#include <stdlib.h>
#include <string.h>

enum { NULL_BIT = 1 };

/* Of one parameter, a bit for each type that values give it: whether the types have been seen to go, and whether they
 * never do.  The bit of NULL: whether it can be left open, and whether it must be text, for nothing else is asked than
 * whether it is NULL.                                                                                                */
struct dusq__pg_lore {
  uint16_t good, bound;
  Oid null; /* what a NULL is declared as, with its bit in `bound` */
};

static const Oid own_types[] = {0,       PG_BOOL, PG_INT8,     PG_NUMERIC,     PG_FLOAT8, PG_TEXT, PG_BYTEA,
                                PG_DATE, PG_TIME, PG_INTERVAL, PG_TIMESTAMPTZ, PG_UUID,   PG_JSON};

static uint16_t bit_of(Oid type)
{
  unsigned i = 0;
  while (own_types[i] != type)
    i++;
  return (uint16_t)(1u << i);
}

static Oid own_type(const dusq_value *value)
{
  switch (value->type) {
  case DUSQ_NULL: return 0;
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

/* ---- what follows from the values ---------------------------------------------------------------------------------- */

/* Whether the value may have a say.  double precision is what the server makes of what could be any number, and not
 * every number is one.                                                                                               */
static bool is_open(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  Oid type = statement->form.types ? statement->form.types[i] : PG_TEXT;
  bool exact = value->type == DUSQ_INT || value->type == DUSQ_UINT || value->type == DUSQ_DECIMAL;
  return type == PG_TEXT || (type == PG_FLOAT8 && exact);
}

/* Whether any value is not what the context calls its parameter; without a name all is declared, each time. */
static bool varies(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  if (!n)
    return false;
  if (statement->undetermined || statement->nameless)
    return true;
  for (size_t i = 0; i < n; i++)
    if (values[i].type != DUSQ_NULL && values[i].type != DUSQ_TEXT && is_open(statement, &values[i], i))
      return true;
  return false;
}

/* Without a name, the type of the context where a value's form depends on it.  Others are the same text for all types,
 * and not to declare them is right even where a table has been altered.                                              */
static Oid context_of(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  if (!statement->nameless || !statement->form.types)
    return 0;
  Oid type = statement->form.types[i];
  bool moment = value->type == DUSQ_DATE || value->type == DUSQ_TIMESTAMP;
  return value->type == DUSQ_BLOB || (moment && dusq__pg_is_text(type)) ? type : 0;
}

/* What is declared of parameter i; 0: nothing. */
static Oid declared_of(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  if (!is_open(statement, value, i))
    return context_of(statement, value, i);
  Oid type = own_type(value);
  bool bound = statement->lore && statement->lore[i].bound & bit_of(type);
  if (!type)
    return bound ? statement->lore[i].null : 0;
  return bound ? context_of(statement, value, i) : type;
}

static dusq__pg_variant *find(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  for (size_t k = 0; k < DUSQ__PG_VARIANTS; k++) {
    const dusq__pg_variant *one = &statement->variants[k];
    bool same = one->declared != NULL;
    for (size_t i = 0; i < n && same; i++)
      same = one->declared[i] == declared_of(statement, &values[i], i);
    if (same)
      return (dusq__pg_variant *)(uintptr_t)one;
  }
  return NULL;
}

/* What the context itself calls text needs no proof. */
static bool is_given(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  bool plain = value->type == DUSQ_NULL || value->type == DUSQ_TEXT;
  return !is_open(statement, value, i) || (plain && !statement->undetermined);
}

/* Bytes where there must be text go as they are, for which the server has to have told the type. */
static bool is_known(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  bool bytes = false;
  for (size_t i = 0; i < n; i++) {
    if (is_given(statement, &values[i], i))
      continue;
    uint16_t bit = bit_of(own_type(&values[i]));
    if (!statement->lore || !((statement->lore[i].good | statement->lore[i].bound) & bit))
      return false;
    bytes |= values[i].type == DUSQ_BLOB && statement->lore[i].bound & bit && !statement->nameless;
  }
  const dusq__pg_variant *one = bytes ? find(statement, values, n) : NULL;
  return !bytes || (one && (one->form.number || one->refused));
}

bool dusq__pg_is_fit(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  return !statement->renew && (!varies(statement, values, n) || is_known(statement, values, n));
}

bool dusq__pg_wants_name(const dusq__pg_statement *statement, const dusq_value *values, size_t n, unsigned times)
{
  if (statement->nameless || !varies(statement, values, n))
    return false;
  const dusq__pg_variant *one = find(statement, values, n);
  return one && !one->form.number && !one->refused && one->nameless >= times;
}

/* ---- the variants that are kept ------------------------------------------------------------------------------------ */

static void drop(dusq__pg_conn *conn, dusq__pg_variant *variant)
{
  dusq__pg_drop_form(conn, &variant->form);
  free(variant->declared);
  *variant = (dusq__pg_variant){0};
}

void dusq__pg_drop_variants(dusq__pg_conn *conn, dusq__pg_statement *statement)
{
  for (size_t k = 0; k < DUSQ__PG_VARIANTS; k++)
    drop(conn, &statement->variants[k]);
  free(statement->lore);
  statement->lore = NULL;
}

/* Those without a name go first: they have cost no trip. */
static bool goes_before(const dusq__pg_variant *a, const dusq__pg_variant *b)
{
  bool free_a = !a->declared, free_b = !b->declared, named_a = a->form.number, named_b = b->form.number;
  if (free_a != free_b)
    return free_a;
  return named_a != named_b ? named_b : a->used < b->used;
}

/* The place for these values; NULL: no memory. */
static dusq__pg_variant *place(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  dusq__pg_variant *one = find(statement, values, n);
  if (!one) {
    Oid *declared = malloc(n * sizeof *declared);
    if (!declared)
      return NULL;
    for (size_t i = 0; i < n; i++)
      declared[i] = declared_of(statement, &values[i], i);
    one = &statement->variants[0];
    for (size_t k = 1; k < DUSQ__PG_VARIANTS; k++)
      if (goes_before(&statement->variants[k], one))
        one = &statement->variants[k];
    drop(conn, one);
    one->declared = declared;
  }
  one->used = ++statement->uses;
  return one;
}

const dusq__pg_form *dusq__pg_form_for(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values,
                                       size_t n, const Oid **declared)
{
  *declared = NULL;
  if (!varies(statement, values, n))
    return &statement->form;
  dusq__pg_variant *one = place(conn, statement, values, n);
  if (!one)
    return NULL;
  if (!one->form.number) {
    *declared = one->declared;
    one->nameless++;
  }
  return &one->form;
}

/* ---- learning ------------------------------------------------------------------------------------------------------ */

static bool has_lore(dusq__pg_statement *statement)
{
  if (!statement->lore)
    statement->lore = calloc(statement->nparams + 1, sizeof *statement->lore);
  return statement->lore != NULL;
}

/* What has been declared, and went. */
static void note_good(dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    uint16_t bit = is_open(statement, &values[i], i) ? bit_of(own_type(&values[i])) : 0;
    statement->lore[i].good |= (uint16_t)(bit & ~statement->lore[i].bound);
  }
}

/* The parameter that an error is about, in whatever language, and of which nothing is known; NULL: none. */
static struct dusq__pg_lore *lore_of(dusq__pg_statement *statement, const dusq_error *error, const char *state)
{
  const char *at = strchr(dusq_error_message(error), '$');
  size_t number = 0;
  if (strcmp(dusq_error_sqlstate(error), state) != 0 || !at || !has_lore(statement))
    return NULL;
  while (*++at >= '0' && *at <= '9' && number <= statement->nparams)
    number = number * 10 + (size_t)(*at - '0');
  if (!number || number > statement->nparams || statement->lore[number - 1].bound & NULL_BIT)
    return NULL;
  return &statement->lore[number - 1];
}

/* "could not determine data type of parameter $1": all that is asked of it is whether it is NULL. */
static bool note_vague(dusq__pg_statement *statement, const dusq_error *error)
{
  struct dusq__pg_lore *lore = lore_of(statement, error, "42P18");
  if (!lore)
    return false;
  lore->bound |= NULL_BIT;
  lore->null = PG_TEXT;
  return true;
}

/* In a transaction a text that is refused would end it. */
static dusq_error *try_types(dusq__pg_conn *conn, const dusq__pg_statement *statement, int n, const Oid *types,
                             dusq__pg_form *form)
{
  dusq_error *error = dusq__pg_give_name(conn, statement, n, types, form);
  if (error && conn->transacting && !dusq__pg_lost(conn))
    dusq_error_unref(dusq__pg_undo_name(conn));
  return error;
}

static bool add_vague(const dusq__pg_statement *statement, Oid **types, int *n)
{
  *n = statement->lore ? (int)statement->nparams : 0;
  if (!*n)
    return true;
  if (!*types)
    *types = malloc(statement->nparams * sizeof **types);
  for (size_t i = 0; *types && i < statement->nparams; i++)
    (*types)[i] = statement->lore[i].bound & NULL_BIT ? statement->lore[i].null : 0;
  return *types != NULL;
}

dusq_error *dusq__pg_determine(dusq__pg_conn *conn, dusq__pg_statement *statement, dusq__pg_form *form)
{
  Oid *types = NULL;
  int n;
  dusq_error *error = NULL;
  do {
    dusq_error_unref(error);
    error = add_vague(statement, &types, &n) ? dusq__pg_give_name(conn, statement, n, types, form)
                                             : dusq__pg_nomem();
    bool again = error && !dusq__pg_lost(conn) && note_vague(statement, error);
    if (again && conn->transacting)
      dusq_error_unref(dusq__pg_undo_name(conn));
    if (!again)
      break;
  } while (!dusq__pg_lost(conn));
  if (!error && statement->nparams > DUSQ__PG_MAX_DESCRIBED)
    error = dusq__pg_ask_types(conn, statement, n, types, form);
  free(types);
  return error;
}

/* Of so many, those without such a value are not asked for. */
enum { MANY = 128 };

/* Which of the open parameters in `wanted` take a type: where nothing else is declared, or where all that take it have
 * it, for those before one may be what made its context text.                                                       */
static dusq_error *ask(dusq__pg_conn *conn, const dusq__pg_statement *statement, const dusq_value *values, size_t n,
                       Oid type, bool *wanted)
{
  bool *alone = malloc(n * sizeof *alone);
  if (!alone)
    return dusq__pg_nomem();
  for (size_t i = 0; i < n; i++)
    alone[i] = wanted[i] || (n <= MANY && is_open(statement, &values[i], i));
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

/* A context that takes none of these wants text; one that takes any has no place for what it refuses. */
static dusq_error *keep_texts(dusq__pg_conn *conn, const dusq__pg_statement *statement, const dusq_value *values,
                              size_t n, bool *refused)
{
  static const Oid samples[] = {PG_INT8, PG_DATE, PG_BOOL};
  bool *taken = malloc(n * sizeof *taken);
  dusq_error *error = taken ? NULL : dusq__pg_nomem();
  for (size_t k = 0; k < sizeof samples / sizeof *samples && !error; k++) {
    memcpy(taken, refused, n * sizeof *taken);
    error = ask(conn, statement, values, n, samples[k], taken);
    for (size_t i = 0; i < n && !error; i++)
      refused[i] &= !taken[i];
  }
  free(taken);
  return error;
}

/* Which parameters cannot have the type of their value, for they are text (or a number that is not exact). */
static dusq_error *learn_bounds(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  dusq_error *error = NULL;
  bool *given = malloc(2 * n * sizeof *given), *refused = given + n;
  if (!given)
    return dusq__pg_nomem();
  for (size_t k = 1; k < sizeof own_types / sizeof *own_types && !error; k++) {
    bool any = false;
    for (size_t i = 0; i < n; i++) {
      given[i] = is_open(statement, &values[i], i) && own_type(&values[i]) == own_types[k] &&
                 !(statement->lore[i].good & 1u << k);
      refused[i] = given[i];
      any |= given[i];
    }
    if (!any || own_types[k] == PG_TEXT)
      continue;
    error = ask(conn, statement, values, n, own_types[k], given);
    any = false;
    for (size_t i = 0; i < n; i++) {
      refused[i] = refused[i] && !given[i];
      any |= refused[i];
    }
    if (!error && any)
      error = keep_texts(conn, statement, values, n, refused);
    for (size_t i = 0; i < n && !error; i++)
      statement->lore[i].bound |= refused[i] ? (uint16_t)(1u << k) : 0;
  }
  free(given);
  return error;
}

/* If it is refused now, its execution says why; one without a name is not sent for that. */
static dusq_error *renew(dusq__pg_conn *conn, dusq__pg_statement *statement)
{
  dusq__pg_form fresh;
  dusq__pg_drop_variants(conn, statement);
  if (statement->nameless) {
    dusq__pg_drop_form(conn, &statement->form);
    dusq_error *why = dusq__pg_give_first_name(conn, statement);
    statement->renew = why != NULL;
    return why;
  }
  dusq_error *error = dusq__pg_determine(conn, statement, &fresh);
  if (error && conn->transacting && !dusq__pg_lost(conn))
    dusq_error_unref(dusq__pg_undo_name(conn));
  statement->renew = false;
  if (!error) {
    dusq__pg_drop_form(conn, &statement->form);
    statement->form = fresh;
  }
  dusq_error_unref(error);
  return NULL;
}

/* Gives what is declared of the values a name; *refused is an owned error where the server does not take it. */
static dusq_error *try_name(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n,
                            dusq_error **refused)
{
  dusq__pg_variant *one = place(conn, statement, values, n);
  *refused = NULL;
  if (!one)
    return dusq__pg_nomem();
  if (one->form.number)
    return NULL;
  dusq_error *error = try_types(conn, statement, (int)n, one->declared, &one->form);
  if (!error)
    return NULL;
  dusq__pg_drop_form(conn, &one->form);
  if (!dusq__pg_is_refusal(error) || dusq__pg_lost(conn))
    return error;
  one->refused = true; /* its execution says why */
  *refused = error;
  return NULL;
}

/* "inconsistent types deduced for parameter $1": $1 IS NULL OR i = $1.  To a NULL all types are alike that can be. */
static dusq_error *learn_null(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n,
                              struct dusq__pg_lore *lore)
{
  size_t i = (size_t)(lore - statement->lore);
  Oid *types = malloc(n * sizeof *types);
  dusq_error *error = types ? NULL : dusq__pg_nomem();
  for (size_t k = 0; k < n && types; k++)
    types[k] = declared_of(statement, &values[k], k);
  for (size_t k = 1; k < sizeof own_types / sizeof *own_types && !error && !(lore->bound & NULL_BIT); k++) {
    dusq__pg_form form;
    types[i] = own_types[k];
    error = try_types(conn, statement, (int)n, types, &form);
    if (!error) {
      lore->bound |= NULL_BIT;
      lore->null = own_types[k];
    } else if (dusq__pg_is_refusal(error) && !dusq__pg_lost(conn)) {
      dusq_error_unref(error);
      error = NULL;
    }
    dusq__pg_drop_form(conn, &form);
  }
  free(types);
  return error;
}

static dusq_error *learn(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  dusq_error *error = NULL, *refused = NULL;
  bool vague = true, bounds = !statement->undetermined;
  if (!has_lore(statement))
    return dusq__pg_nomem();
  do {
    error = try_name(conn, statement, values, n, &refused);
    if (!refused)
      break;
    vague = note_vague(statement, refused);
    struct dusq__pg_lore *lore = lore_of(statement, refused, "42P08");
    if (lore && values[lore - statement->lore].type == DUSQ_NULL) {
      error = learn_null(conn, statement, values, n, lore);
      vague = lore->bound & NULL_BIT;
    } else if (!vague && bounds) {
      error = learn_bounds(conn, statement, values, n);
    }
    bool again = vague || bounds;
    bounds = vague && bounds;
    dusq_error_unref(refused);
    if (!again)
      break;
  } while (!error);
  if (!error)
    note_good(statement, values, n);
  return error;
}

dusq_error *dusq__pg_fit(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  enum { TIMES = 1 };
  bool fit = dusq__pg_is_fit(statement, values, n);
  if ((fit && !dusq__pg_wants_name(statement, values, n, TIMES)) || PQtransactionStatus(conn->pg) == PQTRANS_INERROR)
    return NULL;
  dusq_error *error = statement->renew ? renew(conn, statement) : NULL;
  if (error || dusq__pg_lost(conn) || !varies(statement, values, n))
    return error;
  dusq_error *refused = NULL;
  error = is_known(statement, values, n) ? try_name(conn, statement, values, n, &refused)
                                                     : learn(conn, statement, values, n);
  dusq_error_unref(refused);
  return error;
}

/* ---- types that have changed --------------------------------------------------------------------------------------- */

bool dusq__pg_doubtful(const dusq__pg_statement *statement, const dusq_error *error)
{
  const char *state = dusq_error_sqlstate(error);
  bool about_types = !strncmp(state, "22", 2) || !strcmp(state, "42804") || !strcmp(state, "42883");
  return about_types && statement->form.types;
}

void dusq__pg_suspect(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_error *error)
{
  const char *state = dusq_error_sqlstate(error);
  bool stale = !strcmp(state, "0A000") || !strcmp(state, "26000");
  bool learned = statement->form.number || statement->form.types;
  if (conn->transacting && learned && (stale || dusq__pg_doubtful(statement, error)))
    statement->renew = true;
}

bool dusq__pg_outdated(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_error *error)
{
  if (!dusq__pg_doubtful(statement, error) || dusq__pg_lost(conn) || PQtransactionStatus(conn->pg) != PQTRANS_IDLE)
    return false;
  dusq__pg_form fresh;
  dusq_error *why = dusq__pg_determine(conn, statement, &fresh);
  bool outdated = !why && fresh.types && /* the text has as many as ever */
                  memcmp(fresh.types, statement->form.types, statement->nparams * sizeof *fresh.types) != 0;
  dusq_error_unref(why);
  dusq__pg_drop_form(conn, &fresh);
  statement->renew |= outdated;
  return outdated;
}
