/* busy.c - waiting for locks, and being stopped.
 *
 * SQLite asks in two places whether to go on: in the busy handler, between two tries for a lock, and in the progress
 * handler, while a statement runs.  Both ask the request that is being executed.  sqlite3_interrupt is not used: it
 * does not end a wait for a lock, and can hit the next statement.
 *
 * The worker's thread, but for dusq__sqlite_interrupt, which only counts and wakes.                                 */
#include "internal.h"
#include <time.h>

enum { STEPS_BETWEEN_CHECKS = 1000, NS_PER_SECOND = 1000000000, MS = 1000000 };

int64_t dusq__sqlite_now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

int64_t dusq__sqlite_later(int64_t moment, int64_t timeout)
{
  return timeout > INT64_MAX - moment ? INT64_MAX : moment + timeout;
}

void dusq__sqlite_sleep_locked(dusq__sqlite *instance, int64_t ns)
{
#ifdef __APPLE__
  struct timespec rest = {.tv_sec = (time_t)(ns / NS_PER_SECOND), .tv_nsec = (long)(ns % NS_PER_SECOND)};
  pthread_cond_timedwait_relative_np(&instance->cond, &instance->mtx, &rest);
#else
  int64_t moment = dusq__sqlite_later(dusq__sqlite_now(), ns);
  struct timespec until = {.tv_sec = (time_t)(moment / NS_PER_SECOND), .tv_nsec = (long)(moment % NS_PER_SECOND)};
  pthread_cond_timedwait(&instance->cond, &instance->mtx, &until);
#endif
}

/* ---- what is being executed ------------------------------------------------------------------------------------ */

static bool stopped(dusq__sqlite_conn *conn)
{
  return dusq_stop_asked(conn->stop);
}

/* For what belongs to no stop, preparing and calls with the native handle: an interrupt is meant for them. */
static bool interrupted(dusq__sqlite_conn *conn)
{
  return dusq__sqlite_signals(conn) != conn->began;
}

uint64_t dusq__sqlite_signals(dusq__sqlite_conn *conn)
{
  return atomic_load_explicit(&conn->signals, memory_order_relaxed);
}

void dusq__sqlite_watch(dusq__sqlite_conn *conn, const dusq_stop *stop)
{
  conn->stop = stop;
  conn->given_up = stop ? stopped : interrupted;
  conn->busy_until = 0;
  conn->began = dusq__sqlite_signals(conn);
}

void dusq__sqlite_watch_batch(dusq__sqlite_conn *conn, dusq__sqlite_batch *batch, bool (*given_up)(dusq__sqlite_conn *))
{
  conn->stop = NULL;
  conn->batch = batch;
  conn->given_up = given_up;
  conn->busy_until = 0;
}

void dusq__sqlite_unwatch(dusq__sqlite_conn *conn)
{
  dusq__sqlite_watch(conn, NULL);
  conn->batch = NULL;
}

void dusq__sqlite_interrupt(void *arg)
{
  dusq__sqlite_conn *conn = arg;
  dusq__sqlite *instance = conn->instance;
  pthread_mutex_lock(&instance->mtx);
  atomic_fetch_add_explicit(&conn->signals, 1, memory_order_relaxed);
  pthread_cond_broadcast(&instance->cond);
  pthread_mutex_unlock(&instance->mtx);
}

/* ---- the handlers ---------------------------------------------------------------------------------------------- */

/* 1 ms at first, because most locks are held for less; then longer, because it costs the holder something too. */
static int64_t step(int count)
{
  return count < 5 ? 1 * MS : count < 20 ? 3 * MS : 10 * MS;
}

static int busy(void *arg, int count)
{
  dusq__sqlite_conn *conn = arg;
  dusq__sqlite *instance = conn->instance;
  int64_t now = dusq__sqlite_now();
  if (!conn->trimming && (!count || !conn->busy_until))
    conn->busy_until = dusq__sqlite_later(now, instance->busy_timeout);
  uint64_t seen = dusq__sqlite_signals(conn);
  if (now >= conn->busy_until || conn->given_up(conn))
    return 0;
  int64_t rest = conn->busy_until - now, pause = conn->trimming ? 1 * MS : step(count);
  pthread_mutex_lock(&instance->mtx);
  if (dusq__sqlite_signals(conn) == seen)
    dusq__sqlite_sleep_locked(instance, rest < pause ? rest : pause);
  pthread_mutex_unlock(&instance->mtx);
  return !conn->given_up(conn);
}

/* SQLite asks once more after a statement has committed itself, and would then call it interrupted.  So what writes is
 * stopped only while a transaction is open.                                                                         */
static int progress(void *arg)
{
  dusq__sqlite_conn *conn = arg;
  if (conn->controlling)
    return 0;
  bool asked = conn->stop ? dusq_stop_asked(conn->stop) : conn->given_up == interrupted && interrupted(conn);
  return asked && (conn->reading || sqlite3_txn_state(conn->db, NULL) != SQLITE_TXN_NONE);
}

void dusq__sqlite_install_handlers(dusq__sqlite_conn *conn)
{
  sqlite3_busy_handler(conn->db, busy, conn);
  sqlite3_progress_handler(conn->db, STEPS_BETWEEN_CHECKS, progress, conn);
}
