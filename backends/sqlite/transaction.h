/* transaction.h - begin, commit, rollback, savepoints and reset.  The worker's thread. */
#ifndef DUSQ_SQLITE_TRANSACTION_H
#define DUSQ_SQLITE_TRANSACTION_H
#include <dusq/backend.h>

dusq_status dusq__sqlite_begin(void *conn, const dusq_tx_opts *opts, const dusq_stop *stop, dusq_error **error);
dusq_status dusq__sqlite_commit(void *conn, dusq_sink *sink, dusq_error **error);
dusq_status dusq__sqlite_rollback(void *conn, const dusq_stop *stop, dusq_error **error);
int dusq__sqlite_transaction(void *conn);
dusq_status dusq__sqlite_savepoint(void *conn, int what, uint32_t level, const dusq_stop *stop, dusq_error **error);
dusq_status dusq__sqlite_reset(void *conn, const dusq_stop *stop, bool *dirty, dusq_error **error);

#endif
