/* busy.h - waiting for locks, and being stopped.
 *
 * SQLite asks in two places whether to go on: in the busy handler, between two tries for a lock, and in the progress
 * handler, while a statement runs.  Both ask the request that is being executed.  sqlite3_interrupt is not used: it
 * does not end a wait for a lock, and can hit the next statement.
 *
 * The worker's thread, but for dusq__sqlite_interrupt, which only counts and wakes.                                  */
#ifndef DUSQ_SQLITE_BUSY_H
#define DUSQ_SQLITE_BUSY_H
#include <dusq/backend.h>

typedef struct dusq__sqlite_conn dusq__sqlite_conn; /* connection.h */

/* The call that is under way; the worker's own. */
typedef struct dusq__sqlite_call {
  const dusq_stop *stop;                     /* which ends a statement; NULL for none                        */
  bool (*given_up)(dusq__sqlite_conn *conn); /* whether a wait is to end                                     */
  struct dusq__sqlite_batch *batch;          /* for given_up                                                 */
  bool reading;                              /* the statement that runs only reads                           */
  bool controlling;                          /* a BEGIN, COMMIT, ... runs: only a wait for a lock stops it   */
  bool truncating;                           /* it empties the write-ahead log; busy_until is set            */
  int64_t busy_until;                        /* when the wait for a lock ends; 0: none has begun             */
  uint64_t began;                            /* conn->interrupts, when the call began or the last one ended  */
} dusq__sqlite_call;

/* A call begins, which `stop` ends; without one, an interrupt. */
void dusq__sqlite_set_stop(dusq__sqlite_conn *conn, const dusq_stop *stop);
/* A batch waits, until `given_up` says so. */
void dusq__sqlite_set_batch_stop(dusq__sqlite_conn *conn, struct dusq__sqlite_batch *batch,
                                 bool (*given_up)(dusq__sqlite_conn *conn));
/* The call is over. */
void dusq__sqlite_clear_stop(dusq__sqlite_conn *conn);

/* How often the connection has been interrupted. */
uint64_t dusq__sqlite_interrupts(dusq__sqlite_conn *conn);
void dusq__sqlite_interrupt(void *conn);
void dusq__sqlite_install_handlers(dusq__sqlite_conn *conn);

#endif
