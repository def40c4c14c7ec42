/* close.h - closing connections.
 *
 * The last connection to a file copies the write-ahead log into the file and removes the log, if no other connection
 * has the file open at that moment.  Two connections that close at the same time would each see the other one, and
 * leave the log behind.  So the connections of a pool close one at a time.  Another pool or process may also close at
 * that moment, so the last one checks again afterwards.  The worker's thread.                                        */
#ifndef DUSQ_SQLITE_CLOSE_H
#define DUSQ_SQLITE_CLOSE_H
/* Closes and frees the connection. */
void dusq__sqlite_disconnect(void *conn);

#endif
