/* sql_body.c - see sql_body.h. */
#include "data/sql_body.h"
#include <string.h>

typedef enum word {
  WORD_NONE, /* no keyword, or a member as in NEW.end */
  WORD_OTHER,
  WORD_BEGIN, /* from here to WORD_CASE: words that may open a block */
  WORD_IF,
  WORD_LOOP,
  WORD_WHILE,
  WORD_REPEAT,
  WORD_FOR,
  WORD_CASE,
  WORD_END,
  WORD_THEN,
  WORD_ELSE,
  WORD_DO,
  WORD_UNTIL,
  WORD_ATOMIC,
  WORD_DECLARE,
  WORD_HANDLER,
  WORD_SQLSTATE, /* also VALUE and NOT: the condition continues */
  WORD_ROW,
  WORD_FOLLOWS, /* also PRECEDES */
  WORD_SET,
  WORD_VERB /* any other word that begins a statement in which IF opens no block */
} word;

static const struct {
  const char *text;
  word word;
} words[] = {
  {"begin", WORD_BEGIN},     {"if", WORD_IF},           {"loop", WORD_LOOP},       {"while", WORD_WHILE},
  {"repeat", WORD_REPEAT},   {"for", WORD_FOR},         {"case", WORD_CASE},       {"end", WORD_END},
  {"then", WORD_THEN},       {"else", WORD_ELSE},       {"do", WORD_DO},           {"until", WORD_UNTIL},
  {"atomic", WORD_ATOMIC},   {"declare", WORD_DECLARE}, {"handler", WORD_HANDLER}, {"sqlstate", WORD_SQLSTATE},
  {"value", WORD_SQLSTATE},  {"not", WORD_SQLSTATE},    {"row", WORD_ROW},         {"follows", WORD_FOLLOWS},
  {"precedes", WORD_FOLLOWS}, {"set", WORD_SET},        {"return", WORD_VERB},     {"select", WORD_VERB},
  {"insert", WORD_VERB},     {"update", WORD_VERB},     {"delete", WORD_VERB},     {"replace", WORD_VERB},
  {"call", WORD_VERB},       {"with", WORD_VERB},       {"values", WORD_VERB},     {"table", WORD_VERB},
  {"signal", WORD_VERB},     {"resignal", WORD_VERB},   {"execute", WORD_VERB},    {"prepare", WORD_VERB},
  {"truncate", WORD_VERB},   {"drop", WORD_VERB},       {"create", WORD_VERB},     {"alter", WORD_VERB},
  {"rename", WORD_VERB},     {"load", WORD_VERB},       {"lock", WORD_VERB},       {"grant", WORD_VERB},
  {"revoke", WORD_VERB},     {"analyze", WORD_VERB},
};

static bool is_sign(const dusq__lexer *lexer, char sign)
{
  return (lexer->kind == DUSQ__TOKEN_OTHER || lexer->kind == DUSQ__TOKEN_SEMICOLON) &&
         lexer->text[lexer->begin] == sign;
}

static word word_of(const dusq__lexer *lexer)
{
  bool member = lexer->last == DUSQ__TOKEN_OTHER && lexer->text[lexer->last_end - 1] == '.';
  if (lexer->kind != DUSQ__TOKEN_WORD || member)
    return WORD_NONE;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (dusq__lexer_is(lexer, words[i].text))
      return words[i].word;
  return WORD_OTHER;
}

static bool is_opener(word w)
{
  return w >= WORD_BEGIN && w <= WORD_CASE;
}

/* ---- inside a body ----------------------------------------------------------------------------------------------- */

static void push(dusq__sql_body *body, bool expression)
{
  body->state = DUSQ__BODY_INSIDE;
  body->depth++;
  body->cases = body->cases << 1 | (expression ? 1u : 0u);
}

/* After IF, CASE, WHILE and FOR an expression comes before the next statement. */
static void open_block(dusq__sql_body *body, word w)
{
  push(body, false);
  body->begins = w == WORD_BEGIN || w == WORD_LOOP || w == WORD_REPEAT ? 2 : 0;
}

/* The END of a block may be followed by its kind; that of a CASE in an expression is not, as in END FOR UPDATE. */
static void close_block(dusq__sql_body *body, dusq__lexer *lexer)
{
  bool expression = body->cases & 1u;
  body->cases >>= 1;
  if (--body->depth == 0)
    body->state = DUSQ__BODY_OVER;
  if (expression)
    return;
  body->until = false;
  dusq__lexer ahead = *lexer;
  dusq__lexer_next(&ahead);
  word next = word_of(&ahead);
  if (is_opener(next) && next != WORD_BEGIN)
    dusq__lexer_next(lexer);
}

/* DECLARE EXIT HANDLER FOR 1062, SQLSTATE '23000', NOT FOUND, name: a statement begins after the last condition. */
enum { HANDLER_NONE, HANDLER_DECLARE, HANDLER_NAMED, HANDLER_CONDITION, HANDLER_MORE };

