/* transaction.h - transactions, savepoints, and the reset of a session. */
#ifndef DUSQ_POSTGRES_TRANSACTION_H
#define DUSQ_POSTGRES_TRANSACTION_H
#include <dusq/backend.h>

enum { DUSQ__PG_BEGIN_SIZE = 96 };
/* The text of a BEGIN with these options. */
void dusq__pg_begin_text(const dusq_tx_opts *opts, char sql[DUSQ__PG_BEGIN_SIZE]);

/* Slots of the table.  The contracts are in <dusq/backend.h>. */
dusq_status dusq__pg_begin(void *conn, const dusq_tx_opts *opts, const dusq_stop *stop, dusq_error **error);
int dusq__pg_transaction(void *conn);
dusq_status dusq__pg_savepoint(void *conn, int what, uint32_t level, const dusq_stop *stop, dusq_error **error);
dusq_status dusq__pg_commit(void *conn, dusq_sink *sink, dusq_error **error);
dusq_status dusq__pg_rollback(void *conn, const dusq_stop *stop, dusq_error **error);
dusq_status dusq__pg_reset(void *conn, const dusq_stop *stop, bool *dirty, dusq_error **error);

#endif
