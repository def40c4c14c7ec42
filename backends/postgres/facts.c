/* facts.c - what is known of the types that a statement's parameters accept.  The worker's thread. */
#include "facts.h"
#include "types.h"
#include <stdlib.h>
#include <string.h>

bool dusq__pg_make_facts(dusq__pg_statement *statement)
{
  if (!statement->facts)
    statement->facts = calloc(statement->nparams + 1, sizeof *statement->facts);
  return statement->facts != NULL;
}

/* The text of an error may be translated; "$1" in it is not. */
dusq__pg_facts *dusq__pg_facts_in_error(dusq__pg_statement *statement, const dusq_error *error, const char *state)
{
  const char *at = strchr(dusq_error_message(error), '$');
  size_t number = 0;
  if (strcmp(dusq_error_sqlstate(error), state) != 0 || !at || !dusq__pg_make_facts(statement))
    return NULL;
  while (*++at >= '0' && *at <= '9' && number <= statement->nparams)
    number = number * 10 + (size_t)(*at - '0');
  if (!number || number > statement->nparams || statement->facts[number - 1].refuses & DUSQ__PG_NULL_BIT)
    return NULL;
  return &statement->facts[number - 1];
}

bool dusq__pg_note_undetermined(dusq__pg_statement *statement, const dusq_error *error)
{
  dusq__pg_facts *facts = dusq__pg_facts_in_error(statement, error, "42P18");
  if (!facts)
    return false;
  facts->refuses |= DUSQ__PG_NULL_BIT;
  facts->null_type = PG_TEXT;
  return true;
}
