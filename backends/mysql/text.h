/* text.h - the text protocol, for scripts and for statements that the server does not prepare.  The worker's thread.
 *
 * Cells come as text, and get the types that the prepared protocol gives them.                                       */
#ifndef DUSQ_MYSQL_TEXT_H
#define DUSQ_MYSQL_TEXT_H
#include "connection.h"
#include "outcome.h"

/* Sends a text, and passes the results of all its statements to the sink.  Adds their number to *results. */
void dusq__my_run_text(dusq__my_conn *conn, const dusq__my_portion *text, const dusq__my_scan *scan, dusq_sink *sink,
                       size_t *results, dusq__my_outcome *out);

#endif
