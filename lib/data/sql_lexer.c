/* sql_lexer.c - see sql_lexer.h.
 *
 * Every byte has a class (sql_bytes.h).  Names, numbers and literals are skipped in tight loops.  An operator of
 * several characters is several tokens, unless one of them is a question mark or a colon.                            */
#include "data/sql_lexer.h"
#include "data/sql_bytes.h"
#include "data/sql_gap.h"
#include <string.h>

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

/* ---- looking ahead ----------------------------------------------------------------------------------------------- */

static size_t name_end(const dusq__lexer *lexer, size_t at)
{
  while (at < lexer->len && dusq__sql_class_of(lexer->text[at]) <= DUSQ__SQL_DOLLAR)
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

/* ---- literals ---------------------------------------------------------------------------------------------------- */

/* The offset after the literal whose opening quote is at `at`; 0 if it has no end.  A doubled quote stands for one. */
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

/* Where a PostgreSQL string that ended at `at` continues: the next quote, if a newline is in between; else 0. */
static size_t continued(const dusq__lexer *lexer, size_t at)
{
  bool newline = false;
  for (; at < lexer->len; at++) {
    char c = lexer->text[at];
    if (c == '\'')
      return newline ? at : 0;
    if (c == '-' && at + 1 < lexer->len && lexer->text[at + 1] == '-')
      at = dusq__sql_line_end(lexer, at);
    else if (dusq__sql_class_of(c) != DUSQ__SQL_BLANK)
      return 0;
    newline = newline || (at < lexer->len && (lexer->text[at] == '\n' || lexer->text[at] == '\r'));
  }
  return 0;
}

/* PostgreSQL's E'...', with `at` at the quote.  Its continuations have escapes, too. */
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
  if (dusq__lexer_postgresql(lexer))
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

/* $tag$...$tag$, or a single character if the tag is not closed.  A tag contains no '$', so the search stays linear. */
static dusq__token dollar_quoted(dusq__lexer *lexer)
{
  const char *text = lexer->text;
  size_t body = lexer->at + 1;
  if (body < lexer->len && dusq__sql_class_of(text[body]) == DUSQ__SQL_NAME)
    while (body < lexer->len && dusq__sql_class_of(text[body]) <= DUSQ__SQL_DIGIT)
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
  bool e = dusq__lexer_postgresql(lexer) && end - lexer->at == 1 &&
           (dusq__lexer_ahead(lexer, 0) == 'e' || dusq__lexer_ahead(lexer, 0) == 'E');
  if (e && end < lexer->len && lexer->text[end] == '\'')
    return escape_string(lexer, end);
  return give(lexer, DUSQ__TOKEN_WORD, end);
}

/* 12, 0x1F, 1e5, and MySQL's names that begin with a digit; 1.5 comes as three tokens. */
static dusq__token number(dusq__lexer *lexer)
{
  /* PostgreSQL: a $1 may follow a number directly */
  dusq__sql_class most = dusq__lexer_postgresql(lexer) ? DUSQ__SQL_DIGIT : DUSQ__SQL_DOLLAR;
  size_t end = lexer->at;
  while (end < lexer->len && dusq__sql_class_of(lexer->text[end]) <= most)
    end++;
  return give(lexer, DUSQ__TOKEN_NUMBER, end);
}

/* ---- placeholders and similar tokens ----------------------------------------------------------------------------- */

static dusq__token numbered(dusq__lexer *lexer)
{
  enum { ENOUGH = 1000000000 };
  size_t end = lexer->at + 1;
  lexer->number = 0;
  for (; end < lexer->len && dusq__sql_class_of(lexer->text[end]) == DUSQ__SQL_DIGIT; end++) {
    lexer->number = lexer->number * 10 + (uint64_t)(lexer->text[end] - '0');
    if (lexer->number > ENOUGH)
      lexer->number = ENOUGH;
  }
  return give(lexer, DUSQ__TOKEN_NUMBERED, end);
}

/* The offset after a parameter of SQLite's own ($a::b, :1, #x), or 0. */
static size_t native_end(const dusq__lexer *lexer)
{
  size_t i = 1;
  bool named = false;
  for (;; i++) {
    char c = dusq__lexer_ahead(lexer, i);
    if (dusq__sql_class_of(c) <= DUSQ__SQL_DOLLAR)
      named = true;
    else if (c == ':' && dusq__lexer_ahead(lexer, i + 1) == ':')
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
  if (dusq__lexer_ahead(lexer, 1) == '?')
    return give(lexer, DUSQ__TOKEN_ESCAPED, lexer->at + 2);
  if (dusq__sql_class_of(dusq__lexer_ahead(lexer, 1)) == DUSQ__SQL_DIGIT)
    return numbered(lexer);
  return give(lexer, DUSQ__TOKEN_QUESTION, lexer->at + 1);
}

static dusq__token dollar(dusq__lexer *lexer)
{
  if (dusq__sql_class_of(dusq__lexer_ahead(lexer, 1)) == DUSQ__SQL_DIGIT)
    return numbered(lexer);
  if (dusq__lexer_postgresql(lexer))
    return dollar_quoted(lexer);
  if (dusq__lexer_mysql(lexer))
    return word(lexer);
  return native(lexer, 1);
}

static dusq__token at_sign(dusq__lexer *lexer)
{
  if (dusq__lexer_mysql(lexer)) { /* @variable, @@global.variable, user@host */
    size_t end = lexer->at;
    while (end < lexer->len && lexer->text[end] == '@')
      end++;
    while (end < lexer->len && (dusq__sql_class_of(lexer->text[end]) <= DUSQ__SQL_DOLLAR || lexer->text[end] == '.'))
      end++;
    return give(lexer, DUSQ__TOKEN_OTHER, end);
  }
  /* PostgreSQL's @? is an operator; in @@?, <@? and &&@? the question mark is a placeholder after one */
  if (dusq__lexer_postgresql(lexer) && dusq__lexer_ahead(lexer, 1) == '?' && dusq__lexer_ahead(lexer, 2) != '?') {
    bool inside = lexer->last == DUSQ__TOKEN_OTHER && lexer->last_end == lexer->at &&
                  memchr("+-*/<>=~!@#%^&|`", lexer->text[lexer->at - 1], 16);
    return give(lexer, DUSQ__TOKEN_OTHER, lexer->at + (inside ? 1 : 2));
  }
  return native(lexer, 1);
}

/* label:LOOP in a MySQL routine */
static bool at_label(const dusq__lexer *lexer)
{
  if (!dusq__lexer_mysql(lexer) || lexer->last_end != lexer->at)
    return false;
  if (lexer->last != DUSQ__TOKEN_WORD && lexer->last != DUSQ__TOKEN_QUOTED)
    return false;
  const char *next = lexer->text + lexer->at + 1;
  size_t len = name_end(lexer, lexer->at + 1) - lexer->at - 1;
  return same_word(next, len, "begin") || same_word(next, len, "loop") || same_word(next, len, "repeat") ||
         same_word(next, len, "while") || same_word(next, len, "for");
}

/* After a value, a colon is PostgreSQL's slice, a[1:n] or a[i:n], or the one in JSON_OBJECT('key':value).  A word may
 * also be a keyword, so it counts as a value only inside brackets and with no blank between.                         */
static bool at_separator(const dusq__lexer *lexer)
{
  if (!dusq__lexer_postgresql(lexer))
    return false;
  if (lexer->last == DUSQ__TOKEN_WORD)
    return lexer->brackets > 0 && lexer->last_end == lexer->at;
  return dusq__token_ends_value(lexer->last);
}

static dusq__token colon(dusq__lexer *lexer)
{
  size_t run = 1;
  while (dusq__lexer_ahead(lexer, run) == ':')
    run++;
  if (run > 1 || dusq__sql_class_of(dusq__lexer_ahead(lexer, 1)) != DUSQ__SQL_NAME) /* a cast, :=, or a lone colon */
    return native(lexer, run);
  if (at_separator(lexer) || at_label(lexer))
    return give(lexer, DUSQ__TOKEN_OTHER, lexer->at + 1);
  return give(lexer, DUSQ__TOKEN_NAMED, name_end(lexer, lexer->at + 1));
}

/* ---- the rest ---------------------------------------------------------------------------------------------------- */

/* A '/' that begins no plain comment. */
static dusq__token slash(dusq__lexer *lexer)
{
  if (dusq__lexer_ahead(lexer, 1) != '*')
    return give(lexer, DUSQ__TOKEN_OTHER, lexer->at + 1);
  if (lexer->executed++ == 0)
    lexer->executed_begin = lexer->at;
  size_t end = lexer->at + (dusq__lexer_ahead(lexer, 2) == '!' ? 3 : 4);
  for (int digits = 0;
       digits < 6 && end < lexer->len && dusq__sql_class_of(lexer->text[end]) == DUSQ__SQL_DIGIT;
       digits++)
    end++;
  return give(lexer, DUSQ__TOKEN_EXECUTED, end);
}

static dusq__token star(dusq__lexer *lexer)
{
  if (!lexer->executed || dusq__lexer_ahead(lexer, 1) != '/')
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
  switch (dusq__sql_class_of(lexer->text[lexer->at])) {
  case DUSQ__SQL_NAME: return word(lexer);
  case DUSQ__SQL_DIGIT: return number(lexer);
  case DUSQ__SQL_DOLLAR: return dollar(lexer);
  case DUSQ__SQL_QUOTE: return quoted(lexer, lexer->escapes, DUSQ__TOKEN_STRING, "a string has no end");
  case DUSQ__SQL_DOUBLE: return double_quoted(lexer);
  case DUSQ__SQL_BACKTICK: return backtick(lexer);
  case DUSQ__SQL_BRACKET: return bracket(lexer);
  case DUSQ__SQL_UNBRACKET: return unbracket(lexer);
  case DUSQ__SQL_OPEN: return give(lexer, DUSQ__TOKEN_OPEN, lexer->at + 1);
  case DUSQ__SQL_CLOSE: return give(lexer, DUSQ__TOKEN_CLOSE, lexer->at + 1);
  case DUSQ__SQL_COLON: return colon(lexer);
  case DUSQ__SQL_QUESTION: return question(lexer);
  case DUSQ__SQL_AT: return at_sign(lexer);
  case DUSQ__SQL_HASH: return native(lexer, 1);
  case DUSQ__SQL_SLASH: return slash(lexer);
  case DUSQ__SQL_STAR: return star(lexer);
  case DUSQ__SQL_SEMICOLON: return semicolon(lexer);
  default: return give(lexer, DUSQ__TOKEN_OTHER, lexer->at + 1);
  }
}

dusq__token dusq__lexer_next(dusq__lexer *lexer)
{
  if (lexer->kind == DUSQ__TOKEN_END || lexer->kind == DUSQ__TOKEN_ERROR)
    return lexer->kind;
  lexer->last = lexer->kind;
  lexer->last_end = lexer->at;
  if (!dusq__sql_skip_gap(lexer))
    return fail(lexer, lexer->at, "a comment has no end");
  lexer->begin = lexer->at;
  if (lexer->at < lexer->len)
    return dispatch(lexer);
  if (lexer->executed)
    return fail(lexer, lexer->executed_begin, "a comment has no end");
  return give(lexer, DUSQ__TOKEN_END, lexer->at);
}
