/* gate.c - the writers of a database, and without WAL its readers, inside one process.  See internal.h.
 *
 * The worker's thread.  A connection is in for as long as a call, or a transaction that is open after one.  It is only
 * a queue before SQLite's own locks: what has not come through here (a job that uses the native handle) meets those.
 */
#include "internal.h"

enum { LOOK_AGAIN = 10 * 1000000 }; /* ns: deadlines pass without anybody calling */

static bool may_enter(const dusq__sqlite_gate *gate, dusq__sqlite_hold held, dusq__sqlite_hold want, uint64_t arrived)
{
  if (gate->writer)
    return false;
  if (want == DUSQ__GATE_SHARED)
    return !gate->writers_waiting || arrived != gate->phase;
  bool inside = held == DUSQ__GATE_SHARED; /* an upgrade: who is in cannot let others go first */
  return gate->readers == (inside ? 1u : 0u) && (!gate->due || inside);
}

static void take_locked(dusq__sqlite_conn *conn, dusq__sqlite_hold want)
{
  dusq__sqlite_gate *gate = &conn->instance->gate;
  if (conn->held == DUSQ__GATE_SHARED)
    gate->readers--;
  if (want == DUSQ__GATE_SHARED)
    gate->readers++;
  else
    gate->writer = true;
  conn->held = want;
}

static void queue_locked(dusq__sqlite_gate *gate, dusq__sqlite_hold want)
{
  if (want == DUSQ__GATE_SHARED)
    gate->readers_waiting++;
  else
    gate->writers_waiting++;
}

static void unqueue_locked(dusq__sqlite *instance, dusq__sqlite_hold want, uint64_t arrived)
{
  dusq__sqlite_gate *gate = &instance->gate;
  if (want == DUSQ__GATE_SHARED) {
    gate->readers_waiting--;
    if (arrived != gate->phase && gate->due)
      gate->due--;
  } else {
    gate->writers_waiting--;
  }
  pthread_cond_broadcast(&instance->cond);
}

/* Enters, or joins the queue. */
static bool try_first(dusq__sqlite_conn *conn, dusq__sqlite_hold want, uint64_t *arrived)
{
  dusq__sqlite *instance = conn->instance;
  pthread_mutex_lock(&instance->mtx);
  *arrived = instance->gate.phase;
  bool in = may_enter(&instance->gate, conn->held, want, *arrived);
  if (in)
    take_locked(conn, want);
  else
    queue_locked(&instance->gate, want);
  conn->seen = dusq__sqlite_signals(conn);
  pthread_mutex_unlock(&instance->mtx);
  return in;
}

/* Enters or sleeps a little; with `last`, enters or goes away. */
static bool try_again(dusq__sqlite_conn *conn, dusq__sqlite_hold want, uint64_t arrived, bool last)
{
  dusq__sqlite *instance = conn->instance;
  pthread_mutex_lock(&instance->mtx);
  bool in = may_enter(&instance->gate, conn->held, want, arrived);
  if (!in && !last && dusq__sqlite_signals(conn) == conn->seen) {
    dusq__sqlite_sleep_locked(instance, LOOK_AGAIN);
    in = may_enter(&instance->gate, conn->held, want, arrived);
  }
  if (in || last)
    unqueue_locked(instance, want, arrived);
  if (in)
    take_locked(conn, want);
  conn->seen = dusq__sqlite_signals(conn);
  pthread_mutex_unlock(&instance->mtx);
  return in;
}

static int enter_gate(dusq__sqlite_conn *conn, dusq__sqlite_hold want)
{
  uint64_t arrived;
  if (try_first(conn, want, &arrived))
    return SQLITE_OK;
  int64_t until = dusq__sqlite_later(dusq__sqlite_now(), conn->instance->busy_timeout);
  for (;;) {
    bool last = conn->given_up(conn) || dusq__sqlite_now() >= until;
    if (try_again(conn, want, arrived, last))
      return SQLITE_OK;
    if (last)
      return SQLITE_BUSY;
  }
}

int dusq__sqlite_enter(dusq__sqlite_conn *conn, dusq__sqlite_hold want)
{
  bool gated = atomic_load_explicit(&conn->instance->gated, memory_order_relaxed);
  if (conn->held >= want)
    return SQLITE_OK;
  if (!gated && want == DUSQ__GATE_SHARED) { /* with WAL, readers are in nobody's way, but for the log */
    if (atomic_load_explicit(&conn->instance->trimming, memory_order_relaxed))
      dusq__sqlite_await_trim(conn);
    return SQLITE_OK;
  }
  int rc = enter_gate(conn, want);
  if (rc == SQLITE_OK && !gated)
    dusq__sqlite_trim_log(conn);
  return rc;
}

void dusq__sqlite_leave(dusq__sqlite_conn *conn)
{
  if (conn->held == DUSQ__GATE_OUT || (conn->db && !sqlite3_get_autocommit(conn->db)))
    return;
  dusq__sqlite *instance = conn->instance;
  dusq__sqlite_gate *gate = &instance->gate;
  pthread_mutex_lock(&instance->mtx);
  if (conn->held == DUSQ__GATE_SHARED) {
    gate->readers--;
  } else {
    gate->writer = false;
    gate->phase++;
    gate->due = gate->readers_waiting;
  }
  conn->held = DUSQ__GATE_OUT;
  if (gate->readers_waiting || gate->writers_waiting)
    pthread_cond_broadcast(&instance->cond);
  pthread_mutex_unlock(&instance->mtx);
}
