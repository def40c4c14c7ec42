/* statement.h - a prepared statement of a connection.  Only that connection's worker uses it. */
#ifndef DUSQ_POSTGRES_STATEMENT_H
#define DUSQ_POSTGRES_STATEMENT_H
#include "variant_cache.h"

typedef struct dusq__pg_statement {
  dusq__pg_preparation preparation; /* with the types that the server infers from the context */
  dusq__pg_variants variants; /* with the types of values */
  struct dusq__pg_facts *facts; /* about each parameter, see facts.h; NULL: not allocated */
  bool renew;            /* it must be prepared (again) before it is used             */
  bool undetermined;     /* the server does not prepare it without declared types     */
  bool unnamed;          /* constant: neither the statement nor a variant gets a name */
  bool reads, alone, unsettles; /* constant: see text.h */
  uint32_t nparams;      /* constant                                                  */
  uint32_t users;        /* number of references                                      */
  char sql[];            /* constant                                                  */
} dusq__pg_statement;

/* A new one with one reference; the text is copied.  NULL: no memory. */
dusq__pg_statement *dusq__pg_statement_new(const char *sql, size_t len, uint32_t nparams);
/* Drops a reference; with the last one its names are added to those to be closed. */
void dusq__pg_statement_unref(dusq__pg_statement *statement, dusq__pg_names *names);
/* Drops all variants, and the facts about the parameters. */
void dusq__pg_drop_variants(dusq__pg_statement *statement, dusq__pg_names *names);

#endif
