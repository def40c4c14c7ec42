/* busy.c - see busy.h. */
#include "busy.h"
#include "clock.h"
#include "connection.h"

enum { STEPS_BETWEEN_CHECKS = 1000, MS = 1000000 };

/* ---- the call in progress ---------------------------------------------------------------------------------------- */

static bool stopped(dusq__sqlite_conn *conn)
{
  return dusq_stop_asked(conn->call.stop);
}

uint64_t dusq__sqlite_interrupts(dusq__sqlite_conn *conn)
{
  return atomic_load_explicit(&conn->interrupts, memory_order_relaxed);
}

/* For calls without a stop, which are preparing and a job's use of the native handle: any interrupt ends the wait. */
static bool interrupted(dusq__sqlite_conn *conn)
{
  return dusq__sqlite_interrupts(conn) != conn->call.began;
}

void dusq__sqlite_set_stop(dusq__sqlite_conn *conn, const dusq_stop *stop)
{
  conn->call.stop = stop;
  conn->call.given_up = stop ? stopped : interrupted;
  conn->call.busy_until = 0;
  conn->call.began = dusq__sqlite_interrupts(conn);
}

void dusq__sqlite_set_batch_stop(dusq__sqlite_conn *conn, struct dusq__sqlite_batch *batch,
                                 bool (*given_up)(dusq__sqlite_conn *conn))
{
  conn->call.stop = NULL;
  conn->call.batch = batch;
  conn->call.given_up = given_up;
  conn->call.busy_until = 0;
}

void dusq__sqlite_clear_stop(dusq__sqlite_conn *conn)
{
  dusq__sqlite_set_stop(conn, NULL);
  conn->call.batch = NULL;
}

void dusq__sqlite_interrupt(void *arg)
{
  dusq__sqlite_conn *conn = arg;
  dusq__sqlite_instance *instance = conn->instance;
  pthread_mutex_lock(&instance->monitor.mtx);
  atomic_fetch_add_explicit(&conn->interrupts, 1, memory_order_relaxed);
  pthread_cond_broadcast(&instance->monitor.cond);
  pthread_mutex_unlock(&instance->monitor.mtx);
}

/* ---- the handlers ------------------------------------------------------------------------------------------------ */

/* 1 ms at first, because most locks are held for less; then longer, because each attempt slows the holder down. */
static int64_t step(int count)
{
  return count < 5 ? 1 * MS : count < 20 ? 3 * MS : 10 * MS;
}

static int busy(void *arg, int count)
{
  dusq__sqlite_conn *conn = arg;
  dusq__sqlite_instance *instance = conn->instance;
  int64_t now = dusq__sqlite_now();
  if (!conn->call.truncating && (!count || !conn->call.busy_until))
    conn->call.busy_until = dusq__sqlite_later(now, instance->config.busy_timeout);
  uint64_t seen = dusq__sqlite_interrupts(conn);
  if (now >= conn->call.busy_until || conn->call.given_up(conn))
    return 0;
  int64_t rest = conn->call.busy_until - now, pause = conn->call.truncating ? 1 * MS : step(count);
  pthread_mutex_lock(&instance->monitor.mtx);
  if (dusq__sqlite_interrupts(conn) == seen)
    dusq__sqlite_sleep_locked(&instance->monitor, rest < pause ? rest : pause);
  pthread_mutex_unlock(&instance->monitor.mtx);
  return !conn->call.given_up(conn);
}

/* SQLite calls the handler once more after a statement has committed itself, and a stop then would report the statement
 * as interrupted.  So a statement that writes is stopped only while a transaction is open.                           */
static int progress(void *arg)
{
  dusq__sqlite_conn *conn = arg;
  if (conn->call.controlling)
    return 0;
  bool asked = conn->call.stop ? dusq_stop_asked(conn->call.stop)
                               : conn->call.given_up == interrupted && interrupted(conn);
  return asked && (conn->call.reading || sqlite3_txn_state(conn->db, NULL) != SQLITE_TXN_NONE);
}

void dusq__sqlite_install_handlers(dusq__sqlite_conn *conn)
{
  sqlite3_busy_handler(conn->db, busy, conn);
  sqlite3_progress_handler(conn->db, STEPS_BETWEEN_CHECKS, progress, conn);
}