/* True if the token is part of such a declaration. */
static bool take_handler(dusq__sql_body *body, const dusq__lexer *lexer, word w)
{
  switch (body->handler) {
  case HANDLER_DECLARE:
    body->handler += w == WORD_HANDLER;
    return true;
  case HANDLER_NAMED:
    body->handler += w == WORD_FOR;
    return true;
  case HANDLER_CONDITION:
    body->handler += w != WORD_SQLSTATE;
    return true;
  default:
    body->handler = is_sign(lexer, ',') ? HANDLER_CONDITION : HANDLER_NONE;
    body->begins = body->handler ? 0 : 2;
    return body->handler != HANDLER_NONE;
  }
}

static void take_inside(dusq__sql_body *body, dusq__lexer *lexer)
{
  word w = word_of(lexer);
  if (is_sign(lexer, ';')) {
    body->begins = 2;
    body->handler = HANDLER_NONE;
    body->until = false;
    return;
  }
  if (body->handler && take_handler(body, lexer, w))
    return;
  int begins = body->begins;
  bool expression = body->cases & 1u;
  body->begins = begins == 2;
  if (is_opener(w) && begins == 2)
    open_block(body, w);
  else if (w == WORD_CASE)
    push(body, true);
  else if (w == WORD_END && (expression || begins == 2 || body->until))
    close_block(body, lexer);
  else if ((w == WORD_THEN || w == WORD_ELSE) && !expression)
    body->begins = 2;
  else if (w == WORD_ATOMIC || (w == WORD_DO && begins < 2) || (begins == 1 && is_sign(lexer, ':')))
    body->begins = 2;
  else if (w == WORD_UNTIL && begins == 2)
    body->until = true;
  else if (w == WORD_DECLARE && begins == 2)
    body->handler = HANDLER_DECLARE;
}

/* ---- before the body --------------------------------------------------------------------------------------------- */

static bool is_next(const dusq__lexer *lexer, char sign)
{
  dusq__lexer ahead = *lexer;
  dusq__lexer_next(&ahead);
  return ahead.kind == DUSQ__TOKEN_OPEN ? sign == '(' : is_sign(&ahead, sign);
}

static bool is_behind(const dusq__lexer *lexer, const char *text)
{
  size_t len = strlen(text);
  dusq__lexer before = *lexer;
  before.begin = before.last_end > len ? before.last_end - len : 0;
  before.at = before.last_end;
  before.kind = before.last;
  return dusq__lexer_is(&before, text);
}

/* Whether the word begins a routine's body.  RETURNS, its type and the characteristics come before that: the type may
 * be SET(...), or have a CHARACTER SET.                                                                              */
static bool is_verb(const dusq__lexer *lexer, word w)
{
  if (w != WORD_SET)
    return w == WORD_VERB || w == WORD_DO;
  return !is_next(lexer, '(') && !is_behind(lexer, "character") && !is_behind(lexer, "char");
}

/* A label may precede a block. */
static void take_before(dusq__sql_body *body, const dusq__lexer *lexer)
{
  word w = word_of(lexer);
  if (lexer->kind == DUSQ__TOKEN_OPEN) {
    body->parens++;
  } else if (lexer->kind == DUSQ__TOKEN_CLOSE && body->parens) {
    body->parens--;
    body->ready |= body->state == DUSQ__BODY_ROUTINE && !body->parens;
  } else if (body->parens || body->name) {
    body->name = false;
  } else if (w == WORD_BEGIN || (body->ready && is_opener(w))) {
    open_block(body, w);
  } else if (body->state == DUSQ__BODY_ROUTINE) {
    if (body->ready && is_verb(lexer, w))
      body->state = DUSQ__BODY_OVER;
  } else if (!body->ready) {
    body->ready = w == (body->state == DUSQ__BODY_EVENT ? WORD_DO : WORD_ROW);
  } else if (w == WORD_FOLLOWS) {
    body->name = true;
  } else if (!is_sign(lexer, ':') && lexer->kind != DUSQ__TOKEN_EXECUTED && !is_next(lexer, ':')) {
    body->state = DUSQ__BODY_OVER;
  }
}

/* ------------------------------------------------------------------------------------------------------------------ */

void dusq__sql_body_begin(dusq__sql_body *body, dusq__sql_body_state state)
{
  *body = (dusq__sql_body){.state = state};
  if (state == DUSQ__BODY_INSIDE)
    open_block(body, WORD_BEGIN);
}

bool dusq__sql_body_opens(dusq__sql_body *body, const dusq__lexer *lexer)
{
  word w = word_of(lexer);
  if (!is_opener(w) || w == WORD_BEGIN)
    return false;
  *body = (dusq__sql_body){0};
  open_block(body, w);
  return true;
}

void dusq__sql_body_take(dusq__sql_body *body, dusq__lexer *lexer)
{
  if (body->state == DUSQ__BODY_INSIDE)
    take_inside(body, lexer);
  else if (body->state != DUSQ__BODY_NONE && body->state != DUSQ__BODY_OVER)
    take_before(body, lexer);
}
