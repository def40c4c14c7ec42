/* sql_control.c - the effect of a caller's SQL on a transaction; see sql.h. */
#include "data/sql.h"
#include "data/sql_lexer.h"

static bool next_is(dusq__lexer *lexer, const char *word)
{
  return dusq__lexer_next(lexer) == DUSQ__TOKEN_WORD && dusq__lexer_is(lexer, word);
}

/* Tells COMMIT AND CHAIN from COMMIT AND NO CHAIN, and ROLLBACK TO from ROLLBACK. */
static dusq__sql_control end_of(dusq__lexer *lexer, bool undoes)
{
  bool no = false;
  dusq__token kind;
  while ((kind = dusq__lexer_next(lexer)) == DUSQ__TOKEN_WORD) {
    if (dusq__lexer_is(lexer, "chain") && !no)
      return DUSQ__CONTROL_BEGINS;
    if (dusq__lexer_is(lexer, "to") && undoes)
      return DUSQ__CONTROL_UNDOES;
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

/* A script, statement by statement. */
typedef struct walk {
  uint32_t dialect;
  const char *script;
  size_t len, at;
} walk;

/* False behind the last statement, and at one that the database will refuse. */
static bool next_control(walk *all, dusq__sql_control *control)
{
  size_t begin, n;
  dusq_error *error = NULL;
  if (!dusq_sql_next(all->dialect, all->script, all->len, &all->at, &begin, &n, &error))
    return false;
  if (error) {
    dusq_error_unref(error);
    return false;
  }
  *control = dusq__sql_control_of(all->dialect, all->script + begin, n);
  return true;
}

static bool ends(dusq__sql_control control)
{
  return control == DUSQ__CONTROL_ENDS || control == DUSQ__CONTROL_MENDS;
}

dusq__sql_control dusq__sql_script_control(uint32_t dialect, const char *script, size_t len)
{
  walk all = {dialect, script, len, 0};
  dusq__sql_control control;
  return next_control(&all, &control) ? control : DUSQ__CONTROL_NONE;
}

bool dusq__sql_script_ends(uint32_t dialect, const char *script, size_t len, size_t index)
{
  walk all = {dialect, script, len, 0};
  dusq__sql_control control;
  bool ended = false;
  for (size_t i = 0; i <= index && next_control(&all, &control); i++)
    ended = ends(control) || (ended && control != DUSQ__CONTROL_BEGINS);
  return ended;
}

bool dusq__sql_script_begins(uint32_t dialect, const char *script, size_t len, bool may_end)
{
  walk all = {dialect, script, len, 0};
  dusq__sql_control control;
  bool open = true;
  while (next_control(&all, &control)) {
    if (control == DUSQ__CONTROL_BEGINS && open)
      return true;
    open = control == DUSQ__CONTROL_BEGINS || (open && !(may_end && ends(control)));
  }
  return false;
}
