/* control.h - the statements that control transactions, prepared once for each connection.  The worker's thread. */
#ifndef DUSQ_SQLITE_CONTROL_H
#define DUSQ_SQLITE_CONTROL_H
#include <sqlite3.h>
#include <stdbool.h>

typedef struct dusq__sqlite_conn dusq__sqlite_conn; /* connection.h */

typedef enum dusq__sqlite_control {
  DUSQ__SQLITE_BEGIN = 0,
  DUSQ__SQLITE_BEGIN_IMMEDIATE,
  DUSQ__SQLITE_BEGIN_EXCLUSIVE,
  DUSQ__SQLITE_COMMIT,
  DUSQ__SQLITE_ROLLBACK,
  DUSQ__SQLITE_SAVEPOINT,
  DUSQ__SQLITE_ROLLBACK_TO,
  DUSQ__SQLITE_RELEASE,
  DUSQ__SQLITE_LOOK, /* a read, which shows whether the schema has changed */
  DUSQ__SQLITE_CONTROLS
} dusq__sqlite_control;

/* SQLITE_OK, or the code of the first that does not compile. */
int dusq__sqlite_prepare_controls(dusq__sqlite_conn *conn);
void dusq__sqlite_finalize_controls(dusq__sqlite_conn *conn);
/* SQLITE_OK, SQLITE_ROW, or an error code; a control statement is not stopped while it runs. */
int dusq__sqlite_run_control(dusq__sqlite_conn *conn, dusq__sqlite_control which);
/* Rolls back if a transaction is open.  True when none is open afterwards. */
bool dusq__sqlite_undo(dusq__sqlite_conn *conn);

#endif
