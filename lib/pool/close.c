/* close.c - the end of a pool, in steps that are bounded in time; see pool.h.
 *
 * DRAINING lets work go on until the grace is over; CANCELING stops what is left and waits for cancel_grace; LEAVING
 * settles what is stuck in a driver without its outcome and leaves the thread behind.  At any of these, the pool is
 * closed as soon as every worker has ended.  All steps run on the timer thread, which joins the workers; an armed
 * timer holds a reference to the home.                                                                               */
#include "base/alloc.h"
#include "base/clock.h"
#include "data/error.h"
#include "pool/session.h"
#include <dusq/pool.h>
#include <sched.h>

#define MAX_SETTLING_NS DUSQ_SECOND

static void closing_cancel(dusq_future *future)
{
  (void)future; /* a close goes on */
}

static void closing_destroy(dusq_future *future)
{
  dusq__free(future);
}

static const dusq__future_class closing_class = {closing_cancel, closing_destroy};

static void step_fired(dusq__timer *timer);
static void reap_fired(dusq__timer *timer);

dusq_status dusq__pool_make_closing(dusq_pool *pool)
{
  dusq_future *closing = dusq__zalloc(sizeof *closing);
  if (!closing)
    return DUSQ_E_NOMEM;
  dusq__future_init(closing, &closing_class, pool->home, 2); /* for the pool's callers, and to settle it */
  pool->closing = closing;
  pool->timer.fire = step_fired;
  pool->reap.fire = reap_fired;
  return DUSQ_OK;
}

/* ---- has everybody ended? ---------------------------------------------------------------------------------------- */

static void arm_reap(dusq_pool *pool)
{
  if (atomic_exchange(&pool->reaping, true))
    return;
  dusq__home_ref(pool->home);
  dusq__timer_arm(pool->home, &pool->reap, dusq__now());
}

void dusq__pool_worker_gone(dusq_pool *pool)
{
  int state = atomic_load(&pool->state);
  if (state == DUSQ__POOL_DRAINING || state == DUSQ__POOL_CANCELING)
    arm_reap(pool);
}

/* Moves to CLOSED, once.  `left_behind`: some workers have not ended. */
static void finish(dusq_pool *pool, bool left_behind)
{
  pthread_mutex_lock(&pool->mtx);
  bool first = atomic_exchange(&pool->state, DUSQ__POOL_CLOSED) != DUSQ__POOL_CLOSED;
  bool armed = first && dusq__timer_disarm(pool->home, &pool->timer);
  pthread_mutex_unlock(&pool->mtx);
  if (!first)
    return;
  for (uint32_t i = 0; i < pool->nlanes; i++) {
    dusq__crew_join(&pool->lanes[i], true);
    dusq__lane_timers_off(&pool->lanes[i]);
  }
  if (!left_behind) {
    pool->backend->shut(pool->instance);
    pool->instance = NULL;
  } else {
    dusq__exit_left(false);
  }
  dusq_future *closing = pool->closing;
  dusq__home *home = pool->home;
  dusq__exit_remove(pool);
  dusq__future_settle(closing, NULL, NULL, 0);
  dusq_future_unref(closing);
  if (armed)
    dusq__home_unref(home);
  dusq__home_unref(home); /* the one of a pool that is not closed */
}

static bool lane_has_ended(dusq__lane *lane)
{
  pthread_mutex_lock(&lane->mtx);
  bool ended = lane->closed && !lane->nlive && !lane->nretiring; /* else the close is still on its way to it */
  for (uint32_t i = 0; i < lane->max && ended; i++)
    ended = lane->workers[i].state == DUSQ__WORKER_NONE || lane->workers[i].state == DUSQ__WORKER_GONE;
  dusq__request *list = ended ? dusq__lane_drain_locked(lane) : NULL; /* what nobody came for */
  pthread_mutex_unlock(&lane->mtx);
  dusq__lane_fail_list(lane, list, dusq__error_static(DUSQ_E_CLOSED));
  return ended;
}

static void reap_fired(dusq__timer *timer)
{
  dusq_pool *pool = (dusq_pool *)((char *)timer - offsetof(dusq_pool, reap));
  dusq__home *home = pool->home;
  atomic_store(&pool->reaping, false);
  bool ended = true;
  for (uint32_t i = 0; i < pool->nlanes && ended; i++)
    ended = lane_has_ended(&pool->lanes[i]);
  if (ended)
    finish(pool, false);
  dusq__home_unref(home);
}

/* ---- the steps --------------------------------------------------------------------------------------------------- */

