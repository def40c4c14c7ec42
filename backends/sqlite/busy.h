/* busy.h - waiting for locks, and stopping statements.
 *
 * SQLite asks in two places whether to go on: in the busy handler, between two attempts to get a lock, and in the
 * progress handler, while a statement runs.  Both check the stop of the request that is being executed.
 * sqlite3_interrupt is not used, because it does not end a wait for a lock, and can hit the next statement.
 *
 * The worker's thread; dusq__sqlite_interrupt, which only counts and wakes, is for any thread.                       */
#ifndef DUSQ_SQLITE_BUSY_H
#define DUSQ_SQLITE_BUSY_H
#include <dusq/backend.h>

typedef struct dusq__sqlite_conn dusq__sqlite_conn; /* connection.h */

/* The call in progress; only the worker uses it. */
typedef struct dusq__sqlite_call {
  const dusq_stop *stop;                     /* ends the statement; NULL: none                                  */
  bool (*given_up)(dusq__sqlite_conn *conn); /* whether a wait must end                                         */
  struct dusq__sqlite_batch *batch;          /* used by given_up                                                */
  bool reading;                              /* the statement that runs only reads                              */
  bool controlling;                          /* a BEGIN, COMMIT, ... runs: a stop only ends its wait for a lock */
  bool truncating;                           /* the write-ahead log is being emptied; busy_until is set         */
  int64_t busy_until;                        /* when the wait for a lock ends; 0: no wait has begun             */
  uint64_t began;                            /* conn->interrupts when the call began or the last one ended      */
} dusq__sqlite_call;

/* Begins a call that `stop` ends; without a stop, an interrupt ends it. */
void dusq__sqlite_set_stop(dusq__sqlite_conn *conn, const dusq_stop *stop);
/* Begins the call of a batch, whose waits end when `given_up` says so. */
void dusq__sqlite_set_batch_stop(dusq__sqlite_conn *conn, struct dusq__sqlite_batch *batch,
                                 bool (*given_up)(dusq__sqlite_conn *conn));
/* Ends the call. */
void dusq__sqlite_clear_stop(dusq__sqlite_conn *conn);

/* How often the connection has been interrupted so far. */
uint64_t dusq__sqlite_interrupts(dusq__sqlite_conn *conn);
void dusq__sqlite_interrupt(void *conn);
void dusq__sqlite_install_handlers(dusq__sqlite_conn *conn);

#endif
