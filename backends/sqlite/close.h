/* close.h - ending connections.
 *
 * The connection to a file that is the last one copies the write-ahead log into it and removes the log, if nobody else
 * has the file open in that moment.  Two that close at the same time would each find the other one still there, so the
 * connections of a pool close one at a time; and for another pool, or process, that closes at the same time, the last
 * one looks again afterwards.  The worker's thread.                                                                  */
#ifndef DUSQ_SQLITE_CLOSE_H
#define DUSQ_SQLITE_CLOSE_H
/* Frees the connection. */
void dusq__sqlite_disconnect(void *conn);

#endif
