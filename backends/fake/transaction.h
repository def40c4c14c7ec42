/* transaction.h - transactions and reset: slots of the table.  On the worker of the connection. */
#ifndef DUSQ_FAKE_TRANSACTION_H
#define DUSQ_FAKE_TRANSACTION_H
#include <dusq/backend.h>

dusq_status dusq__fake_begin(void *conn, const dusq_tx_opts *opts, const dusq_stop *stop, dusq_error **error);
dusq_status dusq__fake_commit(void *conn, dusq_sink *sink, dusq_error **error);
dusq_status dusq__fake_rollback(void *conn, const dusq_stop *stop, dusq_error **error);
int dusq__fake_transaction(void *conn);
dusq_status dusq__fake_savepoint(void *conn, int what, uint32_t level, const dusq_stop *stop, dusq_error **error);
dusq_status dusq__fake_reset(void *conn, const dusq_stop *stop, bool *dirty, dusq_error **error);

#endif
