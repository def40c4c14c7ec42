/* moved.c - see moved.h. */
#include "moved.h"
#include "connection.h"
#include <sys/stat.h>

void dusq__sqlite_note_place(dusq__sqlite_conn *conn)
{
  dusq__sqlite_place *place = &conn->place;
  const char *path = sqlite3_db_filename(conn->db, "main");
  struct stat now;
  int moved = 0;
  place->path = NULL;
  place->moves = atomic_load_explicit(&conn->instance->moves, memory_order_relaxed);
  if (!path || !*path || stat(path, &now))
    return;
  sqlite3_file_control(conn->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  place->path = path;
  place->device = now.st_dev;
  place->inode = moved ? 0 : now.st_ino; /* 0: what stat() saw is not what was opened */
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
