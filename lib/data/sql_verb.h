/* sql_verb.h - the kind of a statement by its first word: only a hint for routing.  Any thread. */
#ifndef DUSQ_DATA_SQL_VERB_H
#define DUSQ_DATA_SQL_VERB_H
#include "data/sql_lexer.h"

typedef enum dusq__sql_verb {
  DUSQ__VERB_OTHER = 0,   /* anything else: PRAGMA, CREATE, VACUUM, SET, ...         */
  DUSQ__VERB_SELECT,      /* SELECT, VALUES, TABLE, and EXPLAIN                      */
  DUSQ__VERB_WITH,        /* WITH: may read or write                                 */
  DUSQ__VERB_WRITE,       /* INSERT, UPDATE, DELETE, REPLACE, MERGE                  */
  DUSQ__VERB_TRANSACTION, /* BEGIN, START, COMMIT, END, ROLLBACK, SAVEPOINT, RELEASE */
  DUSQ__VERB_NONE         /* only blanks, comments and semicolons                    */
} dusq__sql_verb;

/* Whose the numbers $1, $2 in a statement are. */
typedef enum dusq__sql_owner {
  DUSQ__OWNER_UNKNOWN = 0, /* before its first word                                                             */
  DUSQ__OWNER_CREATING,    /* behind CREATE, CREATE OR REPLACE                                                  */
  DUSQ__OWNER_CALLER,      /* they are placeholders                                                             */
  DUSQ__OWNER_ITSELF       /* PostgreSQL's PREPARE, CREATE FUNCTION and CREATE PROCEDURE: they are its own text */
} dusq__sql_owner;
/* What the lexer's token, the next of the statement, says of that. */
void dusq__sql_owner_by(const dusq__lexer *lexer, dusq__sql_owner *owner);

/* The verb by the lexer's token, the first of a statement: false where the next token has to tell it. */
bool dusq__sql_verb_by(const dusq__lexer *lexer, dusq__sql_verb *verb);

#endif
