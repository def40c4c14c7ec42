/* thread.c - see thread.h. */
#include "pool/thread.h"
#include "base/alloc.h"
#include "pool/alive.h"
#include "queue/expiry.h"
#include "queue/take.h"
#include "queue/wake.h"
#include "run/connect.h"
#include "run/share.h"
#include <stdio.h>

/* ---- on the thread ----------------------------------------------------------------------------------------------- */

static void run(dusq__worker *worker)
{
  dusq__lane *lane = worker->seat.lane;
  size_t n;
  do {
    int64_t now = 0;
    while ((n = dusq__take(lane, &worker->seat, &now)) > 0) {
      if (n == DUSQ__TAKE_KEEP)
        dusq__worker_keep(worker);
      else
        dusq__run_taken(worker, n, now);
    }
    dusq__worker_disconnect(worker);
    dusq__count(&worker->counters.retired, 1);
  } while (!dusq__leave_lane(lane, &worker->seat));
}

/* A thread that the driver refuses fails the requests that it can see, and ends. */
static void refuse_work(dusq__worker *worker, dusq_error *take_error)
{
  dusq__lane *lane = worker->seat.lane;
  size_t n;
  int64_t now;
  dusq__worker_refused(worker, take_error);
  pthread_mutex_lock(&lane->mtx);
  worker->seat.standing.unable = true;
  pthread_mutex_unlock(&lane->mtx);
  while ((n = dusq__take(lane, &worker->seat, &now)) > 0)
    dusq__refuse_taken(worker, n, dusq_error_ref(take_error));
  dusq_error_unref(take_error);
  dusq__leave_lane(lane, &worker->seat);
}

static void *thread_main(void *arg)
{
  dusq__thread *thread = arg;
  dusq__worker *worker = &thread->worker;
  dusq__setup *setup = dusq__setup_of(worker);
  const dusq_backend *backend = setup->backend;
  dusq__thread_kind = DUSQ__THREAD_WORKER;
  dusq_error *error = NULL;
  if (backend->thread_enter && backend->thread_enter(setup->instance, &error)) {
    refuse_work(worker, error);
  } else {
    run(worker);
    if (backend->thread_leave)
      backend->thread_leave(setup->instance);
  }
  /* No lock of the lane from here on: the thread that starts this one again holds the lock, and waits for this one to
   * end. A close never leaves behind a thread that is GONE.                                                          */
  if (thread->detached)
    dusq__detached_ends(setup);
  thread->set->hooks->gone(setup);
  dusq__home_unref(setup->home);
  return NULL;
}

/* ---- starting ---------------------------------------------------------------------------------------------------- */

static uint8_t *state_of(dusq__thread *thread)
{
  return &thread->worker.seat.standing.state;
}

static dusq__thread *free_thread_locked(dusq__lane_threads *set)
{
  for (uint32_t i = 0; i < set->lane.max; i++)
    if (*state_of(&set->threads[i]) == DUSQ__SEAT_NONE)
      return &set->threads[i];
  for (uint32_t i = 0; i < set->lane.max; i++)
    if (*state_of(&set->threads[i]) == DUSQ__SEAT_GONE) {
      pthread_join(set->threads[i].id, NULL); /* the thread has nothing left to do but return */
      *state_of(&set->threads[i]) = DUSQ__SEAT_NONE;
      return &set->threads[i];
    }
  return NULL;
}

static dusq_status start(dusq__lane_threads *set, dusq__thread *thread)
{
  dusq__setup *setup = set->lane.setup;
  dusq_status status = dusq__worker_make_room(&thread->worker);
  if (status)
    return status;
  thread->start = (dusq__start){.run = thread_main, .arg = thread};
  snprintf(thread->start.name, sizeof thread->start.name, "%.7s:%u.%u", dusq_params_text(&setup->params, "name"),
           set->lane.number, (unsigned)(thread - set->threads) % 10000);
  dusq__home_ref(setup->home); /* the thread's reference */
  *state_of(thread) = DUSQ__SEAT_BUSY;
  thread->worker.seat.standing.unable = false;
  thread->worker.seat.standing.woken = true;
  if (!dusq__thread_start(&thread->start, &thread->id, setup->options.stack_size))
    return DUSQ_OK;
  *state_of(thread) = DUSQ__SEAT_NONE;
  thread->worker.seat.standing.woken = false;
  dusq__home_unref(setup->home);
  return DUSQ_E_RESOURCE;
}

