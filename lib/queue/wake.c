/* wake.c - see wake.h. */
#include "queue/wake.h"
#include "base/clock.h"
#include "queue/expiry.h"
#include "queue/prefetch.h"

enum {
  WATCH_NS = 250000,      /* first look of the watchdog after this time ...                                     */
  MAX_WATCH_NS = 1000000, /* ... and less often, up to this, while all is well                                  */
  STUCK_NS = 250000,      /* the least that a worker has been away when the watchdog finds it at the same share */
  NEAR_NS = 150000        /* a quicker server has no network in between                                         */
};

/* ---- the watchdog ------------------------------------------------------------------------------------------------ */

void dusq__watchdog_arm_locked(dusq__lane *lane, int64_t now)
{
  dusq__watchdog *dog = &lane->watchdog;
  if (dog->armed)
    return;
  bool cheap = dusq__lane_service(lane) < DUSQ__CHEAP_NS;
  int64_t after = cheap && dog->after < DUSQ__OVERDUE_NS ? DUSQ__OVERDUE_NS : dog->after;
  dog->armed = true;
  dog->takes = lane->pace.takes;
  dusq__home_ref(lane->setup->home);
  dusq__timer_arm(lane->setup->home, &dog->timer, now + after);
}

/* The watchdog found that the busy seats keep up (`well`), or that one is stuck. */
static void note_look_locked(dusq__watchdog *dog, bool well)
{
  if (!well)
    dog->after = WATCH_NS;
  else if (dog->after < MAX_WATCH_NS)
    dog->after *= 2;
}

void dusq__watchdog_off(dusq__lane *lane)
{
  dusq__home *home = lane->setup->home;
  pthread_mutex_lock(&lane->mtx);
  bool was = lane->watchdog.armed && dusq__timer_disarm(home, &lane->watchdog.timer);
  lane->watchdog.armed = lane->watchdog.armed && !was;
  pthread_mutex_unlock(&lane->mtx);
  if (was)
    dusq__home_unref(home);
}

/* ---- waking ------------------------------------------------------------------------------------------------------ */

/* Whether the busy seats will have done the work before another one has woken up. */
static bool busy_ones_suffice_locked(const dusq__lane *lane, uint32_t busy, int64_t now)
{
  unsigned service = dusq__lane_service(lane);
  if (!service || now > lane->pace.back_by)
    return false;
  return service < DUSQ__CHEAP_NS || lane->queue.depth * service / busy < DUSQ__WORTH_A_WAKE_NS;
}

bool dusq__wake_is_crowded_locked(const dusq__lane *lane, const dusq__seat *but, int64_t now)
{
  uint64_t service = dusq__lane_service(lane);
  uint32_t busy = dusq__lane_busy(lane), prompt = 0;
  const dusq__request *first = lane->queue.first;
  bool one_does = service < DUSQ__CHEAP_NS && first && first->kind->flags & DUSQ__KIND_PREFETCHED;
  uint32_t enough = one_does ? 1 : lane->pace.enough;
  if (busy > enough)
    service = service * enough / busy; /* measured while they competed for the processors */
  if (enough >= lane->max || !service || service >= NEAR_NS || dusq__lane_quickest(lane) >= NEAR_NS)
    return false; /* there is something in between, such as a proxy on this machine */
  for (uint32_t i = 0; i < lane->max && prompt < enough; i++) {
    const dusq__seat *one = lane->seats[i];
    prompt += one != but && one->standing.state == DUSQ__SEAT_BUSY && now <= one->standing.overdue_at;
  }
  return prompt >= enough;
}

dusq__seat *dusq__wake_idle_locked(dusq__lane *lane, bool any)
{
  dusq__seat **at = &lane->roster.idle;
  while (*at && !(*at)->standing.connected)
    at = &(*at)->standing.idle_next;
  if (!*at && any)
    at = &lane->roster.idle;
  dusq__seat *seat = *at;
  if (!seat)
    return NULL;
  *at = seat->standing.idle_next;
  lane->roster.nidle--;
  seat->standing.state = DUSQ__SEAT_BUSY;
  seat->standing.woken = true;
  lane->roster.coming++;
  return seat;
}

dusq__seat *dusq__wake_one_locked(dusq__lane *lane, int64_t now)
{
  const dusq__roster *roster = &lane->roster;
  if (roster->coming || !lane->queue.first)
    return NULL;
  if (lane->pace.spinning && !lane->queue.first->wait.next) {
    atomic_store_explicit(&lane->pace.came, true, memory_order_relaxed);
    return NULL;
  }
  uint32_t busy = dusq__lane_busy(lane);
  if (busy && (roster->idle || roster->nlive < lane->max) &&
      (busy_ones_suffice_locked(lane, busy, now) || dusq__wake_is_crowded_locked(lane, NULL, now))) {
    dusq__watchdog_arm_locked(lane, now);
    return NULL;
  }
  if (roster->idle)
    return dusq__wake_idle_locked(lane, !roster->nwaiting);
  if (!roster->nwaiting) /* else a seat already waits to try to connect */
    lane->start_locked(lane);
  return NULL;
}

void dusq__wake_return_own(dusq__seat *seat)
{
  if (!dusq__has_prefetched(seat))
    return;
  dusq__lane *lane = seat->lane;
  pthread_mutex_lock(&lane->mtx);
  dusq__prefetch_return_locked(lane, seat);
  dusq__expiry_watch_locked(lane);
  dusq__seat *call = dusq__wake_one_locked(lane, dusq__now());
  pthread_mutex_unlock(&lane->mtx);
  if (call)
    dusq__unpark(&call->parker);
}

static void watchdog_fired(dusq__timer *timer)
{
  dusq__lane *lane = (dusq__lane *)((char *)timer - offsetof(dusq__lane, watchdog.timer));
  dusq__home *home = lane->setup->home;
  dusq__seat *call = NULL;
  pthread_mutex_lock(&lane->mtx);
  dusq__watchdog *dog = &lane->watchdog;
  dog->armed = false;
  size_t queued = lane->queue.depth;
  dusq__prefetch_return_all_locked(lane, true);
  note_look_locked(dog, lane->queue.depth == queued && lane->pace.takes != dog->takes);
  if (lane->queue.depth > queued) { /* these are not quick: no prefetching until the average says so again */
    atomic_store_explicit(&lane->pace.service_ns, STUCK_NS, memory_order_relaxed);
    lane->pace.back_by = 0;
    dusq__expiry_watch_locked(lane);
  }
  if (lane->queue.first) {
    if (lane->pace.takes == dog->takes)
      lane->pace.back_by = 0; /* no seat has taken anything for a while: the busy ones are stuck */
    call = dusq__wake_one_locked(lane, dusq__now());
  }
  if (dusq__prefetch_count_locked(lane))
    dusq__watchdog_arm_locked(lane, dusq__now());
  pthread_mutex_unlock(&lane->mtx);
  if (call)
    dusq__unpark(&call->parker);
  dusq__home_unref(home);
}

void dusq__wake_init(dusq__lane *lane)
{
  lane->watchdog.after = WATCH_NS;
  lane->watchdog.timer.fire = watchdog_fired;
}
