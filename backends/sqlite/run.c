/* run.c - see run.h. */
#include "run.h"
#include "error.h"
#include "exact.h"
#include <math.h>
#include <stdlib.h>

enum { TEXT_SIZE = 64 }; /* for dates, times and UUIDs */

/* ---- binding values ---------------------------------------------------------------------------------------------- */

static dusq_error *out_of_range(int number, const char *what)
{
  return dusq_error_new(DUSQ_E_RANGE, NULL, 0, "parameter %d: %s", number, what);
}

static int bind_formatted(sqlite3_stmt *stmt, int number, const dusq_value *value)
{
  char text[TEXT_SIZE];
  size_t len = dusq_value_format(value, text, sizeof text);
  if (len >= sizeof text)
    return SQLITE_TOOBIG;
  return sqlite3_bind_text(stmt, number, text, (int)len, SQLITE_TRANSIENT);
}

/* The bytes are not copied: they live until the call ends, and are unbound before that. */
static int bind_bytes(sqlite3_stmt *stmt, int number, const dusq_value *value)
{
  if (!value->u.p)
    return value->len ? SQLITE_MISUSE : sqlite3_bind_zeroblob(stmt, number, 0);
  return sqlite3_bind_blob64(stmt, number, value->u.p, value->len, SQLITE_STATIC);
}

static int bind_value(sqlite3_stmt *stmt, int number, const dusq_value *value)
{
  switch (value->type) {
  case DUSQ_NULL:
    return sqlite3_bind_null(stmt, number);
  case DUSQ_BOOL:
    return sqlite3_bind_int(stmt, number, value->u.b);
  case DUSQ_INT:
    return sqlite3_bind_int64(stmt, number, value->u.i);
  case DUSQ_UINT:
    return sqlite3_bind_int64(stmt, number, (int64_t)value->u.n);
  case DUSQ_REAL:
    return sqlite3_bind_double(stmt, number, value->u.r);
  case DUSQ_DECIMAL:
  case DUSQ_TEXT:
  case DUSQ_JSON:
    return sqlite3_bind_text64(stmt, number, value->u.p, value->len, SQLITE_STATIC, SQLITE_UTF8);
  case DUSQ_BLOB:
    return bind_bytes(stmt, number, value);
  case DUSQ_DATE:
  case DUSQ_TIME:
  case DUSQ_TIMESTAMP:
  case DUSQ_UUID:
    return bind_formatted(stmt, number, value);
  default:
    return SQLITE_MISUSE;
  }
}

/* NULL when all are bound. */
static dusq_error *bind_all(dusq__sqlite_conn *conn, sqlite3_stmt *stmt, const dusq_execution *execution)
{
  int wanted = sqlite3_bind_parameter_count(stmt);
  if ((size_t)wanted != execution->count)
    return dusq_error_new(DUSQ_E_PARAMS, NULL, 0, "the statement takes %d value%s, %zu given", wanted,
                          wanted == 1 ? "" : "s", execution->count);
  for (int i = 0; i < wanted; i++) {
    const dusq_value *value = &execution->values[i];
    if (value->type == DUSQ_UINT && value->u.n > INT64_MAX)
      return out_of_range(i + 1, "larger than SQLite's integers");
    if (value->type == DUSQ_REAL && isnan(value->u.r))
      return out_of_range(i + 1, "SQLite cannot store NaN");
    if ((value->type == DUSQ_DECIMAL || value->type == DUSQ_JSON) &&
        !dusq__sqlite_is_exact(conn->db, stmt, i + 1, value))
      return out_of_range(i + 1, "SQLite would round this decimal; a text column keeps its text");
    int rc = bind_value(stmt, i + 1, value);
    if (rc == SQLITE_MISUSE)
      return dusq_error_new(DUSQ_E_INVAL, NULL, 0, "parameter %d: not a value", i + 1);
    if (rc != SQLITE_OK)
      return dusq__sqlite_error(conn, rc, NULL);
  }
  return NULL;
}

