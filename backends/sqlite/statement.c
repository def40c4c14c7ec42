/* statement.c - see statement.h.
 *
 * Many pragmas take effect when they are prepared, but preparing must have no effect.  So a pragma is prepared with an
 * authorizer that returns SQLITE_IGNORE, which gives a statement that does nothing, and compiled again for each run.
 *
 * A connection caches the schema.  A statement that runs with an outdated schema notices that, and is recompiled.  But
 * a statement that does not compile with the outdated schema is refused, even if it is valid now.  SQLite itself checks
 * the file only if a table or column is missing.  Here it is checked for every error: a statement that reads is run,
 * and the refused one is prepared again.                                                                             */
#include "statement.h"
#include "error.h"
#include "words.h"
#include <limits.h>
#include <stdlib.h>

static void describe(const dusq__sqlite_conn *conn, const char *sql, dusq__sqlite_statement *out)
{
  static const char *const reads[] = {"SELECT", "VALUES", "WITH", NULL};
  static const char *const changes[] = {"INSERT", "REPLACE", "UPDATE", "DELETE", "WITH", NULL};
  static const char *const inserts[] = {"INSERT", "REPLACE", NULL};
  const char *word = dusq__sqlite_skip_blanks(sql);
  out->pragma = conn->observed.ignoring_pragmas;
  bool readonly = sqlite3_stmt_readonly(out->stmt) != 0;
  if (out->pragma)
    out->kind = DUSQ__SQLITE_OTHER;
  else if (sqlite3_stmt_isexplain(out->stmt) || (readonly && dusq__sqlite_starts_with(word, reads)))
    out->kind = DUSQ__SQLITE_READ;
  else if (!readonly && dusq__sqlite_starts_with(word, changes))
    out->kind = DUSQ__SQLITE_CHANGE;
  else
    out->kind = DUSQ__SQLITE_OTHER;
  out->connection_local = conn->observed.connection_local;
  out->uses_rowid = conn->observed.uses_rowid;
  out->inserts = out->kind == DUSQ__SQLITE_CHANGE && dusq__sqlite_starts_with(dusq__sqlite_verb_of(word), inserts);
  out->returns = out->kind == DUSQ__SQLITE_CHANGE && sqlite3_column_count(out->stmt) > 0;
  out->savepoint = out->returns;
}

static int compile_once(dusq__sqlite_conn *conn, const char *sql, int length, unsigned flags,
                        dusq__sqlite_statement *out, const char **tail)
{
  bool objects = conn->observed.objects;
  conn->observed.connection_local = conn->observed.uses_rowid = conn->observed.objects = false;
  int rc = sqlite3_prepare_v3(conn->db, sql, length, flags, &out->stmt, tail);
  out->objects = conn->observed.objects;
  conn->observed.objects |= objects;
  return rc;
}

/* Pragmas such as table_info use the cached schema. */
static bool needs_schema(const dusq__sqlite_conn *conn, const char *sql)
{
  if (conn->observed.ignoring_pragmas || !dusq__sqlite_is_pragma(sql))
    return false;
  /* a transaction that has not begun to read must choose its snapshot itself */
  return sqlite3_get_autocommit(conn->db) || sqlite3_txn_state(conn->db, "main") != SQLITE_TXN_NONE;
}

int dusq__sqlite_compile(dusq__sqlite_conn *conn, const char *sql, int length, unsigned flags,
                         dusq__sqlite_statement *out, const char **tail)
{
  *out = (dusq__sqlite_statement){0};
  if (needs_schema(conn, sql))
    (void)dusq__sqlite_run_control(conn, DUSQ__SQLITE_LOOK);
  int rc = compile_once(conn, sql, length, flags, out, tail);
  if ((rc & 0xff) == SQLITE_ERROR) {
    (void)dusq__sqlite_run_control(conn, DUSQ__SQLITE_LOOK);
    rc = compile_once(conn, sql, length, flags, out, tail);
  }
  if (rc == SQLITE_OK && out->stmt)
    describe(conn, sql, out);
  return rc;
}

static dusq_error *no_statement(const char *message, int64_t position)
{
  dusq_error *error = dusq_error_new(DUSQ_E_SYNTAX, NULL, 0, "%s", message);
  dusq_error_set_number(error, DUSQ_ERROR_POSITION, position);
  return error;
}

/* NULL if the text is one statement. */
static dusq_error *compile_one(dusq__sqlite_conn *conn, const dusq_statement *given, dusq__sqlite_statement *out)
{
  if (given->len >= INT_MAX)
    return dusq_error_new(DUSQ_E_TOO_LARGE, NULL, 0, "the statement is too long");
  const char *tail = given->sql;
  unsigned flags = given->keep ? SQLITE_PREPARE_PERSISTENT : 0;
  /* with its NUL, so that SQLite does not copy it */
  int rc = dusq__sqlite_compile(conn, given->sql, (int)given->len + 1, flags, out, &tail);
  if (rc != SQLITE_OK) {
    dusq_error *error = dusq__sqlite_error(conn, rc, NULL);
    dusq_error_set_number(error, DUSQ_ERROR_POSITION, dusq__sqlite_offset(conn));
    return error;
  }
  if (!out->stmt)
    return no_statement("empty statement", 0);
  const char *rest = dusq__sqlite_skip_blanks(tail);
  if (*rest)
    return no_statement("more than one statement", rest - given->sql);
  return NULL;
}

static uint32_t flags_of(const dusq__sqlite_statement *statement)
{
  switch (statement->kind) {
  case DUSQ__SQLITE_READ:
    return statement->connection_local ? 0 : DUSQ_STATEMENT_READS;
  case DUSQ__SQLITE_CHANGE:
    return 0;
  default:
    return DUSQ_STATEMENT_ALONE;
  }
}

dusq_status dusq__sqlite_prepare(void *arg, const dusq_statement *given, const dusq_stop *stop, dusq_prepared *out,
                                 dusq_error **error)
{
  dusq__sqlite_conn *conn = arg;
  dusq__sqlite_statement *statement = malloc(sizeof *statement);
  if (!statement)
    return dusq__sqlite_fail(error, dusq_error_new(DUSQ_E_NOMEM, NULL, 0, "no memory for a statement"));
  *statement = (dusq__sqlite_statement){0};
  dusq__sqlite_set_stop(conn, stop);
  conn->observed.ignoring_pragmas = dusq__sqlite_is_pragma(given->sql);
  dusq_error *why = NULL;
  if (dusq__sqlite_lock(conn, DUSQ__SQLITE_SHARED) == SQLITE_OK) /* compiling may have to read the schema */
    why = compile_one(conn, given, statement);
  else
    why = dusq__sqlite_error(conn, SQLITE_BUSY, "database is locked");
  conn->observed.ignoring_pragmas = false;
  dusq__sqlite_unlock(conn);
  dusq__sqlite_clear_stop(conn);
  if (why) {
    sqlite3_finalize(statement->stmt);
    free(statement);
    return dusq__sqlite_fail(error, why);
  }
  *out = (dusq_prepared){.handle = statement,
                         .flags = flags_of(statement),
                         .params = (uint32_t)sqlite3_bind_parameter_count(statement->stmt)};
  return DUSQ_OK;
}

void dusq__sqlite_release(void *conn, void *prepared)
{
  dusq__sqlite_statement *statement = prepared;
  (void)conn;
  sqlite3_finalize(statement->stmt);
  free(statement);
}
