/* many.h - the slot execute_many: one statement for many rows of values.  The contract is in <dusq/backend.h>. */
#ifndef DUSQ_POSTGRES_MANY_H
#define DUSQ_POSTGRES_MANY_H
#include <dusq/backend.h>

dusq_status dusq__pg_execute_many(void *conn, const dusq_execution *execution, size_t rows);

#endif
