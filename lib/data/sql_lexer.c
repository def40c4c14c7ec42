/* sql_lexer.c - see sql_lexer.h.
 *
 * Every byte has a class; names, numbers and literals are passed over in tight loops.  An operator of several signs is
 * several tokens, except where one of them is a question mark or a colon.                                            */
#include "data/sql_lexer.h"
#include <string.h>

typedef enum byte_class {
  NAME = 0,  /* letters, '_', bytes of UTF-8: first in a name */
  DIGIT = 1,
  DOLLAR = 2, /* up to here: further on in a name */
  BLANK, QUOTE, DOUBLE, BACKTICK, BRACKET, UNBRACKET, OPEN, CLOSE, COLON, QUESTION, AT, HASH, DASH, SLASH, STAR,
  SEMICOLON, SIGN
} byte_class;

enum { W = NAME, D = DIGIT, L = DOLLAR, B = BLANK, P = SIGN };
static const unsigned char classes[] = {
  P, P, P, P, P, P, P, P, P, B, B, B, B, B, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P,
  B, P, DOUBLE, HASH, L, P, P, QUOTE, OPEN, CLOSE, STAR, P, P, DASH, P, SLASH,   /* blank !"#$%&'()*+,-./ */
  D, D, D, D, D, D, D, D, D, D, COLON, SEMICOLON, P, P, P, QUESTION,             /* 0 to 9 :;<=>?         */
  AT, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* @ A to Z         */
  BRACKET, P, UNBRACKET, P, W, BACKTICK,                                         /* [\]^_`                */
  W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,  /* a to z                */
  P, P, P, P, P                                                                  /* {|}~ and delete       */
};
_Static_assert(sizeof classes == 128, "one class for every byte of ASCII");

static byte_class class_of(char c)
{
  unsigned char byte = (unsigned char)c;
  return byte < 128 ? (byte_class)classes[byte] : NAME;
}

bool dusq__sql_name_first(char c)
{
  return class_of(c) == NAME;
}

bool dusq__sql_name_next(char c)
{
  return class_of(c) <= DOLLAR;
}

bool dusq__token_ends_value(dusq__token kind)
{
  switch (kind) {
  case DUSQ__TOKEN_NUMBER:
  case DUSQ__TOKEN_STRING:
  case DUSQ__TOKEN_QUOTED:
  case DUSQ__TOKEN_QUESTION:
  case DUSQ__TOKEN_NUMBERED:
  case DUSQ__TOKEN_NAMED:
  case DUSQ__TOKEN_CLOSE:
  case DUSQ__TOKEN_UNBRACKET:
    return true;
  default:
    return false;
  }
}

