/* sql_split.c - where the statements of a script end.
 *
 * A semicolon ends a statement unless it stands
 *   - in a literal, a comment, or a MySQL comment that is executed;
 *   - SQLite: in CREATE TRIGGER ... BEGIN ...; END;
 *   - PostgreSQL: in parentheses (CREATE RULE), or in the BEGIN ATOMIC ... END of a function or procedure;
 *   - MySQL: in the blocks (BEGIN, IF, CASE, LOOP, WHILE, REPEAT, FOR, up to their END) of the body of a PROCEDURE,
 *     FUNCTION, TRIGGER or EVENT, and of MariaDB's statements that are such blocks: sql_body.h.  DELIMITER is not
 *     known, because it is a command of the mysql program.
 * Words are counted, not parsed: a text that the database would refuse anyway may be cut anywhere.  Any thread.      */
#include "data/error.h"
#include "data/sql.h"
#include "data/sql_body.h"
#include "data/sql_lexer.h"

typedef enum head {
  HEAD_FIRST,  /* nothing seen yet                                 */
  HEAD_CREATE, /* CREATE, or MySQL's ALTER, and modifiers after it */
  HEAD_BEGIN,  /* BEGIN, in MySQL                                  */
  HEAD_LABEL,  /* MySQL: a word that may be the label of a block   */
  HEAD_BODY,   /* a statement that may have a body of statements   */
  HEAD_PLAIN   /* any other statement                              */
} head;

typedef struct splitter {
  dusq__lexer lexer;
  head head;
  size_t parens; /* PostgreSQL: number of open parentheses               */
  size_t depth;  /* SQLite, PostgreSQL: BEGIN and CASE without their END */
  dusq__sql_body body; /* MySQL                                      */
  bool after_body; /* SQLite: only a semicolon or END was read since a semicolon in the body */
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

/* ---- the head: whether the statement has a body ------------------------------------------------------------------ */

static head first_word(splitter *s)
{
  static const char *const explain[] = {"explain", "query", "plan", NULL};
  const dusq__lexer *lexer = &s->lexer;
  bool mysql = lexer->dialect == DUSQ_DIALECT_MYSQL;
  if (dusq__lexer_is(lexer, "create") || (mysql && dusq__lexer_is(lexer, "alter")))
    return HEAD_CREATE;
  if (mysql && dusq__lexer_is(lexer, "begin"))
    return HEAD_BEGIN;
  if (mysql)
    return dusq__sql_body_opens(&s->body, lexer) ? HEAD_BODY : HEAD_LABEL;
  if (lexer->dialect == DUSQ_DIALECT_SQLITE && is_any(lexer, explain))
    return HEAD_FIRST;
  return HEAD_PLAIN;
}

static head mysql_object(splitter *s)
{
  static const char *const routines[] = {"procedure", "function", NULL};
  dusq__sql_body_state state = DUSQ__BODY_NONE;
  if (is_any(&s->lexer, routines))
    state = DUSQ__BODY_ROUTINE;
  else if (dusq__lexer_is(&s->lexer, "trigger"))
    state = DUSQ__BODY_TRIGGER;
  else if (dusq__lexer_is(&s->lexer, "event"))
    state = DUSQ__BODY_EVENT;
  dusq__sql_body_begin(&s->body, state);
  return state == DUSQ__BODY_NONE ? HEAD_PLAIN : HEAD_BODY;
}

static head create_word(splitter *s)
{
  static const char *const between[] = {"or", "replace", "temp", "temporary", "definer", "aggregate", "current_user",
                                        "editionable", NULL};
  static const char *const sqlite[] = {"trigger", NULL};
  static const char *const postgresql[] = {"function", "procedure", NULL};
  const dusq__lexer *lexer = &s->lexer;
  bool value = lexer->last == DUSQ__TOKEN_OTHER && lexer->text[lexer->last_end - 1] == '='; /* DEFINER=name */
  if (value || is_any(lexer, between))
    return HEAD_CREATE;
  if (lexer->dialect == DUSQ_DIALECT_MYSQL)
    return mysql_object(s);
  return is_any(lexer, lexer->dialect == DUSQ_DIALECT_SQLITE ? sqlite : postgresql) ? HEAD_BODY : HEAD_PLAIN;
}

static head begin_word(splitter *s)
{
  if (!dusq__lexer_is(&s->lexer, "not"))
    return HEAD_PLAIN;
  dusq__sql_body_begin(&s->body, DUSQ__BODY_INSIDE);
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

/* ---- the body: where it ends ------------------------------------------------------------------------------------- */

/* In SQLite the END that closes a trigger follows a semicolon; the END of a CASE never does. */
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
  if (dusq__lexer_is(&s->lexer, "begin"))
    s->depth += next_is_any(s, atomic);
  else if (s->depth && dusq__lexer_is(&s->lexer, "case"))
    s->depth++;
  else if (s->depth && dusq__lexer_is(&s->lexer, "end"))
    s->depth--;
}

static void take_word(splitter *s)
{
  if (s->head != HEAD_BODY)
    s->head = head_word(s);
  else if (s->lexer.dialect == DUSQ_DIALECT_SQLITE)
    sqlite_word(s);
  else if (s->lexer.dialect == DUSQ_DIALECT_POSTGRESQL)
    postgresql_word(s);
}

/* MySQL: sql_body.h needs every token, including semicolons. */
static void take_mysql(splitter *s)
{
  dusq__lexer *lexer = &s->lexer;
  bool colon = lexer->kind == DUSQ__TOKEN_OTHER && lexer->text[lexer->begin] == ':';
  if (s->head == HEAD_BODY)
    dusq__sql_body_take(&s->body, lexer);
  else if (s->head == HEAD_LABEL)
    s->head = colon ? HEAD_FIRST : HEAD_PLAIN;
  else if (is_word(s))
    s->head = head_word(s);
}

/* Processes the token; true when it ends the statement. */
static bool take(splitter *s)
{
  dusq__token kind = s->lexer.kind;
  bool mysql = s->lexer.dialect == DUSQ_DIALECT_MYSQL;
  if (kind == DUSQ__TOKEN_SEMICOLON && (s->after_body || (!s->depth && !s->parens && !s->body.depth)))
    return true;
  s->after_body = false;
  if (mysql)
    take_mysql(s);
  else if (is_word(s))
    take_word(s);
  else if (kind == DUSQ__TOKEN_OPEN && s->lexer.dialect == DUSQ_DIALECT_POSTGRESQL)
    s->parens++;
  else if (kind == DUSQ__TOKEN_CLOSE && s->parens)
    s->parens--;
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
