/* close.c - see close.h. */
#include "close.h"
#include "connection.h"
#include "job_statements.h"
#include <stdlib.h>
#include <unistd.h>

enum { LOOK_AGAIN = 10 * 1000000 /* ns */, MS = 1000000, TRIES = 5 };

/* ---- closing ----------------------------------------------------------------------------------------------------- */

static void close_database(dusq__sqlite_conn *conn)
{
  sqlite3 *db = conn->db;
  if (conn->handle_given)
    dusq__sqlite_reset_running(db);
  if (!sqlite3_get_autocommit(db))
    (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
  dusq__sqlite_finalize_controls(conn); /* statements that the pool prepared have been released before */
  if (sqlite3_close(db) == SQLITE_OK)
    return;
  if (conn->handle_given && dusq__sqlite_close_job_statements(db))
    return;
  sqlite3_close_v2(db); /* SQLite closes it when the job has ended what it still has, a blob or a backup */
}

/* ---- the last connection ----------------------------------------------------------------------------------------- */

static void take_turn(dusq__sqlite_instance *instance)
{
  pthread_mutex_lock(&instance->monitor.mtx);
  while (instance->closing)
    dusq__sqlite_sleep_locked(&instance->monitor, LOOK_AGAIN);
  instance->closing = true;
  pthread_mutex_unlock(&instance->monitor.mtx);
}

static void give_turn(dusq__sqlite_instance *instance)
{
  pthread_mutex_lock(&instance->monitor.mtx);
  instance->closing = false;
  pthread_cond_broadcast(&instance->monitor.cond);
  pthread_mutex_unlock(&instance->monitor.mtx);
}

static bool log_is_there(const dusq__sqlite_instance *instance)
{
  char *name = sqlite3_mprintf("%s-wal", instance->config.target);
  bool there = name && access(name, F_OK) == 0; /* not opened, for the reason in connection.h */
  sqlite3_free(name);
  return there;
}

/* Opens a connection, reads, and closes it, which removes the log if no other connection is there. */
static void close_again(const dusq__sqlite_instance *instance)
{
  sqlite3 *db = NULL;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(instance->config.target, &db, flags, NULL) == SQLITE_OK)
    (void)sqlite3_exec(db, "PRAGMA schema_version", NULL, NULL, NULL);
  sqlite3_close(db);
}

/* Gives up after some attempts: another process that keeps the file open will remove the log. */
static void remove_log(dusq__sqlite_instance *instance)
{
  for (int i = 0; i < TRIES && log_is_there(instance); i++) {
    unsigned char chance;
    sqlite3_randomness(sizeof chance, &chance);
    pthread_mutex_lock(&instance->monitor.mtx);
    if (i) /* a random pause, so that two processes do not retry in step */
      dusq__sqlite_sleep_locked(&instance->monitor, ((int64_t)MS << i) * (chance + 256) / 512);
    pthread_mutex_unlock(&instance->monitor.mtx);
    close_again(instance);
  }
}

void dusq__sqlite_disconnect(void *arg)
{
  dusq__sqlite_conn *conn = arg;
  dusq__sqlite_instance *instance = conn->instance;
  bool file = !instance->config.memory && conn->db;
  if (conn->db) {
    sqlite3_busy_handler(conn->db, NULL, NULL); /* closing must not wait for locks */
    sqlite3_progress_handler(conn->db, 0, NULL, NULL);
  }
  if (file)
    take_turn(instance);
  if (conn->db)
    close_database(conn);
  conn->db = NULL;
  if (conn->counted && !--instance->connections && !instance->config.read_only)
    remove_log(instance);
  if (file)
    give_turn(instance);
  dusq__sqlite_unlock(conn);
  free(conn->row.cells);
  free(conn->row.columns);
  free(conn->items);
  dusq__sqlite_instance_unref(instance);
  free(conn);
}
