/* uri_parts.h - a URI cut into parts: checked, but not decoded spans of the caller's text.
 *
 * Positions in errors are bytes, from 0.  Any thread.                                                                */
#ifndef DUSQ_DATA_URI_PARTS_H
#define DUSQ_DATA_URI_PARTS_H
#include <dusq/error.h>
#include <string.h>

/* A part of the text; absent if `at` is NULL. */
typedef struct dusq__uri_span {
  const char *at;
  size_t len;
} dusq__uri_span;

typedef struct dusq__uri_parts {
  const char *text; /* the start of the text, for positions */
  dusq__uri_span scheme, driver, user, password, hosts, path, query;
  bool authority;   /* "//" follows the scheme */
} dusq__uri_parts;

/* Cuts a text of `len` bytes.  NULL, or an owned error, DUSQ_E_URI. */
dusq_error *dusq__uri_cut_parts(const char *text, size_t len, dusq__uri_parts *out);
/* An owned error about the byte at `at`. */
dusq_error *dusq__uri_malformed(const dusq__uri_parts *parts, const char *at, const char *what);

/* ---- spans ------------------------------------------------------------------------------------------------------- */
static inline dusq__uri_span dusq__uri_between(const char *from, const char *to)
{
  return (dusq__uri_span){.at = from, .len = (size_t)(to - from)};
}

static inline const char *dusq__uri_end(dusq__uri_span part)
{
  return part.at + part.len;
}

static inline const char *dusq__uri_find(dusq__uri_span part, char c)
{
  return part.len ? memchr(part.at, c, part.len) : NULL;
}

/* Cuts `*rest` at the first `c`: returns the part before it and leaves the part after it.  If there is no `c`, returns
 * an absent part.                                                                                                    */
dusq__uri_span dusq__uri_cut(dusq__uri_span *rest, char c);

bool dusq__uri_letter(char c);
bool dusq__uri_digit(char c);
int dusq__uri_hex(char c); /* its value; -1 if it is no hexadecimal digit */
/* A copy in lower case; NULL when memory is short. */
char *dusq__uri_lower(dusq__uri_span part);

#endif
