/* statement.c - preparing statements. */
#include "statement.h"
#include "check.h"
#include "error.h"
#include "session.h"
#include "slot.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { SLACK = 64 /* the size of a packet beyond the text */ };

void dusq__my_statement_close(dusq__my_statement *statement)
{
  dusq__my_held_remove(&statement->held);
  if (statement->stmt)
    mysql_stmt_close(statement->stmt);
  statement->stmt = NULL;
}

static void destroy(dusq__my_statement *statement)
{
  dusq__my_statement_close(statement);
  free(statement->slots);
  free(statement->kinds);
  free(statement->binds);
  free(statement->places);
  free(statement);
}

dusq_error *dusq__my_stmt_error(dusq__my_conn *conn, const dusq__my_statement *statement)
{
  return dusq__my_error_of_stmt(conn, statement->stmt, false, statement->sql, statement->len);
}

static dusq__my_statement *make(const dusq__my_conn *conn, const dusq_statement *given)
{
  size_t room = sizeof(dusq__my_statement) + 1, n = given->nslots ? given->nslots : 1;
  dusq__my_statement *statement = given->len < SIZE_MAX - room ? calloc(1, room + given->len) : NULL;
  if (!statement)
    return NULL;
  memcpy(statement->sql, given->sql, given->len);
  statement->len = given->len;
  statement->values = given->params;
  statement->nslots = given->nslots;
  statement->slots = calloc(n, sizeof *statement->slots);
  statement->kinds = calloc(n, sizeof *statement->kinds);
  statement->binds = calloc(n, sizeof *statement->binds);
  statement->places = calloc(n, sizeof *statement->places);
  if (!statement->slots || !statement->kinds || !statement->binds || !statement->places) {
    destroy(statement);
    return NULL;
  }
  if (given->nslots)
    memcpy(statement->slots, given->slots, given->nslots * sizeof *statement->slots);
  const dusq__my_reading how = dusq__my_settings_reading(&conn->settings, conn->mysql, conn->mariadb);
  dusq__my_scan_text(given->sql, given->len, &how, &statement->scan);
  return statement;
}

/* Closes up to `n` statements that this connection has used least recently.  False: it holds none. */
static bool give_back(dusq__my_conn *conn, size_t n)
{
  bool had = conn->held.oldest != NULL;
  for (; n && conn->held.oldest; n--)
    dusq__my_statement_close((dusq__my_statement *)((char *)conn->held.oldest - offsetof(dusq__my_statement, held)));
  return had;
}

/* Prepares it, within the pool's budget; while the server holds too many, some are closed.  0, or the error number. */
static unsigned send_prepare(dusq__my_conn *conn, dusq__my_statement *statement)
{
  (void)give_back(conn, dusq__my_held_excess(&conn->held));
  for (;;) {
    if (!mysql_stmt_prepare(statement->stmt, statement->sql, (unsigned long)statement->len)) {
      dusq__my_held_add(&conn->held, &statement->held);
      return 0;
    }
    unsigned native = mysql_stmt_errno(statement->stmt);
    if (native != MY_ER_TOO_MANY_STATEMENTS || !give_back(conn, conn->held.n / 4 + 1))
      return native;
  }
}

dusq_error *dusq__my_statement_unreadable(MYSQL_STMT *stmt)
{
  MYSQL_RES *metadata = NULL;
  unsigned width = mysql_stmt_field_count(stmt), i = 0;
  if (dusq__my_reads_binary(DUSQ__MY_TYPE_VECTOR))
    return NULL;
  const MYSQL_FIELD *fields = width ? dusq__my_fields(stmt, &metadata) : NULL;
  while (fields && i < width && dusq__my_reads_binary((unsigned)fields[i].type))
    i++;
  mysql_free_result(metadata);
  if (!fields || i == width)
    return NULL;
  return dusq_error_new(DUSQ_E_NOTSUP, NULL, 0, "column %u: the client library cannot read a VECTOR; use "
                                                "VECTOR_TO_STRING, or a query without values",
                        i + 1);
}

/* As text all types can be read. */
static dusq_error *check_columns(dusq__my_statement *statement)
{
  dusq_error *error = dusq__my_statement_unreadable(statement->stmt);
  if (!error)
    return NULL;
  dusq__my_statement_close(statement);
  statement->plain = !statement->nslots && statement->scan.statements == 1;
  if (!statement->plain)
    return error;
  dusq_error_unref(error);
  return NULL;
}

