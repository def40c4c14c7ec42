/* sql_verb.c - see sql_verb.h. */
#include "data/sql_verb.h"

static dusq__sql_verb verb_of(const dusq__lexer *lexer)
{
  static const struct {
    const char *word;
    dusq__sql_verb verb;
  } verbs[] = {
    {"select", DUSQ__VERB_SELECT},         {"values", DUSQ__VERB_SELECT},     {"table", DUSQ__VERB_SELECT},
    {"explain", DUSQ__VERB_SELECT},        {"with", DUSQ__VERB_WITH},         {"insert", DUSQ__VERB_WRITE},
    {"update", DUSQ__VERB_WRITE},          {"delete", DUSQ__VERB_WRITE},      {"replace", DUSQ__VERB_WRITE},
    {"merge", DUSQ__VERB_WRITE},           {"begin", DUSQ__VERB_TRANSACTION}, {"start", DUSQ__VERB_TRANSACTION},
    {"commit", DUSQ__VERB_TRANSACTION},    {"end", DUSQ__VERB_TRANSACTION},   {"rollback", DUSQ__VERB_TRANSACTION},
    {"savepoint", DUSQ__VERB_TRANSACTION}, {"release", DUSQ__VERB_TRANSACTION},
  };
  for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
    if (dusq__lexer_is(lexer, verbs[i].word))
      return verbs[i].verb;
  return DUSQ__VERB_OTHER;
}

void dusq__sql_owner_by(const dusq__lexer *lexer, dusq__sql_owner *owner)
{
  if (*owner > DUSQ__OWNER_CREATING || lexer->kind == DUSQ__TOKEN_SEMICOLON)
    return;
  bool creating = *owner == DUSQ__OWNER_CREATING;
  if (lexer->dialect != DUSQ_DIALECT_POSTGRESQL)
    *owner = DUSQ__OWNER_CALLER;
  else if (creating && (dusq__lexer_is(lexer, "or") || dusq__lexer_is(lexer, "replace")))
    return;
  else if (creating)
    *owner = dusq__lexer_is(lexer, "function") || dusq__lexer_is(lexer, "procedure") ? DUSQ__OWNER_ITSELF
                                                                                     : DUSQ__OWNER_CALLER;
  else if (dusq__lexer_is(lexer, "create"))
    *owner = DUSQ__OWNER_CREATING;
  else
    *owner = dusq__lexer_is(lexer, "prepare") ? DUSQ__OWNER_ITSELF : DUSQ__OWNER_CALLER;
}

bool dusq__sql_verb_by(const dusq__lexer *lexer, dusq__sql_verb *verb)
{
  switch (lexer->kind) {
  case DUSQ__TOKEN_SEMICOLON:
  case DUSQ__TOKEN_EXECUTED:
    return false;
  case DUSQ__TOKEN_OPEN: /* (SELECT 1) UNION ... */
    *verb = DUSQ__VERB_OTHER;
    return false;
  default:
    *verb = verb_of(lexer);
    return true;
  }
}
