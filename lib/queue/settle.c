/* settle.c - see settle.h. */
#include "queue/settle.h"
#include "base/clock.h"
#include "queue/lane.h"

void dusq__request_settle_quietly(dusq__request *request, dusq_result *take_result, dusq_error *take_error, int64_t now,
                                  dusq__wakes *wakes)
{
  if (request->kind->settling)
    take_error = request->kind->settling(request, take_error);
  dusq__request_free_arg(request);
  dusq__future_settle_quietly(&request->future, take_result, take_error, now, wakes);
}

/* Drops what a thread holds that came too late to settle the request, or has settled it. */
static void free_arg_and_drop(dusq__request *request)
{
  dusq__request_free_arg(request);
  dusq__request_drop(request);
}

void dusq__request_settle(dusq__request *request, dusq_result *take_result, dusq_error *take_error, int64_t now)
{
  dusq__wakes wakes = {NULL, NULL};
  dusq__request_settle_quietly(request, take_result, take_error, now, &wakes);
  free_arg_and_drop(request);
  dusq__wake_all(&wakes);
}

void dusq__request_settle_told(dusq__request *request, dusq_error *take_error)
{
  if (request->kind->settling)
    take_error = request->kind->settling(request, take_error);
  dusq__future_settle(&request->future, NULL, take_error, 0);
}

bool dusq__request_settle_unrun(dusq__request *request, dusq_error *take_error)
{
  dusq__lane *lane = atomic_load(&request->lane);
  dusq__tally *tally = &lane->tally;
  int64_t now = dusq__now();
  bool canceled = dusq_error_status(take_error) == DUSQ_E_CANCELED;
  pthread_mutex_lock(&lane->mtx);
  bool told = dusq__request_tell(request), counts = told && !request->uncounted;
  tally->settled += counts;
  tally->failed += counts && take_error && !canceled;
  tally->canceled += counts && canceled;
  tally->queue_ns += counts ? now - atomic_load(&request->future.submitted) : 0;
  atomic_fetch_add(&tally->settling, 1);
  pthread_mutex_unlock(&lane->mtx);
  dusq__wakes wakes = {NULL, NULL};
  if (told)
    dusq__request_settle_quietly(request, NULL, take_error, now, &wakes);
  else /* a timer has counted it, before its worker put it back */
    dusq_error_unref(take_error);
  atomic_fetch_sub(&tally->settling, 1); /* before any waiter is woken, and the last access to the lane */
  free_arg_and_drop(request);
  dusq__wake_all(&wakes);
  return told;
}

void dusq__request_fail_list(dusq__request *list, dusq_error *take_error)
{
  while (list) {
    dusq__request *next = list->wait.next;
    dusq__request_settle_unrun(list, dusq_error_ref(take_error));
    list = next;
  }
  dusq_error_unref(take_error);
}
