/* uri_parts.c - see uri_parts.h. */
#include "data/uri_parts.h"
#include "base/alloc.h"

/* ---- spans ------------------------------------------------------------------------------------------------------- */

dusq__uri_span dusq__uri_cut(dusq__uri_span *rest, char c)
{
  dusq__uri_span first = *rest;
  const char *found = dusq__uri_find(first, c);
  if (found) {
    first.len = (size_t)(found - first.at);
    *rest = dusq__uri_between(found + 1, dusq__uri_end(*rest));
  } else {
    *rest = (dusq__uri_span){0};
  }
  return first;
}

bool dusq__uri_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool dusq__uri_digit(char c)
{
  return c >= '0' && c <= '9';
}

int dusq__uri_hex(char c)
{
  if (dusq__uri_digit(c))
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *dusq__uri_lower(dusq__uri_span part)
{
  char *text = dusq__strndup(part.at, part.len);
  for (char *c = text; c && *c; c++)
    if (*c >= 'A' && *c <= 'Z')
      *c = (char)(*c + ('a' - 'A'));
  return text;
}

/* ---- cutting ----------------------------------------------------------------------------------------------------- */

dusq_error *dusq__uri_malformed(const dusq__uri_parts *p, const char *at, const char *what)
{
  return dusq_error_new(DUSQ_E_URI, NULL, 0, "malformed URI: %s (byte %zu)", what, (size_t)(at - p->text));
}

static dusq_error *check_bytes(const dusq__uri_parts *p, size_t len)
{
  for (size_t i = 0; i < len; i++) {
    unsigned char c = (unsigned char)p->text[i];
    if (c < 0x20 || c == 0x7F)
      return dusq__uri_malformed(p, p->text + i, "a control character");
    if (c == '#')
      return dusq__uri_malformed(p, p->text + i,
                                 "\"#\" begins a fragment, which does not belong here; it is written %23");
  }
  return NULL;
}

static dusq_error *cut_scheme(dusq__uri_parts *p, dusq__uri_span *rest)
{
  const char *colon = dusq__uri_find(*rest, ':');
  if (!colon)
    return dusq__uri_malformed(p, p->text, "no scheme, such as sqlite: or postgresql://");
  dusq__uri_span name = dusq__uri_cut(rest, ':');
  for (const char *c = name.at; c < dusq__uri_end(name); c++)
    if (!dusq__uri_letter(*c) && (c == name.at || (!dusq__uri_digit(*c) && *c != '+' && *c != '-' && *c != '.')))
      return dusq__uri_malformed(p, c, "the scheme has a character that no scheme has");
  p->driver = name;
  p->scheme = dusq__uri_cut(&p->driver, '+');
  if (p->scheme.len == 0)
    return dusq__uri_malformed(p, p->text, "the scheme is empty");
  if (p->driver.at && p->driver.len == 0)
    return dusq__uri_malformed(p, p->driver.at, "no driver follows the \"+\" of the scheme");
  return NULL;
}

static dusq_error *cut_authority(dusq__uri_parts *p, dusq__uri_span authority)
{
  const char *sign = dusq__uri_find(authority, '@');
  p->hosts = authority;
  if (sign) {
    p->hosts = dusq__uri_between(sign + 1, dusq__uri_end(authority));
    if (dusq__uri_find(p->hosts, '@'))
      return dusq__uri_malformed(p, sign, "an unescaped \"@\" in the user or password; it is written %40");
    p->password = dusq__uri_between(authority.at, sign);
    p->user = dusq__uri_cut(&p->password, ':');
  }
  return NULL;
}

dusq_error *dusq__uri_cut_parts(const char *text, size_t len, dusq__uri_parts *p)
{
  *p = (dusq__uri_parts){.text = text};
  dusq_error *error = check_bytes(p, len);
  dusq__uri_span rest = {.at = p->text, .len = len};
  if (!error)
    error = cut_scheme(p, &rest);
  if (error)
    return error;
  p->query = rest;
  rest = dusq__uri_cut(&p->query, '?');
  p->path = rest;
  p->authority = rest.len >= 2 && rest.at[0] == '/' && rest.at[1] == '/';
  if (!p->authority)
    return NULL;
  dusq__uri_span authority = dusq__uri_between(rest.at + 2, dusq__uri_end(rest));
  const char *slash = dusq__uri_find(authority, '/');
  p->path = slash ? dusq__uri_between(slash, dusq__uri_end(rest)) : (dusq__uri_span){0};
  if (slash)
    authority = dusq__uri_between(authority.at, slash);
  error = cut_authority(p, authority);
  /* otherwise u:12/34@h would be the host u, with the rest of a password as the database's name */
  const char *sign = dusq__uri_find(p->path, '@');
  if (!error && sign && !p->user.at && dusq__uri_find(p->hosts, ':'))
    return dusq__uri_malformed(p, sign,
                               "an unescaped \"@\" behind a host with a port; a \"/\" in a password is written %2F");
  return error;
}
