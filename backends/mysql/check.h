/* check.h - whether the session's settings keep texts and values as dusq promises them.  The worker's thread.
 *
 * A value that the settings would turn into another instant or text is refused.  If the settings matter and are not
 * known for sure, the server is asked.  Each function returns NULL, or an owned error.                               */
#ifndef DUSQ_MYSQL_CHECK_H
#define DUSQ_MYSQL_CHECK_H
#include "connection.h"

/* Before anything is sent. */
dusq_error *dusq__my_check_sql(dusq__my_conn *conn, const char *sql, size_t len);
dusq_error *dusq__my_check_values(dusq__my_conn *conn, const dusq__my_scan *scan, const dusq_value *values, size_t n);

/* The columns of a result, and the values in conn->row. */
dusq_error *dusq__my_check_columns(dusq__my_conn *conn, const dusq__my_scan *scan, unsigned width);
dusq_error *dusq__my_check_cells(dusq__my_conn *conn, unsigned width);

/* Before a statement, or a portion of a script, is run. */
static inline void dusq__my_check_begin(dusq__my_conn *conn)
{
  conn->saw_zone = conn->saw_text = false;
}
/* After all results have been read: what could not be checked before. */
dusq_error *dusq__my_check_after(dusq__my_conn *conn);

#endif
