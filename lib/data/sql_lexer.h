/* sql_lexer.h - SQL text as tokens, for the other files that read SQL.
 *
 * Blanks and comments are passed over; everything else is a token.  What the three dialects disagree on is decided
 * here, and nothing of grammar beyond the one token before.  Linear in the length of the text.  No memory.  Any
 * thread.                                                                                                            */
#ifndef DUSQ_DATA_SQL_LEXER_H
#define DUSQ_DATA_SQL_LEXER_H
#include <dusq/backend.h>

typedef enum dusq__token {
  DUSQ__TOKEN_END = 0,
  DUSQ__TOKEN_ERROR,     /* a literal or comment that begins at `begin` and never ends: `why`                */
  DUSQ__TOKEN_WORD,      /* a keyword, or a name without quotes                                              */
  DUSQ__TOKEN_NUMBER,
  DUSQ__TOKEN_STRING,
  DUSQ__TOKEN_QUOTED,    /* a name in quotes                                                                 */
  DUSQ__TOKEN_QUESTION,  /* ?                                                                                */
  DUSQ__TOKEN_ESCAPED,   /* ??                                                                               */
  DUSQ__TOKEN_NUMBERED,  /* $1 or ?1: `number`                                                               */
  DUSQ__TOKEN_NAMED,     /* :name                                                                            */
  DUSQ__TOKEN_NATIVE,    /* what SQLite would take for a parameter and this library does not: @name, $name   */
  DUSQ__TOKEN_SEMICOLON, /* not inside a MySQL comment that is executed                                      */
  DUSQ__TOKEN_OPEN,      /* (                                                                                */
  DUSQ__TOKEN_CLOSE,     /* )                                                                                */
  DUSQ__TOKEN_BRACKET,   /* [ where it begins no name                                                        */
  DUSQ__TOKEN_UNBRACKET, /* ]                                                                                */
  DUSQ__TOKEN_EXECUTED,  /* MySQL: the signs around a comment that is executed                               */
  DUSQ__TOKEN_OTHER      /* any other sign                                                                   */
} dusq__token;

typedef struct dusq__lexer {
  const char *text;
  size_t len, at; /* `at` is behind the token                                */
  uint32_t dialect;
  bool escapes;     /* MySQL: a backslash escapes in '...', ...                */
  bool names;       /* ... and "..." is a name                                 */
  dusq__token kind;
  size_t begin;     /* of the token                                            */
  uint64_t number;  /* of DUSQ__TOKEN_NUMBERED; at most 10^9                   */
  const char *why;  /* of DUSQ__TOKEN_ERROR                                    */
  dusq__token last; /* the token before; a semicolon before the first          */
  size_t last_end;
  size_t brackets;  /* how many [ are open                                     */
  size_t executed;  /* how many executed comments are open, ...                */
  size_t executed_begin; /* ... and where the outermost began                  */
} dusq__lexer;

/* Begins at `at`, behind a byte order mark when that is 0.  `dialect` with DUSQ_DIALECT_NO_ESCAPES and ..._ANSI_QUOTES
 * where they hold.                                                                                                   */
void dusq__lexer_init(dusq__lexer *lexer, uint32_t dialect, const char *text, size_t len, size_t at);
/* Goes to the next token and returns its kind; stays at END and ERROR. */
dusq__token dusq__lexer_next(dusq__lexer *lexer);

/* Whether the token is that word, which is given in lower case. */
bool dusq__lexer_is(const dusq__lexer *lexer, const char *word);
/* Whether a token of that kind is a value or the end of one, so that no value can follow at once. */
bool dusq__token_ends_value(dusq__token kind);

/* ---- for the files that read tokens ------------------------------------------------------------------------------ */
static inline bool dusq__lexer_postgresql(const dusq__lexer *lexer)
{
  return lexer->dialect == DUSQ_DIALECT_POSTGRESQL;
}

static inline bool dusq__lexer_mysql(const dusq__lexer *lexer)
{
  return lexer->dialect == DUSQ_DIALECT_MYSQL;
}

/* The byte so far ahead of the token's place, NUL past the end. */
static inline char dusq__lexer_ahead(const dusq__lexer *lexer, size_t by)
{
  return by < lexer->len - lexer->at ? lexer->text[lexer->at + by] : '\0';
}

#endif
