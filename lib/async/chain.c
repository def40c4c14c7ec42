/* chain.c - futures that follow one other future: then, shield, timeout.
 *
 * A follower watches one future at a time, and settles as that future does.  `followed` is guarded by the follower's
 * own lock, so that a cancel finds it; the follower holds a reference to it until it settles.                        */
#include "async/callback.h"
#include "async/timer.h"
#include "base/alloc.h"
#include "base/clock.h"

typedef struct follower {
  dusq_future future;
  dusq__watch watch;
  dusq_future *followed; /* a reference; guarded by: the future's mtx; NULL once settled */
  bool shields;
  /* for then */
  dusq_then_fn *fn;
  void *arg;
  dusq_free_fn *free_arg;
  /* for timeout */
  dusq__timer timer;
  int64_t grace;
  atomic_bool late;      /* the timer has fired once */
  bool timed;
} follower;

static dusq_future *swap_followed(follower *link, dusq_future *next)
{
  pthread_mutex_lock(&link->future.mtx);
  dusq_future *old = link->followed;
  link->followed = next;
  pthread_mutex_unlock(&link->future.mtx);
  return old;
}

static dusq_future *ref_followed(follower *link)
{
  pthread_mutex_lock(&link->future.mtx);
  dusq_future *followed = dusq_future_ref(link->followed);
  pthread_mutex_unlock(&link->future.mtx);
  return followed;
}

static int follower_cancel(dusq_future *future)
{
  follower *link = (follower *)future;
  if (link->shields)
    return dusq__future_settle(future, NULL, dusq__error_static(DUSQ_E_CANCELED), 0) ? DUSQ_CANCEL_QUEUED
                                                                                     : DUSQ_CANCEL_LATE;
  dusq_future *followed = ref_followed(link);
  bool waits = link->fn && followed && dusq__future_settled(followed); /* for fn, whose future is cancelled then */
  dusq__future_cancel_too(followed);
  dusq_future_unref(followed);
  return waits ? DUSQ_CANCEL_SENT : DUSQ__CANCEL_PASSED_ON;
}

static void follower_destroy(dusq_future *future)
{
  follower *link = (follower *)future;
  dusq_future_unref(link->followed);
  dusq__free(link);
}

static const dusq__future_class follower_class = {follower_cancel, follower_destroy};

/* Returns NULL, with a static future in *failed, if it cannot be made. */
static follower *follower_new(dusq_future *future, dusq_future **failed)
{
  dusq_status status = !future ? DUSQ_E_INVAL : dusq__forked(future->generation) ? DUSQ_E_FORKED : DUSQ_OK;
  follower *link = status ? NULL : dusq__zalloc(sizeof *link);
  if (!link) {
    *failed = dusq__future_static(status ? status : DUSQ_E_NOMEM);
    return NULL;
  }
  dusq__future_init(&link->future, &follower_class, future->home, 1);
  atomic_store(&link->future.submitted, dusq__now());
  link->followed = dusq_future_ref(future);
  return link;
}

