/* statement.h - a prepared statement, as its connection knows it.  Only that connection's worker uses it. */
#ifndef DUSQ_POSTGRES_STATEMENT_H
#define DUSQ_POSTGRES_STATEMENT_H
#include "variant_cache.h"

typedef struct dusq__pg_statement {
  dusq__pg_preparation preparation; /* with the types that the server takes from the context */
  dusq__pg_variants variants; /* with the types that values give                             */
  struct dusq__pg_facts *facts; /* about each parameter, see facts.h; NULL: none yet         */
  bool renew;            /* it is to be prepared (again) before it is used                   */
  bool undetermined;     /* the server does not prepare it without declared types            */
  bool unnamed;          /* constant: neither it nor a variant gets a name                   */
  bool reads, alone, unsettles; /* constant: what text.h says of it                          */
  uint32_t nparams;      /* constant                                                         */
  uint32_t users;        /* references                                                       */
  char sql[];            /* constant                                                         */
} dusq__pg_statement;

/* With one reference; the text is copied.  NULL: no memory. */
dusq__pg_statement *dusq__pg_statement_new(const char *sql, size_t len, uint32_t nparams);
/* Gives up a reference; with the last one its names are added to those to be closed. */
void dusq__pg_statement_unref(dusq__pg_statement *statement, dusq__pg_names *names);
/* Drops all variants, and what is known of the parameters. */
void dusq__pg_drop_variants(dusq__pg_statement *statement, dusq__pg_names *names);

#endif
