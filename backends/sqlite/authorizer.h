/* authorizer.h - what a connection observes of the statements that are compiled on it.
 *
 * SQLite's authorizer sees what a statement touches; it allows everything.  What SQLITE_IGNORE does to a pragma is told
 * in statement.c.  SQLite calls it while it compiles.  The worker's thread.                                         */
#ifndef DUSQ_SQLITE_AUTHORIZER_H
#define DUSQ_SQLITE_AUTHORIZER_H
#include <stdbool.h>

typedef struct dusq__sqlite_conn dusq__sqlite_conn; /* connection.h */

/* The worker's own. */
typedef struct dusq__sqlite_observed {
  bool settings_changed; /* a PRAGMA changed what apply_settings sets                                    */
  bool others_changed;   /* one changed something else for as long as the connection lives               */
  bool objects;          /* there may be attached databases, or something temporary                      */
  bool ignoring_pragmas; /* pragmas are compiled to nothing                                              */
  /* since prepare began: */
  bool connection_local; /* it reads what only this connection has                                       */
  bool uses_rowid;       /* it calls last_insert_rowid()                                                 */
} dusq__sqlite_observed;

void dusq__sqlite_install_authorizer(dusq__sqlite_conn *conn);
/* What of earlier statements apply_settings cannot undo, as a text; NULL for nothing. */
const char *dusq__sqlite_leftover(dusq__sqlite_conn *conn);

#endif
