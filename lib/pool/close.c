/* close.c - see close.h. */
#include "pool/close.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "data/error.h"
#include "pool/alive.h"
#include "pool/pool.h"
#include "pool/stat.h"
#include "queue/cancel.h"
#include "queue/enqueue.h"
#include "queue/expiry.h"
#include "queue/session.h"
#include "queue/wake.h"
#include "run/connect.h"
#include <dusq/pool.h>
#include <sched.h>

#define MAX_SETTLING_NS DUSQ_SECOND

static int closing_cancel(dusq_future *future)
{
  (void)future; /* a close goes on */
  return DUSQ_CANCEL_LATE;
}

static void closing_destroy(dusq_future *future)
{
  dusq__free(future);
}

static const dusq__future_class closing_class = {closing_cancel, closing_destroy};

static void step_fired(dusq__timer *timer);
static void reap_fired(dusq__timer *timer);

dusq_status dusq__closing_init(dusq_pool *pool)
{
  dusq_future *closing = dusq__zalloc(sizeof *closing);
  if (!closing)
    return DUSQ_E_NOMEM;
  dusq__future_init(closing, &closing_class, pool->setup.home, 2); /* the pool's callers', and one to settle it */
  pool->closing.future = closing;
  pool->closing.timer.fire = step_fired;
  pool->closing.reap.fire = reap_fired;
  return DUSQ_OK;
}

/* ---- have all workers ended? ------------------------------------------------------------------------------------- */

static void arm_reap(dusq_pool *pool)
{
  if (atomic_exchange(&pool->closing.reaping, true))
    return;
  dusq__home_ref(pool->setup.home);
  dusq__timer_arm(pool->setup.home, &pool->closing.reap, dusq__now());
}

void dusq__pool_worker_gone(dusq__setup *setup)
{
  dusq_pool *pool = (dusq_pool *)setup; /* the setup is its first member */
  int state = atomic_load(&pool->setup.state);
  if (state == DUSQ__POOL_DRAINING || state == DUSQ__POOL_CANCELING)
    arm_reap(pool);
}

/* Moves to CLOSED, once.  `left_behind`: some workers have not ended. */
static void finish(dusq_pool *pool, bool left_behind)
{
  pthread_mutex_lock(&pool->closing.mtx);
  bool first = atomic_exchange(&pool->setup.state, DUSQ__POOL_CLOSED) != DUSQ__POOL_CLOSED;
  bool armed = first && dusq__timer_disarm(pool->setup.home, &pool->closing.timer);
  pthread_mutex_unlock(&pool->closing.mtx);
  if (!first)
    return;
  for (uint32_t i = 0; i < pool->nlanes; i++) {
    dusq__lane_threads_join(&pool->lane_threads[i]);
    dusq__expiry_off(dusq__lane_of(pool, i));
    dusq__watchdog_off(dusq__lane_of(pool, i));
  }
  if (!left_behind) {
    pool->setup.backend->shut(pool->setup.instance);
    pool->setup.instance = NULL;
  } else {
    dusq__alive_left(false);
  }
  dusq_future *closing = pool->closing.future;
  dusq__home *home = pool->setup.home;
  dusq__alive_remove(pool);
  dusq__future_settle(closing, NULL, NULL, 0);
  dusq_future_unref(closing);
  if (armed)
    dusq__home_unref(home);
  dusq__home_unref(home); /* the reference of a pool that is not closed */
}

static bool is_without_thread(const dusq__seat *seat)
{
  return seat->standing.state == DUSQ__SEAT_NONE || seat->standing.state == DUSQ__SEAT_GONE;
}

static bool lane_has_ended(dusq__lane *lane)
{
  pthread_mutex_lock(&lane->mtx);
  const dusq__roster *roster = &lane->roster;
  bool ended = lane->queue.closed && !roster->nlive && !roster->nretiring; /* else the close has yet to reach it */
  for (uint32_t i = 0; i < lane->max && ended; i++)
    ended = is_without_thread(lane->seats[i]);
  dusq__request *list = ended ? dusq__lane_drain_locked(lane) : NULL; /* requests that no worker took */
  pthread_mutex_unlock(&lane->mtx);
  dusq__request_fail_list(list, dusq__error_static(DUSQ_E_CLOSED));
  return ended;
}

static void reap_fired(dusq__timer *timer)
{
  dusq_pool *pool = (dusq_pool *)((char *)timer - offsetof(dusq_pool, closing.reap));
  dusq__home *home = pool->setup.home;
  atomic_store(&pool->closing.reaping, false);
  bool ended = true;
  for (uint32_t i = 0; i < pool->nlanes && ended; i++)
    ended = lane_has_ended(dusq__lane_of(pool, i));
  if (ended)
    finish(pool, false);
  dusq__home_unref(home);
}

/* ---- steps of the close ------------------------------------------------------------------------------------------ */

