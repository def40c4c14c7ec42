/* outcome.h - the outcome of a statement, and reporting it to a sink.  The worker's thread; no lock. */
#ifndef DUSQ_MYSQL_OUTCOME_H
#define DUSQ_MYSQL_OUTCOME_H
#include <dusq/backend.h>

typedef struct dusq__my_outcome {
  dusq_error *error; /* owned                                               */
  bool refused;      /* the sink refused a row, and has an error of its own */
  bool reads;        /* it has returned rows, and changed nothing           */
} dusq__my_outcome;

/* Completes the sink, or fails it. */
void dusq__my_outcome_tell(dusq__my_outcome *take_outcome, dusq_sink *sink);

#endif
