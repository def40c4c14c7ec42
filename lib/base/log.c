/* log.c - see log.h. */
#include "base/log.h"
#include "base/utf8.h"
#include <pthread.h>
#include <stdio.h>

enum { LINE_SIZE = 1024 };

static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static dusq__log fallback; /* guarded by: mtx */

/* fork() takes the lock, so that the child inherits neither a lock of a thread that it does not have nor a half-made
 * change.                                                                                                            */
static void before_fork(void)
{
  pthread_mutex_lock(&mtx);
}

static void after_fork(void)
{
  pthread_mutex_unlock(&mtx);
}

static void watch_forks(void)
{
  pthread_atfork(before_fork, after_fork, after_fork);
}

static void lock(void)
{
  pthread_once(&once, watch_forks);
  pthread_mutex_lock(&mtx);
}

void dusq_set_log(dusq_log_fn *fn, void *arg)
{
  lock();
  fallback = (dusq__log){fn, arg};
  pthread_mutex_unlock(&mtx);
}

dusq__log dusq__log_default(void)
{
  lock();
  dusq__log log = fallback;
  pthread_mutex_unlock(&mtx);
  return log;
}

void dusq__vlogf(dusq__log log, int level, const char *subsystem, const char *format, va_list args)
{
  if (!log.fn)
    return;
  char line[LINE_SIZE];
  vsnprintf(line, sizeof line, format, args);
  dusq__utf8_clean_line(line);
  log.fn(level, subsystem, line, log.arg);
}

void dusq__logf(dusq__log log, int level, const char *subsystem, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  dusq__vlogf(log, level, subsystem, format, args);
  va_end(args);
}
