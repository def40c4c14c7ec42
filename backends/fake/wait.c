/* wait.c - the fake's clock, and waiting on it.
 *
 * A worker waits on the condition of its connection, under the fake's mutex.  Whoever changes what it waits for wakes
 * it: the clock's advance, a release, a cut, an interrupt.  A connect has nobody to interrupt it, and looks now and
 * then.                                                                                                              */
#include "state.h"
#include <time.h>

enum { POLL = 5000000 }; /* 5 ms */

int dusq__fake_cond_init(pthread_cond_t *cond)
{
#ifdef __APPLE__
  return pthread_cond_init(cond, NULL);
#else
  pthread_condattr_t attr;
  int rc = pthread_condattr_init(&attr);
  if (rc)
    return rc;
  rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  if (!rc)
    rc = pthread_cond_init(cond, &attr);
  pthread_condattr_destroy(&attr);
  return rc;
#endif
}

int64_t dusq__fake_monotonic(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * DUSQ_SECOND + (int64_t)now.tv_nsec;
}

int64_t dusq__fake_sum(int64_t a, int64_t b)
{
  return a > INT64_MAX - b ? INT64_MAX : a + b;
}

/* Waits for the condition up to a moment of dusq__fake_monotonic; may return early. */
static void sleep_until(pthread_cond_t *cond, pthread_mutex_t *mtx, int64_t moment)
{
  if (moment == INT64_MAX) {
    pthread_cond_wait(cond, mtx);
    return;
  }
#ifdef __APPLE__
  int64_t left = moment - dusq__fake_monotonic();
  if (left < 0)
    left = 0;
  struct timespec rest = {(time_t)(left / DUSQ_SECOND), (long)(left % DUSQ_SECOND)};
  pthread_cond_timedwait_relative_np(cond, mtx, &rest);
#else
  struct timespec until = {(time_t)(moment / DUSQ_SECOND), (long)(moment % DUSQ_SECOND)};
  pthread_cond_timedwait(cond, mtx, &until);
#endif
}

static int64_t now_locked(const dusq_fake *fake)
{
  return fake->manual ? fake->now : dusq__fake_monotonic();
}

static void wake_all_locked(dusq_fake *fake)
{
  for (dusq__fake_conn *conn = fake->conns; conn; conn = conn->next) {
    pthread_cond_signal(&conn->worker.wake);
    pthread_cond_signal(&conn->interrupt.wake);
  }
}

/* ---- a worker waits ---------------------------------------------------------------------------------------------- */
static bool stopped_locked(const dusq__fake_conn *conn, const dusq_stop *stop)
{
  if (!stop)
    return conn->interrupted;
  /* only looks at it: asked under the lock, so that the wake-up cannot come between the question and the sleep */
  return dusq_stop_asked(stop) || (!conn->connected && dusq__fake_monotonic() >= dusq_stop_deadline(stop));
}

/* Waits for the fake's clock to reach `until`, or, when that is INT64_MAX, for a release. */
static dusq__fake_pause wait_locked(dusq__fake_conn *conn, dusq__fake_waiter *waiter, const dusq_stop *stop,
                                    int64_t until, uint32_t flags)
{
  dusq_fake *fake = conn->fake;
  bool mind_stop = !(flags & DUSQ_FAKE_DEAF) && waiter == &conn->worker;
  for (;;) {
    if (conn->broken)
      return DUSQ__FAKE_BROKEN;
    if (mind_stop && stopped_locked(conn, stop))
      return DUSQ__FAKE_STOPPED;
    if (waiter->hanging ? waiter->released : now_locked(fake) >= until)
      return DUSQ__FAKE_OVER;
    int64_t moment = fake->manual || waiter->hanging ? INT64_MAX : until;
    if (!conn->connected && moment > dusq__fake_sum(dusq__fake_monotonic(), POLL))
      moment = dusq__fake_monotonic() + POLL;
    if (mind_stop && stop && dusq_stop_deadline(stop) < moment)
      moment = dusq_stop_deadline(stop); /* of a rollback or reset, at which nobody interrupts */
    sleep_until(&waiter->wake, &fake->mtx, moment);
  }
}

dusq__fake_pause dusq__fake_pause_for(dusq__fake_conn *conn, dusq__fake_waiter *waiter, const dusq_stop *stop,
                                      int64_t delay, uint32_t flags)
{
  dusq_fake *fake = conn->fake;
  pthread_mutex_lock(&fake->mtx);
  dusq__fake_pause ended = DUSQ__FAKE_OVER;
  if (delay > 0 || (flags & DUSQ_FAKE_HANG)) {
    dusq__fake_count_locked(fake, DUSQ_FAKE_WAITING, 1);
    ended = wait_locked(conn, waiter, stop, dusq__fake_sum(now_locked(fake), delay), flags);
    if (ended == DUSQ__FAKE_OVER && (flags & DUSQ_FAKE_HANG)) {
      waiter->hanging = true;
      waiter->released = false;
      dusq__fake_count_locked(fake, DUSQ_FAKE_HANGING, 1);
      ended = wait_locked(conn, waiter, stop, INT64_MAX, flags);
      dusq__fake_count_locked(fake, DUSQ_FAKE_HANGING, -1);
      waiter->hanging = false;
    }
    dusq__fake_count_locked(fake, DUSQ_FAKE_WAITING, -1);
  }
  pthread_mutex_unlock(&fake->mtx);
  return ended;
}

