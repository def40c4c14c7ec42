/* pause.c - see pause.h. */
#include "pause.h"
#include "clock.h"
#include "fork.h"

enum { POLL = 5000000 }; /* 5 ms */

static int64_t now_locked(const dusq_fake *fake)
{
  return fake->manual ? fake->now : dusq__fake_monotonic();
}

/* ---- waiting in a worker ----------------------------------------------------------------------------------------- */

static bool stopped_locked(const dusq__fake_conn *conn, const dusq_stop *stop)
{
  if (!stop)
    return conn->state.interrupted;
  /* Only reads the stop.  Under the lock, so that the wake-up cannot come between the check and the sleep. */
  return dusq_stop_asked(stop) || (!conn->state.connected && dusq__fake_monotonic() >= dusq_stop_deadline(stop));
}

/* Waits for the fake's clock to reach `until`; if that is INT64_MAX, for a release. */
static dusq__fake_pause wait_locked(dusq__fake_conn *conn, dusq__fake_waiter *waiter, const dusq_stop *stop,
                                    int64_t until, uint32_t flags)
{
  dusq_fake *fake = conn->fake;
  bool mind_stop = !(flags & DUSQ_FAKE_DEAF) && waiter == &conn->worker;
  for (;;) {
    if (conn->state.broken)
      return DUSQ__FAKE_BROKEN;
    if (mind_stop && stopped_locked(conn, stop))
      return DUSQ__FAKE_STOPPED;
    if (waiter->hanging ? waiter->released : now_locked(fake) >= until)
      return DUSQ__FAKE_OVER;
    int64_t moment = fake->manual || waiter->hanging ? INT64_MAX : until;
    if (!conn->state.connected && moment > dusq__fake_sum(dusq__fake_monotonic(), POLL))
      moment = dusq__fake_monotonic() + POLL;
    if (mind_stop && stop && dusq_stop_deadline(stop) < moment)
      moment = dusq_stop_deadline(stop); /* of a rollback or reset, which no interrupt ends */
    dusq__fake_sleep_until(&waiter->wake, &fake->mtx, moment);
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

/* ---- ending waits, in a test ------------------------------------------------------------------------------------- */

static void wake_all_locked(dusq_fake *fake)
{
  for (dusq__fake_conn *conn = fake->conns; conn; conn = conn->next) {
    pthread_cond_signal(&conn->worker.wake);
    pthread_cond_signal(&conn->interrupt.wake);
  }
}

dusq_status dusq_fake_clock_manual(dusq_fake *fake)
{
  if (!fake)
    return DUSQ_E_INVAL;
  if (dusq__fake_forked(fake->generation))
    return DUSQ_E_FORKED;
  pthread_mutex_lock(&fake->mtx);
  if (!fake->manual) {
    fake->now = dusq__fake_monotonic(); /* goes on from the real time, so that waits that have begun keep their ends */
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
  if (dusq__fake_forked(fake->generation))
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
  if (!fake || dusq__fake_forked(fake->generation))
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
  if (!fake || dusq__fake_forked(fake->generation))
    return 0;
  size_t n = 0;
  pthread_mutex_lock(&fake->mtx);
  for (dusq__fake_conn *conn = fake->conns; conn; conn = conn->next) {
    if (!conn->state.broken) {
      dusq__fake_break_locked(conn);
      n++;
    }
  }
  wake_all_locked(fake);
  pthread_mutex_unlock(&fake->mtx);
  return n;
}
