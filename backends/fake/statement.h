/* statement.h - preparing and executing: slots of the table.  On the worker of the connection. */
#ifndef DUSQ_FAKE_STATEMENT_H
#define DUSQ_FAKE_STATEMENT_H
#include <dusq/backend.h>

dusq_status dusq__fake_prepare(void *conn, const dusq_statement *statement, const dusq_stop *stop, dusq_prepared *out,
                               dusq_error **error);
void dusq__fake_release(void *conn, void *prepared);
dusq_status dusq__fake_execute(void *conn, const dusq_execution *execution);
dusq_status dusq__fake_execute_batch(void *conn, const dusq_execution *executions, size_t n);
dusq_status dusq__fake_script(void *conn, const char *sql, size_t len, dusq_sink *sink);

#endif
