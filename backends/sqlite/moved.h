/* moved.h - notices that the file of the database was unlinked, renamed or replaced while connections have it open.
 *
 * SQLite looks for itself only when it begins a rollback journal; with a write-ahead log it would go on writing into a
 * file that nobody can open any more.  So each write looks first, which costs a stat(2).  A connection that sees it
 * tells the others, which are then replaced before their next use.  The worker's thread; what they share is atomic.  */
#ifndef DUSQ_SQLITE_MOVED_H
#define DUSQ_SQLITE_MOVED_H
#include <stdbool.h>
#include <sys/types.h>

typedef struct dusq__sqlite_conn dusq__sqlite_conn; /* connection.h */

typedef struct dusq__sqlite_place {
  const char *path; /* owned by SQLite; NULL: there is no file, or it cannot be looked at */
  dev_t device;
  ino_t inode;
  unsigned moves;   /* instance->moves when the file was opened */
} dusq__sqlite_place;

/* Remembers which file was opened, after the first read.  SQLITE_OK; SQLITE_CANTOPEN: it has moved already.  While the
 * connection has its turn to connect.                                                                                */
int dusq__sqlite_note_place(dusq__sqlite_conn *conn);
/* Whether there is another file or none where the database was opened. */
bool dusq__sqlite_has_moved(dusq__sqlite_conn *conn);
/* The slot of the backend table: false when any connection has seen that the file has moved. */
bool dusq__sqlite_alive(void *conn);

#endif
