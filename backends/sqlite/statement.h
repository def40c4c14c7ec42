/* statement.h - preparing statements, and what preparing tells about them.  The worker's thread. */
#ifndef DUSQ_SQLITE_STATEMENT_H
#define DUSQ_SQLITE_STATEMENT_H
#include "connection.h"

typedef enum dusq__sqlite_kind {
  DUSQ__SQLITE_READ = 0,   /* SELECT, VALUES and WITH that only read; EXPLAIN  */
  DUSQ__SQLITE_CHANGE = 1, /* INSERT, REPLACE, UPDATE, DELETE; also after WITH */
  DUSQ__SQLITE_OTHER = 2   /* any other; never in a batch                      */
} dusq__sqlite_kind;

typedef struct dusq__sqlite_statement {
  sqlite3_stmt *stmt;
  dusq__sqlite_kind kind;
  bool connection_local; /* reads what only this connection has: temporary or attached tables, changes() */
  bool inserts;          /* INSERT or REPLACE                                                            */
  bool uses_rowid;       /* calls last_insert_rowid()                                                    */
  bool returns;          /* changes rows and returns them: RETURNING                                     */
  bool savepoint;        /* in a group it needs a savepoint; see batch.c                                 */
  bool pragma;           /* `stmt` does nothing: a pragma is compiled for each run; see statement.c      */
  bool objects;          /* attaches a database or makes something temporary                             */
} dusq__sqlite_statement;

dusq_status dusq__sqlite_prepare(void *conn, const dusq_statement *statement, const dusq_stop *stop, dusq_prepared *out,
                                 dusq_error **error);
void dusq__sqlite_release(void *conn, void *prepared);
/* Prepares the first statement of a NUL-terminated text; out->stmt is NULL if there is none.  The caller holds the
 * rwlock.                                                                                                            */
int dusq__sqlite_compile(dusq__sqlite_conn *conn, const char *sql, int length, unsigned flags,
                         dusq__sqlite_statement *out, const char **tail);

#endif
