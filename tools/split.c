/* split.c - see split.h.
 *
 * What has been fed is read from the beginning of the statement each time, until its end is there; a long one not with
 * each piece, but when an eighth has been added or the piece ends as a statement does.                               */
#include "split.h"
#include <stdlib.h>
#include <string.h>

enum { PIECE = 64 * 1024, LONG = 64 * 1024 };

/* Offsets of what was found. */
typedef struct span {
  size_t begin, end, next;
  bool closed; /* its end was there */
} span;

static bool is_blank(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_name(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         c & 0x80;
}

bool split_is_word(const char *text, size_t len, const char *word)
{
  size_t i = 0;
  for (; i < len && word[i]; i++)
    if ((text[i] | 0x20) != word[i])
      return false;
  return !word[i] && (i == len || !is_name(text[i]));
}

/* ---- up to a semicolon ------------------------------------------------------------------------------------------- */

/* Whether the last byte before `next` is the semicolon that ends the statement: another sign in its place would be a
 * statement, unless it stood in a comment.                                                                           */
static bool ends_there(const splitter *s, const span *found)
{
  char *last = s->bytes + found->next - 1;
  size_t at = 0, begin, n;
  dusq_error *error = NULL;
  if (found->end >= found->next || *last != ';')
    return false;
  *last = 'x';
  bool ends = dusq_sql_next(s->dialect, s->bytes + found->end, found->next - found->end, &at, &begin, &n, &error);
  *last = ';';
  ends = ends && !error;
  dusq_error_unref(error);
  return ends;
}

static bool find_semicolon(const splitter *s, span *found)
{
  size_t n;
  dusq_error *error = NULL;
  found->next = s->at;
  if (!dusq_sql_next(s->dialect, s->bytes, s->len, &found->next, &found->begin, &n, &error))
    return false;
  found->end = found->begin + n;
  found->closed = !error && ends_there(s, found);
  dusq_error_unref(error);
  return true;
}

/* ---- up to what DELIMITER said ----------------------------------------------------------------------------------- */

static size_t quoted_end(const splitter *s, size_t at)
{
  char quote = s->bytes[at];
  bool escapes = !(s->dialect & DUSQ_DIALECT_NO_ESCAPES) && quote != '`' &&
                 !(quote == '"' && s->dialect & DUSQ_DIALECT_ANSI_QUOTES);
  for (at++; at < s->len && s->bytes[at] != quote; at++)
    at += escapes && s->bytes[at] == '\\';
  return at < s->len ? at + 1 : s->len;
}

static bool starts(const splitter *s, size_t at, const char *text)
{
  size_t n = strlen(text);
  return s->len - at >= n && !memcmp(s->bytes + at, text, n);
}

/* Behind a comment that begins here, or `at`.  One that is executed is none. */
static size_t comment_end(const splitter *s, size_t at)
{
  bool dashes = starts(s, at, "--") && (s->len - at == 2 || (unsigned char)s->bytes[at + 2] <= ' ');
  if (dashes || s->bytes[at] == '#') {
    const char *newline = memchr(s->bytes + at, '\n', s->len - at);
    return newline ? (size_t)(newline - s->bytes) + 1 : s->len;
  }
  if (!starts(s, at, "/*") || starts(s, at, "/*!") || starts(s, at, "/*M!"))
    return at;
  for (at += 2; at < s->len; at++)
    if (starts(s, at, "*/"))
      return at + 2;
  return s->len;
}

/* Behind a literal, a name in quotes, the signs around a comment that is executed, or one byte. */
static size_t token_end(const splitter *s, size_t at, size_t *executed)
{
  char c = s->bytes[at];
  if (c == '\'' || c == '"' || c == '`')
    return quoted_end(s, at);
  bool opens = starts(s, at, "/*"), closes = *executed && starts(s, at, "*/");
  *executed += opens;
  *executed -= closes;
  return at + (opens || closes ? 2 : 1);
}

/* Not in what token_end() passes over, nor in comments, those that are executed among them. */
static bool find_delimiter(const splitter *s, span *found)
{
  size_t at = s->at, executed = 0;
  bool begun = false;
  while (at < s->len) {
    size_t from = at;
    if (!executed && starts(s, at, s->delimiter)) {
      at += strlen(s->delimiter);
      found->next = at;
      found->closed = begun;
      if (begun)
        return true;
      continue;
    }
    at = comment_end(s, at);
    if (at > from)
      continue;
    at = token_end(s, at, &executed);
    if (is_blank(s->bytes[from]))
      continue;
    if (!begun)
      found->begin = from;
    begun = true;
    found->end = at;
  }
  found->next = s->len;
  return begun;
}

/* The command: true if there is one, whose line has ended.  What it does not understand is left to the database. */
static bool take_command(splitter *s, const span *found)
{
  const char *at = s->bytes + found->begin + strlen("delimiter"), *end = s->bytes + s->len;
  const char *newline = memchr(at, '\n', (size_t)(end - at));
  if (!newline && !s->ended)
    return false;
  end = newline ? newline : end;
  while (at < end && is_blank(*at))
    at++;
  size_t n = 0;
  while (at + n < end && !is_blank(at[n]))
    n++;
  if (!n || n >= SPLIT_DELIMITER || memchr(at, '\\', n))
    return false;
  memcpy(s->delimiter, at, n);
  s->delimiter[n] = '\0';
  if (!strcmp(s->delimiter, ";"))
    s->delimiter[0] = '\0';
  s->at = (size_t)(end - s->bytes);
  s->tried = 0;
  return true;
}

/* ---- pieces ------------------------------------------------------------------------------------------------------ */

void splitter_init(splitter *s, uint32_t dialect)
{
  *s = (splitter){.dialect = dialect, .line = 1};
}

void splitter_fini(splitter *s)
{
  free(s->bytes);
  *s = (splitter){0};
}

void splitter_set_modes(splitter *s, uint32_t modes)
{
  s->dialect = DUSQ_DIALECT_MYSQL | modes;
  s->tried = 0;
}

static void count_lines(splitter *s, size_t to)
{
  const char *at = s->bytes + s->counted, *end = s->bytes + to;
  while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
    s->line++;
    at++;
  }
  s->counted = to;
}

