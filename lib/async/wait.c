/* wait.c - threads that wait for futures: for one, for several, or for each in the order of settling. */
#include "async/future.h"
#include "base/alloc.h"
#include "base/clock.h"
#include <sched.h>

enum { LOOK_NS = 100000 }; /* a request that runs alone has settled by then, including the wake of its worker */

/* ---- one future: the watch and the parker are on the waiter's stack ---------------------------------------------- */

/* Spins for a moment to see whether the future settles, and yields to other threads. */
static bool spin_until_settled(const dusq_future *future)
{
  int64_t end = dusq__deadline(LOOK_NS);
  do {
    sched_yield();
    if (dusq__future_settled(future))
      return true;
  } while (dusq__now() < end);
  return false;
}

static dusq_status wait_parked(dusq_future *future, int64_t timeout)
{
  dusq__parker parker;
  dusq__parker_init(&parker);
  dusq__watch watch = {.waiter = &parker};
  dusq_status status = DUSQ_OK;
  int64_t deadline = dusq__deadline(timeout);
  if (dusq__future_watch_waiter(future, &watch) && !dusq__park(&parker, deadline)) {
    if (dusq__future_unwatch(future, &watch))
      status = DUSQ_E_TIMEDOUT;
    else
      dusq__park(&parker, INT64_MAX); /* the settling thread is about to unpark this one, and needs the parker for it */
  }
  dusq__parker_fini(&parker);
  return status;
}

dusq_status dusq_future_wait(dusq_future *future, int64_t timeout)
{
  if (!future || timeout < 0)
    return DUSQ_E_INVAL;
  if (dusq__forked(future->generation))
    return DUSQ_E_FORKED;
  if (dusq__future_settled(future))
    return DUSQ_OK;
  if (dusq__must_not_wait())
    return DUSQ_E_DEADLOCK;
  if (timeout > LOOK_NS && future->spin && spin_until_settled(future))
    return DUSQ_OK;
  return timeout ? wait_parked(future, timeout) : DUSQ_E_TIMEDOUT;
}

dusq_status dusq_await(dusq_future *take_future, int64_t timeout, dusq_result **out, dusq_error **error)
{
  if (out)
    *out = NULL;
  if (error)
    *error = NULL;
  const dusq_error *own = NULL;
  dusq_status status = dusq_future_wait(take_future, timeout);
  if (status == DUSQ_E_TIMEDOUT && !dusq__future_settled(take_future)) {
    status = DUSQ_E_PENDING;
  } else if (!status || status == DUSQ_E_TIMEDOUT) {
    status = dusq_future_get(take_future, out);
    own = take_future->error;
  }
  if (status)
    dusq__error_give(error, own ? dusq_error_ref(own) : dusq__error_static(status));
  dusq_future_unref(take_future);
  return status;
}

/* ---- several: the watches share a counted object, because some may fire after the waiter has returned ----------- */

typedef struct crowd crowd;

typedef struct member {
  dusq__watch watch;
  crowd *crowd;
  struct member *next; /* in the list of settled futures that were not returned; guarded by: the crowd's mtx */
} member;

struct crowd {
  dusq__refs refs; /* the waiter, and every watch that has not fired */
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  size_t left, failed;         /* guarded by: mtx, as the list below */
  member *ready, **ready_tail;
  size_t n;
  member members[];
};

static void crowd_unref(crowd *all)
{
  if (!dusq__refs_drop(&all->refs))
    return;
  pthread_cond_destroy(&all->cond);
  pthread_mutex_destroy(&all->mtx);
  dusq__free(all);
}

static void member_settled(dusq__watch *watch, dusq_future *done)
{
  member *one = (member *)watch;
  crowd *all = one->crowd;
  pthread_mutex_lock(&all->mtx);
  all->left--;
  all->failed += done->error != NULL;
  one->next = NULL;
  *all->ready_tail = one;
  all->ready_tail = &one->next;
  pthread_cond_signal(&all->cond);
  pthread_mutex_unlock(&all->mtx);
  crowd_unref(all);
}

static dusq_status check_all(dusq_future *const *futures, size_t n)
{
  if (n && !futures)
    return DUSQ_E_INVAL;
  for (size_t i = 0; i < n; i++) {
    if (!futures[i])
      return DUSQ_E_INVAL;
    if (dusq__forked(futures[i]->generation))
      return DUSQ_E_FORKED;
  }
  return DUSQ_OK;
}

static dusq_status crowd_new(dusq_future *const *futures, size_t n, crowd **out)
{
  crowd *all = n > (SIZE_MAX - sizeof *all) / sizeof(member) || n >= UINT_MAX
                   ? NULL
                   : dusq__zalloc(sizeof *all + n * sizeof(member));
  if (!all)
    return DUSQ_E_NOMEM;
  dusq__refs_init(&all->refs, 1 + (unsigned)n);
  pthread_mutex_init(&all->mtx, NULL);
  dusq__cond_init(&all->cond);
  all->left = all->n = n;
  all->ready_tail = &all->ready;
  for (size_t i = 0; i < n; i++) {
    all->members[i].crowd = all;
    all->members[i].watch.fire = member_settled;
    dusq__future_watch(futures[i], &all->members[i].watch);
  }
  *out = all;
  return DUSQ_OK;
}