void dusq__lexer_init(dusq__lexer *lexer, uint32_t dialect, const char *text, size_t len, size_t at)
{
  const uint32_t modes = DUSQ_DIALECT_NO_ESCAPES | DUSQ_DIALECT_ANSI_QUOTES;
  *lexer = (dusq__lexer){.text = text, .len = len, .at = at, .dialect = dialect & ~modes};
  lexer->escapes = lexer->dialect == DUSQ_DIALECT_MYSQL && !(dialect & DUSQ_DIALECT_NO_ESCAPES);
  lexer->names = lexer->dialect != DUSQ_DIALECT_MYSQL || dialect & DUSQ_DIALECT_ANSI_QUOTES;
  lexer->kind = DUSQ__TOKEN_SEMICOLON;
  if (at == 0 && len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
    lexer->at = 3;
  lexer->last_end = lexer->at;
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

static bool postgresql(const dusq__lexer *lexer)
{
  return lexer->dialect == DUSQ_DIALECT_POSTGRESQL;
}

static bool mysql(const dusq__lexer *lexer)
{
  return lexer->dialect == DUSQ_DIALECT_MYSQL;
}

/* The byte so far ahead of the token's place, NUL past the end. */
static char ahead(const dusq__lexer *lexer, size_t by)
{
  return by < lexer->len - lexer->at ? lexer->text[lexer->at + by] : '\0';
}

static size_t name_end(const dusq__lexer *lexer, size_t at)
{
  while (at < lexer->len && class_of(lexer->text[at]) <= DOLLAR)
    at++;
  return at;
}

static bool same_word(const char *text, size_t len, const char *word)
{
  for (size_t i = 0; i < len; i++) {
    char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + ('a' - 'A')) : text[i];
    if (c != word[i] || c == '\0')
      return false;
  }
  return word[len] == '\0';
}

bool dusq__lexer_is(const dusq__lexer *lexer, const char *word)
{
  return lexer->kind == DUSQ__TOKEN_WORD && same_word(lexer->text + lexer->begin, lexer->at - lexer->begin, word);
}

/* ---- ending a token ---------------------------------------------------------------------------------------------- */

static dusq__token give(dusq__lexer *lexer, dusq__token kind, size_t end)
{
  lexer->kind = kind;
  lexer->at = end;
  return kind;
}

static dusq__token fail(dusq__lexer *lexer, size_t begin, const char *why)
{
  lexer->begin = begin;
  lexer->why = why;
  return give(lexer, DUSQ__TOKEN_ERROR, lexer->len);
}

/* ---- blanks and comments ----------------------------------------------------------------------------------------- */

/* MySQL alone wants something blank behind the two dashes, so that 5--2 stays a subtraction. */
static bool at_line_comment(const dusq__lexer *lexer)
{
  if (ahead(lexer, 0) == '#')
    return mysql(lexer);
  if (ahead(lexer, 0) != '-' || ahead(lexer, 1) != '-')
    return false;
  unsigned char third = (unsigned char)ahead(lexer, 2);
  return !mysql(lexer) || third <= 0x20 || third == 0x7F;
}

/* What is for a version that there never is, 99xxxx, is a comment to every server. */
static bool at_executed_comment(const dusq__lexer *lexer)
{
  size_t sign = ahead(lexer, 2) == 'M' ? 3 : 2, digits = 0;
  if (!mysql(lexer) || ahead(lexer, sign) != '!')
    return false;
  while (digits < 6 && class_of(ahead(lexer, sign + 1 + digits)) == DIGIT)
    digits++;
  return digits < 6 || ahead(lexer, sign + 1) != '9' || ahead(lexer, sign + 2) != '9';
}

static bool at_order_mark(const dusq__lexer *lexer)
{
  return ahead(lexer, 0) == '\xEF' && lexer->dialect == DUSQ_DIALECT_SQLITE && ahead(lexer, 1) == '\xBB' &&
         ahead(lexer, 2) == '\xBF';
}

static size_t line_end(const dusq__lexer *lexer, size_t at)
{
  const char *text = lexer->text;
  if (!postgresql(lexer)) {
    const char *newline = memchr(text + at, '\n', lexer->len - at);
    return newline ? (size_t)(newline - text) : lexer->len;
  }
  while (at < lexer->len && text[at] != '\n' && text[at] != '\r')
    at++;
  return at;
}

/* Behind the comment that begins at `at`, or 0 when it has no end.  PostgreSQL's nest. */
static size_t block_end(const dusq__lexer *lexer, size_t at)
{
  const char *text = lexer->text;
  size_t depth = 1;
  at += 2;
  while (at + 1 < lexer->len) {
    if (text[at] == '*' && text[at + 1] == '/') {
      at += 2;
      if (--depth == 0)
        return at;
    } else if (text[at] == '/' && text[at + 1] == '*' && postgresql(lexer)) {
      at += 2;
      depth++;
    } else {
      at++;
    }
  }
  return 0;
}

/* False when a comment has no end, with the error as the token. */
static bool skip_gap(dusq__lexer *lexer)
{
  while (lexer->at < lexer->len) {
    switch (class_of(lexer->text[lexer->at])) {
    case BLANK:
      lexer->at++;
      break;
    case NAME: /* SQLite takes a byte order mark before a token for a blank */
      if (!at_order_mark(lexer))
        return true;
      lexer->at += 3;
      break;
    case DASH:
    case HASH:
      if (!at_line_comment(lexer))
        return true;
      lexer->at = line_end(lexer, lexer->at);
      break;
    case SLASH: {
      if (ahead(lexer, 1) != '*' || at_executed_comment(lexer))
        return true;
      size_t end = block_end(lexer, lexer->at);
      if (!end) {
        fail(lexer, lexer->at, "a comment has no end");
        return false;
      }
      lexer->at = end;
      break;
    }
    default:
      return true;
    }
  }
  return true;
}

/* ---- literals ---------------------------------------------------------------------------------------------------- */

/* Behind the literal whose opening quote is at `at`, or 0 when it has no end.  A doubled quote stands for one. */
static size_t quoted_end(const dusq__lexer *lexer, size_t at, bool escapes)
{
  const char *text = lexer->text;
  char quote = text[at++];
  while (at < lexer->len) {
    if (!escapes) {
      const char *next = memchr(text + at, quote, lexer->len - at);
      if (!next)
        return 0;
      at = (size_t)(next - text);
    }
    if (text[at] == '\\' && escapes)
      at += 2;
    else if (text[at] != quote)
      at++;
    else if (at + 1 < lexer->len && text[at + 1] == quote)
      at += 2;
    else
      return at + 1;
  }
  return 0;
}

static dusq__token quoted(dusq__lexer *lexer, bool escapes, dusq__token kind, const char *why)
{
  size_t end = quoted_end(lexer, lexer->at, escapes);
  return end ? give(lexer, kind, end) : fail(lexer, lexer->begin, why);
}

/* Where a PostgreSQL string that ended at `at` goes on: at the next quote with a newline in between; or 0. */
static size_t continued(const dusq__lexer *lexer, size_t at)
{
  bool newline = false;
  for (; at < lexer->len; at++) {
    char c = lexer->text[at];
    if (c == '\'')
      return newline ? at : 0;
    if (c == '-' && at + 1 < lexer->len && lexer->text[at + 1] == '-')
      at = line_end(lexer, at);
    else if (class_of(c) != BLANK)
      return 0;
    newline = newline || (at < lexer->len && (lexer->text[at] == '\n' || lexer->text[at] == '\r'));
  }
  return 0;
}

/* PostgreSQL's E'...', with `at` at the quote.  Its continuations have escapes too. */
static dusq__token escape_string(dusq__lexer *lexer, size_t at)
{
  for (;;) {
    size_t end = quoted_end(lexer, at, true);
    if (!end)
      return fail(lexer, lexer->begin, "a string has no end");
    at = continued(lexer, end);
    if (!at)
      return give(lexer, DUSQ__TOKEN_STRING, end);
  }
}

static dusq__token double_quoted(dusq__lexer *lexer)
{
  if (lexer->names)
    return quoted(lexer, false, DUSQ__TOKEN_QUOTED, "a quoted name has no end");
  return quoted(lexer, lexer->escapes, DUSQ__TOKEN_STRING, "a string has no end");
}

static dusq__token backtick(dusq__lexer *lexer)
{
  if (postgresql(lexer))
    return give(lexer, DUSQ__TOKEN_OTHER, lexer->at + 1);
  return quoted(lexer, false, DUSQ__TOKEN_QUOTED, "a quoted name has no end");
}

static dusq__token bracket(dusq__lexer *lexer)
{
  if (lexer->dialect != DUSQ_DIALECT_SQLITE) {
    lexer->brackets++;
    return give(lexer, DUSQ__TOKEN_BRACKET, lexer->at + 1);
  }
  const char *end = memchr(lexer->text + lexer->at, ']', lexer->len - lexer->at);
  if (!end)
    return fail(lexer, lexer->begin, "a quoted name has no end");
  return give(lexer, DUSQ__TOKEN_QUOTED, (size_t)(end - lexer->text) + 1);
}

static dusq__token unbracket(dusq__lexer *lexer)
{
  if (lexer->brackets)
    lexer->brackets--;
  return give(lexer, DUSQ__TOKEN_UNBRACKET, lexer->at + 1);
}

/* $tag$...$tag$, or a lone sign where no tag is closed.  The tag has no '$' inside, so that the search stays linear. */
static dusq__token dollar_quoted(dusq__lexer *lexer)
{
  const char *text = lexer->text;
  size_t body = lexer->at + 1;
  if (body < lexer->len && class_of(text[body]) == NAME)
    while (body < lexer->len && class_of(text[body]) <= DIGIT)
      body++;
  if (body >= lexer->len || text[body] != '$')
    return give(lexer, DUSQ__TOKEN_OTHER, lexer->at + 1);
  size_t tag = ++body - lexer->at;
  while (lexer->len - body >= tag) {
    const char *next = memchr(text + body, '$', lexer->len - body - tag + 1);
    if (!next)
      break;
    body = (size_t)(next - text);
    if (memcmp(next, text + lexer->at, tag) == 0)
      return give(lexer, DUSQ__TOKEN_STRING, body + tag);
    body++;
  }
  return fail(lexer, lexer->begin, "a dollar-quoted string has no end");
}

/* ---- names and numbers ------------------------------------------------------------------------------------------- */

static dusq__token word(dusq__lexer *lexer)
{
  size_t end = name_end(lexer, lexer->at);
  bool e = postgresql(lexer) && end - lexer->at == 1 && (ahead(lexer, 0) == 'e' || ahead(lexer, 0) == 'E');
  if (e && end < lexer->len && lexer->text[end] == '\'')
    return escape_string(lexer, end);
  return give(lexer, DUSQ__TOKEN_WORD, end);
}

/* 12, 0x1F, 1e5, and MySQL's names that begin with a digit; 1.5 comes as three tokens. */
static dusq__token number(dusq__lexer *lexer)
{
  byte_class most = postgresql(lexer) ? DIGIT : DOLLAR; /* in PostgreSQL a $1 may follow a number */
  size_t end = lexer->at;
  while (end < lexer->len && class_of(lexer->text[end]) <= most)
    end++;
  return give(lexer, DUSQ__TOKEN_NUMBER, end);
}

/* ---- placeholders and what looks like them ----------------------------------------------------------------------- */

static dusq__token numbered(dusq__lexer *lexer)
{
  enum { ENOUGH = 1000000000 };
  size_t end = lexer->at + 1;
  lexer->number = 0;
  for (; end < lexer->len && class_of(lexer->text[end]) == DIGIT; end++) {
    lexer->number = lexer->number * 10 + (uint64_t)(lexer->text[end] - '0');
    if (lexer->number > ENOUGH)
      lexer->number = ENOUGH;
  }
  return give(lexer, DUSQ__TOKEN_NUMBERED, end);
}

/* Behind a parameter as SQLite itself reads it ($a::b, :1, #x), or 0. */
static size_t native_end(const dusq__lexer *lexer)
{
  size_t i = 1;
  bool named = false;
  for (;; i++) {
    char c = ahead(lexer, i);
    if (class_of(c) <= DOLLAR)
      named = true;
    else if (c == ':' && ahead(lexer, i + 1) == ':')
      i++;
    else
      break;
  }
  return named ? lexer->at + i : 0;
}

static dusq__token native(dusq__lexer *lexer, size_t otherwise)
{
  size_t end = lexer->dialect == DUSQ_DIALECT_SQLITE ? native_end(lexer) : 0;
  return end ? give(lexer, DUSQ__TOKEN_NATIVE, end) : give(lexer, DUSQ__TOKEN_OTHER, lexer->at + otherwise);
}

static dusq__token question(dusq__lexer *lexer)
{
  if (ahead(lexer, 1) == '?')
    return give(lexer, DUSQ__TOKEN_ESCAPED, lexer->at + 2);
  if (class_of(ahead(lexer, 1)) == DIGIT)
    return numbered(lexer);
  return give(lexer, DUSQ__TOKEN_QUESTION, lexer->at + 1);
}

static dusq__token dollar(dusq__lexer *lexer)
{
  if (class_of(ahead(lexer, 1)) == DIGIT)
    return numbered(lexer);
  if (postgresql(lexer))
    return dollar_quoted(lexer);
  if (mysql(lexer))
    return word(lexer);
  return native(lexer, 1);
}

static dusq__token at_sign(dusq__lexer *lexer)
{
  if (mysql(lexer)) { /* @variable, @@global.variable, user@host */
    size_t end = lexer->at;
    while (end < lexer->len && lexer->text[end] == '@')
      end++;
    while (end < lexer->len && (class_of(lexer->text[end]) <= DOLLAR || lexer->text[end] == '.'))
      end++;
    return give(lexer, DUSQ__TOKEN_OTHER, end);
  }
  /* PostgreSQL's @? is an operator; in @@? <@? &&@? the question mark is what follows one */
  if (postgresql(lexer) && ahead(lexer, 1) == '?' && ahead(lexer, 2) != '?') {
    bool inside = lexer->last == DUSQ__TOKEN_OTHER && lexer->last_end == lexer->at &&
                  memchr("+-*/<>=~!@#%^&|`", lexer->text[lexer->at - 1], 16);
    return give(lexer, DUSQ__TOKEN_OTHER, lexer->at + (inside ? 1 : 2));
  }
  return native(lexer, 1);
}

/* label:LOOP in a MySQL routine */
static bool at_label(const dusq__lexer *lexer)
{
  if (!mysql(lexer) || lexer->last_end != lexer->at)
    return false;
  if (lexer->last != DUSQ__TOKEN_WORD && lexer->last != DUSQ__TOKEN_QUOTED)
    return false;
  const char *next = lexer->text + lexer->at + 1;
  size_t len = name_end(lexer, lexer->at + 1) - lexer->at - 1;
  return same_word(next, len, "begin") || same_word(next, len, "loop") || same_word(next, len, "repeat") ||
         same_word(next, len, "while") || same_word(next, len, "for");
}

/* Behind a value a colon is PostgreSQL's slice, a[1:n] or a[i:n], or the one in JSON_OBJECT('key':value).  A word may
 * as well be a keyword: only inside brackets, and with no blank between, it is taken for a value.                    */
static bool at_separator(const dusq__lexer *lexer)
{
  if (!postgresql(lexer))
    return false;
  if (lexer->last == DUSQ__TOKEN_WORD)
    return lexer->brackets > 0 && lexer->last_end == lexer->at;
  return dusq__token_ends_value(lexer->last);
}

static dusq__token colon(dusq__lexer *lexer)
{
  size_t run = 1;
  while (ahead(lexer, run) == ':')
    run++;
  if (run > 1 || class_of(ahead(lexer, 1)) != NAME) /* a cast, :=, or a lone colon */
    return native(lexer, run);
  if (at_separator(lexer) || at_label(lexer))
    return give(lexer, DUSQ__TOKEN_OTHER, lexer->at + 1);
  return give(lexer, DUSQ__TOKEN_NAMED, name_end(lexer, lexer->at + 1));
}

/* ---- the rest ---------------------------------------------------------------------------------------------------- */

/* '/' that begins no plain comment. */
static dusq__token slash(dusq__lexer *lexer)
{
  if (ahead(lexer, 1) != '*')
    return give(lexer, DUSQ__TOKEN_OTHER, lexer->at + 1);
  if (lexer->executed++ == 0)
    lexer->executed_begin = lexer->at;
  size_t end = lexer->at + (ahead(lexer, 2) == '!' ? 3 : 4);
  for (int digits = 0; digits < 6 && end < lexer->len && class_of(lexer->text[end]) == DIGIT; digits++)
    end++;
  return give(lexer, DUSQ__TOKEN_EXECUTED, end);
}

static dusq__token star(dusq__lexer *lexer)
{
  if (!lexer->executed || ahead(lexer, 1) != '/')
    return give(lexer, DUSQ__TOKEN_OTHER, lexer->at + 1);
  lexer->executed--;
  return give(lexer, DUSQ__TOKEN_EXECUTED, lexer->at + 2);
}

static dusq__token semicolon(dusq__lexer *lexer)
{
  lexer->brackets = 0;
  return give(lexer, lexer->executed ? DUSQ__TOKEN_OTHER : DUSQ__TOKEN_SEMICOLON, lexer->at + 1);
}

static dusq__token dispatch(dusq__lexer *lexer)
{
  switch (class_of(lexer->text[lexer->at])) {
  case NAME: return word(lexer);
  case DIGIT: return number(lexer);
  case DOLLAR: return dollar(lexer);
  case QUOTE: return quoted(lexer, lexer->escapes, DUSQ__TOKEN_STRING, "a string has no end");
  case DOUBLE: return double_quoted(lexer);
  case BACKTICK: return backtick(lexer);
  case BRACKET: return bracket(lexer);
  case UNBRACKET: return unbracket(lexer);
  case OPEN: return give(lexer, DUSQ__TOKEN_OPEN, lexer->at + 1);
  case CLOSE: return give(lexer, DUSQ__TOKEN_CLOSE, lexer->at + 1);
  case COLON: return colon(lexer);
  case QUESTION: return question(lexer);
  case AT: return at_sign(lexer);
  case HASH: return native(lexer, 1);
  case SLASH: return slash(lexer);
  case STAR: return star(lexer);
  case SEMICOLON: return semicolon(lexer);
  default: return give(lexer, DUSQ__TOKEN_OTHER, lexer->at + 1);
  }
}

dusq__token dusq__lexer_next(dusq__lexer *lexer)
{
  if (lexer->kind == DUSQ__TOKEN_END || lexer->kind == DUSQ__TOKEN_ERROR)
    return lexer->kind;
  lexer->last = lexer->kind;
  lexer->last_end = lexer->at;
  if (!skip_gap(lexer))
    return DUSQ__TOKEN_ERROR;
  lexer->begin = lexer->at;
  if (lexer->at < lexer->len)
    return dispatch(lexer);
  if (lexer->executed)
    return fail(lexer, lexer->executed_begin, "a comment has no end");
  return give(lexer, DUSQ__TOKEN_END, lexer->at);
}
