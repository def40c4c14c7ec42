/* uri.c - see uri.h, and dusq_uri_redact in <dusq/config.h>.
 *
 * A URI is cut into spans of the caller's text first; each is checked, and decoded when it is stored.  Errors give
 * bytes counted from 0.  What was decoded may be a secret and is overwritten when it is freed.  Any thread.          */
#include "data/uri.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "data/error.h"
#include <dusq/config.h>
#include <string.h>

enum { MAX_LENGTH = 65536, MAX_OPTIONS = 256 };

/* A part of the text; absent where `at` is NULL. */
typedef struct span {
  const char *at;
  size_t len;
} span;

typedef struct parts {
  const char *text; /* where bytes are counted from */
  span scheme, driver, user, password, hosts, path, query;
  bool authority;   /* "//" follows the scheme */
} parts;

static span between(const char *from, const char *to)
{
  return (span){.at = from, .len = (size_t)(to - from)};
}

static const char *end_of(span part)
{
  return part.at + part.len;
}

static const char *find(span part, char c)
{
  return part.len ? memchr(part.at, c, part.len) : NULL;
}

/* Cuts `*rest` at the first `c`: returns what is before it, leaves what is behind it; nothing where there is no `c`. */
static span cut(span *rest, char c)
{
  span first = *rest;
  const char *found = find(first, c);
  if (found) {
    first.len = (size_t)(found - first.at);
    *rest = between(found + 1, end_of(*rest));
  } else {
    *rest = (span){0};
  }
  return first;
}

static bool letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool digit(char c)
{
  return c >= '0' && c <= '9';
}

static bool same(const char *text, const char *other)
{
  return strcmp(text, other) == 0;
}

static dusq_error *malformed(const parts *p, const char *at, const char *what)
{
  return dusq_error_new(DUSQ_E_URI, NULL, 0, "malformed URI: %s (byte %zu)", what, (size_t)(at - p->text));
}

static dusq_error *no_memory(void)
{
  return dusq__error_static(DUSQ_E_NOMEM);
}

/* ---- cutting ----------------------------------------------------------------------------------------------------- */

static dusq_error *check_bytes(const parts *p, size_t len)
{
  for (size_t i = 0; i < len; i++) {
    unsigned char c = (unsigned char)p->text[i];
    if (c < 0x20 || c == 0x7F)
      return malformed(p, p->text + i, "a control character");
    if (c == '#')
      return malformed(p, p->text + i, "\"#\" begins a fragment, which does not belong here; it is written %23");
  }
  return NULL;
}

static dusq_error *cut_scheme(parts *p, span *rest)
{
  const char *colon = find(*rest, ':');
  if (!colon)
    return malformed(p, p->text, "no scheme, such as sqlite: or postgresql://");
  span name = cut(rest, ':');
  for (const char *c = name.at; c < end_of(name); c++)
    if (!letter(*c) && (c == name.at || (!digit(*c) && *c != '+' && *c != '-' && *c != '.')))
      return malformed(p, c, "the scheme has a character that no scheme has");
  p->driver = name;
  p->scheme = cut(&p->driver, '+');
  if (p->scheme.len == 0)
    return malformed(p, p->text, "the scheme is empty");
  if (p->driver.at && p->driver.len == 0)
    return malformed(p, p->driver.at, "no driver follows the \"+\" of the scheme");
  return NULL;
}

static dusq_error *cut_authority(parts *p, span authority)
{
  const char *sign = find(authority, '@');
  p->hosts = authority;
  if (sign) {
    p->hosts = between(sign + 1, end_of(authority));
    if (find(p->hosts, '@'))
      return malformed(p, sign, "an unescaped \"@\" in the user or password; it is written %40");
    p->password = between(authority.at, sign);
    p->user = cut(&p->password, ':');
  }
  return NULL;
}

static dusq_error *cut_parts(parts *p, size_t len)
{
  dusq_error *error = check_bytes(p, len);
  span rest = {.at = p->text, .len = len};
  if (!error)
    error = cut_scheme(p, &rest);
  if (error)
    return error;
  p->query = rest;
  rest = cut(&p->query, '?');
  p->path = rest;
  p->authority = rest.len >= 2 && rest.at[0] == '/' && rest.at[1] == '/';
  if (!p->authority)
    return NULL;
  span authority = between(rest.at + 2, end_of(rest));
  const char *slash = find(authority, '/');
  p->path = slash ? between(slash, end_of(rest)) : (span){0};
  if (slash)
    authority = between(authority.at, slash);
  error = cut_authority(p, authority);
  /* u:12/34@h would else be the host u, and the rest of a password would be the database's name */
  const char *sign = find(p->path, '@');
  if (!error && sign && !p->user.at && find(p->hosts, ':'))
    return malformed(p, sign, "an unescaped \"@\" behind a host with a port; a \"/\" in a password is written %2F");
  return error;
}

