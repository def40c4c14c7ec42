/* counts.c - see counts.h. */
#include "counts.h"
#include "clock.h"
#include "fake.h"
#include "fork.h"

void dusq__fake_count_locked(dusq_fake *fake, int what, int64_t by)
{
  fake->counts.count[what] += by;
  if (fake->counts.watchers && by > 0)
    pthread_cond_broadcast(&fake->counts.grown);
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
  if (dusq__fake_forked(fake->generation))
    return 0;
  pthread_mutex_lock(&fake->mtx);
  int64_t count = fake->counts.count[what];
  pthread_mutex_unlock(&fake->mtx);
  return count;
}

dusq_status dusq_fake_wait(dusq_fake *fake, int what, int64_t at_least, int64_t timeout)
{
  if (!fake || what < 1 || what >= DUSQ__FAKE_COUNTS || timeout < 0)
    return DUSQ_E_INVAL;
  if (dusq__fake_forked(fake->generation))
    return DUSQ_E_FORKED;
  int64_t deadline = dusq__fake_sum(dusq__fake_monotonic(), timeout);
  pthread_mutex_lock(&fake->mtx);
  fake->counts.watchers++;
  while (fake->counts.count[what] < at_least && dusq__fake_monotonic() < deadline)
    dusq__fake_sleep_until(&fake->counts.grown, &fake->mtx, deadline);
  fake->counts.watchers--;
  bool reached = fake->counts.count[what] >= at_least;
  pthread_mutex_unlock(&fake->mtx);
  return reached ? DUSQ_OK : DUSQ_E_TIMEDOUT;
}
