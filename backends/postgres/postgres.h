/* postgres.h - the backend for PostgreSQL, as the core's registry sees it.  See <dusq/backend.h>. */
#ifndef DUSQ_POSTGRES_H
#define DUSQ_POSTGRES_H
#include <dusq/backend.h>

extern const dusq_backend dusq__postgres_backend;

#endif