static void start_locked(dusq__lane *lane)
{
  dusq__lane_threads *set = (dusq__lane_threads *)lane;
  dusq__thread *thread = lane->roster.nlive < lane->max ? free_thread_locked(set) : NULL;
  if (!thread)
    return;
  lane->roster.start_status = start(set, thread);
  if (lane->roster.start_status)
    return;
  lane->roster.nlive++;
  lane->roster.coming++;
}

void dusq__lane_threads_fill(dusq__lane_threads *set)
{
  dusq__lane *lane = &set->lane;
  pthread_mutex_lock(&lane->mtx);
  for (uint32_t i = 0; i < lane->setup->options.min_connections && i < lane->max && !lane->queue.closed; i++)
    start_locked(lane);
  pthread_mutex_unlock(&lane->mtx);
}

/* ---- stopping ---------------------------------------------------------------------------------------------------- */

static void leave_behind(dusq__lane_threads *set, dusq__thread *thread, pthread_t id)
{
  dusq__detached_add();
  pthread_mutex_lock(&set->lane.mtx);
  bool gone = *state_of(thread) == DUSQ__SEAT_GONE; /* the thread has just ended */
  if (gone)
    *state_of(thread) = DUSQ__SEAT_NONE;
  else
    thread->detached = true;
  pthread_mutex_unlock(&set->lane.mtx);
  if (gone) {
    dusq__detached_not();
    pthread_join(id, NULL);
  } else {
    pthread_detach(id);
  }
}

void dusq__lane_threads_join(dusq__lane_threads *set)
{
  for (uint32_t i = 0; i < set->lane.max; i++) {
    dusq__thread *thread = &set->threads[i];
    pthread_mutex_lock(&set->lane.mtx);
    bool gone = *state_of(thread) == DUSQ__SEAT_GONE, goes_on = !gone && *state_of(thread) != DUSQ__SEAT_NONE;
    if (gone)
      *state_of(thread) = DUSQ__SEAT_NONE;
    pthread_t id = thread->id;
    pthread_mutex_unlock(&set->lane.mtx);
    if (gone)
      pthread_join(id, NULL);
    else if (goes_on)
      leave_behind(set, thread, id);
  }
}

/* ---- init and fini ----------------------------------------------------------------------------------------------- */

dusq_status dusq__lane_threads_init(dusq__lane_threads *set, dusq__setup *setup, uint32_t number, uint32_t max,
                                    const dusq__thread_hooks *hooks)
{
  set->hooks = hooks;
  set->threads = dusq__zalloc(max * sizeof *set->threads);
  set->seats = dusq__zalloc(max * sizeof(dusq__seat *));
  dusq_status status = set->threads && set->seats ? DUSQ_OK : DUSQ_E_NOMEM;
  if (!status)
    status = dusq__lane_init(&set->lane, setup, number, max, set->seats);
  if (status)
    return status;
  set->lane.start_locked = start_locked;
  dusq__expiry_init(&set->lane);
  dusq__wake_init(&set->lane);
  for (; set->ready < max && !status; set->ready += !status) {
    dusq__thread *thread = &set->threads[set->ready];
    thread->set = set;
    set->seats[set->ready] = &thread->worker.seat;
    status = dusq__worker_init(&thread->worker, &set->lane, hooks->connected);
  }
  return status;
}

void dusq__lane_threads_fini(dusq__lane_threads *set)
{
  for (uint32_t i = 0; i < set->ready; i++)
    dusq__worker_fini(&set->threads[i].worker);
  dusq__lane_fini(&set->lane);
  dusq__free(set->threads);
  dusq__free(set->seats);
}
