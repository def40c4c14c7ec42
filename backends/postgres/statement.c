/* statement.c - preparing, and what a statement's first word says about it.  The worker's thread.
 *
 * A statement that is kept gets a name on the server, in one trip that also tells the types of its values and columns.
 * Closing a name is not worth a trip: it waits for the next one that is made in any case.                            */
#include "internal.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- reading the text ---------------------------------------------------------------------------------------------- */

/* PostgreSQL's comments nest. */
static const char *skip_comment(const char *sql)
{
  int depth = 0;
  do {
    if (sql[0] == '/' && sql[1] == '*') {
      depth++;
      sql += 2;
    } else if (sql[0] == '*' && sql[1] == '/') {
      depth--;
      sql += 2;
    } else {
      sql++;
    }
  } while (depth && *sql);
  return sql;
}

static const char *skip(const char *sql)
{
  for (;;) {
    sql += strspn(sql, " \t\n\f\r\v;(");
    if (sql[0] == '-' && sql[1] == '-')
      sql += strcspn(sql, "\n");
    else if (sql[0] == '/' && sql[1] == '*')
      sql = skip_comment(sql);
    else
      return sql;
  }
}

static bool is_one_of(const char *word, size_t len, const char *const *words)
{
  for (; *words; words++)
    if (strlen(*words) == len && !strncasecmp(word, *words, len))
      return true;
  return false;
}

static bool mentions(const char *sql, const char *const *words)
{
  for (; *words; words++)
    for (const char *at = sql; *at; at++)
      if (!strncasecmp(at, *words, strlen(*words)))
        return true;
  return false;
}