/* The error of a deadline whose outcome was not known within the grace. */
static dusq_error *unknown_error(void)
{
  dusq_error *error = dusq_error_new(DUSQ_E_TIMEDOUT, NULL, 0, "the deadline passed, and the outcome was not known "
                                                               "within the grace after it");
  dusq_error_set_number(error, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  return error;
}

/* The followed future has settled, and no other will be followed. */
static void followed_settled(dusq__watch *watch, dusq_future *done)
{
  follower *link = (follower *)((char *)watch - offsetof(follower, watch));
  if (link->timed && dusq__timer_disarm(link->future.home, &link->timer))
    dusq_future_unref(&link->future);
  if (atomic_load(&link->late) && done->error && dusq_error_status(done->error) == DUSQ_E_CANCELED) {
    atomic_store(&done->looked, true);
    bool unknown = dusq_error_unknown_outcome(done->error);
    dusq__future_settle(&link->future, NULL, unknown ? unknown_error() : dusq__error_static(DUSQ_E_TIMEDOUT), 0);
  } else {
    dusq__future_settle_like(&link->future, done);
  }
  dusq_future_unref(swap_followed(link, NULL));
  dusq_future_unref(&link->future);
}

static void follow(follower *link, dusq_future *future)
{
  dusq_future_ref(&link->future); /* the watch's reference */
  link->watch.fire = followed_settled;
  dusq__future_watch(future, &link->watch);
}

/* ---- shield ------------------------------------------------------------------------------------------------------ */

dusq_future *dusq_future_shield(dusq_future *future)
{
  dusq_future *failed;
  follower *link = follower_new(future, &failed);
  if (!link)
    return failed;
  link->shields = true;
  follow(link, future);
  return &link->future;
}

/* ---- then -------------------------------------------------------------------------------------------------------- */

static void run_then(dusq_future *done, void *arg)
{
  follower *link = arg;
  dusq_future *inner = link->fn(done, link->arg);
  if (link->free_arg)
    link->free_arg(link->arg);
  if (inner == &link->future) { /* fn returned the future of its own chain, which would wait for itself */
    dusq_future_unref(inner);
    inner = dusq__future_static(DUSQ_E_INVAL);
  }
  if (!inner)
    inner = dusq_future_ref(done);
  else
    atomic_store(&done->looked, true); /* fn has handled the error */
  dusq_future_unref(swap_followed(link, dusq_future_ref(inner)));
  if (atomic_load(&link->future.canceled))
    dusq_future_cancel(inner);
  follow(link, inner);
  dusq_future_unref(inner);
}

static void drop_link(void *arg)
{
  dusq_future_unref(&((follower *)arg)->future);
}

dusq_future *dusq_future_then(dusq_future *future, dusq_cq *queue, dusq_then_fn *fn, void *arg, dusq_free_fn *free_arg)
{
  dusq_future *failed = dusq__future_static(DUSQ_E_INVAL);
  follower *link = fn ? follower_new(future, &failed) : NULL;
  if (!link) {
    if (free_arg)
      free_arg(arg);
    return failed;
  }
  link->fn = fn;
  link->arg = arg;
  link->free_arg = free_arg;
  dusq_status status = dusq__future_call(future, queue, run_then, dusq_future_ref(&link->future), drop_link);
  if (status) {
    if (free_arg)
      free_arg(arg);
    dusq__future_settle(&link->future, NULL, dusq__error_static(status), 0);
    dusq_future_unref(swap_followed(link, NULL));
    dusq_future_unref(&link->future); /* the callback's reference */
  }
  return &link->future;
}

/* ---- timeout ----------------------------------------------------------------------------------------------------- */

static void time_is_up(dusq__timer *timer)
{
  follower *link = (follower *)((char *)timer - offsetof(follower, timer));
  if (atomic_load(&link->late)) {
    dusq__future_settle(&link->future, NULL, unknown_error(), 0);
    dusq_future_unref(&link->future);
    return;
  }
  atomic_store(&link->late, true);
  dusq_future *followed = ref_followed(link);
  if (followed && !dusq__future_settled(followed)) {
    dusq_future_ref(&link->future); /* the timer's reference; it is armed again */
    dusq__timer_arm(link->future.home, &link->timer, dusq__deadline(link->grace));
    dusq_future_cancel(followed);
    if (dusq__future_settled(followed) && dusq__timer_disarm(link->future.home, &link->timer))
      dusq_future_unref(&link->future); /* the future settled, and the watch fired, before the timer was armed */
  }
  dusq_future_unref(&link->future);
  dusq_future_unref(followed);
}

dusq_future *dusq_future_timeout(dusq_future *future, int64_t timeout, int64_t grace)
{
  dusq_future *failed = dusq__future_static(DUSQ_E_INVAL);
  follower *link = timeout < 0 || grace < 0 ? NULL : follower_new(future, &failed);
  if (!link)
    return failed;
  if (!link->future.home)
    link->future.home = dusq__home_shared();
  dusq_status status = link->future.home ? dusq__timer_ready(link->future.home) : DUSQ_E_NOMEM;
  if (status) {
    dusq__future_settle(&link->future, NULL, dusq__error_static(status), 0);
    return &link->future;
  }
  link->timed = true;
  link->grace = grace;
  link->timer.fire = time_is_up;
  if (timeout != DUSQ_FOREVER) {
    dusq_future_ref(&link->future); /* the timer's reference */
    dusq__timer_arm(link->future.home, &link->timer, dusq__deadline(timeout));
  }
  follow(link, future);
  return &link->future;
}
