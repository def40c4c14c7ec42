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

/* The verb by the lexer's token, the first of a statement.  False: the next token is needed. */
bool dusq__sql_verb_by(const dusq__lexer *lexer, dusq__sql_verb *verb);

#endif
