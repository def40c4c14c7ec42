/* settle.h - the end of a request, for whoever has told it: see request.h.  Any thread; no lock is held. */
#ifndef DUSQ_QUEUE_SETTLE_H
#define DUSQ_QUEUE_SETTLE_H
#include "queue/request.h"

/* Settles it, and drops the producer's reference.  Frees a job's arg. */
void dusq__request_settle(dusq__request *request, dusq_result *take_result, dusq_error *take_error, int64_t now);
/* The first half of it: nobody is woken before dusq__wake_all. */
void dusq__request_settle_quietly(dusq__request *request, dusq_result *take_result, dusq_error *take_error, int64_t now,
                                  dusq__wakes *wakes);
/* Settles one that was told without an outcome: its worker keeps the producer's reference, and the job's arg. */
void dusq__request_settle_told(dusq__request *request, dusq_error *take_error);
/* Settles, and counts, one that has been taken out of its queue and that no worker has.  False: it was told before. */
bool dusq__request_settle_unrun(dusq__request *request, dusq_error *take_error);
/* Settles such a list with one error. */
void dusq__request_fail_list(dusq__request *list, dusq_error *take_error);

/* Once; by the worker before it tells, for it calls the caller's code. */
static inline void dusq__request_free_arg(dusq__request *request)
{
  dusq_free_fn *free_arg = request->task.free_arg;
  if (!free_arg)
    return;
  request->task.free_arg = NULL;
  free_arg(request->task.arg);
}
/* The second half, for who has freed the job's arg: the memory may be gone after it. */
static inline void dusq__request_part(dusq__request *request)
{
  if (atomic_load(&request->timed) && dusq__timer_disarm(request->future.home, &request->timer))
    dusq_future_unref(&request->future);
  dusq_future_unref(&request->future);
}

#endif
