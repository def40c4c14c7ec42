/* authorizer.h - what a connection observes of the statements that are compiled on it.
 *
 * SQLite's authorizer reports what a statement accesses; it allows everything.  For what SQLITE_IGNORE does to a
 * pragma, see statement.c. SQLite calls it while it compiles.  The worker's thread.                                  */
#ifndef DUSQ_SQLITE_AUTHORIZER_H
#define DUSQ_SQLITE_AUTHORIZER_H
#include <stdbool.h>

typedef struct dusq__sqlite_conn dusq__sqlite_conn; /* connection.h */

/* Only the worker uses it. */
typedef struct dusq__sqlite_observed {
  bool settings_changed; /* a PRAGMA changed one of the settings of apply_settings           */
  bool others_changed;   /* a PRAGMA changed another setting of the connection               */
  bool objects;          /* there may be attached databases, or something temporary          */
  bool ignoring_pragmas; /* pragmas are compiled to nothing                                  */
  /* observed since prepare began: */
  bool connection_local; /* it reads what only this connection has, such as temporary tables */
  bool uses_rowid;       /* it calls last_insert_rowid()                                     */
} dusq__sqlite_observed;

void dusq__sqlite_install_authorizer(dusq__sqlite_conn *conn);
/* Leftovers of earlier statements that apply_settings cannot undo, as a text; NULL: none. */
const char *dusq__sqlite_leftover(dusq__sqlite_conn *conn);

#endif
