/* changed.c - detects that the types of a statement's parameters have changed.  The worker's thread. */
#include "changed.h"
#include "context.h"
#include "wait.h"
#include <string.h>

static bool is_one_of(const char *state, const char *const *states)
{
  while (*states && strcmp(state, *states) != 0)
    states++;
  return *states != NULL;
}

/* Of a statement that was prepared, these say that one of its types is not there, or does not fit any more. */
static bool says_that_types_do_not_fit(const dusq_error *error)
{
  static const char *const states[] = {"42704", "42725", "42804", "42809", "42846", "42883", "42P08", "42P18", NULL};
  return is_one_of(dusq_error_sqlstate(error), states);
}

bool dusq__pg_is_about_types(const dusq__pg_statement *statement, const dusq_error *error)
{
  bool data = !strncmp(dusq_error_sqlstate(error), "22", 2);
  return error && statement->preparation.types && (data || says_that_types_do_not_fit(error));
}

/* ---- by what the error says ---------------------------------------------------------------------------------------- */

/* Whether the name or the plan of the statement, which has one on the server, is gone. */
static bool is_gone(const dusq__pg_outcome *out)
{
  const char *state = dusq_error_sqlstate(out->error), *text = dusq_error_message(out->error);
  return (!strcmp(state, "26000") && strstr(text, DUSQ__PG_NAME_PREFIX)) ||
         (!strcmp(state, "0A000") && (out->origin == DUSQ__PG_FROM_PLAN || strstr(text, "cached plan")));
}

/* "cache lookup failed for type 16500", which is never translated. */
static bool lacks_an_object(const dusq_error *error)
{
  return !strcmp(dusq_error_sqlstate(error), "XX000") && strstr(dusq_error_message(error), "cache lookup failed for ");
}

static bool is_stale(const dusq__pg_conn *conn, const dusq__pg_statement *statement, const dusq__pg_outcome *out)
{
  if (!statement->unnamed && is_gone(out))
    return true;
  bool fresh = conn->transacting ? statement->epoch == conn->epoch : !statement->used;
  bool learned = statement->preparation.number || statement->preparation.types || statement->undetermined;
  if (fresh || !learned)
    return false;
  bool types = statement->preparation.types && out->origin == DUSQ__PG_FROM_STATEMENT &&
               says_that_types_do_not_fit(out->error);
  return lacks_an_object(out->error) || (types && conn->transacting); /* else ask_types asks */
}

static void make_stale(dusq__pg_conn *conn, dusq__pg_statement *statement, dusq__pg_outcome *out)
{
  dusq_error *why = dusq_error_new(DUSQ_E_STALE_STATEMENT, dusq_error_sqlstate(out->error), 0, "%s",
                                   dusq_error_message(out->error));
  dusq_error_unref(out->error);
  out->error = why;
  statement->renew = true;
  conn->changes += conn->transacting; /* others would cost a transaction, too */
}

void dusq__pg_judge(dusq__pg_conn *conn, dusq__pg_statement *statement, dusq__pg_outcome *out)
{
  if (out->error && !out->begun && !dusq__pg_lost(conn)) {
    if (is_stale(conn, statement, out)) {
      make_stale(conn, statement, out);
    } else if (conn->transacting && statement->epoch != conn->epoch && dusq__pg_is_about_types(statement, out->error)) {
      dusq__pg_forget_doubt(conn);
      conn->doubt = (dusq__pg_doubt){statement, conn->epoch};
      statement->users++;
      statement->renew = true;
    }
  }
  statement->used = true;
}

/* ---- by asking ----------------------------------------------------------------------------------------------------- */

/* Whether the context gives the parameters other types than when the statement was prepared. */
static bool have_types_changed(dusq__pg_conn *conn, dusq__pg_statement *statement)
{
  const dusq__pg_preparation *known = &statement->preparation;
  dusq__pg_preparation fresh;
  if (!known->types)
    return false;
  dusq_error *why = dusq__pg_parse_by_context(conn, statement, &fresh);
  bool changed = !why && fresh.types && /* the number of parameters depends on the text alone */
                 memcmp(fresh.types, known->types, statement->nparams * sizeof *fresh.types) != 0;
  dusq_error_unref(why);
  dusq__pg_drop_preparation(&conn->names, &fresh);
  statement->renew |= changed;
  return changed;
}

void dusq__pg_ask_types(dusq__pg_conn *conn, dusq__pg_statement *statement, dusq__pg_outcome *out)
{
  bool idle = !dusq__pg_lost(conn) && PQtransactionStatus(conn->pg) == PQTRANS_IDLE;
  if (idle && !out->begun && dusq__pg_is_about_types(statement, out->error) && have_types_changed(conn, statement))
    make_stale(conn, statement, out);
}

void dusq__pg_forget_doubt(dusq__pg_conn *conn)
{
  if (conn->doubt.statement)
    dusq__pg_statement_unref(conn->doubt.statement, &conn->names);
  conn->doubt = (dusq__pg_doubt){NULL, 0};
}

bool dusq__pg_stale(void *arg, const dusq_stop *stop)
{
  dusq__pg_conn *conn = arg;
  bool stale = false;
  if (conn->doubt.statement && conn->doubt.epoch == conn->epoch) {
    dusq_error *error = dusq__pg_begin_call(conn, stop);
    stale = !error && !conn->transacting && have_types_changed(conn, conn->doubt.statement);
    dusq_error_unref(error);
    dusq__pg_end_call(conn);
  }
  dusq__pg_forget_doubt(conn);
  return stale;
}
