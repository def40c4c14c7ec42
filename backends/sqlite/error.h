/* error.h - SQLite's codes and messages as errors.  Any thread that owns the connection. */
#ifndef DUSQ_SQLITE_ERROR_H
#define DUSQ_SQLITE_ERROR_H
#include <dusq/backend.h>

typedef struct dusq__sqlite_conn dusq__sqlite_conn; /* connection.h */

/* An error for an extended code.  `text` NULL: the connection's last message, so it must be called at once. */
dusq_error *dusq__sqlite_error(dusq__sqlite_conn *conn, int code, const char *text);
dusq_error *dusq__sqlite_canceled(void);
/* Stores the error in *out if out is not NULL.  Returns its status. */
dusq_status dusq__sqlite_fail(dusq_error **out, dusq_error *take_error);
/* The message where the rwlock was not given. */
const char *dusq__sqlite_lock_text(int rc);
/* The byte offset of the error in the text that was compiled last; -1 if unknown. */
int dusq__sqlite_offset(dusq__sqlite_conn *conn);
/* Whether a commit that failed with that code may have taken effect. */
bool dusq__sqlite_may_have_committed(int code);
/* The status to return from a call that reports through sinks, if its last failure had that code. */
dusq_status dusq__sqlite_status_after(int code);

#endif
