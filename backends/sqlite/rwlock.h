/* rwlock.h - the readers-writer lock of a pool's database.
 *
 * Writers exclude each other, and without WAL they exclude readers, too.  Within one process they wait here, on a
 * condition, instead of polling SQLite's own locks.  The lock is phase-fair: a waiting writer blocks readers that come
 * later, and readers that waited while a writer had the lock go before the next writer.
 *
 * A connection holds it during a call, and until the end of a transaction that the call leaves open.  It is only a
 * queue in front of SQLite's own locks: work that bypasses it (a job with the native handle) still meets those.  The
 * worker's thread.                                                                                                   */
#ifndef DUSQ_SQLITE_RWLOCK_H
#define DUSQ_SQLITE_RWLOCK_H
#include <stdbool.h>
#include <stdint.h>

typedef struct dusq__sqlite_conn dusq__sqlite_conn; /* connection.h */

typedef enum dusq__sqlite_lock_mode {
  DUSQ__SQLITE_UNLOCKED = 0,
  DUSQ__SQLITE_SHARED = 1,
  DUSQ__SQLITE_EXCLUSIVE = 2
} dusq__sqlite_lock_mode;

/* Guarded by: the monitor. */
typedef struct dusq__sqlite_rwlock {
  bool writer;      /* held for writing                                             */
  unsigned readers; /* number of readers that hold it                               */
  unsigned writers_waiting;
  unsigned readers_waiting;
  unsigned due;     /* of the waiting readers, those that go before the next writer */
  uint64_t phase;   /* how often a writer has unlocked                              */
} dusq__sqlite_rwlock;

/* The state of a connection; only its worker uses it. */
typedef struct dusq__sqlite_lock_state {
  dusq__sqlite_lock_mode held;
  uint64_t seen; /* while it waits: conn->interrupts before the last call of given_up */
} dusq__sqlite_lock_state;

/* SQLITE_OK; SQLITE_BUSY: given up, or busy_timeout has passed; SQLITE_READONLY_DBMOVED: a writer has the lock, but the
 * file has moved (see moved.h).  A writer that gets the lock empties a write-ahead log that has grown too large, see
 * wal.h; readers wait meanwhile.                                                                                     */
int dusq__sqlite_lock(dusq__sqlite_conn *conn, dusq__sqlite_lock_mode want);
/* Unlocks if no transaction is open. */
void dusq__sqlite_unlock(dusq__sqlite_conn *conn);

#endif
