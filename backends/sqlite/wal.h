/* wal.h - keeps the write-ahead log small, even if there is always a reader.
 *
 * SQLite's own checkpoints copy the log into the database, but the log restarts only at a moment without readers.  If
 * readers overlap all the time there is no such moment, and the log grows.  So when the log is twice as large as
 * wal_autocheckpoint allows, the connection that is about to write blocks new snapshots of the pool, waits for the open
 * ones to end, and empties the log. (A batch of reads renews its snapshot between two reads; see batch.c.)
 *
 * The wait is bounded.  A read that takes longer, or a transaction that stays open, costs that wait once, not at every
 * write.  The worker's thread.                                                                                       */
#ifndef DUSQ_SQLITE_WAL_H
#define DUSQ_SQLITE_WAL_H
#include <stdint.h>

typedef struct dusq__sqlite_conn dusq__sqlite_conn; /* connection.h */

/* Sets the size from which the log is emptied.  To be called when the page size is known. */
void dusq__sqlite_set_log_limit(dusq__sqlite_conn *conn, int64_t page_size);
/* Empties the log if it is too large.  Called before a write begins, with the rwlock held; a failure is ignored. */
void dusq__sqlite_truncate_log(dusq__sqlite_conn *conn);
/* Called before a snapshot is taken.  Waits while the log is being emptied, for a bounded time. */
void dusq__sqlite_await_truncate(dusq__sqlite_conn *conn);

#endif
