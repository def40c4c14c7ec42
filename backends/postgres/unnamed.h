/* unnamed.h - statements that get no name on the server.
 *
 * Without a name (stmt_cache=0, pgbouncer=on, DUSQ_NO_CACHE) a statement must be understood as one with a name is:
 * what its values are must not depend on how it is sent.  The types that the context gives are learned by a
 * preparation without a name.  So that not every execution costs another round trip, a connection remembers them for
 * some texts.  None of that is on the server; an altered table is noticed by the error (changed.h).                   */
#ifndef DUSQ_POSTGRES_UNNAMED_H
#define DUSQ_POSTGRES_UNNAMED_H
#include "names.h"

struct dusq__pg_statement;

enum { DUSQ__PG_UNNAMED = 64 };
/* The cache of a connection, by the hash of the text; its worker uses it.  Each entry owns a reference. */
typedef struct dusq__pg_unnamed {
  struct dusq__pg_statement *entries[DUSQ__PG_UNNAMED]; /* NULL: free */
} dusq__pg_unnamed;

/* The statement that was remembered for the text, with one more reference, or NULL. */
struct dusq__pg_statement *dusq__pg_find_unnamed(const dusq__pg_unnamed *cache, const char *sql);
/* Remembers it if it has parameters and is not too long; it replaces another one with the same hash. */
void dusq__pg_remember_unnamed(dusq__pg_unnamed *cache, struct dusq__pg_statement *statement, dusq__pg_names *names);
void dusq__pg_forget_unnamed(dusq__pg_unnamed *cache, dusq__pg_names *names);

#endif
