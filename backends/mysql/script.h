/* script.h - the slots of the backend table for scripts.  The worker's thread; no state. */
#ifndef DUSQ_MYSQL_SCRIPT_H
#define DUSQ_MYSQL_SCRIPT_H
#include <dusq/backend.h>

dusq_status dusq__my_script(void *conn, const char *sql, size_t len, dusq_sink *sink);
/* The dialect, including the modes of the session. */
dusq_status dusq__my_tell_reading(void *conn, const dusq_stop *stop, uint32_t *dialect, dusq_error **error);

#endif