/* ---- reading rows ------------------------------------------------------------------------------------------------ */

static bool make_room(dusq__sqlite_conn *conn, size_t width)
{
  if (width <= conn->row.width)
    return true;
  dusq_value *cells = realloc(conn->row.cells, width * sizeof *cells);
  if (cells)
    conn->row.cells = cells;
  dusq_column *columns = realloc(conn->row.columns, width * sizeof *columns);
  if (columns)
    conn->row.columns = columns;
  if (!cells || !columns)
    return false;
  conn->row.width = width;
  return true;
}

static int send_columns(dusq__sqlite_conn *conn, sqlite3_stmt *stmt, int width, dusq_sink *sink, bool *refused)
{
  if (!make_room(conn, (size_t)width))
    return SQLITE_NOMEM;
  for (int i = 0; i < width; i++) {
    const char *name = sqlite3_column_name(stmt, i);
    if (!name)
      return SQLITE_NOMEM;
    conn->row.columns[i] = (dusq_column){.name = name}; /* SQLite types cells, not columns: DUSQ_NULL */
  }
  *refused = dusq_sink_columns(sink, (size_t)width, conn->row.columns) != DUSQ_OK;
  return SQLITE_OK;
}

/* False when memory was short.  The type is read first, so that nothing is converted. */
static bool read_cell(sqlite3_stmt *stmt, int i, dusq_value *cell)
{
  int type = sqlite3_column_type(stmt, i);
  cell->native = (uint32_t)type;
  cell->name = NULL;
  cell->len = 0;
  switch (type) {
  case SQLITE_INTEGER:
    cell->type = DUSQ_INT;
    cell->u.i = sqlite3_column_int64(stmt, i);
    return true;
  case SQLITE_FLOAT:
    cell->type = DUSQ_REAL;
    cell->u.r = sqlite3_column_double(stmt, i);
    return true;
  case SQLITE_TEXT:
    cell->type = DUSQ_TEXT;
    cell->u.p = sqlite3_column_text(stmt, i);
    cell->len = (uint64_t)sqlite3_column_bytes(stmt, i);
    return cell->u.p != NULL;
  case SQLITE_BLOB:
    cell->type = DUSQ_BLOB;
    cell->u.p = sqlite3_column_blob(stmt, i); /* NULL if it is empty */
    cell->len = (uint64_t)sqlite3_column_bytes(stmt, i);
    if (!cell->u.p && !cell->len)
      cell->u.p = "";
    return cell->u.p != NULL;
  default:
    cell->type = DUSQ_NULL;
    cell->u.i = 0;
    return true;
  }
}

static int send_row(dusq__sqlite_conn *conn, sqlite3_stmt *stmt, int width, dusq_sink *sink, bool *refused)
{
  for (int i = 0; i < width; i++)
    if (!read_cell(stmt, i, &conn->row.cells[i]))
      return SQLITE_NOMEM;
  *refused = dusq_sink_row(sink, conn->row.cells) != DUSQ_OK;
  return SQLITE_OK;
}

/* Steps to the end.  SQLITE_DONE, or an error code; another code with *refused if the sink refused a row. */
static int run_to_end(dusq__sqlite_conn *conn, sqlite3_stmt *stmt, dusq_sink *sink, bool *refused)
{
  int step = sqlite3_step(stmt);
  int width = sqlite3_column_count(stmt); /* asked anew, because the step may have recompiled the statement */
  if (!width || (step != SQLITE_ROW && step != SQLITE_DONE))
    return step;
  int rc = send_columns(conn, stmt, width, sink, refused);
  while (step == SQLITE_ROW && rc == SQLITE_OK && !*refused) {
    rc = send_row(conn, stmt, width, sink, refused);
    if (rc == SQLITE_OK && !*refused)
      step = sqlite3_step(stmt);
  }
  return rc == SQLITE_OK ? step : rc;
}

