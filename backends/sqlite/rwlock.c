/* rwlock.c - see rwlock.h. */
#include "rwlock.h"
#include "busy.h"
#include "clock.h"
#include "connection.h"
#include "wal.h"

enum { LOOK_AGAIN = 10 * 1000000 }; /* ns: nothing wakes a wait at its deadline */

static bool may_lock(const dusq__sqlite_rwlock *lock, dusq__sqlite_lock_mode held, dusq__sqlite_lock_mode want,
                     uint64_t arrived)
{
  if (lock->writer)
    return false;
  if (want == DUSQ__SQLITE_SHARED)
    return !lock->writers_waiting || arrived != lock->phase;
  bool inside = held == DUSQ__SQLITE_SHARED; /* an upgrade, which cannot let other writers go first */
  return lock->readers == (inside ? 1u : 0u) && (!lock->due || inside);
}

static void take_locked(dusq__sqlite_conn *conn, dusq__sqlite_lock_mode want)
{
  dusq__sqlite_rwlock *lock = &conn->instance->rwlock;
  if (conn->lock.held == DUSQ__SQLITE_SHARED)
    lock->readers--;
  if (want == DUSQ__SQLITE_SHARED)
    lock->readers++;
  else
    lock->writer = true;
  conn->lock.held = want;
}

static void queue_locked(dusq__sqlite_rwlock *lock, dusq__sqlite_lock_mode want)
{
  if (want == DUSQ__SQLITE_SHARED)
    lock->readers_waiting++;
  else
    lock->writers_waiting++;
}

static void unqueue_locked(dusq__sqlite_instance *instance, dusq__sqlite_lock_mode want, uint64_t arrived)
{
  dusq__sqlite_rwlock *lock = &instance->rwlock;
  if (want == DUSQ__SQLITE_SHARED) {
    lock->readers_waiting--;
    if (arrived != lock->phase && lock->due)
      lock->due--;
  } else {
    lock->writers_waiting--;
  }
  pthread_cond_broadcast(&instance->monitor.cond);
}

/* Takes the lock, or joins the queue. */
static bool try_first(dusq__sqlite_conn *conn, dusq__sqlite_lock_mode want, uint64_t *arrived)
{
  dusq__sqlite_instance *instance = conn->instance;
  pthread_mutex_lock(&instance->monitor.mtx);
  *arrived = instance->rwlock.phase;
  bool taken = may_lock(&instance->rwlock, conn->lock.held, want, *arrived);
  if (taken)
    take_locked(conn, want);
  else
    queue_locked(&instance->rwlock, want);
  conn->lock.seen = dusq__sqlite_interrupts(conn);
  pthread_mutex_unlock(&instance->monitor.mtx);
  return taken;
}

/* Takes the lock or sleeps a little; with `last`, takes it or leaves the queue. */
static bool try_again(dusq__sqlite_conn *conn, dusq__sqlite_lock_mode want, uint64_t arrived, bool last)
{
  dusq__sqlite_instance *instance = conn->instance;
  pthread_mutex_lock(&instance->monitor.mtx);
  bool taken = may_lock(&instance->rwlock, conn->lock.held, want, arrived);
  if (!taken && !last && dusq__sqlite_interrupts(conn) == conn->lock.seen) {
    dusq__sqlite_sleep_locked(&instance->monitor, LOOK_AGAIN);
    taken = may_lock(&instance->rwlock, conn->lock.held, want, arrived);
  }
  if (taken || last)
    unqueue_locked(instance, want, arrived);
  if (taken)
    take_locked(conn, want);
  conn->lock.seen = dusq__sqlite_interrupts(conn);
  pthread_mutex_unlock(&instance->monitor.mtx);
  return taken;
}

static int wait_for_lock(dusq__sqlite_conn *conn, dusq__sqlite_lock_mode want)
{
  uint64_t arrived;
  if (try_first(conn, want, &arrived))
    return SQLITE_OK;
  int64_t until = dusq__sqlite_later(dusq__sqlite_now(), conn->instance->config.busy_timeout);
  for (;;) {
    bool last = conn->call.given_up(conn) || dusq__sqlite_now() >= until;
    if (try_again(conn, want, arrived, last))
      return SQLITE_OK;
    if (last)
      return SQLITE_BUSY;
  }
}

int dusq__sqlite_lock(dusq__sqlite_conn *conn, dusq__sqlite_lock_mode want)
{
  bool readers_lock = atomic_load_explicit(&conn->instance->locks_readers, memory_order_relaxed);
  if (conn->lock.held >= want) /* inside a transaction */
    return want == DUSQ__SQLITE_EXCLUSIVE && dusq__sqlite_has_moved(conn) ? SQLITE_READONLY_DBMOVED : SQLITE_OK;
  if (!readers_lock && want == DUSQ__SQLITE_SHARED) { /* with WAL, readers block only the emptying of the log */
    if (atomic_load_explicit(&conn->instance->log.truncating, memory_order_relaxed))
      dusq__sqlite_await_truncate(conn);
    return SQLITE_OK;
  }
  int rc = wait_for_lock(conn, want);
  if (rc == SQLITE_OK && want == DUSQ__SQLITE_EXCLUSIVE && dusq__sqlite_has_moved(conn))
    return SQLITE_READONLY_DBMOVED;
  if (rc == SQLITE_OK && !readers_lock)
    dusq__sqlite_truncate_log(conn);
  return rc;
}

void dusq__sqlite_unlock(dusq__sqlite_conn *conn)
{
  if (conn->lock.held == DUSQ__SQLITE_UNLOCKED || (conn->db && !sqlite3_get_autocommit(conn->db)))
    return;
  dusq__sqlite_instance *instance = conn->instance;
  dusq__sqlite_rwlock *lock = &instance->rwlock;
  pthread_mutex_lock(&instance->monitor.mtx);
  if (conn->lock.held == DUSQ__SQLITE_SHARED) {
    lock->readers--;
  } else {
    lock->writer = false;
    lock->phase++;
    lock->due = lock->readers_waiting;
  }
  conn->lock.held = DUSQ__SQLITE_UNLOCKED;
  if (lock->readers_waiting || lock->writers_waiting)
    pthread_cond_broadcast(&instance->monitor.cond);
  pthread_mutex_unlock(&instance->monitor.mtx);
}
