/* outcome.h - how a run of a statement has ended, and how a sink is told.  The worker's; no lock. */
#ifndef DUSQ_MYSQL_OUTCOME_H
#define DUSQ_MYSQL_OUTCOME_H
#include <dusq/backend.h>

typedef struct dusq__my_outcome {
  dusq_error *error; /* owned                                              */
  bool refused;      /* the sink takes no more, and has an error of its own */
  bool reads;        /* it has brought rows, and changed nothing            */
} dusq__my_outcome;

/* Completes the sink, or fails it. */
void dusq__my_outcome_tell(dusq__my_outcome *take_outcome, dusq_sink *sink);

#endif
