/* backend.h - the backend for SQLite, as the core's registry sees it.  See <dusq/backend.h>. */
#ifndef DUSQ_SQLITE_BACKEND_H
#define DUSQ_SQLITE_BACKEND_H
#include <dusq/backend.h>

extern const dusq_backend dusq__sqlite_backend;

#endif