void dusq__pg_describe(const char *sql, bool *reads, bool *alone, bool *unsettles)
{
  static const char *const read[] = {"SELECT", "VALUES", "TABLE", NULL};
  static const char *const query[] = {"SELECT", "VALUES", "TABLE", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", NULL};
  /* these change the database, or nothing; what may change the session is the rest, and what names one of `lasting` */
  static const char *const passing[] = {
      "ABORT",  "ALTER",   "ANALYZE",  "BEGIN",  "CHECKPOINT", "CLUSTER",  "COMMENT", "COMMIT", "COPY",     "CREATE",
      "DROP",   "END",     "EXPLAIN",  "FETCH",  "GRANT",      "IMPORT",   "LOCK",    "MOVE",   "NOTIFY",   "REASSIGN",
      "REFRESH", "REINDEX", "RELEASE", "REVOKE", "ROLLBACK",   "SAVEPOINT", "SHOW",   "START",  "TRUNCATE", "VACUUM",
      NULL};
  static const char *const lasting[] = {"set_config", "advisory_lock", "TEMP", NULL};
  const char *word = skip(sql);
  size_t len = 0;
  while ((word[len] | 0x20) >= 'a' && (word[len] | 0x20) <= 'z')
    len++;
  *reads = is_one_of(word, len, read);
  bool queries = is_one_of(word, len, query);
  *unsettles = !(queries || is_one_of(word, len, passing)) || mentions(word, lasting);
  *alone = !queries || *unsettles;
}

/* ---- names --------------------------------------------------------------------------------------------------------- */

void dusq__pg_name_of(uint64_t number, char name[DUSQ__PG_NAME_SIZE])
{
  snprintf(name, DUSQ__PG_NAME_SIZE, "dusq_%" PRIu64, number);
}

/* Sends the closing of names that are no longer used, each with a Sync of its own; how many. */
static unsigned send_unused(dusq__pg_conn *conn)
{
  unsigned n = 0;
  while (conn->unused && PQtransactionStatus(conn->pg) != PQTRANS_INERROR) {
    dusq__pg_name *one = conn->unused;
    char name[DUSQ__PG_NAME_SIZE], sql[DUSQ__PG_NAME_SIZE + 16];
    dusq__pg_name_of(one->number, name);
    snprintf(sql, sizeof sql, "DEALLOCATE %s", name);
    if (!PQsendQueryParams(conn->pg, sql, 0, NULL, NULL, NULL, NULL, 0) || !PQpipelineSync(conn->pg))
      break;
    conn->unused = one->next;
    free(one);
    n++;
  }
  return n;
}

void dusq__pg_forget_names(dusq__pg_conn *conn)
{
  while (conn->unused) {
    dusq__pg_name *next = conn->unused->next;
    free(conn->unused);
    conn->unused = next;
  }
}

/* ---- preparing ----------------------------------------------------------------------------------------------------- */

/* All columns must be readable in binary: libpq asks for one format for the whole row. */
static bool can_be_binary(const PGresult *description)
{
  int n = PQnfields(description);
  for (int i = 0; i < n; i++)
    if (!dusq__pg_is_binary(PQftype(description, i)))
      return false;
  return n > 0;
}

static bool learn(dusq__pg_form *form, const PGresult *description)
{
  int n = PQnparams(description);
  form->binary = can_be_binary(description);
  form->rowless = !PQnfields(description);
  if (!n)
    return true;
  form->types = malloc((size_t)n * sizeof *form->types);
  for (int i = 0; form->types && i < n; i++)
    form->types[i] = PQparamtype(description, i);
  return form->types != NULL;
}

enum part { CLOSING, SAVING, PREPARING, RELEASING };

/* Reads up to the last Sync: of names that are closed, and then of the parts of a preparation.  What was described goes
 * to the form.                                                                                                       */
static dusq_error *read_answers(dusq__pg_conn *conn, unsigned closing, dusq__pg_form *form, const char *sql)
{
  dusq_error *error = NULL;
  int part = closing ? CLOSING : conn->transacting ? SAVING : PREPARING;
  int last = conn->transacting ? RELEASING : PREPARING;
  while (part <= last && !dusq__pg_lost(conn)) {
    PGresult *result = dusq__pg_next(conn);
    ExecStatusType status = result ? PQresultStatus(result) : PGRES_EMPTY_QUERY;
    if (status == PGRES_PIPELINE_SYNC && closing)
      part = --closing ? CLOSING : conn->transacting ? SAVING : PREPARING;
    else if (status == PGRES_PIPELINE_SYNC)
      part++;
    else if (status == PGRES_FATAL_ERROR && part != CLOSING && !error) /* one not closed is no matter */
      error = dusq__pg_result_error(conn, result, sql);
    else if (status == PGRES_COMMAND_OK && part == PREPARING && !error && !learn(form, result))
      error = dusq__pg_nomem(); /* of two: the one for the preparation describes nothing, and comes before */
    PQclear(result);
  }
  if (part <= last) {
    dusq_error_unref(error);
    error = dusq__pg_conn_error(conn);
  }
  return error;
}

static bool send_text(dusq__pg_conn *conn, const char *sql)
{
  return PQsendQueryParams(conn->pg, sql, 0, NULL, NULL, NULL, NULL, 0) && PQpipelineSync(conn->pg);
}

/* The savepoint of a transaction goes in the same trip: it is there for an error, and gone without one. */
dusq_error *dusq__pg_give_name(dusq__pg_conn *conn, const dusq__pg_statement *statement, int n, const Oid *types,
                               dusq__pg_form *form)
{
  char name[DUSQ__PG_NAME_SIZE] = "";
  uint64_t number = statement->nameless ? 0 : ++conn->names;
  bool describes = statement->nparams <= DUSQ__PG_MAX_DESCRIBED;
  if (number)
    dusq__pg_name_of(number, name);
  *form = (dusq__pg_form){0};
  if (!PQenterPipelineMode(conn->pg))
    return dusq__pg_conn_error(conn);
  unsigned closing = send_unused(conn);
  dusq_error *error = NULL;
  if ((!conn->transacting || send_text(conn, "SAVEPOINT dusq_variant")) &&
      PQsendPrepare(conn->pg, name, statement->sql, n, types) &&
      (!describes || PQsendDescribePrepared(conn->pg, name)) && PQpipelineSync(conn->pg) &&
      (!conn->transacting || send_text(conn, "RELEASE dusq_variant")))
    error = read_answers(conn, closing, form, statement->sql);
  else
    error = dusq__pg_conn_error(conn);
  if (!PQexitPipelineMode(conn->pg))
    conn->broken = true;
  if (!error)
    form->number = number;
  return error;
}

dusq_error *dusq__pg_undo_name(dusq__pg_conn *conn)
{
  return dusq__pg_simple(conn, "ROLLBACK TO dusq_variant; RELEASE dusq_variant", NULL);
}

void dusq__pg_drop_form(dusq__pg_conn *conn, dusq__pg_form *form)
{
  dusq__pg_name *unused = form->number ? malloc(sizeof *unused) : NULL;
  if (unused) { /* without memory for it, the name stays as long as the connection */
    *unused = (dusq__pg_name){conn->unused, form->number};
    conn->unused = unused;
  }
  free(form->types);
  *form = (dusq__pg_form){0};
}

static dusq__pg_statement *make(dusq__pg_conn *conn, const dusq_statement *given)
{
  dusq__pg_statement *statement = calloc(1, sizeof *statement + given->len + 1);
  if (!statement)
    return NULL;
  memcpy(statement->sql, given->sql, given->len);
  statement->nparams = given->params;
  statement->users = 1;
  dusq__pg_describe(given->sql, &statement->reads, &statement->alone, &statement->unsettles);
  bool worth = (!statement->alone || statement->nparams) && statement->nparams <= DUSQ__PG_MAX_DESCRIBED;
  statement->nameless = !given->keep || !conn->instance->names || !worth;
  statement->renew = statement->nameless && statement->nparams;
  if (statement->nameless)
    dusq__pg_remember(conn, statement);
  return statement;
}

/* "? + ?", "coalesce(?, ?) + 1": without types there is no such operator, or more than one.  The values may tell. */
static bool is_undetermined(const dusq_error *error)
{
  static const char *const states[] = {"42P18", "42725", "42883", "42804", "42846", "42P08", NULL};
  for (const char *const *one = states; *one; one++)
    if (!strcmp(dusq_error_sqlstate(error), *one))
      return true;
  return false;
}

/* What is wrong whatever the values are ends a transaction, as on its execution it would. */
dusq_error *dusq__pg_give_first_name(dusq__pg_conn *conn, dusq__pg_statement *statement)
{
  dusq_error *error = dusq__pg_determine(conn, statement, &statement->form);
  statement->undetermined = error && statement->nparams && is_undetermined(error) && !dusq__pg_lost(conn);
  if (!statement->undetermined)
    return error;
  dusq_error_unref(error);
  return conn->transacting ? dusq__pg_undo_name(conn) : NULL;
}

dusq_status dusq__pg_prepare(void *arg, const dusq_statement *given, const dusq_stop *stop, dusq_prepared *out,
                             dusq_error **error)
{
  dusq__pg_conn *conn = arg;
  if (dusq_stop_asked(stop))
    return dusq__pg_give(error, dusq__pg_canceled());
  if (!*skip(given->sql))
    return dusq__pg_give(error, dusq_error_new(DUSQ_E_SYNTAX, NULL, 0, "empty statement"));
  dusq__pg_statement *statement = NULL;
  if (!given->keep || !conn->instance->names)
    statement = dusq__pg_recall(conn, given->sql);
  if (!statement)
    statement = make(conn, given);
  if (!statement)
    return dusq__pg_give(error, dusq__pg_nomem());
  dusq_error *why = NULL;
  dusq_status usable = DUSQ_OK;
  if (!statement->nameless) {
    why = dusq__pg_watch(conn, stop);
    if (!why)
      why = dusq__pg_give_first_name(conn, statement);
    usable = dusq__pg_unwatch(conn);
  }
  if (usable && dusq_error_status(why) != DUSQ_E_CONNECTION_LOST) { /* whatever else it was */
    dusq_error_unref(why);
    why = dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "the connection was lost while a statement was prepared");
  }
  if (why) {
    dusq__pg_release(conn, statement);
    return dusq__pg_give(error, why);
  }
  uint32_t flags = (statement->alone ? DUSQ_STATEMENT_ALONE : 0) |
                   (statement->form.number && statement->form.rowless ? DUSQ_STATEMENT_ROWLESS : 0);
  *out = (dusq_prepared){.handle = statement, .flags = flags, .params = statement->nparams};
  return DUSQ_OK;
}

void dusq__pg_release(void *arg, void *prepared)
{
  dusq__pg_conn *conn = arg;
  dusq__pg_statement *statement = prepared;
  if (--statement->users)
    return;
  dusq__pg_drop_form(conn, &statement->form);
  dusq__pg_drop_variants(conn, statement);
  free(statement);
}