/* ---- a test turns ------------------------------------------------------------------------------------------------ */
dusq_status dusq_fake_clock_manual(dusq_fake *fake)
{
  if (!fake)
    return DUSQ_E_INVAL;
  if (dusq__fake_forked(fake))
    return DUSQ_E_FORKED;
  pthread_mutex_lock(&fake->mtx);
  if (!fake->manual) {
    fake->now = dusq__fake_monotonic(); /* goes on from here, so that waits that have begun keep their ends */
    fake->manual = true;
    wake_all_locked(fake);
  }
  pthread_mutex_unlock(&fake->mtx);
  return DUSQ_OK;
}

dusq_status dusq_fake_clock_advance(dusq_fake *fake, int64_t ns)
{
  if (!fake || ns < 0)
    return DUSQ_E_INVAL;
  if (dusq__fake_forked(fake))
    return DUSQ_E_FORKED;
  pthread_mutex_lock(&fake->mtx);
  bool manual = fake->manual;
  if (manual) {
    fake->now = dusq__fake_sum(fake->now, ns);
    wake_all_locked(fake);
  }
  pthread_mutex_unlock(&fake->mtx);
  return manual ? DUSQ_OK : DUSQ_E_INVAL;
}

static size_t release_locked(dusq__fake_waiter *waiter)
{
  if (!waiter->hanging || waiter->released)
    return 0;
  waiter->released = true;
  pthread_cond_signal(&waiter->wake);
  return 1;
}

size_t dusq_fake_release(dusq_fake *fake)
{
  if (!fake || dusq__fake_forked(fake))
    return 0;
  size_t n = 0;
  pthread_mutex_lock(&fake->mtx);
  for (dusq__fake_conn *conn = fake->conns; conn; conn = conn->next)
    n += release_locked(&conn->worker) + release_locked(&conn->interrupt);
  pthread_mutex_unlock(&fake->mtx);
  return n;
}

size_t dusq_fake_cut(dusq_fake *fake)
{
  if (!fake || dusq__fake_forked(fake))
    return 0;
  size_t n = 0;
  pthread_mutex_lock(&fake->mtx);
  for (dusq__fake_conn *conn = fake->conns; conn; conn = conn->next) {
    if (!conn->broken) {
      dusq__fake_break_locked(conn);
      n++;
    }
  }
  wake_all_locked(fake);
  pthread_mutex_unlock(&fake->mtx);
  return n;
}

/* ---- a test watches ---------------------------------------------------------------------------------------------- */
void dusq__fake_count_locked(dusq_fake *fake, int what, int64_t by)
{
  fake->counts[what] += by;
  if (fake->watchers && by > 0)
    pthread_cond_broadcast(&fake->counted);
}

void dusq__fake_count(dusq_fake *fake, int what, int64_t by)
{
  pthread_mutex_lock(&fake->mtx);
  dusq__fake_count_locked(fake, what, by);
  pthread_mutex_unlock(&fake->mtx);
}

int64_t dusq_fake_count(dusq_fake *fake, int what)
{
  if (!fake || what < 1 || what >= DUSQ__FAKE_COUNTS)
    return -1;
  if (dusq__fake_forked(fake))
    return 0;
  pthread_mutex_lock(&fake->mtx);
  int64_t count = fake->counts[what];
  pthread_mutex_unlock(&fake->mtx);
  return count;
}

dusq_status dusq_fake_wait(dusq_fake *fake, int what, int64_t at_least, int64_t timeout)
{
  if (!fake || what < 1 || what >= DUSQ__FAKE_COUNTS || timeout < 0)
    return DUSQ_E_INVAL;
  if (dusq__fake_forked(fake))
    return DUSQ_E_FORKED;
  int64_t deadline = dusq__fake_sum(dusq__fake_monotonic(), timeout);
  pthread_mutex_lock(&fake->mtx);
  fake->watchers++;
  while (fake->counts[what] < at_least && dusq__fake_monotonic() < deadline)
    sleep_until(&fake->counted, &fake->mtx, deadline);
  fake->watchers--;
  bool reached = fake->counts[what] >= at_least;
  pthread_mutex_unlock(&fake->mtx);
  return reached ? DUSQ_OK : DUSQ_E_TIMEDOUT;
}
