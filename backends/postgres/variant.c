/* variant.c - what a placeholder is where the context does not say.  The worker's thread.
 *
 * The server takes the type of a parameter from what stands around it, and where that says nothing, calls it text: the
 * 7 of SELECT ? would come back as '7'.  Other databases go by the value, and so do we: a parameter that is text, and
 * whose value is not, is declared with the value's own type, unless the context takes none but text (LIKE).  A NULL has
 * no type, and is not declared.  Where the values do not go together, the server says so.
 *
 * What comes out may not depend on what was asked before.  So what is declared follows from the statement and from the
 * kinds of this call's values, NULLs among them, and from nothing else (resolve.c): each pattern of kinds is asked for
 * once, and remembered.  Those that come again get a name on the server, and the last few keep it.                   */
#include "internal.h"
#include <stdlib.h>
#include <string.h>

enum { NOTHING, CONTEXT = 15 /* declared as the context says */ };

static const Oid own_types[] = {0,       PG_BOOL, PG_INT8,     PG_NUMERIC,     PG_FLOAT8, PG_TEXT, PG_BYTEA,
                                PG_DATE, PG_TIME, PG_INTERVAL, PG_TIMESTAMPTZ, PG_UUID,   PG_JSON};

/* The place of a value's own type among them. */
static uint8_t own_kind(const dusq_value *value)
{
  switch (value->type) {
  case DUSQ_NULL: return NOTHING;
  case DUSQ_BOOL: return 1;
  case DUSQ_INT: return 2;
  case DUSQ_UINT: return value->u.n <= INT64_MAX ? 2 : 3;
  case DUSQ_DECIMAL: return 3;
  case DUSQ_REAL: return 4;
  case DUSQ_BLOB: return 6;
  case DUSQ_DATE: return 7;
  case DUSQ_TIME: return value->u.i >= 0 && value->u.i < PG_US_PER_DAY ? 8 : 9;
  case DUSQ_TIMESTAMP: return 10;
  case DUSQ_UUID: return 11;
  case DUSQ_JSON: return 12;
  default: return 5;
  }
}

/* ---- what follows from the values ---------------------------------------------------------------------------------- */

/* Whether any value is not what the context calls its parameter; without a name all is declared, each time. */
static bool varies(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  if (!n)
    return false;
  if (statement->undetermined || statement->nameless)
    return true;
  for (size_t i = 0; i < n; i++)
    if (values[i].type != DUSQ_NULL && values[i].type != DUSQ_TEXT && dusq__pg_is_open(statement, &values[i], i))
      return true;
  return false;
}

/* Without a name, whether a value's form depends on the type of the context.  Others are the same text for all types,
 * and not to declare them is right even where a table has been altered.                                              */
static bool is_told(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  if (!statement->nameless || !statement->form.types)
    return false;
  Oid type = statement->form.types[i];
  switch (value->type) {
  case DUSQ_BLOB: return true;
  case DUSQ_DATE:
  case DUSQ_TIMESTAMP: return dusq__pg_is_text(type);
  case DUSQ_REAL:
  case DUSQ_BOOL: return type == PG_INT2 || type == PG_INT4 || type == PG_INT8;
  default: return false;
  }
}

static uint8_t kind_of(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  if (dusq__pg_is_open(statement, value, i))
    return own_kind(value);
  return is_told(statement, value, i) ? CONTEXT : NOTHING;
}

/* What is declared of parameter i unless the server refuses it; 0: nothing. */
static Oid declared_of(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  uint8_t kind = kind_of(statement, value, i);
  if (kind == CONTEXT)
    return statement->form.types[i];
  return kind || !statement->lore || !dusq__pg_is_open(statement, value, i) ? own_types[kind] : statement->lore[i].null;
}

static bool is_of(const dusq__pg_variant *one, const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (one->kinds[i] != kind_of(statement, &values[i], i))
      return false;
  return true;
}

/* What the context itself calls text needs no proof. */
static bool is_given(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  bool plain = value->type == DUSQ_NULL || value->type == DUSQ_TEXT;
  return !dusq__pg_is_open(statement, value, i) || (plain && !statement->undetermined);
}

/* ---- the variants that are kept ------------------------------------------------------------------------------------ */

static size_t room_for(const dusq__pg_statement *statement)
{
  enum { MOST = 256, LEAST = 8, PARAMS = 16384 };
  size_t n = PARAMS / (statement->nparams + 1);
  return n > MOST ? MOST : n < LEAST ? LEAST : n;
}

static size_t slot_of(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  uint64_t hash = UINT64_C(14695981039346656037);
  for (size_t i = 0; i < n; i++)
    hash = (hash ^ kind_of(statement, &values[i], i)) * UINT64_C(1099511628211);
  return (hash ^ hash >> 32) % room_for(statement);
}

static dusq__pg_variant *find(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  if (statement->last && is_of(statement->last, statement, values, n))
    return statement->last;
  dusq__pg_variant *one = statement->variants ? statement->variants[slot_of(statement, values, n)] : NULL;
  return one && is_of(one, statement, values, n) ? one : NULL;
}

static bool is_known(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  bool given = true;
  for (size_t i = 0; i < n && given; i++)
    given = is_given(statement, &values[i], i);
  const dusq__pg_variant *one = given ? NULL : find(statement, values, n);
  return given || (one && one->settled);
}

bool dusq__pg_is_fit(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  return !statement->renew && (!varies(statement, values, n) || is_known(statement, values, n));
}

