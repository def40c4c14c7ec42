/* script.h - the slot script: a text of several statements.  The contract is in <dusq/backend.h>. */
#ifndef DUSQ_POSTGRES_SCRIPT_H
#define DUSQ_POSTGRES_SCRIPT_H
#include <dusq/backend.h>

dusq_status dusq__pg_script(void *conn, const char *sql, size_t len, dusq_sink *sink);

#endif
