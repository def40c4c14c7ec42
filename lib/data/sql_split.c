/* sql_split.c - where the statements of a script end.
 *
 * A semicolon ends a statement unless it stands
 *   - in a literal, a comment, or a MySQL comment that is executed;
 *   - SQLite: in CREATE TRIGGER ... BEGIN ...; END;
 *   - PostgreSQL: in parentheses (CREATE RULE), or in the BEGIN ATOMIC ... END of a function or procedure;
 *   - MySQL: in the BEGIN ... END of a CREATE or ALTER of a PROCEDURE, FUNCTION, TRIGGER or EVENT, and of MariaDB's
 *     BEGIN NOT ATOMIC ... END.  There is no DELIMITER, which is the mysql program's own.  A body that is an IF, CASE
 *     or loop without BEGIN ... END around it is cut at its first semicolon, and so is one that uses END as a name.
 * Words are counted, not parsed: what the database would refuse anyway may be cut anywhere.  Any thread.             */
#include "data/error.h"
#include "data/sql.h"
#include "data/sql_lexer.h"

typedef enum head {
  HEAD_FIRST,  /* nothing seen yet                                  */
  HEAD_CREATE, /* CREATE, or MySQL's ALTER, and words that say no more */
  HEAD_BEGIN,  /* BEGIN, in MySQL                                   */
  HEAD_BODY,   /* a statement that may have a body of statements    */
  HEAD_PLAIN   /* any other                                         */
} head;

typedef struct splitter {
  dusq__lexer lexer;
  head head;
  size_t parens; /* PostgreSQL: how many are open                    */
  size_t depth;  /* BEGIN and CASE without their END                 */
  uint64_t cases; /* the lowest bit: whether the innermost is a CASE, and so on */
  bool after_body; /* SQLite: only a semicolon or END was seen since a semicolon in the body */
} splitter;

static bool is_any(const dusq__lexer *lexer, const char *const *words)
{
  for (; *words; words++)
    if (dusq__lexer_is(lexer, *words))
      return true;
  return false;
}

static bool is_word(const splitter *s)
{
  const dusq__lexer *lexer = &s->lexer;
  bool member = lexer->last == DUSQ__TOKEN_OTHER && lexer->text[lexer->last_end - 1] == '.'; /* new.end */
  return lexer->kind == DUSQ__TOKEN_WORD && !member;
}

/* Whether the word after the current one is one of these. */
static bool next_is_any(const splitter *s, const char *const *words)
{
  dusq__lexer ahead = s->lexer;
  dusq__lexer_next(&ahead);
  return is_any(&ahead, words);
}

/* ---- the head: does the statement have a body? ------------------------------------------------------------------- */

static head first_word(const splitter *s)
{
  static const char *const explain[] = {"explain", "query", "plan", NULL};
  const dusq__lexer *lexer = &s->lexer;
  bool mysql = lexer->dialect == DUSQ_DIALECT_MYSQL;
  if (dusq__lexer_is(lexer, "create") || (mysql && dusq__lexer_is(lexer, "alter")))
    return HEAD_CREATE;
  if (mysql && dusq__lexer_is(lexer, "begin"))
    return HEAD_BEGIN;
  if (lexer->dialect == DUSQ_DIALECT_SQLITE && is_any(lexer, explain))
    return HEAD_FIRST;
  return HEAD_PLAIN;
}

static head create_word(const splitter *s)
{
  static const char *const between[] = {"or", "replace", "temp", "temporary", "definer", "aggregate", "current_user",
                                        "editionable", NULL};
  static const char *const sqlite[] = {"trigger", NULL};
  static const char *const postgresql[] = {"function", "procedure", NULL};
  static const char *const mysql[] = {"procedure", "function", "trigger", "event", NULL};
  const dusq__lexer *lexer = &s->lexer;
  bool value = lexer->last == DUSQ__TOKEN_OTHER && lexer->text[lexer->last_end - 1] == '='; /* DEFINER=name */
  if (value || is_any(lexer, between))
    return HEAD_CREATE;
  const char *const *kinds = mysql;
  if (lexer->dialect == DUSQ_DIALECT_SQLITE)
    kinds = sqlite;
  else if (lexer->dialect == DUSQ_DIALECT_POSTGRESQL)
    kinds = postgresql;
  return is_any(lexer, kinds) ? HEAD_BODY : HEAD_PLAIN;
}

static head begin_word(splitter *s)
{
  if (!dusq__lexer_is(&s->lexer, "not"))
    return HEAD_PLAIN;
  s->depth = 1;
  return HEAD_BODY;
}

