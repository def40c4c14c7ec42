/* sqlite.h - the backend for SQLite, as the core's registry sees it.  See <dusq/backend.h>. */
#ifndef DUSQ_SQLITE_H
#define DUSQ_SQLITE_H
#include <dusq/backend.h>

extern const dusq_backend dusq__sqlite_backend;

#endif