/* Forgets what is done with, but for a byte: where there is none, the input begins, perhaps with a byte order mark. */
static void drop(splitter *s)
{
  size_t done = s->at ? s->at - 1 : 0;
  if (!done)
    return;
  if (s->counted < done)
    count_lines(s, done);
  memmove(s->bytes, s->bytes + done, s->len - done);
  s->len -= done;
  s->at = 1;
  s->counted -= done;
  s->dropped += done;
}

char *splitter_room(splitter *s, size_t *room)
{
  drop(s);
  if (s->size - s->len <= PIECE) { /* with a byte for the NUL */
    size_t size = s->size ? s->size * 2 : 4 * (size_t)PIECE;
    char *bytes = s->size > SIZE_MAX / 2 ? NULL : realloc(s->bytes, size);
    if (!bytes)
      return NULL;
    s->bytes = bytes;
    s->size = size;
  }
  *room = s->size - s->len - 1;
  return s->bytes + s->len;
}

void splitter_fed(splitter *s, size_t n)
{
  s->len += n;
  s->ended = n == 0;
}

bool splitter_holds(const splitter *s)
{
  size_t at = s->at;
  while (at < s->len && is_blank(s->bytes[at]))
    at++;
  return at < s->len;
}

/* ---- statements -------------------------------------------------------------------------------------------------- */

static bool is_worth_reading(const splitter *s)
{
  size_t added = s->len - s->at - s->tried, end = s->len;
  if (s->ended || s->tried < LONG || added >= s->tried / 8)
    return true;
  while (end > s->at && is_blank(s->bytes[end - 1]))
    end--;
  size_t n = strlen(s->delimiter);
  return end > s->at && s->bytes[end - 1] == (n ? s->delimiter[n - 1] : ';');
}

static void skip_parentheses(const char **text, size_t *len)
{
  while (*len && (is_blank(**text) || **text == '(')) {
    ++*text;
    --*len;
  }
}

