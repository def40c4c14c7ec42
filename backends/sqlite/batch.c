/* batch.c - see batch.h.
 *
 * Reads of a batch share one read transaction, which saves two lock operations for each.  Their outcomes do not depend
 * on its end, so each is reported as soon as it has run.
 *
 * Writes of a batch share one transaction, and so one sync: a group commit.  No outcome is reported before the COMMIT
 * has succeeded.  Each write must have the outcome that it would have alone:
 *
 *   - A statement that violates a constraint is undone by SQLite itself, as far as it has to be (OR FAIL and
 *     RAISE(FAIL) keep a part).  It fails alone, and the group goes on.
 *   - For other errors SQLite keeps no journal of a statement, and rows may be left behind; and a deferred foreign key
 *     would be checked only by the COMMIT.  A savepoint solves both, but costs time.  So a statement gets a savepoint
 *     from the first time on that it needed one; that first time, the group is undone.  RETURNING always has one,
 *     because its rows may be refused after all its changes have been made.
 *   - If the transaction is gone (OR ROLLBACK, a full disk, an interrupt), so is the work of the whole group.
 *
 * A group that is undone has had no effect.  All its statements are run again, alone and in order, including those that
 * had failed, because they had seen changes that are undone now.                                                     */
#include "batch.h"
#include "error.h"
#include <stdlib.h>

enum { TEXT_SIZE = 256 };

static const char locked[] = "database is locked";

typedef struct dusq__sqlite_item {
  dusq__sqlite_outcome outcome;
  bool ran;
  bool reported; /* the outcome has been reported to the sink */
} dusq__sqlite_item;

typedef struct dusq__sqlite_batch {
  const dusq_execution *executions;
  dusq__sqlite_item *items;
  size_t n;
  int64_t rowid; /* last_insert_rowid() before it */
} dusq__sqlite_batch;

static bool is_busy(int code)
{
  return (code & 0xff) == SQLITE_BUSY;
}

static const dusq_stop *stop_of(const dusq__sqlite_batch *batch, size_t i)
{
  return dusq_sink_stop(batch->executions[i].sink);
}

static void report(dusq__sqlite_batch *batch, size_t i)
{
  batch->items[i].reported = true;
  dusq__sqlite_report(&batch->executions[i], &batch->items[i].outcome);
}

/* Reports that the statement was stopped, if it was, before it had any effect. */
static bool report_if_stopped(dusq__sqlite_batch *batch, size_t i)
{
  if (!dusq_stop_asked(stop_of(batch, i)))
    return false;
  batch->items[i].outcome = (dusq__sqlite_outcome){.error = dusq__sqlite_canceled()};
  report(batch, i);
  return true;
}

/* While nothing has run: reports those that are stopped, so that they need not wait.  True when none is left. */
static bool nobody_waits(dusq__sqlite_conn *conn)
{
  dusq__sqlite_batch *batch = conn->call.batch;
  bool nobody = true;
  for (size_t i = 0; i < batch->n; i++)
    if (!batch->items[i].reported && !report_if_stopped(batch, i))
      nobody = false;
  return nobody;
}

/* Once something has run: stopped statements must wait for the common outcome.  True when all are stopped. */
static bool all_stopped(dusq__sqlite_conn *conn)
{
  const dusq__sqlite_batch *batch = conn->call.batch;
  for (size_t i = 0; i < batch->n; i++)
    if (!batch->items[i].reported && !dusq_stop_asked(stop_of(batch, i)))
      return false;
  return true;
}