/* ---- decoding ---------------------------------------------------------------------------------------------------- */

static int hex(char c)
{
  if (digit(c))
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The text of a part, decoded, to be freed with dusq__free_secret; *out stays NULL for an absent part. */
static dusq_error *decode(const parts *p, span part, char **out)
{
  if (!part.at)
    return NULL;
  char *text = dusq__alloc(part.len + 1);
  if (!text)
    return no_memory();
  char *to = text;
  for (const char *c = part.at; c < end_of(part); c++) {
    if (*c != '%') {
      *to++ = *c;
      continue;
    }
    int high = end_of(part) - c > 2 ? hex(c[1]) : -1;
    int low = high >= 0 ? hex(c[2]) : -1;
    if (low < 0 || (high == 0 && low == 0)) {
      *to = '\0';
      dusq__free_secret(text);
      return malformed(p, c, low < 0 ? "\"%\" without two hexadecimal digits" : "\"%00\"");
    }
    *to++ = (char)(high * 16 + low);
    c += 2;
  }
  *to = '\0';
  *out = text;
  return NULL;
}

static char *lower(span part)
{
  char *text = dusq__strndup(part.at, part.len);
  for (char *c = text; c && *c; c++)
    if (*c >= 'A' && *c <= 'Z')
      *c = (char)(*c + ('a' - 'A'));
  return text;
}

/* ---- hosts and ports --------------------------------------------------------------------------------------------- */

static dusq_error *add_port(const parts *p, span port, dusq__buffer *ports)
{
  unsigned long number = 0;
  for (const char *c = port.at; c < end_of(port); c++) {
    if (!digit(*c))
      return malformed(p, c, "a port that is no number (an IPv6 address stands in [ ]; \"/\", \"?\" and \"@\" in a "
                             "password are written %2F, %3F and %40)");
    number = number * 10 + (unsigned long)(*c - '0');
    if (number > 65535)
      break;
  }
  if (number < 1 || number > 65535)
    return malformed(p, port.at, "a port that is not from 1 to 65535");
  dusq__buffer_addf(ports, "%lu", number);
  return NULL;
}

/* What stands between [ and ]: digits, colons, dots, and a zone behind %25. */
static dusq_error *check_ipv6(const parts *p, span address)
{
  span zone = address;
  span digits = cut(&zone, '%');
  bool colon = false;
  for (const char *c = digits.at; c < end_of(digits); c++) {
    colon = colon || *c == ':';
    if (hex(*c) < 0 && *c != ':' && *c != '.')
      return malformed(p, c, "an IPv6 address with a character that none has");
  }
  return colon ? NULL : malformed(p, address.at, "no IPv6 address in [ ]");
}

static dusq_error *add_host(const parts *p, span host, dusq__buffer *hosts)
{
  char *text = NULL;
  dusq_error *error = decode(p, host, &text);
  if (error)
    return error;
  for (const char *c = text; *c && !error; c++)
    if (*c == ',' || (unsigned char)*c < 0x20 || *c == 0x7F)
      error = malformed(p, host.at, "a host with an escaped comma or control character");
  if (!error)
    dusq__buffer_adds(hosts, text);
  dusq__free_secret(text);
  return error;
}

/* One of the hosts, with its port if it has one. */
static dusq_error *read_host(const parts *p, span item, dusq__buffer *hosts, dusq__buffer *ports)
{
  span host = item;
  span port = {0};
  if (item.len && *item.at == '[') {
    const char *close = find(item, ']');
    if (!close)
      return malformed(p, item.at, "\"[\" without \"]\"");
    host = between(item.at + 1, close);
    if (close + 1 < end_of(item))
      port = between(close + 2, end_of(item));
    if (port.at && close[1] != ':')
      return malformed(p, close + 1, "neither \":\" nor \",\" nor \"/\" follows \"]\"");
    dusq_error *error = check_ipv6(p, host);
    if (error)
      return error;
  } else {
    port = item;
    host = cut(&port, ':');
    const char *stray = find(host, '[') ? find(host, '[') : find(host, ']');
    if (stray)
      return malformed(p, stray, "a bracket inside a host");
  }
  dusq_error *error = add_host(p, host, hosts);
  return error || !port.at ? error : add_port(p, port, ports);
}

static dusq_error *read_hosts(const parts *p, dusq__buffer *hosts, dusq__buffer *ports)
{
  span rest = p->hosts;
  bool several = find(rest, ',');
  while (rest.at) {
    span item = cut(&rest, ',');
    if (several && item.len == 0)
      return malformed(p, item.at, "an empty host in a list");
    dusq_error *error = read_host(p, item, hosts, ports);
    if (error)
      return error;
    if (rest.at) {
      dusq__buffer_addc(hosts, ',');
      dusq__buffer_addc(ports, ',');
    }
  }
  return NULL;
}

static dusq_error *store_hosts(const parts *p, dusq__uri *out)
{
  dusq__buffer hosts, ports;
  dusq__buffer_init(&hosts);
  dusq__buffer_init(&ports);
  dusq_error *error = read_hosts(p, &hosts, &ports);
  bool failed = hosts.failed || ports.failed;
  if (!error && !failed && hosts.len)
    failed = !(out->host = dusq__buffer_take(&hosts, NULL));
  if (!error && !failed && ports.len > (size_t)(ports.bytes ? strspn(ports.bytes, ",") : 0))
    failed = !(out->port = dusq__buffer_take(&ports, NULL));
  dusq__buffer_fini(&hosts);
  dusq__buffer_fini(&ports);
  return error || !failed ? error : no_memory();
}

/* ---- the database ------------------------------------------------------------------------------------------------ */

/* sqlite's forms: with "//" the path begins behind a third slash. */
static dusq_error *store_sqlite_path(const parts *p, dusq__uri *out)
{
  span path = p->path;
  if (p->authority && (p->user.at || p->hosts.len))
    return malformed(p, end_of(p->scheme), "sqlite has no host: a relative path is sqlite:name.db or "
                                           "sqlite:///name.db, an absolute one sqlite:/name.db or sqlite:////name.db");
  if (p->authority && path.at)
    path = between(path.at + 1, end_of(path));
  if (path.len)
    return decode(p, path, &out->database);
  out->database = dusq__strdup(":memory:");
  return out->database ? NULL : no_memory();
}

static dusq_error *store_database(const parts *p, dusq__uri *out)
{
  span path = p->path;
  if (same(out->scheme, "sqlite"))
    return store_sqlite_path(p, out);
  if (p->authority && path.at)
    path = between(path.at + 1, end_of(path));
  return path.len ? decode(p, path, &out->database) : NULL;
}

/* ---- the query --------------------------------------------------------------------------------------------------- */

/* Only what looks like a key is repeated in an error: a part of a password may have come here by a slip. */
static bool like_key(const char *key)
{
  for (; *key; key++)
    if (!letter(*key) && !digit(*key) && *key != '_' && *key != '-' && *key != '.')
      return false;
  return true;
}

static dusq_error *store_pair(const parts *p, span item, dusq__uri *out)
{
  span value = item;
  span key = cut(&value, '=');
  if (item.len == 0)
    return malformed(p, item.at, "an empty option");
  if (!value.at)
    return malformed(p, item.at, "an option without \"=\"");
  if (key.len == 0)
    return malformed(p, item.at, "an option without a name");
  dusq__pair *pair = &out->query[out->nquery];
  *pair = (dusq__pair){0};
  out->nquery++; /* from here on dusq__uri_fini frees what it has */
  dusq_error *error = decode(p, key, &pair->key);
  if (error)
    return error;
  if (!like_key(pair->key))
    return malformed(p, key.at, "an option's name has a character that none has");
  for (size_t i = 0; i + 1 < out->nquery; i++)
    if (same(out->query[i].key, pair->key))
      return dusq_error_new(DUSQ_E_URI, NULL, 0, "malformed URI: the option %.64s is given twice (byte %zu)", pair->key,
                            (size_t)(key.at - p->text));
  return decode(p, value, &pair->value);
}

static dusq_error *store_query(const parts *p, dusq__uri *out)
{
  if (p->query.len == 0)
    return NULL;
  size_t n = 1;
  for (const char *c = p->query.at; c < end_of(p->query); c++)
    n += *c == '&';
  if (n > MAX_OPTIONS)
    return malformed(p, p->query.at, "more than 256 options");
  out->query = dusq__alloc_array(n, sizeof *out->query);
  if (!out->query)
    return no_memory();
  dusq_error *error = NULL;
  for (span rest = p->query; rest.at && !error;)
    error = store_pair(p, cut(&rest, '&'), out);
  return error;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static dusq_error *store(const parts *p, dusq__uri *out)
{
  out->scheme = lower(p->scheme);
  out->driver = p->driver.at ? lower(p->driver) : NULL;
  if (!out->scheme || (p->driver.at && !out->driver))
    return no_memory();
  dusq_error *error = decode(p, p->user, &out->user);
  if (!error)
    error = decode(p, p->password, &out->password);
  if (!error)
    error = store_database(p, out);
  if (!error)
    error = store_hosts(p, out);
  if (!error)
    error = store_query(p, out);
  return error;
}

static dusq_error *parse(const char *text, parts *p, dusq__uri *out)
{
  *p = (parts){.text = text};
  if (!text || !*text)
    return dusq_error_new(DUSQ_E_URI, NULL, 0, "malformed URI: it is empty");
  size_t len = strnlen(text, MAX_LENGTH + 1);
  if (len > MAX_LENGTH)
    return dusq_error_new(DUSQ_E_URI, NULL, 0, "malformed URI: longer than %d bytes", MAX_LENGTH);
  dusq_error *error = cut_parts(p, len);
  return error ? error : store(p, out);
}

dusq_status dusq__uri_parse(const char *text, dusq__uri *out, dusq_error **error)
{
  parts p;
  *out = (dusq__uri){0};
  dusq_error *failure = parse(text, &p, out);
  if (!failure)
    return DUSQ_OK;
  dusq__uri_fini(out);
  return dusq__error_give(error, failure);
}

void dusq__uri_fini(dusq__uri *uri)
{
  dusq__free(uri->scheme);
  dusq__free(uri->driver);
  dusq__free_secret(uri->user);
  dusq__free_secret(uri->password);
  dusq__free(uri->host);
  dusq__free(uri->port);
  dusq__free_secret(uri->database);
  for (size_t i = 0; i < uri->nquery; i++) {
    dusq__free_secret(uri->query[i].key);
    dusq__free_secret(uri->query[i].value);
  }
  dusq__free(uri->query);
  *uri = (dusq__uri){0};
}

/* ---- showing ----------------------------------------------------------------------------------------------------- */

typedef struct writer {
  char *buffer;
  size_t size, len; /* len: of the whole text, which may exceed size */
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
  span name = {.at = key, .len = strlen(key)};
  char *low = lower(name);
  if (!low)
    return true;
  bool secret = name.len >= 3 && same(low + name.len - 3, "key");
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    secret = secret || strstr(low, words[i]);
  dusq__free(low);
  return secret;
}

/* Whether a part has that character, as it is or escaped. */
static bool holds(span part, char c)
{
  if (find(part, c))
    return true;
  for (size_t i = 0; i + 2 < part.len; i++)
    if (part.at[i] == '%' && hex(part.at[i + 1]) * 16 + hex(part.at[i + 2]) == c)
      return true;
  return false;
}

/* Whether a password may stand where none is looked for: behind a scheme of two colons, in a URI without "//", in one
 * that was escaped as a whole.  Every "@" says so but the one of the authority and those in the password.            */
static bool doubtful(const parts *p)
{
  return holds(p->user, ':') || holds(p->user, '@') || holds(p->hosts, '@') || holds(p->path, '@');
}

static void put_redacted(writer *w, const parts *p, const dusq__uri *uri)
{
  const char *from = p->text;
  if (p->password.at) {
    put(w, from, p->password.at);
    put_stars(w);
    from = end_of(p->password);
  }
  span rest = p->query.len ? p->query : (span){0};
  for (size_t i = 0; rest.at; i++) {
    span value = cut(&rest, '&');
    cut(&value, '=');
    if (!secret_key(uri->query[i].key))
      continue;
    put(w, from, value.at);
    put_stars(w);
    from = end_of(value);
  }
  put(w, from, from + strlen(from));
}

size_t dusq_uri_redact(const char *uri, char *buffer, size_t size)
{
  static const char unreadable[] = "(malformed URI)";
  writer w = {.buffer = buffer, .size = buffer ? size : 0};
  parts p;
  dusq__uri read = {0};
  dusq_error *error = parse(uri, &p, &read);
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
