/* park.c - see park.h. */
#if defined(__linux__)
#define _GNU_SOURCE /* syscall */
#endif
#include "base/park.h"
#include "base/clock.h"
#include "base/sync.h"

#ifdef DUSQ__FUTEX
#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { IDLE = 0, PARKED = 1, WOKEN = 2 };

void dusq__parker_init(dusq__parker *parker)
{
  atomic_init(&parker->word, IDLE);
}

void dusq__parker_fini(dusq__parker *parker)
{
  (void)parker;
}

bool dusq__park(dusq__parker *parker, int64_t deadline)
{
  uint32_t expected = IDLE;
  if (!atomic_compare_exchange_strong(&parker->word, &expected, PARKED)) {
    atomic_store(&parker->word, IDLE); /* it was WOKEN */
    return true;
  }
  struct timespec until = dusq__timespec(deadline);
  for (;;) {
    long rc = syscall(SYS_futex, &parker->word, FUTEX_WAIT_BITSET_PRIVATE, PARKED,
                      deadline == INT64_MAX ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
    bool late = rc == -1 && errno == ETIMEDOUT;
    expected = WOKEN;
    if (atomic_compare_exchange_strong(&parker->word, &expected, IDLE))
      return true;
    expected = PARKED;
    if (late && atomic_compare_exchange_strong(&parker->word, &expected, IDLE))
      return false;
  }
}

void dusq__unpark(dusq__parker *parker)
{
  if (atomic_exchange(&parker->word, WOKEN) == PARKED)
    syscall(SYS_futex, &parker->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

bool dusq__is_called(dusq__parker *parker)
{
  return atomic_load_explicit(&parker->word, memory_order_relaxed) == WOKEN;
}

#else

void dusq__parker_init(dusq__parker *parker)
{
  pthread_mutex_init(&parker->mtx, NULL);
  dusq__cond_init(&parker->cond);
  parker->woken = false;
}

void dusq__parker_fini(dusq__parker *parker)
{
  pthread_cond_destroy(&parker->cond);
  pthread_mutex_destroy(&parker->mtx);
}

bool dusq__park(dusq__parker *parker, int64_t deadline)
{
  pthread_mutex_lock(&parker->mtx);
  while (!parker->woken && dusq__cond_wait_until(&parker->cond, &parker->mtx, deadline))
    ;
  bool woken = parker->woken;
  parker->woken = false;
  pthread_mutex_unlock(&parker->mtx);
  return woken;
}

void dusq__unpark(dusq__parker *parker)
{
  pthread_mutex_lock(&parker->mtx);
  parker->woken = true;
  pthread_cond_signal(&parker->cond); /* under the lock: the sleeper may destroy the parker right after it */
  pthread_mutex_unlock(&parker->mtx);
}

bool dusq__is_called(dusq__parker *parker)
{
  pthread_mutex_lock(&parker->mtx);
  bool called = parker->woken;
  pthread_mutex_unlock(&parker->mtx);
  return called;
}
#endif