static head head_word(splitter *s)
{
  switch (s->head) {
  case HEAD_FIRST:
    return first_word(s);
  case HEAD_CREATE:
    return create_word(s);
  case HEAD_BEGIN:
    return begin_word(s);
  default:
    return s->head;
  }
}

/* ---- the body: where does it end? -------------------------------------------------------------------------------- */

static void push(splitter *s, bool is_case)
{
  s->depth++;
  s->cases = s->cases << 1 | (is_case ? 1u : 0u);
}

static void pop(splitter *s)
{
  s->depth--;
  s->cases >>= 1;
}

/* In SQLite the END that closes a trigger follows a semicolon; that of a CASE never does. */
static void sqlite_word(splitter *s)
{
  if (s->depth == 0 && dusq__lexer_is(&s->lexer, "begin"))
    s->depth = 1;
  else if (s->lexer.last == DUSQ__TOKEN_SEMICOLON && dusq__lexer_is(&s->lexer, "end"))
    s->after_body = true;
}

static void postgresql_word(splitter *s)
{
  static const char *const atomic[] = {"atomic", NULL};
  if (dusq__lexer_is(&s->lexer, "begin")) {
    if (next_is_any(s, atomic))
      push(s, false);
  } else if (s->depth && dusq__lexer_is(&s->lexer, "case")) {
    push(s, true);
  } else if (s->depth && dusq__lexer_is(&s->lexer, "end")) {
    pop(s);
  }
}

/* END IF, END LOOP and the like close what was not counted; END CASE closes a CASE; any other END the innermost. */
static void mysql_end(splitter *s)
{
  static const char *const uncounted[] = {"if", "loop", "repeat", "while", NULL};
  static const char *const for_loop[] = {"for", NULL};
  static const char *const case_word[] = {"case", NULL};
  bool in_case = s->cases & 1u;
  if (next_is_any(s, uncounted) || (!in_case && next_is_any(s, for_loop)))
    return;
  if (next_is_any(s, case_word))
    dusq__lexer_next(&s->lexer);
  pop(s);
}

static void mysql_word(splitter *s)
{
  if (dusq__lexer_is(&s->lexer, "begin"))
    push(s, false);
  else if (s->depth && dusq__lexer_is(&s->lexer, "case"))
    push(s, true);
  else if (s->depth && dusq__lexer_is(&s->lexer, "end"))
    mysql_end(s);
}

static void body_word(splitter *s)
{
  if (s->lexer.dialect == DUSQ_DIALECT_SQLITE)
    sqlite_word(s);
  else if (s->lexer.dialect == DUSQ_DIALECT_POSTGRESQL)
    postgresql_word(s);
  else
    mysql_word(s);
}

/* Takes the token into account; true when it ends the statement. */
static bool take(splitter *s)
{
  dusq__token kind = s->lexer.kind;
  if (kind == DUSQ__TOKEN_SEMICOLON) {
    if (s->after_body)
      return true;
    return s->depth == 0 && s->parens == 0;
  }
  s->after_body = false;
  if (is_word(s)) {
    if (s->head == HEAD_BODY)
      body_word(s);
    else
      s->head = head_word(s);
  } else if (kind == DUSQ__TOKEN_OPEN && s->lexer.dialect == DUSQ_DIALECT_POSTGRESQL) {
    s->parens++;
  } else if (kind == DUSQ__TOKEN_CLOSE && s->parens) {
    s->parens--;
  }
  return false;
}

static void unreadable(const dusq__lexer *lexer, dusq_error **out)
{
  dusq_error *error = dusq_error_new(DUSQ_E_SYNTAX, NULL, 0, "%s", lexer->why);
  dusq_error_set_number(error, DUSQ_ERROR_POSITION, (int64_t)lexer->begin);
  dusq__error_give(out, error);
}

bool dusq_sql_next(uint32_t dialect, const char *script, size_t script_len, size_t *at, size_t *begin, size_t *len,
                   dusq_error **error)
{
  splitter s = {.head = HEAD_FIRST};
  dusq__lexer *lexer = &s.lexer;
  dusq__lexer_init(lexer, dialect, script, script_len, *at);
  while (dusq__lexer_next(lexer) == DUSQ__TOKEN_SEMICOLON)
    continue;
  if (lexer->kind == DUSQ__TOKEN_END) {
    *at = script_len;
    return false;
  }
  *begin = lexer->begin;
  size_t end = lexer->begin;
  while (lexer->kind != DUSQ__TOKEN_END && lexer->kind != DUSQ__TOKEN_ERROR && !take(&s)) {
    end = lexer->at;
    dusq__lexer_next(lexer);
  }
  if (lexer->kind == DUSQ__TOKEN_ERROR) {
    unreadable(lexer, error);
    end = script_len;
  }
  *at = lexer->at;
  *len = end - *begin;
  return true;
}
