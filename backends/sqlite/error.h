/* error.h - from what SQLite says to an error.  Any thread that owns the connection. */
#ifndef DUSQ_SQLITE_ERROR_H
#define DUSQ_SQLITE_ERROR_H
#include <dusq/backend.h>

typedef struct dusq__sqlite_conn dusq__sqlite_conn; /* connection.h */

/* An error for SQLite's extended code.  `text` NULL: what the connection says last, so to be called at once. */
dusq_error *dusq__sqlite_error(dusq__sqlite_conn *conn, int code, const char *text);
dusq_error *dusq__sqlite_canceled(void);
/* Hands the error on: *out if it is not NULL.  Returns its status. */
dusq_status dusq__sqlite_fail(dusq_error **out, dusq_error *take_error);
/* Where the text that was compiled last is wrong, in bytes; -1 where that cannot be told. */
int dusq__sqlite_offset(dusq__sqlite_conn *conn);
/* Whether a commit that failed with that code may have been one all the same. */
bool dusq__sqlite_may_have_committed(int code);
/* What a call that reports through sinks returns, when the last thing that failed did so with `code`. */
dusq_status dusq__sqlite_status_after(int code);

#endif
