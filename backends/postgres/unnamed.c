/* unnamed.c - statements that get no name on the server.  The worker's thread. */
#include "unnamed.h"
#include "statement.h"
#include <string.h>

enum { MAX_REMEMBERED_TEXT = 4096 };

static size_t entry_of(const char *sql)
{
  uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
  for (; *sql; sql++)
    hash = (hash ^ (uint8_t)*sql) * UINT64_C(1099511628211);
  return hash % DUSQ__PG_UNNAMED;
}

dusq__pg_statement *dusq__pg_find_unnamed(const dusq__pg_unnamed *cache, const char *sql)
{
  dusq__pg_statement *one = cache->entries[entry_of(sql)];
  if (!one || strcmp(one->sql, sql) != 0)
    return NULL;
  one->users++;
  return one;
}

void dusq__pg_remember_unnamed(dusq__pg_unnamed *cache, dusq__pg_statement *statement, dusq__pg_names *names)
{
  if (!statement->nparams || strlen(statement->sql) > MAX_REMEMBERED_TEXT)
    return;
  dusq__pg_statement **entry = &cache->entries[entry_of(statement->sql)];
  if (*entry)
    dusq__pg_statement_unref(*entry, names);
  *entry = statement;
  statement->users++;
}

void dusq__pg_forget_unnamed(dusq__pg_unnamed *cache, dusq__pg_names *names)
{
  for (size_t i = 0; i < DUSQ__PG_UNNAMED; i++)
    if (cache->entries[i])
      dusq__pg_statement_unref(cache->entries[i], names);
  *cache = (dusq__pg_unnamed){0};
}
