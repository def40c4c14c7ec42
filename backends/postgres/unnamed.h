/* unnamed.h - statements that get no name on the server.
 *
 * A statement without a name (stmt_cache=0, pgbouncer=on, DUSQ_NO_CACHE) must have the same meaning as one with a name:
 * the types of its values must not depend on how it is sent.  The types that the context gives are learned by preparing
 * it without a name.  To save that round trip for later executions, a connection caches the types for some texts.
 * Nothing of that is on the server; an altered table is detected by the error (changed.h).                           */
#ifndef DUSQ_POSTGRES_UNNAMED_H
#define DUSQ_POSTGRES_UNNAMED_H
#include "names.h"

struct dusq__pg_statement;

enum { DUSQ__PG_UNNAMED = 64 };
/* The cache of a connection, by the hash of the text; only its worker uses it.  Each entry owns a reference. */
typedef struct dusq__pg_unnamed {
  struct dusq__pg_statement *entries[DUSQ__PG_UNNAMED]; /* NULL: free */
} dusq__pg_unnamed;

/* The cached statement for the text, with one more reference, or NULL. */
struct dusq__pg_statement *dusq__pg_find_unnamed(const dusq__pg_unnamed *cache, const char *sql);
/* Caches it if it has parameters and is not too long; it replaces another one with the same hash. */
void dusq__pg_remember_unnamed(dusq__pg_unnamed *cache, struct dusq__pg_statement *statement, dusq__pg_names *names);
void dusq__pg_forget_unnamed(dusq__pg_unnamed *cache, dusq__pg_names *names);

#endif
