/* close.c - ending connections.  The worker's thread.
 *
 * Its own statements (`controls`; what the pool prepared has been released) are finalized here; for what a job has left
 * see left.c.
 *
 * The connection to a file that is the last one copies the write-ahead log into it and removes the log, if nobody else
 * has the file open in that moment.  Two that close at the same time would each find the other one still there, so the
 * connections of a pool close one at a time; and for another pool, or process, that closes at the same time, the last
 * one looks again afterwards.                                                                                        */
#include "internal.h"
#include <stdlib.h>
#include <unistd.h>

enum { LOOK_AGAIN = 10 * 1000000 /* ns */, MS = 1000000, TRIES = 5 };

/* ---- closing -------------------------------------------------------------------------------------------------- */

static void close_database(dusq__sqlite_conn *conn)
{
  sqlite3 *db = conn->db;
  if (conn->lent)
    dusq__sqlite_rewind(db);
  if (!sqlite3_get_autocommit(db))
    (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
  for (size_t i = 0; i < DUSQ__SQLITE_CONTROLS; i++)
    sqlite3_finalize(conn->controls[i]);
  if (sqlite3_close(db) == SQLITE_OK)
    return;
  if (conn->lent && dusq__sqlite_close_left(db))
    return;
  sqlite3_close_v2(db); /* what a job still holds, a blob or a backup, ends it when it ends */
}

/* ---- the last one ---------------------------------------------------------------------------------------------- */

static void take_turn(dusq__sqlite *instance)
{
  pthread_mutex_lock(&instance->mtx);
  while (instance->closing)
    dusq__sqlite_sleep_locked(instance, LOOK_AGAIN);
  instance->closing = true;
  pthread_mutex_unlock(&instance->mtx);
}

static void give_turn(dusq__sqlite *instance)
{
  pthread_mutex_lock(&instance->mtx);
  instance->closing = false;
  pthread_cond_broadcast(&instance->cond);
  pthread_mutex_unlock(&instance->mtx);
}

static bool log_is_there(const dusq__sqlite *instance)
{
  char *name = sqlite3_mprintf("%s-wal", instance->target);
  bool there = name && access(name, F_OK) == 0; /* not opened: see connect.c */
  sqlite3_free(name);
  return there;
}

/* A connection that reads, and closes. */
static void close_again(const dusq__sqlite *instance)
{
  sqlite3 *db = NULL;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(instance->target, &db, flags, NULL) == SQLITE_OK)
    (void)sqlite3_exec(db, "PRAGMA schema_version", NULL, NULL, NULL);
  sqlite3_close(db);
}

/* Others may have the file open for long: the log is theirs then. */
static void remove_log(dusq__sqlite *instance)
{
  for (int i = 0; i < TRIES && log_is_there(instance); i++) {
    unsigned char chance;
    sqlite3_randomness(sizeof chance, &chance);
    pthread_mutex_lock(&instance->mtx);
    if (i)
      dusq__sqlite_sleep_locked(instance, ((int64_t)MS << i) * (chance + 256) / 512); /* two in step would go on so */
    pthread_mutex_unlock(&instance->mtx);
    close_again(instance);
  }
}

void dusq__sqlite_disconnect(void *arg)
{
  dusq__sqlite_conn *conn = arg;
  dusq__sqlite *instance = conn->instance;
  bool file = !instance->memory && conn->db;
  if (conn->db) {
    sqlite3_busy_handler(conn->db, NULL, NULL); /* closing must not wait */
    sqlite3_progress_handler(conn->db, 0, NULL, NULL);
  }
  if (file)
    take_turn(instance);
  if (conn->db)
    close_database(conn);
  conn->db = NULL;
  if (conn->counted && !--instance->connections && !instance->read_only)
    remove_log(instance);
  if (file)
    give_turn(instance);
  dusq__sqlite_leave(conn);
  free(conn->cells);
  free(conn->columns);
  free(conn->items);
  dusq__sqlite_drop(instance);
  free(conn);
}
