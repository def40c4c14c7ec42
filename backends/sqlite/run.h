/* run.h - one run of one statement: values in, rows out.  The worker's thread. */
#ifndef DUSQ_SQLITE_RUN_H
#define DUSQ_SQLITE_RUN_H
#include "statement.h"

/* How one run of a statement ended. */
typedef struct dusq__sqlite_outcome {
  dusq_error *error; /* owned                                                             */
  int code;          /* SQLite's, where it was SQLite that failed                         */
  bool refused;      /* the sink takes no more, and knows why                             */
  bool stepped;      /* it was begun                                                      */
} dusq__sqlite_outcome;

/* Binds, runs to the end, hands rows and counts to the sink, resets.  Does not report the outcome. */
void dusq__sqlite_run(dusq__sqlite_conn *conn, dusq__sqlite_statement *statement, const dusq_execution *execution,
                      dusq__sqlite_outcome *out);
/* The same for a statement that is its own transaction, if none is open: what fails leaves nothing behind. */
void dusq__sqlite_run_alone(dusq__sqlite_conn *conn, dusq__sqlite_statement *statement, const dusq_execution *execution,
                            dusq__sqlite_outcome *out);
/* Tells the sink. */
void dusq__sqlite_report(const dusq_execution *execution, dusq__sqlite_outcome *take_outcome);
dusq_status dusq__sqlite_execute(void *conn, const dusq_execution *execution);

#endif
