/* many.c - one statement for many rows of values.
 *
 * MariaDB accepts many rows in one execution ("bulk") from Connector/C, if each column has one type.  They are sent in
 * portions, each after a savepoint.  An error does not say which row failed, so the portion is undone, and run row by
 * row. Everything else is run row by row.                                                                            */
#include "many.h"
#include "bulk.h"
#include "check.h"
#include "error.h"
#include "fetch.h"
#include "run.h"
#include "session.h"
#include "slot.h"

static void run_row(dusq__my_conn *conn, const dusq_execution *execution, size_t row, dusq__my_outcome *out)
{
  if (dusq_stop_asked(dusq_sink_stop(execution->sink)))
    *out = (dusq__my_outcome){.error = dusq__my_canceled()};
  else
    dusq__my_run(conn, execution->prepared, execution->values + row * execution->count, execution->sink, out);
  if (out->error)
    dusq_error_set_number(out->error, DUSQ_ERROR_INDEX, (int64_t)row);
}

static void run_rows(dusq__my_conn *conn, const dusq_execution *execution, size_t from, size_t to,
                     dusq__my_outcome *out)
{
  for (size_t row = from; row < to && !out->error && !out->refused; row++)
    run_row(conn, execution, row, out);
}

#if DUSQ_MYSQL_CONNECTOR_C

/* The portion has failed, or the server does not accept it: undoes it, and runs it row by row. */
static void run_again_by_row(dusq__my_conn *conn, const dusq__my_bulk *bulk, dusq__my_outcome *out)
{
  dusq_error *undone = dusq__my_session_run(conn, "ROLLBACK TO SAVEPOINT dusq_many");
  if (undone) { /* the error has ended the whole transaction */
    dusq_error_unref(undone);
    return;
  }
  dusq_error_unref(out->error);
  out->error = NULL;
  run_rows(conn, bulk->execution, bulk->from, bulk->from + bulk->n, out);
}

static void take_counts(dusq__my_conn *conn, const dusq__my_bulk *bulk, dusq__my_outcome *out)
{
  MYSQL_STMT *stmt = bulk->statement->stmt;
  dusq_sink *sink = bulk->execution->sink;
  size_t rows = 0;
  if (!mysql_stmt_field_count(stmt)) {
    dusq__my_settings_track(&conn->settings, conn->mysql);
    dusq_sink_counts_uint(sink, (int64_t)mysql_stmt_affected_rows(stmt), mysql_stmt_insert_id(stmt));
    return;
  }
  /* for RETURNING, which the server does not report when it prepares */
  dusq__my_fetch(conn, bulk->statement, sink, &rows, out);
  if (!out->error && !out->refused)
    dusq_sink_counts(sink, (int64_t)rows, 0);
  mysql_stmt_free_result(stmt);
}

static void run_bulk(dusq__my_conn *conn, const dusq__my_bulk *bulk, dusq__my_outcome *out)
{
  const dusq_execution *execution = bulk->execution;
  const dusq_value *values = execution->values + bulk->from * execution->count;
  if (dusq_stop_asked(dusq_sink_stop(execution->sink)))
    out->error = dusq__my_canceled();
  else
    out->error = dusq__my_check_values(conn, &bulk->statement->scan, values, bulk->n * execution->count);
  if (!out->error)
    out->error = dusq__my_session_run(conn, "SAVEPOINT dusq_many");
  if (out->error)
    return;
  dusq__my_settings_expect(&conn->settings, &bulk->statement->scan); /* again: the check may have asked the server */
  dusq__my_sent(conn, execution->sink);
  if (dusq__my_bulk_execute(bulk)) {
    take_counts(conn, bulk, out);
    return;
  }
  out->error = dusq__my_stmt_error(conn, bulk->statement);
  if (!conn->broken && dusq_error_status(out->error) != DUSQ_E_CANCELED)
    run_again_by_row(conn, bulk, out);
}

static void run_portion(dusq__my_conn *conn, dusq__my_bulk *bulk, dusq__my_outcome *out)
{
  bool made = bulk->n >= 2 && dusq__my_bulk_init(bulk);
  if (made)
    run_bulk(conn, bulk, out);
  dusq__my_bulk_fini(bulk);
  if (!made)
    run_rows(conn, bulk->execution, bulk->from, bulk->from + bulk->n, out);
}

static bool takes_bulk(dusq__my_conn *conn, const dusq__my_statement *statement)
{
  return !statement->plain && statement->nslots && statement->scan.changes && dusq__my_has_bulk(conn->mysql) &&
         !mysql_stmt_field_count(statement->stmt);
}

static void run_many(dusq__my_conn *conn, const dusq_execution *execution, size_t rows, dusq__my_outcome *out)
{
  dusq__my_statement *statement = execution->prepared;
  out->error = dusq__my_statement_ready(conn, statement, NULL);
  if (out->error)
    return;
  dusq__my_settings_expect(&conn->settings, &statement->scan);
  bool many = takes_bulk(conn, statement);
  for (size_t from = 0; from < rows && !out->error && !out->refused;) {
    dusq__my_bulk bulk = {.execution = execution, .statement = statement, .from = from};
    bulk.n = many ? dusq__my_bulk_measure(&bulk, conn->max_packet, rows) : 0;
    bulk.n = bulk.n ? bulk.n : 1;
    run_portion(conn, &bulk, out);
    from += bulk.n;
  }
}

#else

static void run_many(dusq__my_conn *conn, const dusq_execution *execution, size_t rows, dusq__my_outcome *out)
{
  run_rows(conn, execution, 0, rows, out);
}

#endif

dusq_status dusq__my_execute_many(void *arg, const dusq_execution *execution, size_t rows)
{
  dusq__my_conn *conn = arg;
  dusq__my_outcome outcome = {0};
  if (dusq__my_slot_enter(conn, dusq_sink_stop(execution->sink)))
    run_many(conn, execution, rows, &outcome);
  else
    outcome.error = dusq__my_canceled();
  dusq__my_slot_leave(conn);
  dusq__my_outcome_tell(&outcome, execution->sink);
  return dusq__my_slot_status(conn);
}
