/* sql_control.c - the effect of a caller's SQL on a transaction; see sql.h. */
#include "data/sql.h"
#include "data/sql_lexer.h"

static bool next_is(dusq__lexer *lexer, const char *word)
{
  return dusq__lexer_next(lexer) == DUSQ__TOKEN_WORD && dusq__lexer_is(lexer, word);
}

/* Tells COMMIT AND CHAIN from COMMIT AND NO CHAIN. */
static dusq__sql_control end_of(dusq__lexer *lexer, bool undoes)
{
  bool no = false;
  dusq__token kind;
  while ((kind = dusq__lexer_next(lexer)) == DUSQ__TOKEN_WORD) {
    if (dusq__lexer_is(lexer, "chain") && !no)
      return DUSQ__CONTROL_BEGINS;
    no = dusq__lexer_is(lexer, "no");
  }
  return undoes ? DUSQ__CONTROL_MENDS : DUSQ__CONTROL_ENDS;
}

dusq__sql_control dusq__sql_control_of(uint32_t dialect, const char *sql, size_t len)
{
  dusq__lexer lexer;
  dusq__token kind;
  dusq__lexer_init(&lexer, dialect, sql, len, 0);
  do
    kind = dusq__lexer_next(&lexer);
  while (kind == DUSQ__TOKEN_SEMICOLON || kind == DUSQ__TOKEN_EXECUTED);
  if (kind != DUSQ__TOKEN_WORD)
    return DUSQ__CONTROL_NONE;
  if (dusq__lexer_is(&lexer, "begin"))
    return DUSQ__CONTROL_BEGINS;
  if (dusq__lexer_is(&lexer, "start"))
    return next_is(&lexer, "transaction") ? DUSQ__CONTROL_BEGINS : DUSQ__CONTROL_NONE;
  if (dusq__lexer_is(&lexer, "rollback") || dusq__lexer_is(&lexer, "abort"))
    return end_of(&lexer, true);
  if (dusq__lexer_is(&lexer, "commit") || dusq__lexer_is(&lexer, "end"))
    return end_of(&lexer, false);
  if (dusq__lexer_is(&lexer, "prepare"))
    return next_is(&lexer, "transaction") ? DUSQ__CONTROL_ENDS : DUSQ__CONTROL_NONE;
  return DUSQ__CONTROL_NONE;
}

dusq__sql_control dusq__sql_script_control(uint32_t dialect, const char *script, size_t len, size_t index)
{
  size_t at = 0, begin, n;
  dusq_error *error = NULL;
  while (dusq_sql_next(dialect, script, len, &at, &begin, &n, &error)) {
    if (error) {
      dusq_error_unref(error);
      break;
    }
    if (!index--)
      return dusq__sql_control_of(dialect, script + begin, n);
  }
  return DUSQ__CONTROL_NONE;
}

bool dusq__sql_script_begins(uint32_t dialect, const char *script, size_t len)
{
  size_t at = 0, begin, n;
  dusq_error *error = NULL;
  while (dusq_sql_next(dialect, script, len, &at, &begin, &n, &error)) {
    if (error) {
      dusq_error_unref(error);
      return false; /* the database will report the error */
    }
    if (dusq__sql_control_of(dialect, script + begin, n) == DUSQ__CONTROL_BEGINS)
      return true;
  }
  return false;
}
