/* statement.h - a prepared statement of a connection.  Only that connection's worker uses it. */
#ifndef DUSQ_POSTGRES_STATEMENT_H
#define DUSQ_POSTGRES_STATEMENT_H
#include "text.h"
#include "variant_cache.h"

typedef struct dusq__pg_statement {
  dusq__pg_preparation preparation; /* with the types that the server takes from the context */
  dusq__pg_variants variants; /* with the types that values give                             */
  struct dusq__pg_facts *facts; /* about each parameter, see facts.h; NULL: none yet         */
  bool renew;            /* it is to be prepared (again) before it is used                   */
  bool undetermined;     /* the server does not prepare it without declared types            */
  bool unnamed;          /* constant: neither it nor a variant gets a name                   */
  bool used;             /* it has been executed since it was prepared                       */
  dusq__pg_traits is;    /* constant: what text.h says of it                                 */
  uint64_t epoch;        /* of its connection, when it was prepared                          */
  uint32_t seen;         /* *changes, then                                                   */
  const uint32_t *changes; /* constant: its connection's                                     */
  uint32_t nparams;      /* constant                                                         */
  uint32_t users;        /* references                                                       */
  char sql[];            /* constant                                                         */
} dusq__pg_statement;

/* Whether it is to be prepared (again) before it is used. */
static inline bool dusq__pg_is_to_be_renewed(const dusq__pg_statement *statement)
{
  bool changed = statement->seen != *statement->changes && (!statement->unnamed || statement->nparams);
  return statement->renew || changed;
}

/* With one reference; the text is copied.  `changes` is its connection's.  NULL: no memory. */
dusq__pg_statement *dusq__pg_statement_new(const char *sql, size_t len, uint32_t nparams, const uint32_t *changes);
/* Gives up a reference; with the last one its names are added to those to be closed. */
void dusq__pg_statement_unref(dusq__pg_statement *statement, dusq__pg_names *names);
/* Drops all variants, and the facts about the parameters. */
void dusq__pg_drop_variants(dusq__pg_statement *statement, dusq__pg_names *names);

#endif
