/* transaction.h - the slots of the backend table for transactions and the reset.  The worker's thread; no state. */
#ifndef DUSQ_MYSQL_TRANSACTION_H
#define DUSQ_MYSQL_TRANSACTION_H
#include <dusq/backend.h>

dusq_status dusq__my_begin(void *conn, const dusq_tx_opts *opts, const dusq_stop *stop, dusq_error **error);
int dusq__my_transaction(void *conn);
dusq_status dusq__my_savepoint(void *conn, int what, uint32_t level, const dusq_stop *stop, dusq_error **error);
dusq_status dusq__my_commit(void *conn, dusq_sink *sink, dusq_error **error);
dusq_status dusq__my_rollback(void *conn, const dusq_stop *stop, dusq_error **error);
dusq_status dusq__my_reset(void *conn, const dusq_stop *stop, bool *dirty, dusq_error **error);

#endif
