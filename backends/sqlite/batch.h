/* batch.h - several requests in one transaction.  The worker's thread. */
#ifndef DUSQ_SQLITE_BATCH_H
#define DUSQ_SQLITE_BATCH_H
#include "run.h"

dusq_status dusq__sqlite_execute_batch(void *conn, const dusq_execution *executions, size_t n);

#endif
