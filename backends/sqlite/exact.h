/* exact.h - decimals that SQLite would round.  The worker's thread. */
#ifndef DUSQ_SQLITE_EXACT_H
#define DUSQ_SQLITE_EXACT_H
#include <dusq/backend.h>
#include <sqlite3.h>

/* Whether a DECIMAL, or a JSON document that is a number, certainly keeps its value in this statement. */
bool dusq__sqlite_is_exact(sqlite3 *db, sqlite3_stmt *stmt, int number, const dusq_value *value);

#endif
