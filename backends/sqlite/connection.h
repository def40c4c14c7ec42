/* connection.h - a connection to a database, and opening one.
 *
 * It belongs to one worker.  Only dusq__sqlite_interrupt is called on other threads, and accesses only `interrupts`.
 *
 * Only SQLite opens, reads or checks the file: closing any other descriptor of it would drop the process's locks.
 * Connections of one pool are opened one at a time, so that they do not conflict while the journal mode of a new file
 * is changed.                                                                                                        */
#ifndef DUSQ_SQLITE_CONNECTION_H
#define DUSQ_SQLITE_CONNECTION_H
#include "authorizer.h"
#include "busy.h"
#include "control.h"
#include "instance.h"
#include "moved.h"

typedef struct dusq__sqlite_row { /* room for one row; reused */
  dusq_value *cells;
  dusq_column *columns;
  size_t width;
} dusq__sqlite_row;

struct dusq__sqlite_conn {
  dusq__sqlite_instance *instance;
  sqlite3 *db;
  bool counted;      /* it is counted in instance->connections                                    */
  bool reader;       /* it is a reader, with query_only                                           */
  bool only_reads;   /* the open transaction is read-only: query_only until it ends               */
  bool handle_given; /* to a job, which may have left statements open                             */
  int64_t log_limit; /* size of the write-ahead log, in bytes, from which it is emptied; 0: never */
  dusq__sqlite_place place;
  sqlite3_stmt *controls[DUSQ__SQLITE_CONTROLS];
  dusq__sqlite_call call;
  dusq__sqlite_lock_state lock;
  dusq__sqlite_observed observed;
  dusq__sqlite_row row;
  struct dusq__sqlite_item *items; /* room for the items of a batch; reused */
  size_t items_room;
  _Atomic uint64_t interrupts; /* incremented with the monitor held, so that no wait misses it */
};

dusq_status dusq__sqlite_connect(void *instance, uint32_t lane, const dusq_stop *stop, void **conn, dusq_error **error);
/* Its sqlite3 *, for a job. */
void *dusq__sqlite_native(void *conn);

#endif
