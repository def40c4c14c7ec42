/* crew.c - worker threads: made when they are called, joined when they have ended.
 *
 * A lane has a fixed number of slots.  A slot whose thread has ended is joined before it is used again, and all are
 * when the pool closes.                                                                                              */
#include "base/alloc.h"
#include "base/clock.h"
#include "pool/execute.h"
#include <stdio.h>

dusq_status dusq__worker_init(dusq__worker *worker, dusq__lane *lane)
{
  worker->lane = lane;
  worker->connect_timer.fire = dusq__worker_connect_late;
  worker->random = (uint32_t)dusq__now() ^ (uint32_t)(uintptr_t)worker;
  if (pthread_mutex_init(&worker->mtx, NULL))
    return DUSQ_E_NOMEM;
  if (dusq__cond_init(&worker->cond)) {
    pthread_mutex_destroy(&worker->mtx);
    return DUSQ_E_NOMEM;
  }
  dusq__parker_init(&worker->parker);
  return DUSQ_OK;
}

void dusq__worker_fini(dusq__worker *worker)
{
  dusq__free(worker->room);
  dusq__free(worker->alone);
  dusq__batch_free(worker->batch_room);
  dusq__parker_fini(&worker->parker);
  pthread_cond_destroy(&worker->cond);
  pthread_mutex_destroy(&worker->mtx);
}

static dusq__worker *free_slot_locked(dusq__lane *lane)
{
  for (uint32_t i = 0; i < lane->max; i++)
    if (lane->workers[i].state == DUSQ__WORKER_NONE)
      return &lane->workers[i];
  for (uint32_t i = 0; i < lane->max; i++)
    if (lane->workers[i].state == DUSQ__WORKER_GONE) {
      pthread_join(lane->workers[i].thread, NULL); /* it has nothing left to do but return */
      lane->workers[i].state = DUSQ__WORKER_NONE;
      return &lane->workers[i];
    }
  return NULL;
}

void dusq__crew_start_locked(dusq__lane *lane)
{
  dusq__worker *worker = lane->nlive < lane->max ? free_slot_locked(lane) : NULL;
  if (!worker)
    return;
  if (!worker->room)
    worker->room = dusq__zalloc(lane->pool->batch_max * sizeof(dusq__request *));
  if (!worker->alone)
    worker->alone = dusq__zalloc(lane->pool->batch_max);
  lane->start_status = worker->room && worker->alone ? DUSQ_OK : DUSQ_E_NOMEM;
  if (lane->start_status)
    return;
  worker->start = (dusq__start){.run = dusq__worker_main, .arg = worker};
  snprintf(worker->start.name, sizeof worker->start.name, "%.7s:%u.%u",
           dusq_params_text(&lane->pool->params, "name"), lane->number, (unsigned)(worker - lane->workers) % 10000);
  dusq__home_ref(lane->pool->home); /* the thread's */
  worker->state = DUSQ__WORKER_BUSY;
  worker->woken = true;
  if (dusq__thread_start(&worker->start, &worker->thread, lane->pool->stack_size)) {
    worker->state = DUSQ__WORKER_NONE;
    worker->woken = false;
    lane->start_status = DUSQ_E_RESOURCE;
    dusq__home_unref(lane->pool->home);
    return;
  }
  lane->nlive++;
  lane->coming++;
}

/* One that has not ended goes on by itself. */
static void leave_behind(dusq__lane *lane, dusq__worker *worker, pthread_t thread)
{
  dusq__straggler_add();
  pthread_mutex_lock(&lane->mtx);
  bool gone = worker->state == DUSQ__WORKER_GONE; /* it has just ended */
  if (gone)
    worker->state = DUSQ__WORKER_NONE;
  else
    worker->straggler = true;
  pthread_mutex_unlock(&lane->mtx);
  if (gone) {
    dusq__straggler_not();
    pthread_join(thread, NULL);
  } else {
    pthread_detach(thread);
  }
}

void dusq__crew_join(dusq__lane *lane, bool all)
{
  for (uint32_t i = 0; i < lane->max; i++) {
    dusq__worker *worker = &lane->workers[i];
    pthread_mutex_lock(&lane->mtx);
    bool gone = worker->state == DUSQ__WORKER_GONE;
    bool left_behind = all && !gone && worker->state != DUSQ__WORKER_NONE;
    if (gone)
      worker->state = DUSQ__WORKER_NONE;
    pthread_t thread = worker->thread;
    pthread_mutex_unlock(&lane->mtx);
    if (gone)
      pthread_join(thread, NULL);
    else if (left_behind)
      leave_behind(lane, worker, thread);
  }
}
