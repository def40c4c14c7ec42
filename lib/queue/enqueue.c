/* enqueue.c - see enqueue.h. */
#include "queue/enqueue.h"
#include "base/clock.h"
#include "queue/cancel.h"
#include "queue/expiry.h"
#include "queue/list.h"
#include "queue/prefetch.h"
#include "queue/settle.h"
#include "queue/wake.h"

enum {
  LONE_NS = 100000, /* a caller that waits for less than that spins before it sleeps; see async/wait.c */
  LONE_ROW = 8      /* after so many lone requests in a row, the next one is expected to be alone, too */
};

static bool full_locked(const dusq__lane *lane)
{
  size_t limit = lane->setup->options.queue_limit;
  if (lane->queue.depth + (size_t)lane->roster.nlive * DUSQ__PREFETCH_MAX < limit)
    return false; /* the count is not used */
  return lane->queue.depth + dusq__prefetch_count_locked(lane) >= limit;
}

/* Whether the only waiting request is all the work there is, and quick, as those before it were.  One lone request is
 * no evidence: after a batch has settled, the first request of the next batch is alone, too, and had better wait for
 * the rest.                                                                                                          */
static bool lone_locked(dusq__lane *lane)
{
  unsigned service = dusq__lane_service(lane);
  bool alone = lane->queue.depth == 1 && dusq__lane_busy(lane) == lane->pace.spinning;
  lane->pace.row = alone ? lane->pace.row + 1 : 0;
  return lane->pace.row > LONE_ROW && service && service < LONE_NS;
}

static bool nobody_comes_locked(const dusq__lane *lane)
{
  return !lane->roster.nlive && !lane->roster.nretiring;
}

static dusq_status enqueue_locked(dusq__lane *lane, dusq__request *request, dusq__seat **call)
{
  if (lane->queue.closed)
    return DUSQ_E_CLOSED;
  if (full_locked(lane)) {
    lane->tally.refused++;
    return DUSQ_E_BUSY;
  }
  dusq__lane_append_locked(lane, request);
  request->future.spin = lone_locked(lane);
  *call = dusq__wake_one_locked(lane, atomic_load_explicit(&request->future.submitted, memory_order_relaxed));
  if (nobody_comes_locked(lane)) { /* not even one thread could be started */
    dusq__request_remove_locked(request);
    return lane->roster.start_status;
  }
  lane->tally.submitted += !request->uncounted;
  dusq__request_arm_locked(request);
  dusq__expiry_watch_locked(lane);
  return DUSQ_OK;
}

void dusq__lane_submit(dusq__lane *lane, dusq__request *request)
{
  dusq__seat *call = NULL;
  pthread_mutex_lock(&lane->mtx);
  dusq_status status = enqueue_locked(lane, request, &call);
  pthread_mutex_unlock(&lane->mtx);
  if (call)
    dusq__unpark(&call->parker);
  if (status)
    dusq__request_settle(request, NULL, dusq__error_static(status), 0);
}

dusq__seat *dusq__lane_requeue_locked(dusq__lane *lane, dusq__seat *seat, size_t n)
{
  size_t back = 0;
  pthread_mutex_lock(&seat->share.mtx);
  for (size_t i = n; i-- > 0;) {
    dusq__request *one = seat->share.requests[i];
    if (dusq__stop_why(&one->stop) || atomic_load(&one->verdict) & DUSQ__TOLD)
      continue;
    seat->share.requests[i] = NULL;
    dusq__lane_prepend_locked(lane, one);
    back++;
  }
  pthread_mutex_unlock(&seat->share.mtx);
  if (back)
    dusq__expiry_watch_locked(lane);
  return back && !lane->roster.coming ? dusq__wake_idle_locked(lane, false) : NULL;
}

static void count_move(dusq__lane *from, dusq__lane *to, dusq__request *request)
{
  atomic_store(&request->lane, to);
  from->tally.submitted--;
  to->tally.submitted++;
}

bool dusq__lane_adopt(dusq__lane *to, dusq__request *request)
{
  dusq__lane *from = atomic_load(&request->lane), *first = from->number < to->number ? from : to;
  dusq__lane *second = first == from ? to : from;
  dusq__seat *call = NULL;
  pthread_mutex_lock(&first->mtx);
  pthread_mutex_lock(&second->mtx);
  bool open = !dusq__setup_is(to->setup, DUSQ__POOL_CANCELING);
  if (open) {
    count_move(from, to, request);
    dusq__lane_append_locked(to, request);
    call = dusq__wake_one_locked(to, dusq__now());
    open = !nobody_comes_locked(to);
    if (!open) { /* not even one thread could be started */
      dusq__request_remove_locked(request);
      count_move(to, from, request);
    }
    dusq__expiry_watch_locked(to);
  }
  pthread_mutex_unlock(&second->mtx);
  pthread_mutex_unlock(&first->mtx);
  if (call)
    dusq__unpark(&call->parker);
  return open;
}

dusq__request *dusq__lane_drain_locked(dusq__lane *lane)
{
  dusq__prefetch_return_all_locked(lane, false);
  return dusq__lane_empty_locked(lane);
}

void dusq__lane_close(dusq__lane *lane)
{
  pthread_mutex_lock(&lane->mtx);
  lane->queue.closed = true;
  for (uint32_t i = 0; i < lane->max; i++) {
    dusq__seat *seat = lane->seats[i];
    if (seat->standing.state != DUSQ__SEAT_NONE && seat->standing.state != DUSQ__SEAT_GONE)
      dusq__unpark(&seat->parker); /* unpark without the lock: a parker outlives its thread */
  }
  pthread_mutex_unlock(&lane->mtx);
}
