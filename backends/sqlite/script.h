/* script.h - scripts of several statements.  The worker's thread. */
#ifndef DUSQ_SQLITE_SCRIPT_H
#define DUSQ_SQLITE_SCRIPT_H
#include <dusq/backend.h>

dusq_status dusq__sqlite_script(void *conn, const char *sql, size_t len, dusq_sink *sink);

#endif