/* Fails all whose outcome has not been reported. */
static void fail_rest(dusq__sqlite_conn *conn, dusq__sqlite_batch *batch, int code, const char *text)
{
  bool uncertain = dusq__sqlite_may_have_committed(code);
  for (size_t i = 0; i < batch->n; i++) {
    dusq__sqlite_item *item = &batch->items[i];
    const dusq__sqlite_statement *statement = batch->executions[i].prepared;
    if (item->reported)
      continue;
    bool changed = item->ran && !item->outcome.error && !item->outcome.refused && statement->kind != DUSQ__SQLITE_READ;
    dusq_error_unref(item->outcome.error);
    conn->call.stop = stop_of(batch, i);
    item->outcome = (dusq__sqlite_outcome){.error = dusq__sqlite_error(conn, code, text), .code = code};
    if (uncertain && changed)
      dusq_error_set_number(item->outcome.error, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
    report(batch, i);
  }
  conn->call.stop = NULL;
}

static dusq_status one_by_one(dusq__sqlite_conn *conn, dusq__sqlite_batch *batch)
{
  dusq_status status = DUSQ_OK;
  for (size_t i = 0; i < batch->n; i++) {
    dusq__sqlite_item *item = &batch->items[i];
    if (item->reported)
      continue;
    dusq_error_unref(item->outcome.error);
    item->outcome = (dusq__sqlite_outcome){0};
    if (item->ran)
      dusq_sink_restart(batch->executions[i].sink);
    if (report_if_stopped(batch, i))
      continue;
    item->reported = true;
    dusq_status one = dusq__sqlite_execute(conn, &batch->executions[i]);
    if (one)
      status = one;
  }
  return status;
}

/* ---- reads ------------------------------------------------------------------------------------------------------- */

static int begin_reads(dusq__sqlite_conn *conn, dusq__sqlite_batch *batch)
{
  dusq__sqlite_set_batch_stop(conn, batch, nobody_waits);
  int code = dusq__sqlite_lock(conn, DUSQ__SQLITE_SHARED);
  if (code == SQLITE_OK)
    (void)dusq__sqlite_run_control(conn, DUSQ__SQLITE_BEGIN); /* without the transaction, each reads by itself */
  return code;
}

static void end_reads(dusq__sqlite_conn *conn)
{
  if (!sqlite3_get_autocommit(conn->db))
    (void)dusq__sqlite_run_control(conn, DUSQ__SQLITE_COMMIT); /* nothing was written: a failure does not matter */
}

/* Renews the snapshot between two reads: the log cannot be emptied while the old one is open. */
static void make_way(dusq__sqlite_conn *conn, dusq__sqlite_batch *batch)
{
  if (conn->lock.held || !atomic_load_explicit(&conn->instance->log.truncating, memory_order_relaxed))
    return;
  end_reads(conn);
  (void)begin_reads(conn, batch);
}

/* Returns the code of the last failure.  A wait for a lock that timed out fails all that follow. */
static int run_reads(dusq__sqlite_conn *conn, dusq__sqlite_batch *batch)
{
  int code = SQLITE_OK;
  for (size_t i = 0; i < batch->n; i++) {
    dusq__sqlite_item *item = &batch->items[i];
    if (i)
      make_way(conn, batch);
    if (item->reported || report_if_stopped(batch, i))
      continue;
    dusq__sqlite_set_stop(conn, stop_of(batch, i));
    dusq__sqlite_run_alone(conn, batch->executions[i].prepared, &batch->executions[i], &item->outcome);
    int one = item->outcome.code;
    bool in_vain = is_busy(one) && dusq_error_status(item->outcome.error) != DUSQ_E_CANCELED;
    report(batch, i);
    if (one != SQLITE_OK)
      code = one;
    if (in_vain)
      fail_rest(conn, batch, one, locked);
  }
  return code;
}

static dusq_status share_reads(dusq__sqlite_conn *conn, dusq__sqlite_batch *batch)
{
  int code = begin_reads(conn, batch);
  if (code != SQLITE_OK) {
    fail_rest(conn, batch, code, locked);
  } else {
    code = run_reads(conn, batch);
    end_reads(conn);
  }
  bool clean = dusq__sqlite_undo(conn);
  dusq__sqlite_unlock(conn);
  dusq__sqlite_clear_stop(conn);
  return clean ? dusq__sqlite_status_after(code) : DUSQ_E_CONNECTION_LOST;
}

/* ---- group commit ------------------------------------------------------------------------------------------------ */

static bool violates_deferred_key(dusq__sqlite_conn *conn)
{
  int open = 0, unused = 0;
  return sqlite3_db_status(conn->db, SQLITE_DBSTATUS_DEFERRED_FKS, &open, &unused, 0) == SQLITE_OK && open;
}

/* Whether a statement that has run must be undone, so that it leaves what it would leave alone. */
static bool must_undo(dusq__sqlite_conn *conn, dusq__sqlite_outcome *outcome)
{
  if (!outcome->stepped)
    return false;
  if (outcome->refused || (outcome->error && (outcome->code & 0xff) != SQLITE_CONSTRAINT))
    return true;
  if (!violates_deferred_key(conn))
    return false;
  dusq_error_unref(outcome->error);
  outcome->code = SQLITE_CONSTRAINT_FOREIGNKEY;
  outcome->error = dusq__sqlite_error(conn, outcome->code, "FOREIGN KEY constraint failed");
  return true;
}

/* True when the transaction has been ended. */
static bool undo_group(dusq__sqlite_conn *conn, const dusq__sqlite_batch *batch)
{
  sqlite3_set_last_insert_rowid(conn->db, batch->rowid);
  return dusq__sqlite_undo(conn);
}

/* False when the group must be undone. */
static bool run_change(dusq__sqlite_conn *conn, dusq__sqlite_batch *batch, size_t i)
{
  dusq__sqlite_statement *statement = batch->executions[i].prepared;
  dusq__sqlite_outcome *outcome = &batch->items[i].outcome;
  bool saved = statement->savepoint;
  if (saved && dusq__sqlite_run_control(conn, DUSQ__SQLITE_SAVEPOINT) != SQLITE_OK)
    return false;
  dusq__sqlite_run(conn, statement, &batch->executions[i], outcome);
  if (sqlite3_get_autocommit(conn->db))
    return false;
  bool undo = must_undo(conn, outcome);
  if (undo && !saved) {
    statement->savepoint = true;
    return false;
  }
  if (undo && dusq__sqlite_run_control(conn, DUSQ__SQLITE_ROLLBACK_TO) != SQLITE_OK)
    return false;
  return !saved || dusq__sqlite_run_control(conn, DUSQ__SQLITE_RELEASE) == SQLITE_OK;
}

static bool run_group(dusq__sqlite_conn *conn, dusq__sqlite_batch *batch)
{
  for (size_t i = 0; i < batch->n; i++) {
    if (batch->items[i].reported || report_if_stopped(batch, i))
      continue;
    dusq__sqlite_statement *statement = batch->executions[i].prepared;
    batch->items[i].ran = true;
    dusq__sqlite_set_stop(conn, stop_of(batch, i));
    if (statement->kind != DUSQ__SQLITE_READ) {
      if (!run_change(conn, batch, i))
        return false;
    } else {
      dusq__sqlite_run(conn, statement, &batch->executions[i], &batch->items[i].outcome);
      if (sqlite3_get_autocommit(conn->db))
        return false;
    }
  }
  return true;
}

static dusq_status end_group(dusq__sqlite_conn *conn, dusq__sqlite_batch *batch)
{
  dusq__sqlite_set_batch_stop(conn, batch, all_stopped);
  int code = dusq__sqlite_run_control(conn, DUSQ__SQLITE_COMMIT);
  if (code == SQLITE_OK) {
    dusq__sqlite_unlock(conn);
    for (size_t i = 0; i < batch->n; i++)
      if (!batch->items[i].reported)
        report(batch, i);
    return DUSQ_OK;
  }
  char text[TEXT_SIZE];
  sqlite3_snprintf((int)sizeof text, text, "%s", sqlite3_errmsg(conn->db));
  bool undone = undo_group(conn, batch);
  if (!undone || is_busy(code) || dusq__sqlite_may_have_committed(code))
    fail_rest(conn, batch, code, text);
  return undone ? dusq__sqlite_status_after(code) : DUSQ_E_CONNECTION_LOST;
}

static dusq_status begin_group(dusq__sqlite_conn *conn, dusq__sqlite_batch *batch)
{
  dusq__sqlite_set_batch_stop(conn, batch, nobody_waits);
  int code = dusq__sqlite_lock(conn, DUSQ__SQLITE_EXCLUSIVE);
  if (code == SQLITE_OK)
    code = dusq__sqlite_run_control(conn, DUSQ__SQLITE_BEGIN_IMMEDIATE);
  if (is_busy(code))
    fail_rest(conn, batch, code, locked);
  return code == SQLITE_OK ? DUSQ_OK : DUSQ_E_LOCKED;
}

static dusq_status commit_group(dusq__sqlite_conn *conn, dusq__sqlite_batch *batch)
{
  dusq_status status = DUSQ_OK;
  if (!begin_group(conn, batch)) {
    if (run_group(conn, batch))
      status = end_group(conn, batch);
    else if (!undo_group(conn, batch))
      status = DUSQ_E_CONNECTION_LOST;
  }
  dusq__sqlite_unlock(conn);
  if (!sqlite3_get_autocommit(conn->db))
    fail_rest(conn, batch, SQLITE_ABORT_ROLLBACK, "the transaction could not be ended");
  dusq_status rest = one_by_one(conn, batch);
  dusq__sqlite_clear_stop(conn);
  return rest ? rest : status;
}

/* ---- reads and writes -------------------------------------------------------------------------------------------- */

static bool only_reads(const dusq__sqlite_conn *conn, const dusq_execution *executions, size_t n)
{
  if (conn->reader)
    return true;
  for (size_t i = 0; i < n; i++) {
    const dusq__sqlite_statement *statement = executions[i].prepared;
    if (statement->kind != DUSQ__SQLITE_READ)
      return false;
  }
  return true;
}

static bool make_items(dusq__sqlite_conn *conn, size_t n)
{
  if (n > conn->items_room) {
    dusq__sqlite_item *items = n > SIZE_MAX / sizeof *items ? NULL : realloc(conn->items, n * sizeof *items);
    if (!items)
      return false;
    conn->items = items;
    conn->items_room = n;
  }
  for (size_t i = 0; i < n; i++)
    conn->items[i] = (dusq__sqlite_item){0};
  return true;
}

dusq_status dusq__sqlite_execute_batch(void *arg, const dusq_execution *executions, size_t n)
{
  dusq__sqlite_conn *conn = arg;
  if (!sqlite3_get_autocommit(conn->db) || !make_items(conn, n)) {
    dusq_status status = DUSQ_OK;
    for (size_t i = 0; i < n; i++) {
      dusq_status one = dusq__sqlite_execute(conn, &executions[i]);
      status = one ? one : status;
    }
    return status;
  }
  dusq__sqlite_batch batch = {.executions = executions, .items = conn->items, .n = n,
                              .rowid = sqlite3_last_insert_rowid(conn->db)};
  return only_reads(conn, executions, n) ? share_reads(conn, &batch) : commit_group(conn, &batch);
}