/* The waiter returns.  `futures` are those of crowd_new, still referenced. */
static void crowd_leave(crowd *all, dusq_future *const *futures)
{
  for (size_t i = 0; i < all->n; i++)
    if (dusq__future_unwatch(futures[i], &all->members[i].watch))
      crowd_unref(all);
  crowd_unref(all);
}

static bool satisfied(const crowd *all, int mode)
{
  return !all->left || (mode == DUSQ_FIRST_COMPLETED && all->left < all->n) ||
         (mode == DUSQ_FIRST_EXCEPTION && all->failed);
}

/* Looks whether the wait is over without waiting. */
static bool look_once(dusq_future *const *futures, size_t n, int mode)
{
  size_t settled = 0;
  for (size_t i = 0; i < n; i++) {
    if (!dusq__future_settled(futures[i]))
      continue;
    settled++;
    if (mode == DUSQ_FIRST_COMPLETED || (mode == DUSQ_FIRST_EXCEPTION && futures[i]->error))
      return true;
  }
  return settled == n;
}

static dusq_status wait_crowd(dusq_future *const *futures, size_t n, int mode, int64_t timeout)
{
  int64_t deadline = dusq__deadline(timeout);
  crowd *all;
  dusq_status status = crowd_new(futures, n, &all);
  if (status)
    return status;
  pthread_mutex_lock(&all->mtx);
  while (!satisfied(all, mode) && dusq__cond_wait_until(&all->cond, &all->mtx, deadline))
    ;
  if (!satisfied(all, mode))
    status = DUSQ_E_TIMEDOUT;
  pthread_mutex_unlock(&all->mtx);
  crowd_leave(all, futures);
  return status;
}

dusq_status dusq_future_wait_many(dusq_future *const *futures, size_t n, int mode, int64_t timeout, bool *done)
{
  dusq_status status = check_all(futures, n);
  if (status)
    return status;
  if (timeout < 0 || mode < DUSQ_FIRST_COMPLETED || mode > DUSQ_ALL_COMPLETED)
    return DUSQ_E_INVAL;
  if (!look_once(futures, n, mode)) {
    if (dusq__must_not_wait())
      status = DUSQ_E_DEADLOCK;
    else
      status = timeout ? wait_crowd(futures, n, mode, timeout) : DUSQ_E_TIMEDOUT;
  }
  for (size_t i = 0; done && i < n; i++)
    done[i] = dusq__future_settled(futures[i]);
  return status;
}

/* ---- as completed ------------------------------------------------------------------------------------------------ */

struct dusq_as_completed {
  crowd *all;
  unsigned generation;
  size_t taken;
  dusq_future *futures[]; /* references */
};

dusq_status dusq_as_completed_new(dusq_future *const *futures, size_t n, dusq_as_completed **out)
{
  if (!out)
    return DUSQ_E_INVAL;
  *out = NULL;
  dusq_status status = check_all(futures, n);
  if (status)
    return status;
  dusq_as_completed *iterator = n > (SIZE_MAX - sizeof *iterator) / sizeof *futures
                                    ? NULL
                                    : dusq__zalloc(sizeof *iterator + n * sizeof *futures);
  if (!iterator)
    return DUSQ_E_NOMEM;
  status = crowd_new(futures, n, &iterator->all);
  if (status) {
    dusq__free(iterator);
    return status;
  }
  iterator->generation = dusq__generation();
  for (size_t i = 0; i < n; i++)
    iterator->futures[i] = dusq_future_ref(futures[i]);
  *out = iterator;
  return DUSQ_OK;
}

dusq_status dusq_as_completed_next(dusq_as_completed *iterator, int64_t timeout, dusq_future **out)
{
  if (out)
    *out = NULL;
  if (!iterator || !out || timeout < 0)
    return DUSQ_E_INVAL;
  if (dusq__forked(iterator->generation))
    return DUSQ_E_FORKED;
  crowd *all = iterator->all;
  if (iterator->taken == all->n)
    return DUSQ_OK;
  int64_t deadline = dusq__deadline(timeout);
  pthread_mutex_lock(&all->mtx);
  bool may_wait = timeout && !dusq__must_not_wait();
  while (!all->ready && may_wait)
    may_wait = dusq__cond_wait_until(&all->cond, &all->mtx, deadline);
  member *one = all->ready;
  if (one && !(all->ready = one->next))
    all->ready_tail = &all->ready;
  pthread_mutex_unlock(&all->mtx);
  if (!one)
    return dusq__must_not_wait() ? DUSQ_E_DEADLOCK : DUSQ_E_TIMEDOUT;
  iterator->taken++;
  *out = dusq_future_ref(iterator->futures[one - all->members]);
  return DUSQ_OK;
}

void dusq_as_completed_free(dusq_as_completed *iterator)
{
  if (!iterator || dusq__forked(iterator->generation))
    return;
  size_t n = iterator->all->n; /* the crowd may be freed by the next line */
  crowd_leave(iterator->all, iterator->futures);
  for (size_t i = 0; i < n; i++)
    dusq_future_unref(iterator->futures[i]);
  dusq__free(iterator);
}
