/* statement.h - a prepared statement, as its connection knows it.  Only that connection's worker uses it. */
#ifndef DUSQ_POSTGRES_STATEMENT_H
#define DUSQ_POSTGRES_STATEMENT_H
#include "preparation.h"

/* A statement with declared types for some of its parameters; variant.c chooses and fills them. */
typedef struct dusq__pg_variant {
  Oid *declared;   /* 0: the context decides; owned; NULL: the entry is free              */
  dusq__pg_preparation preparation; /* without a name it is executed without one          */
  uint64_t used;   /* the value of `uses` when it was used last                           */
  unsigned unnamed; /* how often it was executed without a name                           */
  bool refused;    /* the server does not prepare it                                      */
} dusq__pg_variant;

enum { DUSQ__PG_VARIANTS = 8 };
typedef struct dusq__pg_statement {
  dusq__pg_preparation preparation; /* with the types that the server takes from the context */
  dusq__pg_variant variants[DUSQ__PG_VARIANTS];
  struct dusq__pg_facts *facts; /* about each parameter, see facts.h; NULL: none yet         */
  uint64_t uses;         /* of variants, a counter                                           */
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
void dusq__pg_drop_variant(dusq__pg_variant *variant, dusq__pg_names *names);
/* Drops all variants, and what is known of the parameters. */
void dusq__pg_drop_variants(dusq__pg_statement *statement, dusq__pg_names *names);

#endif
