/* rwlock.h - the readers-writer lock of a pool's database.
 *
 * Writers exclude each other, and without WAL they exclude readers too.  Inside one process they wait here, on a
 * condition, and not by trying SQLite's own locks again and again.  It is phase-fair: a writer that waits holds up
 * readers that come later, and readers that waited while a writer had the lock go before the next writer.
 *
 * A connection holds it for as long as a call, or a transaction that is open after one.  It is only a queue before
 * SQLite's own locks: what has not come through here (a job that uses the native handle) meets those.  The worker's
 * thread.                                                                                                            */
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
  bool writer;      /* held for writing             */
  unsigned readers; /* held for reading, by so many */
  unsigned writers_waiting;
  unsigned readers_waiting;
  unsigned due;     /* of those: the ones that go before the next writer */
  uint64_t phase;   /* how many writers have unlocked                    */
} dusq__sqlite_rwlock;

/* Of a connection; its worker's own. */
typedef struct dusq__sqlite_lock_state {
  dusq__sqlite_lock_mode held;
  uint64_t seen; /* while it waits: conn->interrupts, before given_up was last asked */
} dusq__sqlite_lock_state;

/* SQLITE_OK, or SQLITE_BUSY: given up, or busy_timeout has passed.  A writer that gets the lock empties a write-ahead
 * log that has grown too large, see wal.h; a reader waits while that is being done.                                  */
int dusq__sqlite_lock(dusq__sqlite_conn *conn, dusq__sqlite_lock_mode want);
/* Unlocks if no transaction is open. */
void dusq__sqlite_unlock(dusq__sqlite_conn *conn);

#endif