static void cancel_worker(dusq__worker *worker)
{
  pthread_mutex_lock(&worker->mtx);
  for (size_t i = 0; i < worker->nrequests; i++)
    if (worker->requests[i] && worker->requests[i]->kind != DUSQ__END)
      dusq__stop_ask(&worker->requests[i]->stop, DUSQ_E_CLOSED);
  dusq__stop_ask(&worker->own_stop, DUSQ_E_CLOSED);
  pthread_mutex_unlock(&worker->mtx);
  dusq__worker_interrupt(worker, 0);
}

static void cancel_lane(dusq__lane *lane)
{
  pthread_mutex_lock(&lane->mtx);
  dusq__request *list = dusq__lane_drain_locked(lane);
  pthread_mutex_unlock(&lane->mtx);
  dusq__lane_fail_list(lane, list, dusq__error_static(DUSQ_E_CLOSED));
  dusq__lane_close(lane); /* again, for those who wait for the next attempt to connect */
  for (uint32_t i = 0; i < lane->max; i++)
    cancel_worker(&lane->workers[i]);
}

static void leave_worker(dusq__worker *worker)
{
  dusq__session_abandon(worker);
  dusq__worker_abandon(worker, 0, DUSQ_E_CLOSED, "the pool was closed before the outcome was known");
}

/* A thread may hold what it has taken out of a queue, and be about to settle it: it is waited for, but not for ever,
 * for the callbacks that it runs in between are the caller's.                                                        */
static void wait_for_settlers(dusq_pool *pool)
{
  int64_t until = dusq__deadline(MAX_SETTLING_NS);
  while (dusq__pool_unsettled(pool) && dusq__now() < until)
    sched_yield();
}

static void leave_all(dusq_pool *pool)
{
  dusq__logf(pool->params.log, DUSQ_LOG_WARNING, "pool", "closed while a worker was stuck in the driver");
  for (uint32_t lane = 0; lane < pool->nlanes; lane++)
    for (uint32_t i = 0; i < pool->lanes[lane].max; i++)
      leave_worker(&pool->lanes[lane].workers[i]);
  wait_for_settlers(pool);
  finish(pool, true);
}

static void set_step_locked(dusq_pool *pool, int64_t when)
{
  if (!dusq__timer_disarm(pool->home, &pool->timer))
    dusq__home_ref(pool->home);
  pool->next_step = when;
  dusq__timer_arm(pool->home, &pool->timer, when);
}

static void step_fired(dusq__timer *timer)
{
  dusq_pool *pool = (dusq_pool *)((char *)timer - offsetof(dusq_pool, timer));
  dusq__home *home = pool->home;
  pthread_mutex_lock(&pool->mtx);
  int state = atomic_load(&pool->state);
  if (state == DUSQ__POOL_DRAINING) {
    atomic_store(&pool->state, DUSQ__POOL_CANCELING);
    set_step_locked(pool, dusq__deadline(pool->cancel_grace)); /* a close with a shorter grace may just have armed it */
  } else if (state == DUSQ__POOL_CANCELING) {
    atomic_store(&pool->state, DUSQ__POOL_LEAVING);
  }
  pthread_mutex_unlock(&pool->mtx);
  if (state == DUSQ__POOL_DRAINING) {
    for (uint32_t i = 0; i < pool->nlanes; i++)
      cancel_lane(&pool->lanes[i]);
    arm_reap(pool);
  } else if (state == DUSQ__POOL_CANCELING) {
    leave_all(pool);
  }
  dusq__home_unref(home);
}

/* ---- beginning it ------------------------------------------------------------------------------------------------ */

dusq_future *dusq__pool_close(dusq_pool *pool, int64_t grace)
{
  int64_t when = dusq__deadline(grace);
  pthread_mutex_lock(&pool->mtx);
  int state = atomic_load(&pool->state);
  if (state == DUSQ__POOL_OPEN)
    atomic_store(&pool->state, DUSQ__POOL_DRAINING);
  if (state == DUSQ__POOL_OPEN || (state == DUSQ__POOL_DRAINING && when < pool->next_step))
    set_step_locked(pool, when);
  pthread_mutex_unlock(&pool->mtx);
  if (state == DUSQ__POOL_OPEN) {
    atomic_store(&pool->closing->submitted, dusq__now());
    for (uint32_t i = 0; i < pool->nlanes; i++)
      dusq__lane_close(&pool->lanes[i]);
    arm_reap(pool);
  }
  return dusq_future_ref(pool->closing);
}

dusq_future *dusq_pool_close(dusq_pool *pool, int64_t grace)
{
  if (!pool || grace < 0)
    return dusq__future_static(DUSQ_E_INVAL);
  if (dusq__forked(pool->generation))
    return dusq__future_static(DUSQ_E_FORKED);
  return dusq__pool_close(pool, grace);
}
