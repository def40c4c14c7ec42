/* sync.c - see sync.h. */
#if defined(__linux__)
#define _GNU_SOURCE /* pthread_setname_np, PTHREAD_MUTEX_ADAPTIVE_NP */
#endif
#include "base/sync.h"
#include "base/clock.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>

enum { DEFAULT_STACK = 512 * 1024 };

int dusq__cond_init(pthread_cond_t *cond)
{
#ifdef __APPLE__
  return pthread_cond_init(cond, NULL);
#else
  pthread_condattr_t attr;
  int rc = pthread_condattr_init(&attr);
  if (rc)
    return rc;
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  rc = pthread_cond_init(cond, &attr);
  pthread_condattr_destroy(&attr);
  return rc;
#endif
}

bool dusq__cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *mtx, int64_t deadline)
{
  if (deadline == INT64_MAX) {
    pthread_cond_wait(cond, mtx);
    return true;
  }
#ifdef __APPLE__
  int64_t left = deadline - dusq__now();
  if (left <= 0)
    return false;
  struct timespec rest = dusq__timespec(left);
  return pthread_cond_timedwait_relative_np(cond, mtx, &rest) != ETIMEDOUT;
#else
  struct timespec until = dusq__timespec(deadline > 0 ? deadline : 0);
  return pthread_cond_timedwait(cond, mtx, &until) != ETIMEDOUT;
#endif
}

int dusq__mutex_init_busy(pthread_mutex_t *mtx)
{
#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
  pthread_mutexattr_t attr;
  int rc = pthread_mutexattr_init(&attr);
  if (rc)
    return rc;
  pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
  rc = pthread_mutex_init(mtx, &attr);
  pthread_mutexattr_destroy(&attr);
  return rc;
#else
  return pthread_mutex_init(mtx, NULL);
#endif
}

static void *begin(void *arg)
{
  dusq__start given = *(dusq__start *)arg;
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
#if defined(__linux__)
  pthread_setname_np(pthread_self(), given.name);
#endif
  return given.run(given.arg);
}

static int create(pthread_t *thread, size_t stack_size, bool detached, dusq__start *given)
{
  pthread_attr_t attr;
  int rc = pthread_attr_init(&attr);
  if (rc)
    return rc;
  size_t size = stack_size ? stack_size : DEFAULT_STACK;
  if (size < (size_t)PTHREAD_STACK_MIN)
    size = (size_t)PTHREAD_STACK_MIN;
  rc = pthread_attr_setstacksize(&attr, size);
  if (!rc && detached)
    rc = pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  if (!rc) {
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old); /* a new thread inherits the signal mask */
    rc = pthread_create(thread, &attr, begin, given);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
  }
  pthread_attr_destroy(&attr);
  return rc;
}

int dusq__thread_start(dusq__start *start, pthread_t *thread, size_t stack_size)
{
  pthread_t unused;
  return create(thread ? thread : &unused, stack_size, !thread, start);
}
