/* wal.h - keeping the write-ahead log small while somebody always reads.
 *
 * SQLite's own checkpoints copy the log into the database, but a log is begun anew only in a moment in which nobody
 * reads from it.  Readers that overlap for ever never leave one, and the log grows.  So once it is twice as large as
 * wal_autocheckpoint wants it, the connection that is about to write holds back the pool's new snapshots, lets those
 * that are open end, and empties it.  (A batch of reads ends its snapshot between two of them; see batch.c.)
 *
 * It waits for a bounded time only.  A read that takes longer, or a transaction that stays open, costs that time once
 * and not each time.  The worker's thread.                                                                           */
#ifndef DUSQ_SQLITE_WAL_H
#define DUSQ_SQLITE_WAL_H
#include <stdint.h>

typedef struct dusq__sqlite_conn dusq__sqlite_conn; /* connection.h */

/* When the page size is known: sets the size from which the log is emptied. */
void dusq__sqlite_set_log_limit(dusq__sqlite_conn *conn, int64_t page_size);
/* Empties the log if it is too large.  Before a write begins, with the rwlock held; it fails silently. */
void dusq__sqlite_truncate_log(dusq__sqlite_conn *conn);
/* Before a snapshot is taken.  Waits while the log is being emptied, for a bounded time. */
void dusq__sqlite_await_truncate(dusq__sqlite_conn *conn);

#endif
