/* moved.c - see moved.h. */
#include "moved.h"
#include "connection.h"
#include <errno.h>
#include <sys/stat.h>

/* Connections to another file than the last one's have that to be replaced, too. */
static void compare_with_others(dusq__sqlite_conn *conn, const struct stat *now)
{
  dusq__sqlite_instance *instance = conn->instance;
  if (instance->inode && (instance->inode != now->st_ino || instance->device != now->st_dev))
    atomic_fetch_add(&instance->moves, 1);
  instance->inode = now->st_ino;
  instance->device = now->st_dev;
}

int dusq__sqlite_note_place(dusq__sqlite_conn *conn)
{
  dusq__sqlite_place *place = &conn->place;
  const char *path = conn->instance->config.memory ? NULL : sqlite3_db_filename(conn->db, "main");
  struct stat now;
  int moved = 0;
  place->path = NULL;
  if (path && *path && !stat(path, &now)) {
    place->path = path;
    place->device = now.st_dev;
    place->inode = now.st_ino;
    compare_with_others(conn, &now);
    sqlite3_file_control(conn->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  } else if (path && *path) {
    moved = errno == ENOENT;
  }
  place->moves = atomic_load_explicit(&conn->instance->moves, memory_order_relaxed);
  return moved ? SQLITE_CANTOPEN : SQLITE_OK;
}

bool dusq__sqlite_has_moved(dusq__sqlite_conn *conn)
{
  const dusq__sqlite_place *place = &conn->place;
  struct stat now;
  if (!place->path || (!stat(place->path, &now) && now.st_ino == place->inode && now.st_dev == place->device))
    return false;
  unsigned seen = place->moves; /* the first of several connections that see it tells the others */
  atomic_compare_exchange_strong(&conn->instance->moves, &seen, place->moves + 1);
  return true;
}

bool dusq__sqlite_alive(void *arg)
{
  const dusq__sqlite_conn *conn = arg;
  return conn->place.moves == atomic_load_explicit(&conn->instance->moves, memory_order_relaxed);
}
