/* statement.c - a prepared statement of a connection.  The worker's thread. */
#include "statement.h"
#include <stdlib.h>
#include <string.h>

dusq__pg_statement *dusq__pg_statement_new(const char *sql, size_t len, uint32_t nparams, const uint32_t *changes)
{
  dusq__pg_statement *statement = calloc(1, sizeof *statement + len + 1);
  if (!statement)
    return NULL;
  memcpy(statement->sql, sql, len);
  statement->nparams = nparams;
  statement->users = 1;
  statement->changes = changes;
  statement->seen = *changes;
  statement->is = dusq__pg_describe(statement->sql);
  return statement;
}

void dusq__pg_drop_variants(dusq__pg_statement *statement, dusq__pg_names *names)
{
  dusq__pg_variants_fini(&statement->variants, names);
  free(statement->facts);
  statement->facts = NULL;
}

void dusq__pg_statement_unref(dusq__pg_statement *statement, dusq__pg_names *names)
{
  if (--statement->users)
    return;
  dusq__pg_drop_preparation(names, &statement->preparation);
  dusq__pg_drop_variants(statement, names);
  free(statement);
}
