/* preparation.c - the server's description of a prepared statement.  The worker's thread. */
#include "preparation.h"
#include "types.h"
#include <stdlib.h>

/* Binary is used only if all columns can be read in binary, because libpq asks for one format for the whole row. */
static bool can_be_binary(const PGresult *description)
{
  int n = PQnfields(description);
  for (int i = 0; i < n; i++)
    if (!dusq__pg_is_binary(PQftype(description, i)))
      return false;
  return n > 0;
}

bool dusq__pg_note_description(dusq__pg_preparation *one, const PGresult *description)
{
  int n = PQnparams(description);
  one->binary = can_be_binary(description);
  one->rowless = !PQnfields(description);
  if (!n)
    return true;
  one->types = malloc((size_t)n * sizeof *one->types);
  for (int i = 0; one->types && i < n; i++)
    one->types[i] = PQparamtype(description, i);
  return one->types != NULL;
}

void dusq__pg_drop_preparation(dusq__pg_names *names, dusq__pg_preparation *one)
{
  if (one->number)
    dusq__pg_close_name_later(names, one->number);
  free(one->types);
  *one = (dusq__pg_preparation){0};
}
