/* scan.c - what can be seen in a text of SQL without knowing the database.
 *
 * The server splits a script itself, so none of this decides what is executed.  It tells which statements may leave
 * something behind in the session, where an error on the safe side costs no more than a reset.                      */
#include "internal.h"

typedef struct reader {
  const char *at, *end;
} reader;

static bool is_blank(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_word(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         (unsigned char)c >= 0x80;
}

static bool has(const reader *in, const char *text)
{
  size_t len = strlen(text);
  return (size_t)(in->end - in->at) >= len && !memcmp(in->at, text, len);
}

static void skip_past(reader *in, const char *text)
{
  while (in->at < in->end && !has(in, text))
    in->at++;
  in->at = in->at < in->end ? in->at + strlen(text) : in->end;
}

/* Whether it stands at a comment, and goes behind it.  What the server executes of comments is none. */
static bool skip_comment(reader *in)
{
  bool dashes = has(in, "--") && (in->end - in->at == 2 || is_blank(in->at[2]));
  if (dashes || has(in, "#")) {
    skip_past(in, "\n");
    return true;
  }
  if (!has(in, "/*") || has(in, "/*!") || has(in, "/*M!"))
    return false;
  in->at += 2;
  skip_past(in, "*/");
  return true;
}

static void skip_blanks(reader *in)
{
  while (in->at < in->end && (is_blank(*in->at) || skip_comment(in)))
    if (in->at < in->end && is_blank(*in->at))
      in->at++;
}

static void skip_quoted(reader *in)
{
  char quote = *in->at++;
  while (in->at < in->end && *in->at != quote)
    in->at += *in->at == '\\' && quote != '`' && in->end - in->at > 1 ? 2 : 1;
  in->at += in->at < in->end; /* a doubled quote is the end of one string and the beginning of the next */
}

static bool equal(const char *at, size_t len, const char *word)
{
  for (size_t i = 0; i < len; i++) {
    char c = at[i] >= 'a' && at[i] <= 'z' ? (char)(at[i] - ('a' - 'A')) : at[i];
    if (c != word[i])
      return false; /* also at its end */
  }
  return !word[len];
}

static bool is_one_of(const char *at, size_t len, const char *const *words)
{
  for (; *words; words++)
    if (equal(at, len, *words))
      return true;
  return false;
}

/* The word that a statement begins with. */
static void note_first(const char *at, size_t len, dusq__my_scan *out)
{
  static const char *const rows[] = {"SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "VALUES", "TABLE", "WITH",
                                     "SHOW", "EXPLAIN", "DESC", "DESCRIBE", NULL};
  static const char *const changes[] = {"INSERT", "UPDATE", "DELETE", "REPLACE", NULL};
  static const char *const harmless[] = {"CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME", "BEGIN", "START", "COMMIT",
                                         "ROLLBACK", "SAVEPOINT", "RELEASE", "ANALYZE", "OPTIMIZE", "REPAIR", "CHECK",
                                         "CHECKSUM", "GRANT", "REVOKE", "KILL", "DO", NULL};
  static const char *const calls[] = {"CALL", "EXECUTE", "BEGIN", "IF", "CASE", "FOR", "WHILE", "REPEAT", "LOOP", NULL};
  bool plain = is_one_of(at, len, rows);
  if (!out->statements)
    out->changes = is_one_of(at, len, changes);
  out->statements++;
  out->alone |= !plain;
  out->unsettles |= !plain && !is_one_of(at, len, harmless);
  out->calls |= is_one_of(at, len, calls);
}

static void note_word(const char *at, size_t len, dusq__my_scan *out)
{
  static const char *const words[] = {"GET_LOCK", "TEMPORARY", NULL};
  out->unsettles |= is_one_of(at, len, words);
}

/* One token of a statement; `first`: its first one. */
static void read_token(reader *in, bool first, dusq__my_scan *out)
{
  const char *start = in->at;
  if (is_word(*start)) {
    while (in->at < in->end && is_word(*in->at))
      in->at++;
    note_word(start, (size_t)(in->at - start), out);
  } else if (*start == '\'' || *start == '"' || *start == '`') {
    skip_quoted(in);
  } else if (has(in, "@@")) {
    in->at += 2; /* a variable of the server's: reading it leaves nothing */
  } else {
    out->unsettles |= *start == '@' || has(in, "/*!") || has(in, "/*M!");
    in->at++;
  }
  if (first)
    note_first(start, (size_t)(in->at - start), out);
}

void dusq__my_scan_text(const char *sql, size_t len, dusq__my_scan *out)
{
  reader in = {sql, sql + len};
  bool first = true;
  *out = (dusq__my_scan){0};
  for (skip_blanks(&in); in.at < in.end; skip_blanks(&in)) {
    if (*in.at == ';' || (first && *in.at == '(')) {
      first = true;
      in.at++;
      continue;
    }
    read_token(&in, first, out);
    first = false;
  }
  out->alone |= out->unsettles;
}

size_t dusq__my_compact(const char *sql, size_t len, char *to)
{
  reader in = {sql, sql + len};
  size_t used = 0;
  dusq__my_scan unused = {0};
  for (skip_blanks(&in); in.at < in.end; skip_blanks(&in)) {
    const char *start = in.at;
    while (in.at < in.end && *in.at != ';')
      if (!is_blank(*in.at))
        skip_comment(&in) ? (void)0 : read_token(&in, false, &unused);
      else
        in.at++;
    in.at += in.at < in.end;
    if (in.at - start == 1 && *start == ';')
      continue;
    memcpy(to + used, start, (size_t)(in.at - start));
    used += (size_t)(in.at - start);
  }
  return used;
}