static void cancel_lane(dusq__lane_threads *set)
{
  dusq__lane *lane = &set->lane;
  pthread_mutex_lock(&lane->mtx);
  lane->queue.closed = true; /* with no grace, whoever began the close may not have come to it yet */
  dusq__request *list = dusq__lane_drain_locked(lane);
  pthread_mutex_unlock(&lane->mtx);
  dusq__request_fail_list(list, dusq__error_static(DUSQ_E_CLOSED));
  dusq__lane_close(lane); /* again, to wake those that wait for the next attempt to connect */
  for (uint32_t i = 0; i < lane->max; i++)
    dusq__worker_cancel(&set->threads[i].worker, DUSQ_E_CLOSED);
}

static void leave_seat(dusq__seat *seat)
{
  dusq__session_abandon(seat);
  dusq__seat_abandon(seat, 0, DUSQ_E_CLOSED, "the pool was closed before the outcome was known");
}

/* A thread may have taken a request out of a queue, and be about to settle it.  The close waits for it, but not for
 * ever, because the thread may run callbacks of the caller's first.                                                  */
static void wait_for_settlers(dusq_pool *pool)
{
  int64_t until = dusq__deadline(MAX_SETTLING_NS);
  while (dusq__pool_unsettled(pool) && dusq__now() < until)
    sched_yield();
}

static void leave_all(dusq_pool *pool)
{
  dusq__logf(pool->setup.params.log, DUSQ_LOG_WARNING, "pool",
             "the pool was closed while a worker was stuck in the driver");
  for (uint32_t number = 0; number < pool->nlanes; number++) {
    dusq__lane *lane = dusq__lane_of(pool, number);
    for (uint32_t i = 0; i < lane->max; i++)
      leave_seat(lane->seats[i]);
  }
  wait_for_settlers(pool);
  finish(pool, true);
}

static void set_step_locked(dusq_pool *pool, int64_t when)
{
  if (!dusq__timer_disarm(pool->setup.home, &pool->closing.timer))
    dusq__home_ref(pool->setup.home);
  pool->closing.next_step = when;
  dusq__timer_arm(pool->setup.home, &pool->closing.timer, when);
}

static void step_fired(dusq__timer *timer)
{
  dusq_pool *pool = (dusq_pool *)((char *)timer - offsetof(dusq_pool, closing.timer));
  dusq__home *home = pool->setup.home;
  pthread_mutex_lock(&pool->closing.mtx);
  int state = atomic_load(&pool->setup.state);
  if (state == DUSQ__POOL_DRAINING) {
    atomic_store(&pool->setup.state, DUSQ__POOL_CANCELING);
    /* a concurrent close with a shorter grace may have armed it */
    set_step_locked(pool, dusq__deadline(pool->setup.options.cancel_grace));
  } else if (state == DUSQ__POOL_CANCELING) {
    atomic_store(&pool->setup.state, DUSQ__POOL_LEAVING);
  }
  pthread_mutex_unlock(&pool->closing.mtx);
  if (state == DUSQ__POOL_DRAINING) {
    for (uint32_t i = 0; i < pool->nlanes; i++)
      cancel_lane(&pool->lane_threads[i]);
    arm_reap(pool);
  } else if (state == DUSQ__POOL_CANCELING) {
    leave_all(pool);
  }
  dusq__home_unref(home);
}

/* ---- starting the close ------------------------------------------------------------------------------------------ */

static void close_lane(dusq__lane_threads *set)
{
  dusq__lane_close(&set->lane);
  for (uint32_t i = 0; i < set->lane.max; i++)
    dusq__worker_stop_filling(&set->threads[i].worker);
}

dusq_future *dusq__pool_close(dusq_pool *pool, int64_t grace)
{
  int64_t when = dusq__deadline(grace);
  pthread_mutex_lock(&pool->closing.mtx);
  int state = atomic_load(&pool->setup.state);
  if (state == DUSQ__POOL_OPEN)
    atomic_store(&pool->setup.state, DUSQ__POOL_DRAINING);
  if (state == DUSQ__POOL_OPEN || (state == DUSQ__POOL_DRAINING && when < pool->closing.next_step))
    set_step_locked(pool, when);
  pthread_mutex_unlock(&pool->closing.mtx);
  if (state == DUSQ__POOL_OPEN) {
    atomic_store(&pool->closing.future->submitted, dusq__now());
    for (uint32_t i = 0; i < pool->nlanes; i++)
      close_lane(&pool->lane_threads[i]);
    arm_reap(pool);
  }
  return dusq_future_ref(pool->closing.future);
}

dusq_future *dusq_pool_close(dusq_pool *pool, int64_t grace)
{
  if (!pool || grace < 0)
    return dusq__future_static(DUSQ_E_INVAL);
  if (dusq__forked(pool->generation))
    return dusq__future_static(DUSQ_E_FORKED);
  return dusq__pool_close(pool, grace);
}
