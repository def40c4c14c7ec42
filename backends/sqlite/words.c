/* words.c - see words.h. */
#include "words.h"
#include <sqlite3.h>
#include <string.h>

const char *dusq__sqlite_skip_blanks(const char *sql)
{
  for (;;) {
    sql += strspn(sql, " \t\n\f\r;");
    if (sql[0] == '-' && sql[1] == '-') {
      sql += strcspn(sql, "\n");
    } else if (sql[0] == '/' && sql[1] == '*') {
      const char *end = strstr(sql + 2, "*/");
      sql = end ? end + 2 : sql + strlen(sql);
    } else {
      return sql;
    }
  }
}

static bool is_of_word(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}

static bool starts_with(const char *sql, const char *word)
{
  size_t len = strlen(word);
  return sqlite3_strnicmp(sql, word, (int)len) == 0 && !is_of_word(sql[len]);
}

bool dusq__sqlite_starts_with(const char *sql, const char *const *words)
{
  for (; *words; words++)
    if (starts_with(sql, *words))
      return true;
  return false;
}

/* The position after a name, a number, a quoted text, or one other character. */
static const char *past_token(const char *sql)
{
  const char *end = NULL;
  if (*sql == '\'' || *sql == '"' || *sql == '`')
    end = strchr(sql + 1, *sql); /* a doubled quote reads as two adjacent texts, with the same end */
  else if (*sql == '[')
    end = strchr(sql, ']');
  else if (is_of_word(*sql))
    for (end = sql; is_of_word(end[1]);)
      end++;
  return end ? end + 1 : sql + 1;
}

const char *dusq__sqlite_verb_of(const char *sql)
{
  static const char *const verbs[] = {"SELECT", "VALUES", "INSERT", "UPDATE", "DELETE", NULL};
  const char *word = dusq__sqlite_skip_blanks(sql);
  if (!starts_with(word, "WITH"))
    return word;
  for (int depth = 0; *word; word = dusq__sqlite_skip_blanks(past_token(word))) {
    depth += *word == '(' ? 1 : *word == ')' ? -1 : 0;
    if (depth)
      continue;
    bool replaces = starts_with(word, "REPLACE"); /* REPLACE may also be a name */
    if (dusq__sqlite_starts_with(word, verbs) ||
        (replaces && starts_with(dusq__sqlite_skip_blanks(past_token(word)), "INTO")))
      break;
  }
  return word;
}

bool dusq__sqlite_is_pragma(const char *sql)
{
  static const char *const before[] = {"EXPLAIN", "QUERY", "PLAN"};
  const char *word = dusq__sqlite_skip_blanks(sql);
  for (size_t i = 0; i < sizeof before / sizeof *before; i++)
    if (starts_with(word, before[i]))
      word = dusq__sqlite_skip_blanks(word + strlen(before[i]));
  return starts_with(word, "PRAGMA");
}

bool dusq__sqlite_is_one_of(const char *name, const char *const *names)
{
  for (; *names; names++)
    if (!sqlite3_stricmp(name, *names))
      return true;
  return false;
}