/* ---- one run ----------------------------------------------------------------------------------------------------- */

/* SQLite keeps the last rowid of any insert.  To see whether this statement inserted, the rowid is set to a number that
 * no table uses; but not for a statement that calls last_insert_rowid() itself.                                      */
static const int64_t NO_ROWID = INT64_MIN + 1;

/* What a virtual table inserts into its internal tables, while it updates or deletes, does not count as an insert. */
static int64_t new_rowid(dusq__sqlite_conn *conn, const dusq__sqlite_statement *statement, int64_t before, bool changed)
{
  int64_t now = sqlite3_last_insert_rowid(conn->db);
  bool made = statement->inserts && (statement->uses_rowid ? now != before || changed : now != NO_ROWID && changed);
  if (made)
    return now;
  if (now != before)
    sqlite3_set_last_insert_rowid(conn->db, before);
  return 0;
}

static void step_and_count(dusq__sqlite_conn *conn, dusq__sqlite_statement *statement, const dusq_execution *execution,
                           dusq__sqlite_outcome *out)
{
  bool changes = statement->kind == DUSQ__SQLITE_CHANGE;
  int64_t before = changes ? sqlite3_last_insert_rowid(conn->db) : 0;
  if (statement->inserts && !statement->uses_rowid)
    sqlite3_set_last_insert_rowid(conn->db, NO_ROWID);
  if (statement->kind != DUSQ__SQLITE_READ)
    dusq_sink_sent(execution->sink);
  out->stepped = true;
  conn->observed.objects |= statement->objects;
  int rc = run_to_end(conn, statement->stmt, execution->sink, &out->refused);
  if (rc != SQLITE_DONE && !out->refused) {
    out->code = rc;
    out->error = dusq__sqlite_error(conn, rc, rc == SQLITE_NOMEM ? "out of memory" : NULL);
  }
  rc = sqlite3_reset(statement->stmt);
  if (rc != SQLITE_OK && !out->error) { /* reset failed: the rest of the statement, perhaps its commit */
    out->code = rc;
    out->error = dusq__sqlite_error(conn, rc, NULL);
  }
  int64_t affected = changes && !out->error ? sqlite3_changes64(conn->db) : 0;
  int64_t last_id = changes ? new_rowid(conn, statement, before, affected > 0 || out->error) : 0;
  if (!out->error && !out->refused)
    dusq_sink_counts(execution->sink, affected, last_id);
}

void dusq__sqlite_run(dusq__sqlite_conn *conn, dusq__sqlite_statement *statement, const dusq_execution *execution,
                      dusq__sqlite_outcome *out)
{
  *out = (dusq__sqlite_outcome){0};
  conn->call.busy_until = 0;
  conn->call.reading = statement->kind == DUSQ__SQLITE_READ;
  out->error = bind_all(conn, statement->stmt, execution);
  if (!out->error)
    step_and_count(conn, statement, execution, out);
  if (execution->count)
    sqlite3_clear_bindings(statement->stmt);
  conn->call.reading = false;
}

/* ---- a single statement ------------------------------------------------------------------------------------------ */

static void fail_with(dusq__sqlite_conn *conn, int code, dusq__sqlite_outcome *out)
{
  dusq_error_unref(out->error);
  out->code = code;
  out->error = dusq__sqlite_error(conn, code, NULL);
}

/* See statement.c. */
static void run_pragma(dusq__sqlite_conn *conn, const dusq__sqlite_statement *statement,
                       const dusq_execution *execution, dusq__sqlite_outcome *out)
{
  *out = (dusq__sqlite_outcome){0};
  dusq__sqlite_statement now;
  dusq_sink_sent(execution->sink);
  int rc = dusq__sqlite_compile(conn, sqlite3_sql(statement->stmt), -1, 0, &now, NULL);
  if (rc == SQLITE_OK) {
    dusq__sqlite_run(conn, &now, execution, out);
  } else {
    fail_with(conn, rc, out);
    dusq_error_set_number(out->error, DUSQ_ERROR_POSITION, dusq__sqlite_offset(conn));
  }
  sqlite3_finalize(now.stmt);
}

