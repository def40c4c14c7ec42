/* check.h - whether texts and values mean what dusq promises, by the settings of the session.  The worker's thread.
 *
 * What would be another instant, or another text, by the settings is refused.  Where the settings are not known for
 * sure and matter, the server is asked.  Each function gives NULL, or an owned error.                                */
#ifndef DUSQ_MYSQL_CHECK_H
#define DUSQ_MYSQL_CHECK_H
#include "connection.h"

/* Before anything is sent. */
dusq_error *dusq__my_check_sql(dusq__my_conn *conn, const char *sql, size_t len);
dusq_error *dusq__my_check_values(dusq__my_conn *conn, const dusq__my_scan *scan, const dusq_value *values, size_t n);

/* The columns and the values of conn->row, of a result. */
dusq_error *dusq__my_check_columns(dusq__my_conn *conn, const dusq__my_scan *scan, unsigned width);
dusq_error *dusq__my_check_cells(dusq__my_conn *conn, unsigned width);

/* Before a statement, or a portion of a script, is run. */
static inline void dusq__my_check_begin(dusq__my_conn *conn)
{
  conn->saw_zone = conn->saw_text = false;
}
/* When all its results were read: what could not be known before. */
dusq_error *dusq__my_check_after(dusq__my_conn *conn);

#endif
