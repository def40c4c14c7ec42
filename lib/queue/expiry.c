/* expiry.c - see expiry.h. */
#include "queue/expiry.h"
#include "base/clock.h"
#include "queue/cancel.h"
#include "queue/prefetch.h"
#include "queue/settle.h"

static int64_t expires_at(const dusq__request *request, const dusq__options *options)
{
  return dusq__later(atomic_load(&request->future.submitted), options->queue_timeout);
}

void dusq__expiry_watch_locked(dusq__lane *lane)
{
  const dusq__options *options = &lane->setup->options;
  if (lane->expiry.armed || !lane->queue.first || options->queue_timeout == INT64_MAX)
    return;
  lane->expiry.armed = true;
  dusq__home_ref(lane->setup->home);
  dusq__timer_arm(lane->setup->home, &lane->expiry.timer, expires_at(lane->queue.first, options));
}

static dusq_error *error_locked(dusq__lane *lane)
{
  if (lane->backoff.error)
    return dusq_error_ref(lane->backoff.error);
  uint32_t pinned = lane->roster.npinned;
  if (pinned && pinned == lane->roster.nlive)
    return dusq_error_new(DUSQ_E_QUEUE_TIMEOUT, NULL, 0, "no worker became free in time: sessions hold all %u", pinned);
  return dusq__error_static(DUSQ_E_QUEUE_TIMEOUT);
}

static void fired(dusq__timer *timer)
{
  dusq__lane *lane = (dusq__lane *)((char *)timer - offsetof(dusq__lane, expiry.timer));
  dusq__home *home = lane->setup->home;
  dusq__request *list = NULL, **end = &list;
  pthread_mutex_lock(&lane->mtx);
  int64_t now = dusq__now();
  dusq__prefetch_return_all_locked(lane, false);
  while (lane->queue.first && expires_at(lane->queue.first, &lane->setup->options) <= now) {
    dusq__request *one = lane->queue.first;
    dusq__request_remove_locked(one);
    *end = one;
    end = &one->wait.next;
  }
  *end = NULL;
  dusq_error *error = list ? error_locked(lane) : NULL;
  lane->expiry.armed = false;
  dusq__expiry_watch_locked(lane);
  pthread_mutex_unlock(&lane->mtx);
  dusq__request_fail_list(list, error);
  dusq__home_unref(home);
}

void dusq__expiry_init(dusq__lane *lane)
{
  lane->expiry.timer.fire = fired;
}

void dusq__expiry_off(dusq__lane *lane)
{
  dusq__home *home = lane->setup->home;
  pthread_mutex_lock(&lane->mtx);
  bool was = lane->expiry.armed && dusq__timer_disarm(home, &lane->expiry.timer);
  lane->expiry.armed = lane->expiry.armed && !was;
  pthread_mutex_unlock(&lane->mtx);
  if (was)
    dusq__home_unref(home);
}
