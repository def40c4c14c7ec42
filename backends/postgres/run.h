/* run.h - the slot execute: one statement.  The contract is in <dusq/backend.h>. */
#ifndef DUSQ_POSTGRES_RUN_H
#define DUSQ_POSTGRES_RUN_H
#include <dusq/backend.h>

dusq_status dusq__pg_execute(void *conn, const dusq_execution *execution);

#endif
