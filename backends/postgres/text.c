/* text.c - properties of a statement by its first word.  Any thread. */
#include "text.h"
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* PostgreSQL's comments nest. */
static const char *skip_comment(const char *sql)
{
  int depth = 0;
  do {
    if (sql[0] == '/' && sql[1] == '*') {
      depth++;
      sql += 2;
    } else if (sql[0] == '*' && sql[1] == '/') {
      depth--;
      sql += 2;
    } else {
      sql++;
    }
  } while (depth && *sql);
  return sql;
}

static const char *skip(const char *sql)
{
  for (;;) {
    sql += strspn(sql, " \t\n\f\r\v;(");
    if (sql[0] == '-' && sql[1] == '-')
      sql += strcspn(sql, "\n");
    else if (sql[0] == '/' && sql[1] == '*')
      sql = skip_comment(sql);
    else
      return sql;
  }
}

static bool is_one_of(const char *word, size_t len, const char *const *words)
{
  for (; *words; words++)
    if (strlen(*words) == len && !strncasecmp(word, *words, len))
      return true;
  return false;
}

static bool mentions(const char *sql, const char *const *words)
{
  for (; *words; words++)
    for (const char *at = sql; *at; at++)
      if (!strncasecmp(at, *words, strlen(*words)))
        return true;
  return false;
}

dusq__pg_traits dusq__pg_describe(const char *sql)
{
  static const char *const read[] = {"SELECT", "VALUES", "TABLE", NULL};
  static const char *const query[] = {"SELECT", "VALUES", "TABLE", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", NULL};
  /* these change the database, or nothing; other words, and texts with a word of `lasting`, may change the session */
  static const char *const passing[] = {
      "ABORT",  "ALTER",   "ANALYZE",  "BEGIN",  "CHECKPOINT", "CLUSTER",  "COMMENT", "COMMIT", "COPY",     "CREATE",
      "DROP",   "END",     "EXPLAIN",  "FETCH",  "GRANT",      "IMPORT",   "LOCK",    "MOVE",   "NOTIFY",   "REASSIGN",
      "REFRESH", "REINDEX", "RELEASE", "REVOKE", "ROLLBACK",   "SAVEPOINT", "SHOW",   "START",  "TRUNCATE", "VACUUM",
      NULL};
  static const char *const altering[] = {"ALTER", "DROP", "DISCARD", "DEALLOCATE", "DO", "CALL", "IMPORT", NULL};
  static const char *const creating[] = {"CREATE", NULL};
  static const char *const lasting[] = {"set_config", "advisory_lock", "TEMP", NULL};
  const char *word = skip(sql);
  size_t len = 0;
  while ((word[len] | 0x20) >= 'a' && (word[len] | 0x20) <= 'z')
    len++;
  bool queries = is_one_of(word, len, query);
  bool unsettles = !(queries || is_one_of(word, len, passing)) || mentions(word, lasting);
  bool alters = is_one_of(word, len, altering);
  return (dusq__pg_traits){.reads = is_one_of(word, len, read), .alone = !queries || unsettles, .unsettles = unsettles,
                           .defines = alters || is_one_of(word, len, creating), .alters = alters};
}

bool dusq__pg_is_empty(const char *sql)
{
  return !*skip(sql);
}
