/* worker.c - see worker.h. */
#include "run/worker.h"
#include "base/clock.h"
#include "run/connection.h"

/* For functions that each request passes: a call less saves 1 % of the cost of an empty job. */
#ifdef __GNUC__
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE static inline
#endif

uint32_t dusq__worker_random(dusq__worker *worker)
{
  uint32_t x = worker->random ? worker->random : 1;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return worker->random = x;
}

/* ---- around the driver ------------------------------------------------------------------------------------------- */

void dusq__worker_enter(dusq__worker *worker)
{
  dusq__share *share = &worker->seat.share;
  pthread_mutex_lock(&share->mtx);
  share->native = worker->connection->native;
  share->executing = true;
  pthread_mutex_unlock(&share->mtx);
}

bool dusq__worker_leave(dusq__worker *worker)
{
  dusq__share *share = &worker->seat.share;
  pthread_mutex_lock(&share->mtx);
  share->executing = false;
  while (share->interrupting)
    pthread_cond_wait(&share->cond, &share->mtx);
  share->native = NULL;
  pthread_mutex_unlock(&share->mtx);
  return !atomic_load_explicit(&share->discard, memory_order_relaxed);
}

const dusq_stop *dusq__worker_own_stop(dusq__worker *worker)
{
  const dusq__setup *setup = dusq__setup_of(worker);
  pthread_mutex_lock(&worker->seat.share.mtx); /* as in begin_locked */
  dusq_status reason = dusq__setup_is(setup, DUSQ__POOL_CANCELING) ? DUSQ_E_CLOSED : DUSQ_OK;
  atomic_store(&worker->own_stop.reason, reason);
  worker->own_stop.deadline = dusq__deadline(setup->options.connect_timeout);
  pthread_mutex_unlock(&worker->seat.share.mtx);
  return &worker->own_stop;
}

void dusq__worker_cancel(dusq__worker *worker, dusq_status reason)
{
  dusq__share *share = &worker->seat.share;
  pthread_mutex_lock(&share->mtx);
  for (size_t i = 0; i < share->n; i++)
    if (share->requests[i] && !(share->requests[i]->kind->flags & DUSQ__KIND_LAST))
      dusq__stop_ask(&share->requests[i]->stop, reason);
  dusq__stop_ask(&worker->own_stop, reason);
  pthread_mutex_unlock(&share->mtx);
  dusq__seat_interrupt(&worker->seat, dusq__setup_of(worker), 0);
}

/* ---- the worker's share ------------------------------------------------------------------------------------------ */

void dusq__worker_forget(dusq__worker *worker, size_t i)
{
  dusq__share *share = &worker->seat.share;
  pthread_mutex_lock(&share->mtx); /* another thread that looks at the share must not find a request that may be gone */
  share->requests[i] = NULL;
  while (share->n && !share->requests[share->n - 1])
    share->n--; /* nor read the room while the next share is being put there */
  pthread_mutex_unlock(&share->mtx);
}

ALWAYS_INLINE bool tell(dusq__worker *worker, size_t i, const dusq_error *error)
{
  dusq__request *request = dusq__request_at(worker, i);
  if (error && request->task.label)
    dusq__logf(dusq__setup_of(worker)->params.log, DUSQ_LOG_DEBUG, "pool", "%s: %s: %s", request->task.label,
               dusq_status_name(dusq_error_status(error)), dusq_error_message(error));
  dusq__request_free_arg(request);
  return dusq__request_tell(request);
}

static inline void count(dusq__worker *worker, const dusq__request *request, dusq_status status, bool told, int64_t now)
{
  dusq__counters *counters = &worker->counters;
  int64_t submitted = atomic_load_explicit(&request->future.submitted, memory_order_relaxed);
  int64_t started = atomic_load_explicit(&request->future.started, memory_order_relaxed);
  if (told && !request->uncounted) {
    dusq__count(&counters->settled, 1);
    if (status)
      dusq__count(status == DUSQ_E_CANCELED ? &counters->canceled : &counters->failed, 1);
  }
  dusq__count(&counters->queue_ns, started - submitted);
  dusq__count(&counters->run_ns, now - started);
}

ALWAYS_INLINE void settle(dusq__worker *worker, size_t i, bool told, dusq_result *take_result,
                          dusq_error *take_error, int64_t now, dusq__wakes *wakes)
{
  dusq__request *request = dusq__request_at(worker, i);
  now = now ? now : dusq__now();
  worker->finished_at = now;
  count(worker, request, dusq_error_status(take_error), told, now);
  dusq__wakes own = {NULL, NULL};
  if (told) {
    dusq__request_settle_quietly(request, take_result, take_error, now, wakes ? wakes : &own);
  } else {
    dusq_result_unref(take_result);
    dusq_error_unref(take_error);
  }
  dusq__worker_forget(worker, i); /* after settling: a thread that looks for unsettled requests finds it until then */
  dusq__request_drop(request);
  dusq__wake_all(&own);
}

bool dusq__worker_tell(dusq__worker *worker, size_t i, const dusq_error *error)
{
  return tell(worker, i, error);
}

void dusq__worker_settle(dusq__worker *worker, size_t i, bool told, dusq_result *take_result, dusq_error *take_error,
                         int64_t now, dusq__wakes *wakes)
{
  settle(worker, i, told, take_result, take_error, now, wakes);
}

void dusq__worker_finish(dusq__worker *worker, size_t i, dusq_result *take_result, dusq_error *take_error, int64_t now,
                         dusq__wakes *wakes)
{
  settle(worker, i, tell(worker, i, take_error), take_result, take_error, now, wakes);
}
