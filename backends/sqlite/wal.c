/* wal.c - keeping the write-ahead log small while somebody always reads.
 *
 * SQLite's own checkpoints copy the log into the database, but a log is begun anew only in a moment in which nobody
 * reads from it.  Readers that overlap for ever never leave one, and the log grows.  So once it is twice as large as
 * wal_autocheckpoint wants it, the connection that is about to write holds back the pool's new snapshots, lets those
 * that are open end, and empties it.  (A share of reads ends its snapshot between two of them; see batch.c.)
 *
 * It waits for a bounded time only.  A read that takes longer, or a transaction that stays open, costs that time once
 * and not each time.  The worker's thread.                                                                           */
#include "internal.h"

enum { LOOK_AGAIN = 10 * 1000000 /* ns */, FRAME_HEADER = 24, AS_LARGE = 2, REST = 16 /* times what was waited */ };
static const int64_t PATIENCE = 2 * INT64_C(1000000000); /* ns */

void dusq__sqlite_mark_log(dusq__sqlite_conn *conn, int64_t page_size)
{
  const dusq__sqlite *instance = conn->instance;
  conn->log_mark = 0;
  if (!instance->memory && !instance->read_only && page_size > 0)
    conn->log_mark = dusq_params_int(instance->params, "wal_autocheckpoint") * (page_size + FRAME_HEADER) * AS_LARGE;
}

/* The file's size; its content never is larger. */
static int64_t log_size(dusq__sqlite_conn *conn)
{
  sqlite3_file *log = NULL;
  sqlite3_int64 size = 0;
  if (sqlite3_file_control(conn->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK || !log ||
      !log->pMethods || log->pMethods->xFileSize(log, &size) != SQLITE_OK)
    return 0;
  return size;
}

static int64_t patience(const dusq__sqlite *instance)
{
  int64_t half = instance->busy_timeout / 2; /* others wait for this one */
  return half < PATIENCE ? half : PATIENCE;
}

static void hold_readers(dusq__sqlite *instance, bool hold)
{
  pthread_mutex_lock(&instance->mtx);
  atomic_store_explicit(&instance->trimming, hold, memory_order_relaxed);
  if (!hold)
    pthread_cond_broadcast(&instance->cond);
  pthread_mutex_unlock(&instance->mtx);
}

static void empty_log(dusq__sqlite_conn *conn, int64_t began)
{
  dusq__sqlite *instance = conn->instance;
  hold_readers(instance, true);
  conn->trimming = true;
  conn->busy_until = dusq__sqlite_later(began, patience(instance));
  int rc = sqlite3_wal_checkpoint_v2(conn->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  conn->busy_until = 0;
  conn->trimming = false;
  hold_readers(instance, false);
  int64_t ended = dusq__sqlite_now();
  instance->trim_after = rc == SQLITE_OK ? 0 : dusq__sqlite_later(ended, (ended - began) * REST);
}

void dusq__sqlite_trim_log(dusq__sqlite_conn *conn)
{
  if (!conn->log_mark || log_size(conn) < conn->log_mark || sqlite3_txn_state(conn->db, NULL) != SQLITE_TXN_NONE)
    return;
  int64_t now = dusq__sqlite_now();
  if (now >= conn->instance->trim_after)
    empty_log(conn, now);
}

void dusq__sqlite_await_trim(dusq__sqlite_conn *conn)
{
  dusq__sqlite *instance = conn->instance;
  if (sqlite3_txn_state(conn->db, NULL) != SQLITE_TXN_NONE) /* it is waited for */
    return;
  int64_t until = dusq__sqlite_later(dusq__sqlite_now(), patience(instance));
  while (atomic_load_explicit(&instance->trimming, memory_order_relaxed) && !conn->given_up(conn) &&
         dusq__sqlite_now() < until) {
    pthread_mutex_lock(&instance->mtx);
    if (atomic_load_explicit(&instance->trimming, memory_order_relaxed))
      dusq__sqlite_sleep_locked(instance, LOOK_AGAIN);
    pthread_mutex_unlock(&instance->mtx);
  }
}
