/* batch.h - the slot execute_batch: several executions in one pipeline.  The contract is in <dusq/backend.h>. */
#ifndef DUSQ_POSTGRES_BATCH_H
#define DUSQ_POSTGRES_BATCH_H
#include <dusq/backend.h>

dusq_status dusq__pg_execute_batch(void *conn, const dusq_execution *executions, size_t n);

#endif
