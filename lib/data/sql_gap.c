/* sql_gap.c - see sql_gap.h. */
#include "data/sql_gap.h"
#include "data/sql_bytes.h"
#include <string.h>

/* MySQL alone requires a blank after the two dashes, so that 5--2 stays a subtraction. */
static bool at_line_comment(const dusq__lexer *lexer)
{
  if (dusq__lexer_ahead(lexer, 0) == '#')
    return dusq__lexer_mysql(lexer);
  if (dusq__lexer_ahead(lexer, 0) != '-' || dusq__lexer_ahead(lexer, 1) != '-')
    return false;
  unsigned char third = (unsigned char)dusq__lexer_ahead(lexer, 2);
  return !dusq__lexer_mysql(lexer) || third <= 0x20 || third == 0x7F;
}

/* A comment for the version 99xxxx, which no server has, is a comment to every server. */
static bool at_executed_comment(const dusq__lexer *lexer)
{
  size_t sign = dusq__lexer_ahead(lexer, 2) == 'M' ? 3 : 2, digits = 0;
  if (!dusq__lexer_mysql(lexer) || dusq__lexer_ahead(lexer, sign) != '!')
    return false;
  while (digits < 6 && dusq__sql_class_of(dusq__lexer_ahead(lexer, sign + 1 + digits)) == DUSQ__SQL_DIGIT)
    digits++;
  return digits < 6 || dusq__lexer_ahead(lexer, sign + 1) != '9' || dusq__lexer_ahead(lexer, sign + 2) != '9';
}

static bool at_order_mark(const dusq__lexer *lexer)
{
  return dusq__lexer_ahead(lexer, 0) == '\xEF' && lexer->dialect == DUSQ_DIALECT_SQLITE &&
         dusq__lexer_ahead(lexer, 1) == '\xBB' && dusq__lexer_ahead(lexer, 2) == '\xBF';
}

size_t dusq__sql_line_end(const dusq__lexer *lexer, size_t at)
{
  const char *text = lexer->text;
  if (!dusq__lexer_postgresql(lexer)) {
    const char *newline = memchr(text + at, '\n', lexer->len - at);
    return newline ? (size_t)(newline - text) : lexer->len;
  }
  while (at < lexer->len && text[at] != '\n' && text[at] != '\r')
    at++;
  return at;
}

/* The offset after the comment that begins at `at`; 0 if it has no end.  PostgreSQL's comments nest. */
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
    } else if (text[at] == '/' && text[at + 1] == '*' && dusq__lexer_postgresql(lexer)) {
      at += 2;
      depth++;
    } else {
      at++;
    }
  }
  return 0;
}

bool dusq__sql_skip_gap(dusq__lexer *lexer)
{
  while (lexer->at < lexer->len) {
    switch (dusq__sql_class_of(lexer->text[lexer->at])) {
    case DUSQ__SQL_BLANK:
      lexer->at++;
      break;
    case DUSQ__SQL_NAME: /* SQLite reads a byte order mark before a token as a blank */
      if (!at_order_mark(lexer))
        return true;
      lexer->at += 3;
      break;
    case DUSQ__SQL_DASH:
    case DUSQ__SQL_HASH:
      if (!at_line_comment(lexer))
        return true;
      lexer->at = dusq__sql_line_end(lexer, lexer->at);
      break;
    case DUSQ__SQL_SLASH: {
      if (dusq__lexer_ahead(lexer, 1) != '*' || at_executed_comment(lexer))
        return true;
      size_t end = block_end(lexer, lexer->at);
      if (!end)
        return false;
      lexer->at = end;
      break;
    }
    default:
      return true;
    }
  }
  return true;
}
