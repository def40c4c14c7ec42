/* split.c - see split.h.
 *
 * A token is only taken when its end has been seen, or the input has ended.  Until then the next piece is awaited;
 * `seen` is how far the end has been looked for, so that a long literal is not read again with every piece.          */
#include "split.h"
#include <stdlib.h>
#include <string.h>

enum { PIECE = 64 * 1024 };

typedef enum token {
  TOKEN_MORE, /* the end of it has not been fed yet */
  TOKEN_BLANK,
  TOKEN_WORD,
  TOKEN_SEMICOLON,
  TOKEN_OPEN,
  TOKEN_CLOSE,
  TOKEN_DOT,
  TOKEN_SIGN, /* = and @, which may stand before the name of a definer */
  TOKEN_OTHER,
  /* words; `last` holds these too */
  WORD_OTHER,
  WORD_BEGIN,
  WORD_END,
  WORD_CASE,
  WORD_ATOMIC,
  WORD_NOT,
  WORD_LOOP,
  WORD_CREATE,
  WORD_ALTER,
  WORD_SELECT, /* or VALUES */
  WORD_EXPLAIN,
  WORD_BETWEEN, /* CREATE and the kind of object */
  WORD_TRIGGER,
  WORD_ROUTINE,
  WORD_EVENT
} token;

enum { HEAD_FIRST, HEAD_CREATE, HEAD_BEGIN, HEAD_BODY, HEAD_PLAIN };

/* ---- tokens ------------------------------------------------------------------------------------------------------ */

