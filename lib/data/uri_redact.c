/* uri_redact.c - a URI without its secrets: dusq_uri_redact of <dusq/config.h>.  Any thread. */
#include "base/alloc.h"
#include "data/uri.h"
#include <dusq/config.h>

typedef struct writer {
  char *buffer;
  size_t size, len; /* len: length of the whole text, which may exceed size */
} writer;

static void put(writer *w, const char *from, const char *to)
{
  for (; from < to; from++, w->len++)
    if (w->len + 1 < w->size)
      w->buffer[w->len] = *from;
}

static void put_stars(writer *w)
{
  static const char stars[] = "***";
  put(w, stars, stars + 3);
}

/* Options whose value is not shown: password, passphrase, auth_token, client_secret, hexkey, sslkey and the like. */
static bool secret_key(const char *key)
{
  static const char *const words[] = {"pass", "pwd", "secret", "token", "credential"};
  dusq__uri_span name = {.at = key, .len = strlen(key)};
  char *low = dusq__uri_lower(name);
  if (!low)
    return true;
  bool secret = name.len >= 3 && strcmp(low + name.len - 3, "key") == 0;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    secret = secret || strstr(low, words[i]);
  dusq__free(low);
  return secret;
}

/* Whether a part contains the character, plain or escaped. */
static bool holds(dusq__uri_span part, char c)
{
  if (dusq__uri_find(part, c))
    return true;
  for (size_t i = 0; i + 2 < part.len; i++)
    if (part.at[i] == '%' && dusq__uri_hex(part.at[i + 1]) * 16 + dusq__uri_hex(part.at[i + 2]) == c)
      return true;
  return false;
}

/* Whether a password may be in an unexpected place: after a scheme with two colons, in a URI without "//", or in one
 * that was escaped as a whole.  Any "@" other than that of the authority and those in the password indicates one.    */
static bool doubtful(const dusq__uri_parts *p)
{
  return holds(p->user, ':') || holds(p->user, '@') || holds(p->hosts, '@') || holds(p->path, '@');
}

static void put_redacted(writer *w, const dusq__uri_parts *p, const dusq__uri *uri)
{
  const char *from = p->text;
  if (p->password.at) {
    put(w, from, p->password.at);
    put_stars(w);
    from = dusq__uri_end(p->password);
  }
  dusq__uri_span rest = p->query.len ? p->query : (dusq__uri_span){0};
  for (size_t i = 0; rest.at; i++) {
    dusq__uri_span value = dusq__uri_cut(&rest, '&');
    dusq__uri_cut(&value, '=');
    if (!secret_key(uri->query[i].key))
      continue;
    put(w, from, value.at);
    put_stars(w);
    from = dusq__uri_end(value);
  }
  put(w, from, from + strlen(from));
}

size_t dusq_uri_redact(const char *uri, char *buffer, size_t size)
{
  static const char unreadable[] = "(malformed URI)";
  writer w = {.buffer = buffer, .size = buffer ? size : 0};
  dusq__uri_parts p;
  dusq__uri read = {0};
  dusq_error *error = dusq__uri_read(uri, &p, &read);
  if (error || doubtful(&p))
    put(&w, unreadable, unreadable + sizeof unreadable - 1);
  else
    put_redacted(&w, &p, &read);
  if (w.size)
    buffer[w.len < w.size ? w.len : w.size - 1] = '\0';
  dusq_error_unref(error);
  dusq__uri_fini(&read);
  return w.len;
}
