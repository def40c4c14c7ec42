/* sql_body.h - where the body of a MySQL or MariaDB routine, trigger, event or compound statement begins and ends, for
 * sql_split.c alone.
 *
 * A body is one statement, which may be a block: BEGIN, IF, CASE, LOOP, WHILE, REPEAT or MariaDB's FOR, up to the END
 * of each.  Whether such a word opens a block or is a function, a clause or a name depends on where it stands: a block
 * opens only where a statement begins.  Nothing else of the grammar is known.  No memory.  Any thread.               */
#ifndef DUSQ_DATA_SQL_BODY_H
#define DUSQ_DATA_SQL_BODY_H
#include "data/sql_lexer.h"

typedef enum dusq__sql_body_state {
  DUSQ__BODY_NONE = 0,
  DUSQ__BODY_ROUTINE, /* behind CREATE FUNCTION or PROCEDURE: the body is awaited ...                         */
  DUSQ__BODY_TRIGGER, /* ... behind FOR EACH ROW                                                              */
  DUSQ__BODY_EVENT,   /* ... behind DO                                                                        */
  DUSQ__BODY_INSIDE,  /* a block is open                                                                      */
  DUSQ__BODY_OVER     /* the last block has been closed, or the body is none                                  */
} dusq__sql_body_state;

typedef struct dusq__sql_body {
  dusq__sql_body_state state;
  bool ready;       /* awaiting: here it could begin                                                          */
  bool name;        /* awaiting: the next token is a trigger's name                                           */
  int begins;       /* inside: 2 where a statement begins, 1 behind its first token, else 0                   */
  bool until;       /* inside: an UNTIL was read, so that END need not follow a semicolon                     */
  int handler;      /* inside: how far a DECLARE ... HANDLER FOR condition, condition ... has come            */
  size_t parens;    /* awaiting: how many are open                                                            */
  size_t depth;     /* open blocks, and CASE in expressions                                                   */
  uint64_t cases;   /* the lowest bit: whether the innermost is a CASE in an expression, and so on            */
} dusq__sql_body;

/* `state` is ROUTINE, TRIGGER or EVENT, behind that word; or INSIDE, behind the BEGIN of BEGIN NOT ATOMIC. */
void dusq__sql_body_begin(dusq__sql_body *body, dusq__sql_body_state state);
/* Whether this word opens a compound statement of its own, which MariaDB allows; then the body has begun. */
bool dusq__sql_body_opens(dusq__sql_body *body, const dusq__lexer *lexer);
/* Takes the lexer's token into account.  Behind END it goes on to the word that belongs to it. */
void dusq__sql_body_take(dusq__sql_body *body, dusq__lexer *lexer);

#endif