/* The place for one more name; one that is in use is not taken for it, or many that take turns would all cost trips. */
static size_t place_of_name(const dusq__pg_statement *statement, bool new)
{
  enum { IDLE = 512 };
  size_t least = 0;
  for (size_t k = 0; k < DUSQ__PG_NAMED; k++) {
    if (!statement->named[k])
      return k;
    if (statement->named[k]->used < statement->named[least]->used)
      least = k;
  }
  return new || statement->uses - statement->named[least]->used > IDLE ? least : DUSQ__PG_NAMED;
}

bool dusq__pg_wants_name(const dusq__pg_statement *statement, const dusq_value *values, size_t n, unsigned times)
{
  if (statement->nameless || !varies(statement, values, n))
    return false;
  const dusq__pg_variant *one = find(statement, values, n);
  return one && !one->form.number && !one->refused && one->nameless >= times &&
         place_of_name(statement, false) < DUSQ__PG_NAMED;
}

static void note_name(dusq__pg_conn *conn, dusq__pg_statement *statement, dusq__pg_variant *one)
{
  if (!one->form.number)
    return;
  dusq__pg_variant **place = &statement->named[place_of_name(statement, true)];
  if (*place) {
    dusq__pg_drop_form(conn, &(*place)->form);
    (*place)->nameless = 0;
  }
  *place = one;
}

static void drop(dusq__pg_conn *conn, dusq__pg_statement *statement, dusq__pg_variant *one)
{
  for (size_t k = 0; k < DUSQ__PG_NAMED; k++)
    if (statement->named[k] == one)
      statement->named[k] = NULL;
  if (statement->last == one)
    statement->last = NULL;
  dusq__pg_drop_form(conn, &one->form);
  free(one->declared);
  free(one);
}

void dusq__pg_drop_variants(dusq__pg_conn *conn, dusq__pg_statement *statement)
{
  for (size_t k = 0; statement->variants && k < room_for(statement); k++)
    if (statement->variants[k])
      drop(conn, statement, statement->variants[k]);
  free(statement->variants);
  free(statement->lore);
  statement->variants = NULL;
  statement->lore = NULL;
}

static dusq__pg_variant *make(const dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  dusq__pg_variant *one = calloc(1, sizeof *one);
  Oid *declared = malloc(n * (sizeof *declared + 1));
  if (!one || !declared) {
    free(declared);
    free(one);
    return NULL;
  }
  one->declared = declared;
  one->kinds = (uint8_t *)(declared + n);
  for (size_t i = 0; i < n; i++) {
    declared[i] = declared_of(statement, &values[i], i);
    one->kinds[i] = kind_of(statement, &values[i], i);
  }
  return one;
}

/* The one for these values; NULL: no memory. */
static dusq__pg_variant *place(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  dusq__pg_variant *one = find(statement, values, n);
  if (!one) {
    if (!statement->variants)
      statement->variants = calloc(room_for(statement), sizeof(dusq__pg_variant *));
    one = statement->variants ? make(statement, values, n) : NULL;
    if (!one)
      return NULL;
    dusq__pg_variant **slot = &statement->variants[slot_of(statement, values, n)];
    if (*slot)
      drop(conn, statement, *slot);
    *slot = one;
  }
  statement->last = one;
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

/* "could not determine data type of parameter $1": all that is asked of it is whether it is NULL. */
static bool note_vague(dusq__pg_statement *statement, const dusq_error *error)
{
  const char *at = strchr(dusq_error_message(error), '$');
  size_t number = 0;
  if (strcmp(dusq_error_sqlstate(error), "42P18") != 0 || !at || !dusq__pg_has_lore(statement))
    return false;
  while (*++at >= '0' && *at <= '9' && number <= statement->nparams)
    number = number * 10 + (size_t)(*at - '0');
  if (!number || number > statement->nparams || statement->lore[number - 1].null)
    return false;
  statement->lore[number - 1].null = PG_TEXT;
  return true;
}

static bool add_vague(const dusq__pg_statement *statement, Oid **types, int *n)
{
  *n = statement->lore ? (int)statement->nparams : 0;
  if (!*n)
    return true;
  if (!*types)
    *types = malloc(statement->nparams * sizeof **types);
  for (size_t i = 0; *types && i < statement->nparams; i++)
    (*types)[i] = statement->lore[i].null;
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

/* Finds out what is declared of values like these.  What the server refuses is known with that: its execution says
 * why.                                                                                                               */
static dusq_error *settle(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n)
{
  dusq__pg_variant *one = place(conn, statement, values, n);
  if (!one)
    return dusq__pg_nomem();
  bool accepted = false;
  dusq_error *error = NULL;
  if (!one->settled)
    error = dusq__pg_resolve(conn, statement, values, n, one->declared, &one->form, &accepted);
  else
    error = dusq__pg_try_types(conn, statement, n, one->declared, &one->form);
  bool refused = error && dusq__pg_is_refusal(error) && !dusq__pg_lost(conn);
  if (error && !refused) {
    statement->last = NULL;
    statement->variants[slot_of(statement, values, n)] = NULL;
    drop(conn, statement, one); /* half of an answer is none */
    return error;
  }
  one->refused = one->settled ? refused : !accepted;
  one->settled = true;
  note_name(conn, statement, one);
  dusq_error_unref(error);
  return NULL;
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
  bool known = is_known(statement, values, n);
  return known && !dusq__pg_wants_name(statement, values, n, TIMES) ? NULL : settle(conn, statement, values, n);
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