/* RETURNING makes all its changes before it returns the first row.  If the sink then refuses a row, they must be
 * undone.                                                                                                            */
static void run_in_transaction(dusq__sqlite_conn *conn, dusq__sqlite_statement *statement,
                               const dusq_execution *execution, dusq__sqlite_outcome *out)
{
  *out = (dusq__sqlite_outcome){0};
  int rc = dusq__sqlite_run_control(conn, DUSQ__SQLITE_BEGIN_IMMEDIATE);
  if (rc != SQLITE_OK) {
    fail_with(conn, rc, out);
    return;
  }
  dusq__sqlite_run(conn, statement, execution, out);
  bool keep = !out->refused && (!out->error || (out->code & 0xff) == SQLITE_CONSTRAINT); /* OR FAIL keeps a part */
  if (keep && !sqlite3_get_autocommit(conn->db)) {
    rc = dusq__sqlite_run_control(conn, DUSQ__SQLITE_COMMIT);
    if (rc != SQLITE_OK)
      fail_with(conn, rc, out);
  }
  if (!dusq__sqlite_undo(conn))
    out->code = SQLITE_IOERR;
}

void dusq__sqlite_run_alone(dusq__sqlite_conn *conn, dusq__sqlite_statement *statement, const dusq_execution *execution,
                            dusq__sqlite_outcome *out)
{
  bool own = sqlite3_get_autocommit(conn->db) != 0;
  if (statement->pragma)
    run_pragma(conn, statement, execution, out);
  else if (own && statement->returns)
    run_in_transaction(conn, statement, execution, out);
  else
    dusq__sqlite_run(conn, statement, execution, out);
  if (out->error && own && out->stepped && statement->kind != DUSQ__SQLITE_READ &&
      dusq__sqlite_may_have_committed(out->code))
    dusq_error_set_number(out->error, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
}

void dusq__sqlite_report(const dusq_execution *execution, dusq__sqlite_outcome *outcome)
{
  if (outcome->error || outcome->refused)
    dusq_sink_fail(execution->sink, outcome->refused ? NULL : outcome->error);
  else
    dusq_sink_complete(execution->sink);
  if (outcome->refused)
    dusq_error_unref(outcome->error);
  outcome->error = NULL;
}

void dusq__sqlite_not_locked(dusq__sqlite_conn *conn, int rc, dusq__sqlite_outcome *outcome)
{
  outcome->code = rc;
  outcome->error = dusq__sqlite_error(conn, rc, dusq__sqlite_lock_text(rc));
}

dusq_status dusq__sqlite_execute(void *arg, const dusq_execution *execution)
{
  dusq__sqlite_conn *conn = arg;
  dusq__sqlite_statement *statement = execution->prepared;
  dusq__sqlite_outcome outcome = {0};
  dusq__sqlite_set_stop(conn, dusq_sink_stop(execution->sink));
  bool shared = conn->reader || statement->kind == DUSQ__SQLITE_READ;
  int rc = dusq__sqlite_lock(conn, shared ? DUSQ__SQLITE_SHARED : DUSQ__SQLITE_EXCLUSIVE);
  if (rc == SQLITE_OK)
    dusq__sqlite_run_alone(conn, statement, execution, &outcome);
  else
    dusq__sqlite_not_locked(conn, rc, &outcome);
  dusq__sqlite_unlock(conn);
  dusq__sqlite_clear_stop(conn);
  dusq_status status = dusq__sqlite_status_after(outcome.code);
  dusq__sqlite_report(execution, &outcome);
  return status;
}
