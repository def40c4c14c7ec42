/* scan.c - scanning SQL texts.
 *
 * The server splits a script itself.  Two things are decided here.  First, which statements may leave something behind
 * in the session: a wrong guess only costs a reset.  Second, where a script is split into portions: after a statement
 * that may change how the rest is read; and between two semicolons with only blanks and comments between them, which
 * the server would refuse.                                                                                           */
#include "scan.h"
#include "builtin.h"
#include <dusq/backend.h>
#include <string.h>

typedef struct reader {
  const char *at, *end;
  const dusq__my_reading *how;
  bool table; /* the word before a name says that it names a table */
  bool dot;   /* a dot precedes it                                 */
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

/* Reads the version of an executed comment, five or six digits; 0: any.  *at moves past it. */
static unsigned long read_version(const char **at, const char *end)
{
  unsigned long version = 0;
  const char *from = *at, *digit = from;
  while (digit < end && digit - from < 6 && *digit >= '0' && *digit <= '9')
    version = version * 10 + (unsigned long)(*digit++ - '0');
  if (digit - from < 5)
    return 0;
  *at = digit;
  return version;
}

/* Whether a comment begins here that the server executes; *behind is its text.  MariaDB does not execute comments for
 * MySQL 5.7 and later.                                                                                               */
static bool is_executed(const reader *in, const char **behind)
{
  bool other = has(in, "/*M!");
  if (!has(in, "/*!") && !(other && in->how->mariadb))
    return false;
  *behind = in->at + (other ? 4 : 3);
  unsigned long version = read_version(behind, in->end);
  bool theirs = in->how->mariadb && !other && version >= 50700 && version <= 99999;
  return version <= in->how->version && !theirs;
}

/* Skips a comment.  One that another server would execute may contain comments. */
static void skip_block(reader *in)
{
  size_t depth = 0;
  bool nested = has(in, "/*!") || has(in, "/*M!");
  do {
    bool opens = has(in, "/*") && (!depth || nested), closes = depth && has(in, "*/");
    depth = opens ? depth + 1 : closes ? depth - 1 : depth;
    in->at += opens || closes ? 2 : 1;
  } while (depth && in->at < in->end);
}

/* Skips a comment.  False: no comment begins here, or one that the server executes. */
static bool skip_comment(reader *in)
{
  bool dashes = has(in, "--") && (in->end - in->at == 2 || (unsigned char)in->at[2] <= ' ' || in->at[2] == '\x7F');
  if (dashes || has(in, "#")) {
    skip_past(in, "\n");
    return true;
  }
  const char *unused;
  if (!has(in, "/*") || is_executed(in, &unused))
    return false;
  skip_block(in);
  return true;
}

/* Skips blanks and comments.  True if there was a comment. */
static bool skip_blanks(reader *in)
{
  bool comment = false;
  while (in->at < in->end) {
    if (is_blank(*in->at))
      in->at++;
    else if (skip_comment(in))
      comment = true;
    else
      break;
  }
  return comment;
}

static void skip_quoted(reader *in)
{
  char quote = *in->at++;
  bool escapes = in->how->escapes && (quote == '\'' || (quote == '"' && !in->how->ansi_quotes));
  while (in->at < in->end && *in->at != quote)
    in->at += *in->at == '\\' && escapes && in->end - in->at > 1 ? 2 : 1;
  in->at += in->at < in->end; /* a doubled quote reads as the end of one string and the beginning of the next */
}

static bool equal(const char *at, size_t len, const char *word)
{
  for (size_t i = 0; i < len; i++) {
    char c = at[i] >= 'a' && at[i] <= 'z' ? (char)(at[i] - ('a' - 'A')) : at[i];
    if (c != word[i])
      return false; /* also at the end of the text */
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

/* Records the first word of a statement. */
static void note_first(const char *at, size_t len, dusq__my_scan *out)
{
  static const char *const rows[] = {"SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "VALUES", "TABLE", "WITH",
                                     "SHOW", "EXPLAIN", "DESC", "DESCRIBE", NULL};
  static const char *const changes[] = {"INSERT", "UPDATE", "DELETE", "REPLACE", NULL};
  static const char *const harmless[] = {"CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME", "BEGIN", "START", "COMMIT",
                                         "ROLLBACK", "SAVEPOINT", "RELEASE", "ANALYZE", "OPTIMIZE", "REPAIR", "CHECK",
                                         "CHECKSUM", "GRANT", "REVOKE", "KILL", "DO", NULL};
  static const char *const calls[] = {"CALL", "EXECUTE", "IF", "CASE", "FOR", "WHILE", "REPEAT", "LOOP", "DECLARE", "<",
                                      NULL};
  bool plain = is_one_of(at, len, rows);
  if (!out->statements)
    out->changes = is_one_of(at, len, changes);
  out->statements++;
  out->alone |= !plain;
  out->changes_session |= !plain && !is_one_of(at, len, harmless);
  out->calls |= is_one_of(at, len, calls);
}

/* Whether the next character is `c`. */
static bool precedes(reader in, char c)
{
  skip_blanks(&in);
  return in.at < in.end && *in.at == c;
}

/* Records a word, or a quoted name, that was just read. */
static void note_word(reader *in, const char *at, size_t len, bool quoted, dusq__my_scan *out)
{
  static const char *const words[] = {"GET_LOCK", "TEMPORARY", NULL};
  static const char *const tables[] = {"INTO", "TABLE", "INSERT", "REPLACE", "IGNORE", "REFERENCES", "PROCEDURE",
                                       "FUNCTION", NULL};
  bool called = precedes(*in, '(');
  out->changes_session |= is_one_of(at, len, words);
  out->functions |= called && !in->table && (in->dot || !dusq__my_is_builtin(at, len));
  in->table = !called && ((!quoted && is_one_of(at, len, tables)) || (in->table && precedes(*in, '.')));
  in->dot = false;
}

/* BEGIN NOT ATOMIC, or a block of sql_mode ORACLE: it begins no transaction. */
static bool begins_block(reader in)
{
  skip_blanks(&in);
  const char *start = in.at;
  while (in.at < in.end && is_word(*in.at))
    in.at++;
  return in.at < in.end && in.at > start && !equal(start, (size_t)(in.at - start), "WORK");
}

/* Reads one token of a statement; `first`: its first one. */
static void read_token(reader *in, bool first, dusq__my_scan *out)
{
  const char *start = in->at, *behind;
  if (is_word(*start)) {
    while (in->at < in->end && is_word(*in->at))
      in->at++;
    note_word(in, start, (size_t)(in->at - start), false, out);
  } else if (*start == '\'' || *start == '"' || *start == '`') {
    skip_quoted(in);
    size_t n = (size_t)(in->at - start);
    if (*start != '\'' && n > 1) /* whether "..." is a name may have changed when it is executed */
      note_word(in, start + 1, n - 2, true, out);
  } else if (has(in, "@@")) {
    in->at += 2; /* a system variable: reading it leaves nothing behind */
  } else if (is_executed(in, &behind)) {
    out->changes_session = true;
    in->at = behind;
  } else {
    out->changes_session |= *start == '@';
    in->dot = *start == '.';
    in->table = in->table && in->dot;
    in->at++;
  }
  if (!first)
    return;
  size_t len = (size_t)(in->at - start);
  note_first(start, len, out);
  bool block = equal(start, len, "BEGIN") && begins_block(*in);
  out->calls |= block;
  out->changes_session |= block;
}

/* Whether a word is anywhere in a text, in upper or lower case. */
static bool mentions(const char *at, size_t n, const char *word)
{
  size_t len = strlen(word);
  for (const char *end = at + n; (size_t)(end - at) >= len; at++)
    if (equal(at, len, word))
      return true;
  return false;
}

/* SET @@time_zone = ..., without SESSION, is not reported by MariaDB.  The name may be quoted, with comments around it,
 * and far from the @@; reading the variable counts as setting it.                                                    */
static bool sets_unreported(const char *sql, size_t len)
{
  static const char *const names[] = {"TIME_ZONE", "SQL_MODE", "CHARACTER_SET_CLIENT", "CHARACTER_SET_RESULTS", NULL};
  if (!mentions(sql, len, "@@"))
    return false;
  for (const char *const *name = names; *name; name++)
    if (mentions(sql, len, *name))
      return true;
  return false;
}

void dusq__my_scan_text(const char *sql, size_t len, const dusq__my_reading *how, dusq__my_scan *out)
{
  reader in = {.at = sql, .end = sql + len, .how = how};
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
  out->alone |= out->changes_session;
  out->tracking = mentions(sql, len, "SESSION_TRACK");
  /* EXECUTE may run anything, also from an executed comment */
  bool calls = out->calls || (out->changes_session && (mentions(sql, len, "CALL") || mentions(sql, len, "EXECUTE")));
  out->settings = calls || out->functions || sets_unreported(sql, len);
  bool own = mentions(sql, len, "STATEMENT") || mentions(sql, len, "SET_VAR"); /* SET STATEMENT ... FOR, and the hint */
  out->zone = own && mentions(sql, len, "TIME_ZONE");
  out->charset = own && mentions(sql, len, "CHARACTER_SET_RESULTS");
}

/* ---- portions ---------------------------------------------------------------------------------------------------- */

/* Whether a statement may change how later ones are read: SET sql_mode, SET NAMES and the like, or EXECUTE, which may
 * run anything.                                                                                                      */
static bool changes_reading(const char *sql, size_t len, const dusq__my_reading *how)
{
  static const char *const words[] = {"SQL_MODE", "NAMES", "CHARSET", "CHARACTER", NULL};
  reader in = {.at = sql, .end = sql + len, .how = how};
  const char *start;
  skip_blanks(&in);
  start = in.at;
  if (is_executed(&in, &start)) {
    in.at = start;
    skip_blanks(&in);
    start = in.at;
  }
  while (in.at < in.end && is_word(*in.at))
    in.at++;
  if (equal(start, (size_t)(in.at - start), "EXECUTE"))
    return true;
  if (!equal(start, (size_t)(in.at - start), "SET"))
    return false;
  for (const char *const *word = words; *word; word++)
    if (mentions(in.at, (size_t)(in.end - in.at), *word))
      return true;
  return false;
}

/* The offset after the last byte whose meaning depends on how a text is read. */
static size_t find_last_ambiguous(const char *sql, size_t len)
{
  while (len && sql[len - 1] != '\\' && sql[len - 1] != '"' && (unsigned char)sql[len - 1] < 0x80)
    len--;
  return len;
}

void dusq__my_open_script(dusq__my_script_text *script, const char *sql, size_t len)
{
  *script = (dusq__my_script_text){.sql = sql, .len = len, .last_ambiguous = find_last_ambiguous(sql, len)};
}

/* Up to where the text is read in one way. */
static size_t find_same_until(const dusq__my_script_text *script, const dusq__my_reading *how)
{
  uint32_t dialect = DUSQ_DIALECT_MYSQL | (how->escapes ? 0 : DUSQ_DIALECT_NO_ESCAPES) |
                     (how->ansi_quotes ? DUSQ_DIALECT_ANSI_QUOTES : 0);
  size_t begin, n, at = script->at;
  dusq_error *error = NULL;
  while (at < script->last_ambiguous &&
         dusq_sql_next(dialect, script->sql, script->len, &at, &begin, &n, &error) && !error)
    if (changes_reading(script->sql + begin, n, how) && at < script->last_ambiguous)
      return at;
  dusq_error_unref(error); /* the server will report it */
  return script->len;
}

/* Reads up to the next semicolon: one statement, as far as tokens show. */
static void read_statement(reader *in, dusq__my_scan *scan)
{
  bool first = true;
  for (; in->at < in->end && *in->at != ';'; skip_blanks(in)) {
    read_token(in, first, scan);
    first = false;
  }
  in->at += in->at < in->end;
}

/* Takes the comments after a portion, up to a semicolon or the end of the script, so that no portion has only comments.
 * True if there was one.                                                                                             */
static bool take_trailing_comment(reader *in, const char *end)
{
  reader ahead = {.at = in->at, .end = end, .how = in->how};
  bool comment = skip_blanks(&ahead);
  if (ahead.at < end && *ahead.at != ';')
    return false;
  *in = ahead;
  return comment;
}

bool dusq__my_next_portion(dusq__my_script_text *script, const dusq__my_reading *how, dusq__my_portion *out)
{
  if (script->at >= script->same_until)
    script->same_until = find_same_until(script, how);
  reader in = {.at = script->sql + script->at, .end = script->sql + script->same_until, .how = how};
  dusq__my_scan scan = {0};
  *out = (dusq__my_portion){.sql = in.at};
  for (;;) {
    bool comment = skip_blanks(&in), ended = in.at == in.end;
    if (!ended && *in.at != ';') {
      read_statement(&in, &scan);
    } else if (scan.statements || ended) {
      out->trailing_comment = comment || (ended && take_trailing_comment(&in, script->sql + script->len));
      out->len = (size_t)(in.at - out->sql);
      out->calls = scan.calls;
      script->at = (size_t)(in.at - script->sql) + (in.at < script->sql + script->len && *in.at == ';');
      break;
    } else {
      out->sql = ++in.at; /* a semicolon without a statement */
    }
  }
  return scan.statements > 0;
}
