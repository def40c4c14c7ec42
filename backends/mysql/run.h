/* run.h - running one statement, and several one after another.  The worker's thread; no state. */
#ifndef DUSQ_MYSQL_RUN_H
#define DUSQ_MYSQL_RUN_H
#include "connection.h"
#include "outcome.h"
#include "statement.h"

/* The slots of the backend table. */
dusq_status dusq__my_execute(void *conn, const dusq_execution *execution);
dusq_status dusq__my_execute_batch(void *conn, const dusq_execution *executions, size_t n);

/* Runs a statement within a call, with one row of values. */
void dusq__my_run(dusq__my_conn *conn, dusq__my_statement *statement, const dusq_value *values, dusq_sink *sink,
                  dusq__my_outcome *out);

#endif
