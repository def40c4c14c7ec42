/* outcome.h - the outcome of a statement or operation: drawn by chaos, or given by the first rule that matches.
 *
 * On the worker of the connection.                                                                                   */
#ifndef DUSQ_FAKE_OUTCOME_H
#define DUSQ_FAKE_OUTCOME_H
#include "connection.h"

typedef struct dusq__fake_outcome {
  dusq__fake_rule *rule; /* a reference; NULL: none */
  uint32_t flags, lose;
  dusq_status status;
  size_t after;
  int64_t delay;
} dusq__fake_outcome;

dusq__fake_outcome dusq__fake_decide_locked(dusq__fake_conn *conn, dusq__fake_target target, dusq__fake_text text);
void dusq__fake_outcome_fini_locked(dusq__fake_outcome *outcome);
/* The same, without the lock. */
dusq__fake_outcome dusq__fake_decide(dusq__fake_conn *conn, dusq__fake_target target, dusq__fake_text text);
void dusq__fake_outcome_fini(dusq_fake *fake, dusq__fake_outcome *outcome);
/* The error of the outcome, owned; never NULL. */
dusq_error *dusq__fake_error(const dusq__fake_outcome *outcome);

#endif
