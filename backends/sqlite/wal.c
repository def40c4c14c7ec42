/* wal.c - see wal.h. */
#include "wal.h"
#include "clock.h"
#include "connection.h"

enum { LOOK_AGAIN = 10 * 1000000 /* ns */, FRAME_HEADER = 24, AS_LARGE = 2, REST = 16 /* times the time waited */ };
enum { PASS = 7 /* writes between two looks at the log */, LEAST_GROWTH = 256 /* that part of the limit, a write */ };
static const int64_t LONGEST_WAIT = 2 * INT64_C(1000000000); /* ns */

void dusq__sqlite_set_log_limit(dusq__sqlite_conn *conn, int64_t page_size)
{
  const dusq__sqlite_config *config = &conn->instance->config;
  conn->log_limit = 0;
  if (!config->memory && !config->read_only && page_size > 0)
    conn->log_limit = dusq_params_int(config->params, "wal_autocheckpoint") * (page_size + FRAME_HEADER) * AS_LARGE;
}

/* The size of the file, which is at least that of its content. */
static int64_t log_size(dusq__sqlite_conn *conn)
{
  sqlite3_file *log = NULL;
  sqlite3_int64 size = 0;
  if (sqlite3_file_control(conn->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK || !log ||
      !log->pMethods || log->pMethods->xFileSize(log, &size) != SQLITE_OK)
    return 0;
  return size;
}

/* How many writes may pass until the next look: in four times as many of them, as large as those since the last look,
 * the log does not reach its limit.                                                                                */
static int writes_to_pass(const dusq__sqlite_log *log, int64_t limit, int64_t size)
{
  int64_t growth = (size - log->size) / (log->passed + 1), least = limit / LEAST_GROWTH;
  int64_t writes = (limit - size) / 4 / (growth > least ? growth : least);
  return writes < PASS ? (int)writes : PASS;
}

/* Whether the log is too large.  It costs two calls into the file's driver, so not every write looks. */
static bool is_too_large(dusq__sqlite_conn *conn)
{
  dusq__sqlite_log *log = &conn->instance->log;
  if (log->to_pass > 0) {
    log->to_pass--;
    return false;
  }
  int64_t size = log_size(conn);
  if (size >= conn->log_limit)
    return true;
  log->passed = log->to_pass = writes_to_pass(log, conn->log_limit, size);
  log->size = size;
  return false;
}

static int64_t longest_wait(const dusq__sqlite_instance *instance)
{
  int64_t half = instance->config.busy_timeout / 2; /* other connections wait for this one */
  return half < LONGEST_WAIT ? half : LONGEST_WAIT;
}

static void hold_readers(dusq__sqlite_instance *instance, bool hold)
{
  pthread_mutex_lock(&instance->monitor.mtx);
  atomic_store_explicit(&instance->log.truncating, hold, memory_order_relaxed);
  if (!hold)
    pthread_cond_broadcast(&instance->monitor.cond);
  pthread_mutex_unlock(&instance->monitor.mtx);
}

static void empty_log(dusq__sqlite_conn *conn, int64_t began)
{
  dusq__sqlite_instance *instance = conn->instance;
  hold_readers(instance, true);
  conn->call.truncating = true;
  conn->call.busy_until = dusq__sqlite_later(began, longest_wait(instance));
  int rc = sqlite3_wal_checkpoint_v2(conn->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  conn->call.busy_until = 0;
  conn->call.truncating = false;
  hold_readers(instance, false);
  int64_t ended = dusq__sqlite_now();
  instance->log.retry_after = rc == SQLITE_OK ? 0 : dusq__sqlite_later(ended, (ended - began) * REST);
}

void dusq__sqlite_truncate_log(dusq__sqlite_conn *conn)
{
  if (!conn->log_limit || !is_too_large(conn) || sqlite3_txn_state(conn->db, NULL) != SQLITE_TXN_NONE)
    return;
  int64_t now = dusq__sqlite_now();
  if (now >= conn->instance->log.retry_after)
    empty_log(conn, now);
}

void dusq__sqlite_await_truncate(dusq__sqlite_conn *conn)
{
  dusq__sqlite_instance *instance = conn->instance;
  if (sqlite3_txn_state(conn->db, NULL) != SQLITE_TXN_NONE) /* the writer waits for this transaction */
    return;
  int64_t until = dusq__sqlite_later(dusq__sqlite_now(), longest_wait(instance));
  while (atomic_load_explicit(&instance->log.truncating, memory_order_relaxed) && !conn->call.given_up(conn) &&
         dusq__sqlite_now() < until) {
    pthread_mutex_lock(&instance->monitor.mtx);
    if (atomic_load_explicit(&instance->log.truncating, memory_order_relaxed))
      dusq__sqlite_sleep_locked(&instance->monitor, LOOK_AGAIN);
    pthread_mutex_unlock(&instance->monitor.mtx);
  }
}
