/* statement.h - prepared statements.  The worker's thread; a statement belongs to its connection.
 *
 * A reset of the session drops all prepared statements.  So each records the generation of its connection in which it
 * was prepared, and is prepared again in a later one.  What the server cannot prepare (on MySQL START TRANSACTION and
 * USE, for example) is sent as text each time, if it has no values.                                                  */
#ifndef DUSQ_MYSQL_STATEMENT_H
#define DUSQ_MYSQL_STATEMENT_H
#include "connection.h"

/* Where a value is put for the driver, if its own bytes do not suffice. */
typedef struct dusq__my_place {
  union {
    int64_t i;
    double r;
    MYSQL_TIME time;
    char text[40];
  } u;
  unsigned long len;
} dusq__my_place;

typedef struct dusq__my_statement {
  MYSQL_STMT *stmt;    /* NULL: must be prepared, or `plain`                         */
  uint64_t generation; /* the generation of the connection when it was prepared      */
  dusq__my_scan scan;
  bool plain;          /* the server cannot prepare it: it is sent as text           */
  bool for_now;        /* the server holds too many: it is sent as text this time    */
  dusq__my_held_link held;
  bool never_run;      /* it has not been executed since it was prepared             */
  size_t len;          /* of sql                                                     */
  uint32_t values;     /* number of values that the caller gives                     */
  uint32_t nslots;     /* number of placeholders in the text                         */
  uint16_t *slots;
  uint8_t *kinds;      /* kinds of the values of its first execution, by placeholder */
  MYSQL_BIND *binds;   /* by placeholder                                             */
  dusq__my_place *places;
  char sql[];
} dusq__my_statement;

/* The slots of the backend table. */
dusq_status dusq__my_prepare(void *conn, const dusq_statement *statement, const dusq_stop *stop, dusq_prepared *out,
                             dusq_error **error);
void dusq__my_release(void *conn, void *prepared);

/* Prepares it again if needed; `values` NULL: for values of any type.  NULL, or an owned error. */
dusq_error *dusq__my_statement_ready(dusq__my_conn *conn, dusq__my_statement *statement, const dusq_value *values);
/* An owned error if a column of the prepared statement is of a type that the library cannot read in the binary
 * protocol; NULL: there is none.                                                                                     */
dusq_error *dusq__my_statement_unreadable(MYSQL_STMT *stmt);
/* Whether the error of an execution means that nothing was done, and that the statement must be prepared again. */
bool dusq__my_statement_is_lost(const dusq__my_statement *statement);
/* Closes it on the server, and reads the rest of its results. */
void dusq__my_statement_close(dusq__my_statement *statement);
/* The owned error of the last operation on it. */
dusq_error *dusq__my_stmt_error(dusq__my_conn *conn, const dusq__my_statement *statement);

#endif
