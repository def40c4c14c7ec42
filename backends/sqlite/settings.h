/* settings.h - permanent settings of a connection: pragmas, the journal mode, and sqlite3_db_config.  The worker's
 * thread.                                                                                                            */
#ifndef DUSQ_SQLITE_SETTINGS_H
#define DUSQ_SQLITE_SETTINGS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct dusq__sqlite_conn dusq__sqlite_conn; /* connection.h */

/* Runs PRAGMA name = value, or PRAGMA name.  The first cell of the result goes to `answer`, if there is room for it. */
int dusq__sqlite_pragma(dusq__sqlite_conn *conn, const char *name, const char *value, char *answer, size_t size);
int dusq__sqlite_pragma_number(dusq__sqlite_conn *conn, const char *name, int64_t value);

/* Sets the pragmas of the connection, including query_only.  SQLITE_OK, or the code of one that failed. */
int dusq__sqlite_apply_settings(dusq__sqlite_conn *conn);
/* Whether apply_settings sets that pragma. */
bool dusq__sqlite_is_setting(const dusq__sqlite_conn *conn, const char *name);
/* If the file system or another process prevents the journal mode, that is logged once, and the connection works
 * without it.                                                                                                        */
int dusq__sqlite_set_journal_mode(dusq__sqlite_conn *conn);
void dusq__sqlite_configure(dusq__sqlite_conn *conn);

#endif
