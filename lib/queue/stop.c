/* stop.c - see stop.h. */
#include "queue/stop.h"
#include "base/clock.h"

bool dusq__stop_ask(dusq_stop *stop, dusq_status reason)
{
  int none = 0;
  return atomic_compare_exchange_strong(&stop->reason, &none, reason);
}

dusq_status dusq__stop_why(const dusq_stop *stop)
{
  dusq_status reason = dusq__stop_reason(stop);
  return !reason && stop->deadline != INT64_MAX && dusq__now() >= stop->deadline ? DUSQ_E_TIMEDOUT : reason;
}

dusq_error *dusq__stopped_error(const dusq_stop *stop)
{
  dusq_status reason = dusq__stop_why(stop);
  if (reason == DUSQ_E_CONNECT)
    return dusq_error_new(reason, NULL, 0, "no connection within connect_timeout");
  return reason ? dusq__error_static(reason) : NULL;
}

dusq_error *dusq__late_error(const dusq_error *cause)
{
  dusq_error *error = cause ? dusq_error_new(DUSQ_E_TIMEDOUT, NULL, 0, "the deadline passed without a connection: %s",
                                             dusq_error_message(cause))
                            : dusq_error_new(DUSQ_E_TIMEDOUT, NULL, 0,
                                             "the deadline passed while the connection was still being made");
  dusq_error_set_number(error, DUSQ_ERROR_RETRYABLE, 1);
  return error;
}

dusq_error *dusq__stop_reworded(const dusq_stop *stop, dusq_error *take_error)
{
  if (dusq_error_status(take_error) != DUSQ_E_CANCELED)
    return take_error;
  dusq_status reason = dusq__stop_why(stop);
  if (!reason || reason == DUSQ_E_CANCELED)
    return take_error;
  dusq_error *ours = dusq__stopped_error(stop);
  if (dusq_error_unknown_outcome(take_error)) {
    dusq_error_unref(ours);
    ours = dusq_error_new(reason, NULL, 0, "%s", dusq_strstatus(reason));
    dusq_error_set_number(ours, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  }
  dusq_error_unref(take_error);
  return ours;
}

bool dusq_stop_asked(const dusq_stop *stop)
{
  return dusq__stop_why(stop) != DUSQ_OK;
}

int64_t dusq_stop_deadline(const dusq_stop *stop)
{
  return stop->deadline;
}
