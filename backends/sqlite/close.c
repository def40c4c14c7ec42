/* close.c - ending connections.  The worker's thread.
 *
 * Three kinds of statements can be there when a connection ends.  Its own (`controls`; what the pool prepared has been
 * released) are finalized here.  Those of virtual tables, FTS5's and R*Tree's for example, belong to the tables, which
 * finalize them when SQLite closes.  And a job may have left some that it prepared with the native handle; they would
 * keep the file open for ever, and so they are finalized too.  Only such a statement can keep a virtual table alive
 * beyond sqlite3_close, so the ones that use virtual tables go first: with the last of them go the tables, and what
 * then is left is the job's.
 *
 * The connection to a file that is the last one copies the write-ahead log into it and removes the log, if nobody else
 * has the file open in that moment.  Two that close at the same time would each find the other one still there, so the
 * connections of a pool close one at a time; and for another pool, or process, that closes at the same time, the last
 * one looks again afterwards.                                                                                        */
#include "internal.h"
#include <stdlib.h>
#include <unistd.h>

enum { LOOK_AGAIN = 10 * 1000000 /* ns */, MS = 1000000, TRIES = 5 };

/* ---- statements that are left ---------------------------------------------------------------------------------- */

typedef enum { PLAIN = 0, ON_VIRTUAL_TABLE = 1, UNCLEAR = 2 } use;

static bool compiles(sqlite3 *db, const char *sql, unsigned flags)
{
  sqlite3_stmt *stmt = NULL;
  int rc = sqlite3_prepare_v3(db, sql, -1, flags, &stmt, NULL);
  sqlite3_finalize(stmt);
  return rc == SQLITE_OK;
}

static use use_of(sqlite3 *db, const char *sql)
{
  if (compiles(db, sql, SQLITE_PREPARE_NO_VTAB))
    return PLAIN;
  return compiles(db, sql, 0) ? ON_VIRTUAL_TABLE : UNCLEAR;
}

static sqlite3_stmt *next_on_virtual_table(sqlite3 *db)
{
  sqlite3_stmt *stmt = NULL;
  while ((stmt = sqlite3_next_stmt(db, stmt)))
    if (sqlite3_sql(stmt) && use_of(db, sqlite3_sql(stmt)) == ON_VIRTUAL_TABLE)
      break;
  return stmt;
}

/* The handle of an open blob is a statement too, one without a text: it ends with sqlite3_blob_close only.
 * *unclear tells whether virtual tables may be in use still. */
static sqlite3_stmt *next_plain(sqlite3 *db, bool *unclear)
{
  sqlite3_stmt *plain = NULL;
  for (sqlite3_stmt *stmt = NULL; (stmt = sqlite3_next_stmt(db, stmt));) {
    if (!sqlite3_sql(stmt))
      continue;
    *unclear |= !compiles(db, sqlite3_sql(stmt), SQLITE_PREPARE_NO_VTAB);
    plain = stmt;
  }
  return plain;
}

/* Some pragmas take effect when they are compiled. */
static int ignore_pragmas(void *arg, int action, const char *a, const char *b, const char *c, const char *d)
{
  (void)arg, (void)a, (void)b, (void)c, (void)d;
  return action == SQLITE_PRAGMA ? SQLITE_IGNORE : SQLITE_OK;
}

/* True when the database is closed.  What is not clear is left: better a connection that stays open than a statement
 * that is freed twice.                                                                                               */
static bool finalize_left(sqlite3 *db)
{
  sqlite3_stmt *stmt;
  bool unclear = false;
  sqlite3_set_authorizer(db, ignore_pragmas, NULL);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, (int *)NULL); /* would refuse to compile what FTS3 has */
  while ((stmt = next_on_virtual_table(db)))
    sqlite3_finalize(stmt);
  if (sqlite3_close(db) == SQLITE_OK) /* lets go of virtual tables, those too that compiling has brought back */
    return true;
  while ((stmt = next_plain(db, &unclear)) && !unclear)
    sqlite3_finalize(stmt);
  return false;
}

void dusq__sqlite_rewind(sqlite3 *db)
{
  for (sqlite3_stmt *stmt = NULL; (stmt = sqlite3_next_stmt(db, stmt));)
    if (sqlite3_stmt_busy(stmt) && sqlite3_sql(stmt))
      sqlite3_reset(stmt);
}

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
  if (conn->lent && finalize_left(db))
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
