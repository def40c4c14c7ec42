/* run.h - one execution of one statement: values in, rows out.  The worker's thread. */
#ifndef DUSQ_SQLITE_RUN_H
#define DUSQ_SQLITE_RUN_H
#include "statement.h"

/* The outcome of one execution. */
typedef struct dusq__sqlite_outcome {
  dusq_error *error; /* owned                                     */
  int code;          /* SQLite's code, if SQLite failed           */
  bool refused;      /* the sink refused a row, and has the error */
  bool stepped;      /* it has begun to run                       */
} dusq__sqlite_outcome;

/* Binds, runs to the end, passes rows and counts to the sink, resets.  Does not report the outcome. */
void dusq__sqlite_run(dusq__sqlite_conn *conn, dusq__sqlite_statement *statement, const dusq_execution *execution,
                      dusq__sqlite_outcome *out);
/* The same for a statement that is its own transaction, if none is open: a failure leaves no changes behind. */
void dusq__sqlite_run_alone(dusq__sqlite_conn *conn, dusq__sqlite_statement *statement, const dusq_execution *execution,
                            dusq__sqlite_outcome *out);
/* The outcome where the rwlock was not given, for `rc`. */
void dusq__sqlite_not_locked(dusq__sqlite_conn *conn, int rc, dusq__sqlite_outcome *outcome);
/* Reports the outcome to the sink. */
void dusq__sqlite_report(const dusq_execution *execution, dusq__sqlite_outcome *take_outcome);
dusq_status dusq__sqlite_execute(void *conn, const dusq_execution *execution);

#endif
