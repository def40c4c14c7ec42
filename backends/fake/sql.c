/* sql.c - see sql.h: finds the end of a statement, and its first word.
 *
 * It knows only quotes ('', "", ``, []) and comments: the body of a trigger is cut at its semicolons.  Pure functions;
 * any thread.                                                                                                        */
#include "sql.h"
#include <stdint.h>
#include <string.h>

static bool is_blank(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_word(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

dusq__fake_text dusq__fake_trim(const char *text, size_t len)
{
  while (len && (is_blank(text[0]) || text[0] == ';')) {
    text++;
    len--;
  }
  while (len && (is_blank(text[len - 1]) || text[len - 1] == ';'))
    len--;
  return (dusq__fake_text){text, len};
}

/* The offset after the comment that begins at `at`; `at` itself if there is none. */
static size_t skip_comment(dusq__fake_text sql, size_t at)
{
  if (at + 1 >= sql.len)
    return at;
  if (sql.at[at] == '-' && sql.at[at + 1] == '-') {
    while (at < sql.len && sql.at[at] != '\n')
      at++;
    return at;
  }
  if (sql.at[at] != '/' || sql.at[at + 1] != '*')
    return at;
  for (at += 2; at < sql.len; at++) {
    if (sql.at[at] == '/' && sql.at[at - 1] == '*')
      return at + 1;
  }
  return sql.len;
}

static size_t skip_blanks(dusq__fake_text sql, size_t at)
{
  for (;;) {
    size_t begun = at;
    while (at < sql.len && is_blank(sql.at[at]))
      at++;
    at = skip_comment(sql, at);
    if (at == begun)
      return at;
  }
}

/* The offset after the quoted text that begins at `at`.  A doubled quote reads as two adjacent texts, with the same
 * end.                                                                                                               */
static size_t skip_quoted(dusq__fake_text sql, size_t at)
{
  char end = sql.at[at] == '[' ? ']' : sql.at[at];
  const char *close = at + 1 < sql.len ? memchr(sql.at + at + 1, end, sql.len - at - 1) : NULL;
  return close ? (size_t)(close - sql.at) + 1 : sql.len;
}

/* The end of the statement that begins at `at`: a semicolon, or the end of the text.  *last is the offset after its
 * last byte that is not a blank or in a comment; `at` if there is none.                                              */
static size_t find_end(dusq__fake_text sql, size_t at, size_t *last)
{
  *last = at;
  while (at < sql.len && sql.at[at] != ';') {
    size_t behind = skip_blanks(sql, at);
    if (behind != at) {
      at = behind;
      continue;
    }
    char c = sql.at[at];
    at = c == '\'' || c == '"' || c == '`' || c == '[' ? skip_quoted(sql, at) : at + 1;
    *last = at;
  }
  return at;
}

dusq__fake_text dusq__fake_bare(dusq__fake_text sql)
{
  size_t begin = skip_blanks(sql, 0), last;
  find_end(sql, begin, &last);
  return (dusq__fake_text){sql.at + begin, last - begin};
}

bool dusq__fake_split(dusq__fake_text script, size_t *at, dusq__fake_text *out)
{
  while (*at < script.len) {
    size_t begin = *at, last;
    size_t end = find_end(script, begin, &last);
    *at = end < script.len ? end + 1 : end;
    if (last > begin) {
      *out = dusq__fake_trim(script.at + begin, end - begin);
      return true;
    }
  }
  return false;
}

/* Whether the word `upper` is at *at; if so, moves past it. */
static bool take_word(dusq__fake_text sql, size_t *at, const char *upper)
{
  size_t i = skip_blanks(sql, *at);
  for (; *upper; upper++, i++) {
    char c = i < sql.len ? sql.at[i] : '\0';
    if (c >= 'a' && c <= 'z')
      c = (char)(c - 'a' + 'A');
    if (c != *upper)
      return false;
  }
  if (i < sql.len && is_word(sql.at[i]))
    return false;
  *at = i;
  return true;
}

static dusq__fake_verb verb_of_rollback(dusq__fake_text sql, size_t at)
{
  if (!take_word(sql, &at, "TRANSACTION"))
    take_word(sql, &at, "WORK");
  return take_word(sql, &at, "TO") ? DUSQ__FAKE_VERB_OTHER : DUSQ__FAKE_VERB_ROLLBACK;
}

dusq__fake_verb dusq__fake_verb_of(dusq__fake_text sql)
{
  static const struct {
    const char *word;
    dusq__fake_verb verb;
  } words[] = {
    {"SELECT", DUSQ__FAKE_VERB_READ},   {"VALUES", DUSQ__FAKE_VERB_READ},    {"WITH", DUSQ__FAKE_VERB_READ},
    {"INSERT", DUSQ__FAKE_VERB_INSERT}, {"REPLACE", DUSQ__FAKE_VERB_INSERT}, {"BEGIN", DUSQ__FAKE_VERB_BEGIN},
    {"COMMIT", DUSQ__FAKE_VERB_COMMIT}, {"END", DUSQ__FAKE_VERB_COMMIT},     {"ROLLBACK", DUSQ__FAKE_VERB_ROLLBACK},
  };
  size_t at = skip_blanks(sql, 0);
  if (at == sql.len)
    return DUSQ__FAKE_VERB_NONE;
  if (take_word(sql, &at, "START"))
    return take_word(sql, &at, "TRANSACTION") ? DUSQ__FAKE_VERB_BEGIN : DUSQ__FAKE_VERB_OTHER;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (take_word(sql, &at, words[i].word))
      return words[i].verb == DUSQ__FAKE_VERB_ROLLBACK ? verb_of_rollback(sql, at) : words[i].verb;
  }
  return DUSQ__FAKE_VERB_OTHER;
}

bool dusq__fake_like(dusq__fake_text pattern, dusq__fake_text text)
{
  size_t p = 0, t = 0, star = SIZE_MAX, resume = 0; /* the last '*', and where in `text` its match ends at present */
  while (t < text.len) {
    if (p < pattern.len && pattern.at[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.len && pattern.at[p] == text.at[t]) {
      p++;
      t++;
    } else if (star != SIZE_MAX) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.len && pattern.at[p] == '*')
    p++;
  return p == pattern.len;
}