static dusq_error *prepare_now(dusq__my_conn *conn, dusq__my_statement *statement)
{
  if (statement->len + SLACK > conn->max_packet)
    return dusq__my_too_large(conn->max_packet);
  if (!statement->scan.statements) /* MariaDB would prepare it, MySQL would not */
    return dusq_error_new(DUSQ_E_SYNTAX, "42000", MY_ER_EMPTY_QUERY, "empty statement");
  dusq_error *error = dusq__my_check_sql(conn, statement->sql, statement->len);
  if (error)
    return error;
  statement->stmt = mysql_stmt_init(conn->mysql);
  if (!statement->stmt)
    return dusq__my_nomem();
  statement->generation = conn->settings.generation;
  statement->never_run = true;
  unsigned native = send_prepare(conn, statement);
  if (!native)
    return check_columns(statement);
  bool full = native == MY_ER_TOO_MANY_STATEMENTS;
  /* the limit is reached before the text is parsed, which would have refused a second statement in it */
  bool as_text = native == MY_ER_UNSUPPORTED_PS || (full && statement->scan.statements == 1);
  if (as_text && !statement->nslots) {
    statement->plain = !full;
    statement->for_now = full;
    dusq__my_statement_close(statement);
    return NULL;
  }
  error = dusq__my_error_of_stmt(conn, statement->stmt, true, statement->sql, statement->len);
  if (full) /* others of this pool or another program may give some back */
    dusq_error_set_number(error, DUSQ_ERROR_RETRYABLE, 1);
  dusq__my_statement_close(statement);
  return error;
}

/* MySQL 8.0.22 and later choose the type of a parameter once, by its context and by the value of the first execution,
 * and convert later values: a text becomes the number 0, a timestamp a time. (MariaDB looks at each value.)          */
static bool takes(const dusq__my_statement *statement, const dusq_value *values)
{
  for (uint32_t i = 0; i < statement->nslots; i++) {
    uint32_t kind = values[statement->slots[i]].type;
    if (kind != DUSQ_NULL && kind != statement->kinds[i])
      return false;
  }
  return true;
}

static void note_kinds(dusq__my_statement *statement, const dusq_value *values)
{
  for (uint32_t i = 0; i < statement->nslots; i++)
    statement->kinds[i] = (uint8_t)values[statement->slots[i]].type;
}

/* Whether its meaning depends on sql_mode, because of a || b, or literals. */
static bool depends_on_mode(const dusq__my_statement *statement)
{
  return memchr(statement->sql, '|', statement->len) || memchr(statement->sql, '\\', statement->len) ||
         memchr(statement->sql, '"', statement->len);
}

dusq_error *dusq__my_statement_ready(dusq__my_conn *conn, dusq__my_statement *statement, const dusq_value *values)
{
  if (statement->plain)
    return NULL;
  statement->for_now = false;
  dusq__my_held_use(&statement->held);
  dusq_error *error = dusq__my_settings_are_unsure(&conn->settings) && depends_on_mode(statement)
                          ? dusq__my_session_ask(conn) : NULL;
  if (error)
    return error;
  bool old = !statement->stmt || statement->generation != conn->settings.generation;
  bool other = !conn->mariadb && values && !statement->never_run && !takes(statement, values);
  if (old || other) {
    dusq__my_statement_close(statement);
    error = prepare_now(conn, statement);
  }
  if (!error && values && statement->never_run)
    note_kinds(statement, values);
  return error;
}

/* 2057 is an error of the client, after the execution: the number of columns has changed.  A statement that changes
 * nothing counts as not executed then.                                                                               */
bool dusq__my_statement_is_lost(const dusq__my_statement *statement)
{
  switch (mysql_stmt_errno(statement->stmt)) {
  case MY_CR_NEW_STMT_METADATA:
    return !statement->scan.changes && !statement->scan.alone;
  case MY_ER_IMPOSSIBLE_CONVERSION: /* a parameter is converted to the type that it had before a table was altered */
    return !statement->never_run;
  case MY_ER_UNKNOWN_STMT:
  case MY_ER_NEED_REPREPARE:
  case MY_CR_STMT_CLOSED:
    return true;
  default:
    return false;
  }
}

static dusq_error *wrong_count(const dusq__my_statement *statement, unsigned long count)
{
  return dusq_error_new(DUSQ_E_PARAMS, NULL, 0, "the server sees %lu placeholders where there are %u", count,
                        statement->nslots);
}

dusq_status dusq__my_prepare(void *arg, const dusq_statement *given, const dusq_stop *stop, dusq_prepared *out,
                             dusq_error **error)
{
  dusq__my_conn *conn = arg;
  dusq__my_statement *statement = make(conn, given);
  if (!statement)
    return dusq__my_return_error(error, dusq__my_nomem());
  dusq_error *why = dusq__my_slot_enter(conn, stop) ? prepare_now(conn, statement) : dusq__my_canceled();
  dusq__my_slot_leave(conn);
  unsigned long count = statement->stmt ? mysql_stmt_param_count(statement->stmt) : 0;
  if (!why && count != statement->nslots)
    why = wrong_count(statement, count);
  if (!why && conn->broken)
    why = dusq__my_connection_lost();
  if (why) {
    dusq__my_release(conn, statement);
    dusq_status status = dusq__my_return_error(error, why);
    return conn->broken ? DUSQ_E_CONNECTION_LOST : status;
  }
  bool alone = statement->scan.alone || statement->scan.functions || statement->plain; /* the session may be changed */
  *out = (dusq_prepared){.handle = statement, .flags = alone ? DUSQ_STATEMENT_ALONE : 0, .params = statement->values};
  return DUSQ_OK;
}

void dusq__my_release(void *arg, void *prepared)
{
  dusq__my_conn *conn = arg;
  dusq__my_call_begin_close(&conn->call, conn->broken);
  destroy(prepared);
  dusq__my_slot_leave(conn);
}
