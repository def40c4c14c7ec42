/* sql_body.h - where the body of a MySQL or MariaDB routine, trigger, event or compound statement begins and ends.  For
 * sql_split.c only.
 *
 * A body is one statement, which may be a block: BEGIN, IF, CASE, LOOP, WHILE, REPEAT or MariaDB's FOR, each up to its
 * END.  Such a word may also be a function, a clause or a name: it opens a block only where a statement begins.  No
 * other grammar is known.  No memory.  Any thread.                                                                   */
#ifndef DUSQ_DATA_SQL_BODY_H
#define DUSQ_DATA_SQL_BODY_H
#include "data/sql_lexer.h"

typedef enum dusq__sql_body_state {
  DUSQ__BODY_NONE = 0,
  DUSQ__BODY_ROUTINE, /* after CREATE FUNCTION or PROCEDURE: waiting for the body ... */
  DUSQ__BODY_TRIGGER, /* ... after FOR EACH ROW                                       */
  DUSQ__BODY_EVENT,   /* ... after DO                                                 */
  DUSQ__BODY_INSIDE,  /* a block is open                                              */
  DUSQ__BODY_OVER     /* the last block has been closed, or there is no body          */
} dusq__sql_body_state;

typedef struct dusq__sql_body {
  dusq__sql_body_state state;
  bool ready;       /* waiting: the body may begin here                                                      */
  bool name;        /* waiting: the next token is the name of a trigger                                      */
  int begins;       /* inside: 2 where a statement begins, 1 after its first token, else 0                   */
  bool until;       /* inside: UNTIL was read, so that END may follow without a semicolon                    */
  int handler;      /* inside: position in a DECLARE ... HANDLER FOR condition, condition ...                */
  size_t parens;    /* waiting: number of open parentheses                                                   */
  size_t depth;     /* number of open blocks and CASE expressions                                            */
  uint64_t cases;   /* one bit for each, the lowest for the innermost: whether it is a CASE in an expression */
} dusq__sql_body;

/* `state` is ROUTINE, TRIGGER or EVENT, after that word; or INSIDE, after the BEGIN of BEGIN NOT ATOMIC. */
void dusq__sql_body_begin(dusq__sql_body *body, dusq__sql_body_state state);
/* Whether this word opens a compound statement of its own, as MariaDB allows; if so, the body has begun. */
bool dusq__sql_body_opens(dusq__sql_body *body, const dusq__lexer *lexer);
/* Processes the lexer's token.  After END it also reads the word that belongs to it. */
void dusq__sql_body_take(dusq__sql_body *body, dusq__lexer *lexer);

#endif