static bool is_blank(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_name(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c & 0x80;
}

/* A token whose end does not stand before `seen`: the rest, if there will be no more. */
static token open_end(splitter *s, token kind, size_t seen, size_t *end)
{
  s->seen = seen;
  *end = s->len;
  return s->ended ? kind : TOKEN_MORE;
}

/* Where to look for the end of the token, which stands behind `first` bytes at least. */
static size_t look_from(const splitter *s, size_t first)
{
  return s->seen > s->at + first ? s->seen : s->at + first;
}

static token scan_line_comment(splitter *s, size_t *end)
{
  size_t from = look_from(s, 1);
  const char *newline = memchr(s->bytes + from, '\n', s->len - from);
  if (!newline)
    return open_end(s, TOKEN_BLANK, s->len, end);
  *end = (size_t)(newline - s->bytes) + 1;
  return TOKEN_BLANK;
}

/* Nested in PostgreSQL; code in MySQL where it begins with an exclamation mark, and in MariaDB with M and one. */
static token scan_block_comment(splitter *s, size_t *end)
{
  bool nested = s->dialect == SPLIT_POSTGRESQL;
  size_t depth = 1, at = nested ? s->at + 2 : look_from(s, 2);
  for (; depth; at++) {
    if (at + 1 >= s->len)
      return open_end(s, TOKEN_OTHER, at, end);
    bool opens = s->bytes[at] == '/' && s->bytes[at + 1] == '*' && nested;
    bool closes = s->bytes[at] == '*' && s->bytes[at + 1] == '/';
    if (opens || closes)
      at++;
    depth = opens ? depth + 1 : closes ? depth - 1 : depth;
  }
  *end = at;
  const char *sign = s->bytes + s->at + 2; /* there are two bytes at least: the end of the comment */
  bool executed = *sign == '!' || (*sign == 'M' && sign[1] == '!');
  return s->dialect == SPLIT_MYSQL && executed ? TOKEN_OTHER : TOKEN_BLANK;
}

static token scan_quoted(splitter *s, char quote, bool backslash, size_t *end)
{
  size_t at = look_from(s, 1);
  while (at < s->len) {
    bool escape = backslash && s->bytes[at] == '\\';
    bool last = at + 1 == s->len;
    if (!escape && s->bytes[at] != quote) {
      at++;
    } else if (last && !s->ended) {
      break;
    } else if (!escape && (last || s->bytes[at + 1] != quote)) {
      *end = at + 1;
      return TOKEN_OTHER;
    } else {
      at += 2;
    }
  }
  return open_end(s, TOKEN_OTHER, at, end);
}

static token scan_bracketed(splitter *s, size_t *end)
{
  size_t from = look_from(s, 1);
  const char *close = memchr(s->bytes + from, ']', s->len - from);
  if (!close)
    return open_end(s, TOKEN_OTHER, s->len, end);
  *end = (size_t)(close - s->bytes) + 1;
  return TOKEN_OTHER;
}

/* $$...$$ or $tag$...$tag$ */
static token scan_dollar(splitter *s, size_t *end)
{
  size_t at = s->at + 1;
  while (at < s->len && is_name(s->bytes[at]) && !(at == s->at + 1 && s->bytes[at] >= '0' && s->bytes[at] <= '9'))
    at++;
  if (at == s->len && !s->ended)
    return TOKEN_MORE;
  *end = s->at + 1;
  if (at == s->len || s->bytes[at] != '$')
    return TOKEN_OTHER;
  size_t tag = at + 1 - s->at;
  for (at = look_from(s, tag);; at++) {
    const char *dollar = at < s->len ? memchr(s->bytes + at, '$', s->len - at) : NULL;
    at = dollar ? (size_t)(dollar - s->bytes) : s->len;
    if (s->len - at < tag)
      return open_end(s, TOKEN_OTHER, at, end);
    if (!memcmp(dollar, s->bytes + s->at, tag))
      break;
  }
  *end = at + tag;
  return TOKEN_OTHER;
}

static token scan_word(const splitter *s, size_t *end)
{
  size_t at = s->at;
  while (at < s->len && (is_name(s->bytes[at]) || (s->bytes[at] == '$' && at > s->at)))
    at++;
  if (at == s->len && !s->ended)
    return TOKEN_MORE;
  *end = at;
  return s->bytes[s->at] >= '0' && s->bytes[s->at] <= '9' ? TOKEN_OTHER : TOKEN_WORD;
}

/* E'...' has backslashes in PostgreSQL. */
static bool after_e(const splitter *s)
{
  char before = s->at ? s->bytes[s->at - 1] : ' ';
  return (before == 'e' || before == 'E') && (s->at == 1 || !is_name(s->bytes[s->at - 2]));
}

static token scan_sign(splitter *s, size_t *end)
{
  char c = s->bytes[s->at];
  bool mysql = s->dialect == SPLIT_MYSQL, postgresql = s->dialect == SPLIT_POSTGRESQL;
  if (c == '\'')
    return scan_quoted(s, c, mysql || (postgresql && after_e(s)), end);
  if (c == '"')
    return scan_quoted(s, c, mysql, end);
  if (c == '`' && !postgresql)
    return scan_quoted(s, c, false, end);
  if (c == '[' && s->dialect == SPLIT_SQLITE)
    return scan_bracketed(s, end);
  if (c == '$' && postgresql)
    return scan_dollar(s, end);
  if (c == '#' && mysql)
    return scan_line_comment(s, end);
  *end = s->at + 1;
  switch (c) {
  case ';':
    return TOKEN_SEMICOLON;
  case '(':
    return TOKEN_OPEN;
  case ')':
    return TOKEN_CLOSE;
  case '.':
    return TOKEN_DOT;
  case '=':
  case '@':
    return TOKEN_SIGN;
  default:
    return TOKEN_OTHER;
  }
}

static token scan(splitter *s, size_t *end)
{
  const char *at = s->bytes + s->at;
  size_t left = s->len - s->at;
  if (is_blank(*at)) {
    for (*end = s->at + 1; *end < s->len && is_blank(s->bytes[*end]);)
      ++*end;
    return TOKEN_BLANK;
  }
  if (is_name(*at))
    return scan_word(s, end);
  bool mysql = s->dialect == SPLIT_MYSQL; /* which wants a blank behind the two dashes */
  if ((*at == '-' || *at == '/') && left < (*at == '-' && mysql ? 3 : 2) && !s->ended)
    return TOKEN_MORE;
  if (*at == '-' && left > 1 && at[1] == '-' && (!mysql || left == 2 || (unsigned char)at[2] <= ' '))
    return scan_line_comment(s, end);
  if (*at == '/' && left > 1 && at[1] == '*')
    return scan_block_comment(s, end);
  return scan_sign(s, end);
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

static bool same_word(const char *text, size_t len, const char *word)
{
  size_t i = 0;
  for (; i < len && word[i]; i++)
    if ((text[i] | 0x20) != word[i] && text[i] != word[i])
      return false;
  return i == len && !word[i];
}

static token word_kind(const char *text, size_t len)
{
  static const struct {
    const char *word;
    token kind;
  } words[] = {
      {"begin", WORD_BEGIN},         {"end", WORD_END},           {"case", WORD_CASE},
      {"atomic", WORD_ATOMIC},       {"not", WORD_NOT},           {"if", WORD_LOOP},
      {"loop", WORD_LOOP},           {"repeat", WORD_LOOP},       {"while", WORD_LOOP},
      {"create", WORD_CREATE},       {"alter", WORD_ALTER},       {"explain", WORD_EXPLAIN},
      {"query", WORD_EXPLAIN},       {"plan", WORD_EXPLAIN},      {"or", WORD_BETWEEN},
      {"replace", WORD_BETWEEN},     {"temp", WORD_BETWEEN},      {"temporary", WORD_BETWEEN},
      {"definer", WORD_BETWEEN},     {"aggregate", WORD_BETWEEN}, {"current_user", WORD_BETWEEN},
      {"trigger", WORD_TRIGGER},     {"function", WORD_ROUTINE},  {"procedure", WORD_ROUTINE},
      {"event", WORD_EVENT},         {"select", WORD_SELECT},     {"values", WORD_SELECT},
  };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (same_word(text, len, words[i].word))
      return words[i].kind;
  return WORD_OTHER;
}

static int first_word(splitter *s, token word)
{
  s->reads = word == WORD_SELECT;
  if (word == WORD_CREATE || (word == WORD_ALTER && s->dialect == SPLIT_MYSQL))
    return HEAD_CREATE;
  if (word == WORD_BEGIN && s->dialect == SPLIT_MYSQL)
    return HEAD_BEGIN;
  return word == WORD_EXPLAIN && s->dialect == SPLIT_SQLITE ? HEAD_FIRST : HEAD_PLAIN;
}

static int create_word(const splitter *s, token word)
{
  if (word == WORD_BETWEEN || s->last == TOKEN_SIGN)
    return HEAD_CREATE;
  bool body = false;
  if (s->dialect == SPLIT_SQLITE)
    body = word == WORD_TRIGGER;
  else if (s->dialect == SPLIT_POSTGRESQL)
    body = word == WORD_ROUTINE;
  else
    body = word == WORD_TRIGGER || word == WORD_ROUTINE || word == WORD_EVENT;
  return body ? HEAD_BODY : HEAD_PLAIN;
}

/* In SQLite the END that closes a trigger follows a semicolon; that of a CASE never does.  END IF and the like close
 * what was not counted.                                                                                              */
static void body_word(splitter *s, token word)
{
  bool sqlite = s->dialect == SPLIT_SQLITE, mysql = s->dialect == SPLIT_MYSQL;
  if (sqlite && word == WORD_BEGIN)
    s->depth = 1;
  else if (sqlite)
    s->closing = word == WORD_END && s->last == TOKEN_SEMICOLON;
  else if ((word == WORD_BEGIN && mysql) || (word == WORD_ATOMIC && s->last == WORD_BEGIN && !mysql))
    s->depth++;
  else if (word == WORD_CASE && s->depth && !(mysql && s->last == WORD_END))
    s->depth++;
  else if (word == WORD_LOOP && mysql && s->last == WORD_END)
    s->depth++;
  else if (word == WORD_END && s->depth)
    s->depth--;
}

static void take_word(splitter *s, token word)
{
  switch (s->head) {
  case HEAD_FIRST:
    s->head = first_word(s, word);
    break;
  case HEAD_CREATE:
    s->head = create_word(s, word);
    break;
  case HEAD_BEGIN: /* MariaDB: BEGIN NOT ATOMIC ... END */
    s->head = word == WORD_NOT ? HEAD_BODY : HEAD_PLAIN;
    s->depth = word == WORD_NOT;
    break;
  case HEAD_BODY:
    body_word(s, word);
    break;
  default:
    break;
  }
}

/* Takes a token that is no blank into account; true for the semicolon that ends the statement. */
static bool take(splitter *s, token kind, size_t end)
{
  token now = kind;
  if (kind == TOKEN_SEMICOLON) {
    if (s->closing || (!s->depth && !s->parens))
      return true;
  } else if (kind == TOKEN_WORD && s->last != TOKEN_DOT) {
    now = word_kind(s->bytes + s->at, end - s->at);
    take_word(s, now);
  } else if (kind == TOKEN_OPEN && s->dialect == SPLIT_POSTGRESQL) {
    s->parens++;
  } else if (kind == TOKEN_CLOSE && s->parens) {
    s->parens--;
  }
  if (now < WORD_OTHER)
    s->closing = false;
  s->last = (int)now;
  return false;
}

/* ---- statements -------------------------------------------------------------------------------------------------- */

void splitter_init(splitter *s, split_dialect dialect)
{
  *s = (splitter){.dialect = dialect, .line = 1};
}

void splitter_fini(splitter *s)
{
  free(s->bytes);
  *s = (splitter){0};
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

/* Forgets what is done with. */
static void drop(splitter *s)
{
  size_t done = s->begun ? s->begin : s->at;
  if (!done)
    return;
  count_lines(s, s->counted > done ? s->counted : done);
  memmove(s->bytes, s->bytes + done, s->len - done);
  s->len -= done;
  s->at -= done;
  s->seen -= s->seen < done ? s->seen : done;
  s->counted -= done;
  s->begin = 0;
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

/* The byte order mark that some editors put first.  False: wait for its other bytes. */
static bool skip_mark(splitter *s)
{
  static const char mark[] = "\xef\xbb\xbf";
  if (s->dropped || s->at)
    return true;
  size_t n = s->len < 3 ? s->len : 3;
  if (memcmp(s->bytes, mark, n) != 0)
    return true;
  if (n == 3)
    s->at = 3;
  return n == 3 || s->ended;
}

static split_outcome finish(splitter *s, size_t end, statement *out)
{
  count_lines(s, s->begin);
  s->bytes[end] = '\0'; /* the semicolon, or the byte that splitter_room kept free */
  *out = (statement){s->bytes + s->begin, end - s->begin, s->line, s->reads, s->dropped + s->at};
  s->begun = false;
  return SPLIT_STATEMENT;
}

static void begin(splitter *s)
{
  s->begun = true;
  s->begin = s->at;
  s->head = HEAD_FIRST;
  s->last = TOKEN_SEMICOLON;
  s->closing = s->reads = false;
  s->depth = s->parens = 0;
}

split_outcome splitter_next(splitter *s, statement *out)
{
  if (!s->len && !s->ended)
    return SPLIT_MORE;
  if (s->len && !skip_mark(s))
    return SPLIT_MORE;
  while (s->at < s->len) {
    size_t end;
    token kind = scan(s, &end);
    if (kind == TOKEN_MORE)
      return SPLIT_MORE;
    if (!s->begun && kind != TOKEN_BLANK && kind != TOKEN_SEMICOLON)
      begin(s);
    size_t from = s->at;
    bool ends = s->begun && kind != TOKEN_BLANK && take(s, kind, end);
    s->at = s->seen = end;
    if (ends)
      return finish(s, from, out);
  }
  if (!s->ended)
    return SPLIT_MORE;
  return s->begun ? finish(s, s->len, out) : SPLIT_END;
}