static bool does_read(const char *text, size_t len)
{
  skip_parentheses(&text, &len);
  return split_is_word(text, len, "select") || split_is_word(text, len, "values");
}

bool split_has_rows(const char *text, size_t len)
{
  skip_parentheses(&text, &len);
  return does_read(text, len) || split_is_word(text, len, "with") || split_is_word(text, len, "table") ||
         split_is_word(text, len, "fetch");
}

bool split_needs_table(const char *text, size_t len)
{
  static const char *const words[] = {"with", "insert", "replace", "update", "delete", "drop", "alter", "explain",
                                      "reindex", "analyze"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (split_is_word(text, len, words[i]))
      return true;
  return does_read(text, len);
}

/* The second word, or "". */
static const char *second_word(const char *text, size_t *len)
{
  size_t i = 0;
  while (i < *len && !is_blank(text[i]))
    i++;
  while (i < *len && is_blank(text[i]))
    i++;
  *len -= i;
  return text + i;
}

/* SET autocommit, in any of MySQL's spellings. */
static bool sets_autocommit(const char *text, size_t len)
{
  if (!split_is_word(text, len, "set"))
    return false;
  for (size_t i = 1; i < len; i++)
    if (!is_name(text[i - 1]) && split_is_word(text + i, len - i, "autocommit"))
      return true;
  return false;
}

static bool does_control(const char *text, size_t len)
{
  static const char *const words[] = {"begin", "commit", "rollback", "end", "abort", "savepoint", "release"};
  static const char *const pairs[][2] = {{"start", "transaction"}, {"prepare", "transaction"}, {"set", "transaction"},
                                         {"lock", "tables"}, {"xa", "start"}, {"xa", "begin"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (split_is_word(text, len, words[i]))
      return true;
  size_t rest = len;
  const char *second = second_word(text, &rest);
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    if (split_is_word(text, len, pairs[i][0]) && split_is_word(second, rest, pairs[i][1]))
      return true;
  return sets_autocommit(text, len);
}

static split_outcome finish(splitter *s, const span *found, statement *out)
{
  const char *sql = s->bytes + found->begin;
  size_t len = found->end - found->begin;
  count_lines(s, found->begin);
  *out = (statement){sql, len, s->line, does_read(sql, len), split_has_rows(sql, len), does_control(sql, len),
                     s->dropped + found->next};
  count_lines(s, found->next);
  s->bytes[found->end] = '\0'; /* what stood behind it, or the byte that splitter_room kept free */
  s->at = found->next;
  s->tried = 0;
  return SPLIT_STATEMENT;
}

/* Blanks and comments up to the end of a line are nothing to be kept. */
static void pass_over(splitter *s)
{
  if (s->bytes[s->len - 1] == '\n')
    s->at = s->len;
}

static bool is_command(const splitter *s, const span *found)
{
  bool mysql = (s->dialect & ~(uint32_t)(DUSQ_DIALECT_NO_ESCAPES | DUSQ_DIALECT_ANSI_QUOTES)) == DUSQ_DIALECT_MYSQL;
  return mysql && split_is_word(s->bytes + found->begin, s->len - found->begin, "delimiter");
}

/* Whether the line of a command has come, so that it is none. */
static bool has_line(const splitter *s, const span *found)
{
  return memchr(s->bytes + found->begin, '\n', s->len - found->begin) != NULL;
}

split_outcome splitter_next(splitter *s, statement *out)
{
  while (s->at < s->len && is_worth_reading(s)) {
    span found = {0};
    bool is_there = *s->delimiter ? find_delimiter(s, &found) : find_semicolon(s, &found);
    bool command = is_there && is_command(s, &found);
    if (command && take_command(s, &found))
      continue;
    if (is_there && (s->ended || (found.closed && (!command || has_line(s, &found)))))
      return finish(s, &found, out);
    if (!is_there)
      pass_over(s);
    s->tried = s->len - s->at;
    break;
  }
  return s->ended ? SPLIT_END : SPLIT_MORE;
}
