/* sql_lexer.h - SQL text as tokens, for the other files that read SQL.
 *
 * Blanks and comments are skipped; everything else is a token.  The differences between the three dialects are decided
 * here.  Of the grammar, only the previous token is used.  Linear in the length of the text.  No memory.  Any thread. */
#ifndef DUSQ_DATA_SQL_LEXER_H
#define DUSQ_DATA_SQL_LEXER_H
#include <dusq/backend.h>

typedef enum dusq__token {
  DUSQ__TOKEN_END = 0,
  DUSQ__TOKEN_ERROR,     /* an unterminated literal or comment at `begin`; `why` says which */
  DUSQ__TOKEN_WORD,      /* a keyword, or an unquoted name                                  */
  DUSQ__TOKEN_NUMBER,
  DUSQ__TOKEN_STRING,
  DUSQ__TOKEN_QUOTED,    /* a quoted name                                                   */
  DUSQ__TOKEN_QUESTION,  /* ?                                                               */
  DUSQ__TOKEN_ESCAPED,   /* ??                                                              */
  DUSQ__TOKEN_NUMBERED,  /* $1 or ?1: `number`                                              */
  DUSQ__TOKEN_NAMED,     /* :name                                                           */
  DUSQ__TOKEN_NATIVE,    /* a parameter to SQLite, but not to this library: @name, $name    */
  DUSQ__TOKEN_SEMICOLON, /* except inside a MySQL comment that is executed                  */
  DUSQ__TOKEN_OPEN,      /* (                                                               */
  DUSQ__TOKEN_CLOSE,     /* )                                                               */
  DUSQ__TOKEN_BRACKET,   /* [ that does not quote a name                                    */
  DUSQ__TOKEN_UNBRACKET, /* ]                                                               */
  DUSQ__TOKEN_EXECUTED,  /* MySQL: the delimiters of a comment that is executed             */
  DUSQ__TOKEN_OTHER      /* any other character                                             */
} dusq__token;

typedef struct dusq__lexer {
  const char *text;
  size_t len, at; /* `at` is after the token */
  uint32_t dialect;
  bool escapes;     /* MySQL: a backslash is an escape in '...', ... */
  bool names;       /* ... and "..." is a name                       */
  dusq__token kind;
  size_t begin;     /* where the token begins                        */
  uint64_t number;  /* for DUSQ__TOKEN_NUMBERED; at most 10^9        */
  const char *why;  /* for DUSQ__TOKEN_ERROR                         */
  dusq__token last; /* the previous token; at first a semicolon      */
  size_t last_end;
  size_t brackets;  /* number of open [                              */
  size_t executed;  /* number of open executed comments, ...         */
  size_t executed_begin; /* ... and where the outermost begins */
} dusq__lexer;

/* Begins at `at`; skips a byte order mark if that is 0.  `dialect` includes DUSQ_DIALECT_NO_ESCAPES and ..._ANSI_QUOTES
 * if they apply.                                                                                                     */
void dusq__lexer_init(dusq__lexer *lexer, uint32_t dialect, const char *text, size_t len, size_t at);
/* Moves to the next token and returns its kind; stays at END and ERROR. */
dusq__token dusq__lexer_next(dusq__lexer *lexer);

/* Whether the token is that word, given in lower case. */
bool dusq__lexer_is(const dusq__lexer *lexer, const char *word);
/* Whether a token of that kind is or ends a value, so that a value cannot follow directly. */
bool dusq__token_ends_value(dusq__token kind);

/* ---- for the other files that read tokens ------------------------------------------------------------------------ */
static inline bool dusq__lexer_postgresql(const dusq__lexer *lexer)
{
  return lexer->dialect == DUSQ_DIALECT_POSTGRESQL;
}

static inline bool dusq__lexer_mysql(const dusq__lexer *lexer)
{
  return lexer->dialect == DUSQ_DIALECT_MYSQL;
}

/* The byte at that distance after the lexer's offset, NUL past the end. */
static inline char dusq__lexer_ahead(const dusq__lexer *lexer, size_t by)
{
  return by < lexer->len - lexer->at ? lexer->text[lexer->at + by] : '\0';
}

#endif
