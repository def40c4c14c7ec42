/* outcome.c - reporting an outcome to a sink. */
#include "outcome.h"

void dusq__my_outcome_tell(dusq__my_outcome *outcome, dusq_sink *sink)
{
  if (outcome->error || outcome->refused)
    dusq_sink_fail(sink, outcome->refused ? NULL : outcome->error);
  else
    dusq_sink_complete(sink);
  if (outcome->refused)
    dusq_error_unref(outcome->error);
  outcome->error = NULL;
}
