/* split.h - cutting statements out of SQL text that arrives piece by piece.
 *
 * A semicolon ends a statement unless it stands in a literal, a quoted name, a comment, a dollar quote (PostgreSQL),
 * in parentheses (PostgreSQL's CREATE RULE), or in the body of a trigger, function, procedure or event.  Words are
 * counted, not parsed.  A literal or comment that never ends takes the rest of the input with it; the database says
 * what is wrong.  Memory: the longest statement, and one piece.                                                      */
#ifndef DUSQ_TOOLS_SPLIT_H
#define DUSQ_TOOLS_SPLIT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum split_dialect { SPLIT_SQLITE, SPLIT_POSTGRESQL, SPLIT_MYSQL } split_dialect;

typedef struct splitter {
  split_dialect dialect;
  char *bytes;          /* what has been fed and is not done with         */
  size_t len, size;
  size_t at;            /* the next token                                 */
  size_t seen;          /* where its end has not been found yet           */
  bool begun;           /* a statement has, at ...                        */
  size_t begin;
  uint64_t dropped;     /* bytes of the input before `bytes`              */
  size_t line, counted; /* the number of the line in which bytes[counted] stands */
  bool ended;           /* nothing more will be fed                       */
  int head;             /* what kind of statement it is, as far as seen   */
  int last;             /* the token before                               */
  bool reads;           /* it began with SELECT or VALUES                 */
  bool closing;         /* SQLite: END stood behind a semicolon           */
  size_t depth, parens; /* BEGIN and CASE without their END; parentheses  */
} splitter;

typedef struct statement {
  const char *sql;      /* NUL-terminated, without the semicolon; until the next call */
  size_t len;
  size_t line;          /* where it begins, from 1                        */
  bool reads;           /* it begins with SELECT or VALUES                */
  uint64_t end;         /* how much of the input has been used            */
} statement;

typedef enum split_outcome { SPLIT_STATEMENT, SPLIT_MORE, SPLIT_END } split_outcome;

void splitter_init(splitter *s, split_dialect dialect);
void splitter_fini(splitter *s);
/* Where the next piece may be written, and how long it may be; NULL when memory is short. */
char *splitter_room(splitter *s, size_t *room);
/* So much was written there; 0: that was all. */
void splitter_fed(splitter *s, size_t n);
/* The next statement; or MORE must be fed; or there is none. */
split_outcome splitter_next(splitter *s, statement *out);

#endif
