/* split.h - cutting statements out of SQL text that arrives piece by piece.
 *
 * Where a statement ends is the library's knowledge, dusq_sql_next() of <dusq/backend.h>; what is here are the pieces,
 * the lines, and DELIMITER, which is a command of MySQL's own program: scripts with routines and dumps have it.  A
 * literal or comment that never ends takes the rest of the input with it; the database says what is wrong.  Memory: the
 * longest statement, and one piece.                                                                                  */
#ifndef DUSQ_TOOLS_SPLIT_H
#define DUSQ_TOOLS_SPLIT_H
#include <dusq/backend.h>

enum { SPLIT_DELIMITER = 32 };

typedef struct splitter {
  uint32_t dialect;     /* with the modes of MySQL                        */
  char *bytes;          /* what has been fed and is not done with         */
  size_t len, size;
  size_t at;            /* behind the last statement                      */
  size_t tried;         /* so much of it has no end                       */
  uint64_t dropped;     /* bytes of the input before `bytes`              */
  size_t line, counted; /* the number of the line in which bytes[counted] stands */
  bool ended;           /* nothing more will be fed                       */
  char delimiter[SPLIT_DELIMITER]; /* "": a semicolon, but not in the body of a routine */
} splitter;

typedef struct statement {
  const char *sql;      /* NUL-terminated, without the semicolon; until the next call */
  size_t len;
  size_t line;          /* where it begins, from 1                        */
  bool reads;           /* it begins with SELECT or VALUES                */
  bool rows;            /* its result is the rows of one set, of which there may be many */
  bool controls;        /* it begins or ends a transaction or a savepoint */
  uint64_t end;         /* how much of the input has been used            */
} statement;

typedef enum split_outcome { SPLIT_STATEMENT, SPLIT_MORE, SPLIT_END } split_outcome;

/* `dialect` is one of DUSQ_DIALECT_*. */
void splitter_init(splitter *s, uint32_t dialect);
void splitter_fini(splitter *s);
/* DUSQ_DIALECT_NO_ESCAPES and ..._ANSI_QUOTES, for what comes behind the last statement. */
void splitter_set_modes(splitter *s, uint32_t modes);
/* Where the next piece may be written, and how long it may be; NULL when memory is short. */
char *splitter_room(splitter *s, size_t *room);
/* So much was written there; 0: that was all. */
void splitter_fed(splitter *s, size_t n);
/* Whether there is anything but blanks. */
bool splitter_holds(const splitter *s);
/* The next statement; or MORE must be fed; or there is none. */
split_outcome splitter_next(splitter *s, statement *out);

/* Whether a statement is without use in a database that has no table yet. */
bool split_needs_table(const char *text, size_t len);
/* Whether its result is the rows of one set, of which there may be many. */
bool split_has_rows(const char *text, size_t len);
/* Whether the text begins with that word, which is given in lower case. */
bool split_is_word(const char *text, size_t len, const char *word);

#endif
