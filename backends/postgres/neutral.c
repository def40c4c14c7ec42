/* neutral.c - see neutral.h. */
#include "neutral.h"
#include <stdlib.h>
#include <string.h>

/* How often a parameter occurs, and how often it is asked whether it is NULL. */
typedef struct count {
  unsigned all, asked;
} count;

static bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
  return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || is_digit(c) || c == '_' || (c & 0x80);
}

/* ---- what is skipped; each returns a length ------------------------------------------------------------------------ */

static size_t quoted(const char *at, bool escapes)
{
  size_t n = 1;
  while (at[n] && (at[n] != *at || at[n + 1] == *at))
    n += at[n] == *at || (escapes && at[n] == '\\' && at[n + 1]) ? 2 : 1;
  return at[n] ? n + 1 : n;
}

static size_t comment(const char *at)
{
  if (*at == '-')
    return strcspn(at, "\n");
  size_t n = 2;
  for (int depth = 1; at[n] && depth; n++)
    if (at[n] == '/' && at[n + 1] == '*') {
      depth++;
      n++;
    } else if (at[n] == '*' && at[n + 1] == '/') {
      depth--;
      n++;
    }
  return n;
}

/* $tag$...$tag$; 0: it is none. */
static size_t dollars(const char *at)
{
  size_t tag = 1;
  while (is_word(at[tag]))
    tag++;
  if (at[tag] != '$' || is_digit(at[1]))
    return 0;
  tag++;
  for (const char *end = at + tag; *end; end++)
    if (!strncmp(end, at, tag))
      return (size_t)(end - at) + tag;
  return strlen(at);
}

/* A name, a number, a string with escapes. */
static size_t word(const char *at)
{
  size_t n = 0;
  while (is_word(at[n]) || (n && at[n] == '$'))
    n++;
  bool escapes = n == 1 && (*at | 0x20) == 'e' && at[1] == '\'';
  return escapes ? 1 + quoted(at + 1, true) : n;
}

static size_t skipped(const char *at)
{
  if (*at == '\'' || *at == '"')
    return quoted(at, false);
  if ((*at == '-' && at[1] == '-') || (*at == '/' && at[1] == '*'))
    return comment(at);
  return *at == '$' ? dollars(at) : word(at);
}

/* ---- the questions ------------------------------------------------------------------------------------------------- */

/* Behind a word of upper case, in any case, and what separates it from the one before; NULL: it does not stand there. */
static const char *behind(const char *at, const char *upper)
{
  size_t n = 0;
  while (*at && (strchr(" \t\r\n\f\v", *at) || (*at == '-' && at[1] == '-') || (*at == '/' && at[1] == '*')))
    at += strchr(" \t\r\n\f\v", *at) ? 1 : comment(at);
  while (upper[n] && (at[n] & ~0x20) == upper[n])
    n++;
  return upper[n] || is_word(at[n]) ? NULL : at + n;
}

static bool is_asked(const char *at)
{
  const char *is = behind(at, "IS"), *no = is ? behind(is, "NOT") : NULL;
  return is && behind(no ? no : is, "NULL");
}

/* Counts each of the n parameters, or replaces those of `which`. */
static void scan(char *sql, size_t n, count *counts, const bool *which)
{
  for (char *at = sql; *at;) {
    size_t len = skipped(at), number = 0;
    if (len || *at != '$' || !is_digit(at[1])) {
      at += len ? len : 1;
      continue;
    }
    for (len = 1; is_digit(at[len]); len++)
      number = number <= n ? number * 10 + (size_t)(at[len] - '0') : number;
    bool good = number && number <= n, asked = good && is_asked(at + len);
    if (good && which && which[number - 1] && asked) {
      memset(at, ' ', len);
      memcpy(at, "''", 2);
    } else if (good && !which) {
      counts[number - 1].all++;
      counts[number - 1].asked += asked;
    }
    at += len;
  }
}

char *dusq__pg_neutral(const char *sql, size_t n, bool *which)
{
  count *counts = calloc(n + 1, sizeof *counts);
  char *copy = counts ? strdup(sql) : NULL;
  bool some = false;
  if (copy)
    scan(copy, n, counts, NULL);
  for (size_t i = 0; copy && i < n; i++) {
    which[i] = counts[i].asked && counts[i].asked < counts[i].all;
    some |= which[i];
  }
  if (some)
    scan(copy, n, counts, which);
  free(counts);
  if (some)
    return copy;
  free(copy);
  return NULL;
}
