/* outcome.c - see outcome.h. */
#include "outcome.h"
#include "clock.h"

dusq__fake_outcome dusq__fake_decide_locked(dusq__fake_conn *conn, dusq__fake_target target, dusq__fake_text text)
{
  dusq__fake_outcome outcome = {0};
  if (target == DUSQ__FAKE_ON_STATEMENT || target == DUSQ__FAKE_ON_COMMIT) {
    conn->state.steps++;
    dusq__fake_fault fault = {0};
    bool fails = dusq__fake_chaos_draw(&conn->fake->chaos, conn->number, conn->state.steps, &fault);
    outcome.delay = fault.delay;
    outcome.status = fault.status;
    outcome.lose = fault.lose;
    if (fails)
      return outcome;
  }
  outcome.rule = dusq__fake_find_locked(conn->fake, target, text, true);
  if (!outcome.rule)
    return outcome;
  const dusq_fake_step *step = &outcome.rule->step;
  outcome.flags = step->flags;
  outcome.status = step->status;
  outcome.lose = step->lose;
  if (step->status == DUSQ_E_CONNECTION_LOST && !step->lose)
    outcome.lose = DUSQ_FAKE_LOSE_AFTER_SEND;
  outcome.after = step->after;
  outcome.delay = dusq__fake_sum(outcome.delay, step->delay);
  return outcome;
}

void dusq__fake_outcome_fini_locked(dusq__fake_outcome *outcome)
{
  dusq__fake_rule_unref_locked(outcome->rule);
  outcome->rule = NULL;
}

dusq__fake_outcome dusq__fake_decide(dusq__fake_conn *conn, dusq__fake_target target, dusq__fake_text text)
{
  pthread_mutex_lock(&conn->fake->mtx);
  dusq__fake_outcome outcome = dusq__fake_decide_locked(conn, target, text);
  pthread_mutex_unlock(&conn->fake->mtx);
  return outcome;
}

void dusq__fake_outcome_fini(dusq_fake *fake, dusq__fake_outcome *outcome)
{
  pthread_mutex_lock(&fake->mtx);
  dusq__fake_outcome_fini_locked(outcome);
  pthread_mutex_unlock(&fake->mtx);
}

dusq_error *dusq__fake_error(const dusq__fake_outcome *outcome)
{
  dusq_status status = outcome->status ? outcome->status : DUSQ_E_CONNECTION_LOST;
  if (!outcome->rule)
    return dusq_error_new(status, NULL, 0, "%s", dusq_strstatus(status));
  const dusq_fake_step *step = &outcome->rule->step;
  dusq_error *error = dusq_error_new(status, step->sqlstate, step->native, "%s",
                                     step->message ? step->message : dusq_strstatus(status));
  const struct {
    int field;
    const char *text;
  } texts[] = {{DUSQ_ERROR_DETAIL, step->detail},
               {DUSQ_ERROR_CONSTRAINT, step->constraint},
               {DUSQ_ERROR_TABLE, step->table},
               {DUSQ_ERROR_COLUMN, step->column}};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    if (texts[i].text)
      dusq_error_set_text(error, texts[i].field, texts[i].text);
  }
  return error;
}
