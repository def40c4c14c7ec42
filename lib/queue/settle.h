/* settle.h - settling a request, for the thread that has set TOLD: see request.h.  Any thread; no lock is held. */
#ifndef DUSQ_QUEUE_SETTLE_H
#define DUSQ_QUEUE_SETTLE_H
#include "queue/request.h"

/* Settles it, frees a job's arg, and drops the producer's reference. */
void dusq__request_settle(dusq__request *request, dusq_result *take_result, dusq_error *take_error, int64_t now);
/* The first half: settles it without waking waiters.  dusq__wake_all wakes them. */
void dusq__request_settle_quietly(dusq__request *request, dusq_result *take_result, dusq_error *take_error, int64_t now,
                                  dusq__wakes *wakes);
/* Settles a request that was told without an outcome.  Its worker keeps the producer's reference and the job's arg. */
void dusq__request_settle_told(dusq__request *request, dusq_error *take_error);
/* Settles, and counts, one that has been taken out of its queue and that no worker has.  False: it was told before. */
bool dusq__request_settle_unrun(dusq__request *request, dusq_error *take_error);
/* Settles such a list with one error. */
void dusq__request_fail_list(dusq__request *list, dusq_error *take_error);

/* Frees a job's arg, once.  The worker does it before it sets TOLD, because it calls the caller's code. */
static inline void dusq__request_free_arg(dusq__request *request)
{
  dusq_free_fn *free_arg = request->task.free_arg;
  if (!free_arg)
    return;
  request->task.free_arg = NULL;
  free_arg(request->task.arg);
}
/* The second half, once the job's arg is freed: drops the producer's reference.  The memory may be gone afterwards. */
static inline void dusq__request_drop(dusq__request *request)
{
  if (atomic_load(&request->timed) && dusq__timer_disarm(request->future.home, &request->timer))
    dusq_future_unref(&request->future);
  dusq_future_unref(&request->future);
}

#endif
