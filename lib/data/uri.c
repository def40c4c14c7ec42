/* uri.c - see uri.h.
 *
 * A URI is cut into parts first (uri_parts.h); each part is decoded when it is stored.  Decoded parts may be secrets,
 * and are overwritten when they are freed.  Any thread.                                                              */
#include "data/uri.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "data/error.h"

enum { MAX_LENGTH = 65536, MAX_OPTIONS = 256 };

static bool same(const char *text, const char *other)
{
  return strcmp(text, other) == 0;
}

static dusq_error *no_memory(void)
{
  return dusq__error_static(DUSQ_E_NOMEM);
}

/* ---- decoding ---------------------------------------------------------------------------------------------------- */

/* The decoded text of a part, to be freed with dusq__free_secret; *out stays NULL for an absent part. */
static dusq_error *decode(const dusq__uri_parts *p, dusq__uri_span part, char **out)
{
  if (!part.at)
    return NULL;
  char *text = dusq__alloc(part.len + 1);
  if (!text)
    return no_memory();
  char *to = text;
  for (const char *c = part.at; c < dusq__uri_end(part); c++) {
    if (*c != '%') {
      *to++ = *c;
      continue;
    }
    int high = dusq__uri_end(part) - c > 2 ? dusq__uri_hex(c[1]) : -1;
    int low = high >= 0 ? dusq__uri_hex(c[2]) : -1;
    if (low < 0 || (high == 0 && low == 0)) {
      *to = '\0';
      dusq__free_secret(text);
      return dusq__uri_malformed(p, c, low < 0 ? "\"%\" without two hexadecimal digits" : "\"%00\"");
    }
    *to++ = (char)(high * 16 + low);
    c += 2;
  }
  *to = '\0';
  *out = text;
  return NULL;
}

/* ---- hosts and ports --------------------------------------------------------------------------------------------- */

static dusq_error *add_port(const dusq__uri_parts *p, dusq__uri_span port, dusq__buffer *ports)
{
  unsigned long number = 0;
  for (const char *c = port.at; c < dusq__uri_end(port); c++) {
    if (!dusq__uri_digit(*c))
      return dusq__uri_malformed(p, c, "a port that is no number (an IPv6 address stands in [ ]; \"/\", \"?\" and "
                                       "\"@\" in a password are written %2F, %3F and %40)");
    number = number * 10 + (unsigned long)(*c - '0');
    if (number > 65535)
      break;
  }
  if (number < 1 || number > 65535)
    return dusq__uri_malformed(p, port.at, "a port that is not from 1 to 65535");
  dusq__buffer_addf(ports, "%lu", number);
  return NULL;
}

/* Checks the text between [ and ]: digits, colons, dots, and a zone after %25. */
static dusq_error *check_ipv6(const dusq__uri_parts *p, dusq__uri_span address)
{
  dusq__uri_span zone = address;
  dusq__uri_span digits = dusq__uri_cut(&zone, '%');
  bool colon = false;
  for (const char *c = digits.at; c < dusq__uri_end(digits); c++) {
    colon = colon || *c == ':';
    if (dusq__uri_hex(*c) < 0 && *c != ':' && *c != '.')
      return dusq__uri_malformed(p, c, "an IPv6 address with a character that none has");
  }
  return colon ? NULL : dusq__uri_malformed(p, address.at, "no IPv6 address in [ ]");
}

static dusq_error *add_host(const dusq__uri_parts *p, dusq__uri_span host, dusq__buffer *hosts)
{
  char *text = NULL;
  dusq_error *error = decode(p, host, &text);
  if (error)
    return error;
  for (const char *c = text; *c && !error; c++)
    if (*c == ',' || (unsigned char)*c < 0x20 || *c == 0x7F)
      error = dusq__uri_malformed(p, host.at, "a host with an escaped comma or control character");
  if (!error)
    dusq__buffer_adds(hosts, text);
  dusq__free_secret(text);
  return error;
}

/* Reads one of the hosts, with its port if it has one. */
static dusq_error *read_host(const dusq__uri_parts *p, dusq__uri_span item, dusq__buffer *hosts, dusq__buffer *ports)
{
  dusq__uri_span host = item;
  dusq__uri_span port = {0};
  if (item.len && *item.at == '[') {
    const char *close = dusq__uri_find(item, ']');
    if (!close)
      return dusq__uri_malformed(p, item.at, "\"[\" without \"]\"");
    host = dusq__uri_between(item.at + 1, close);
    if (close + 1 < dusq__uri_end(item))
      port = dusq__uri_between(close + 2, dusq__uri_end(item));
    if (port.at && close[1] != ':')
      return dusq__uri_malformed(p, close + 1, "neither \":\" nor \",\" nor \"/\" follows \"]\"");
    dusq_error *error = check_ipv6(p, host);
    if (error)
      return error;
  } else {
    port = item;
    host = dusq__uri_cut(&port, ':');
    const char *stray = dusq__uri_find(host, '[') ? dusq__uri_find(host, '[') : dusq__uri_find(host, ']');
    if (stray)
      return dusq__uri_malformed(p, stray, "a bracket inside a host");
  }
  dusq_error *error = add_host(p, host, hosts);
  return error || !port.at ? error : add_port(p, port, ports);
}

static dusq_error *read_hosts(const dusq__uri_parts *p, dusq__buffer *hosts, dusq__buffer *ports)
{
  dusq__uri_span rest = p->hosts;
  bool several = dusq__uri_find(rest, ',');
  while (rest.at) {
    dusq__uri_span item = dusq__uri_cut(&rest, ',');
    if (several && item.len == 0)
      return dusq__uri_malformed(p, item.at, "an empty host in a list");
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

static dusq_error *store_hosts(const dusq__uri_parts *p, dusq__uri *out)
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

/* The forms of sqlite URIs: after "//" the path begins at a third slash. */
static dusq_error *store_sqlite_path(const dusq__uri_parts *p, dusq__uri *out)
{
  dusq__uri_span path = p->path;
  if (p->authority && (p->user.at || p->hosts.len))
    return dusq__uri_malformed(p, dusq__uri_end(p->scheme),
                               "sqlite has no host: a relative path is sqlite:name.db or sqlite:///name.db, an "
                               "absolute one sqlite:/name.db or sqlite:////name.db");
  if (p->authority && path.at)
    path = dusq__uri_between(path.at + 1, dusq__uri_end(path));
  if (path.len)
    return decode(p, path, &out->database);
  out->database = dusq__strdup(":memory:");
  return out->database ? NULL : no_memory();
}

static dusq_error *store_database(const dusq__uri_parts *p, dusq__uri *out)
{
  dusq__uri_span path = p->path;
  if (same(out->scheme, "sqlite"))
    return store_sqlite_path(p, out);
  if (p->authority && path.at)
    path = dusq__uri_between(path.at + 1, dusq__uri_end(path));
  return path.len ? decode(p, path, &out->database) : NULL;
}

/* ---- the query --------------------------------------------------------------------------------------------------- */

/* Only what looks like a key is quoted in an error, because a mistake may make a part of a password a key. */
static bool like_key(const char *key)
{
  for (; *key; key++)
    if (!dusq__uri_letter(*key) && !dusq__uri_digit(*key) && *key != '_' && *key != '-' && *key != '.')
      return false;
  return true;
}

static dusq_error *store_pair(const dusq__uri_parts *p, dusq__uri_span item, dusq__uri *out)
{
  dusq__uri_span value = item;
  dusq__uri_span key = dusq__uri_cut(&value, '=');
  if (item.len == 0)
    return dusq__uri_malformed(p, item.at, "an empty option");
  if (!value.at)
    return dusq__uri_malformed(p, item.at, "an option without \"=\"");
  if (key.len == 0)
    return dusq__uri_malformed(p, item.at, "an option without a name");
  dusq__pair *pair = &out->query[out->nquery];
  *pair = (dusq__pair){0};
  out->nquery++; /* from here on dusq__uri_fini frees it */
  dusq_error *error = decode(p, key, &pair->key);
  if (error)
    return error;
  if (!like_key(pair->key))
    return dusq__uri_malformed(p, key.at, "an option's name has a character that none has");
  for (size_t i = 0; i + 1 < out->nquery; i++)
    if (same(out->query[i].key, pair->key))
      return dusq_error_new(DUSQ_E_URI, NULL, 0, "malformed URI: the option %.64s is given twice (byte %zu)", pair->key,
                            (size_t)(key.at - p->text));
  return decode(p, value, &pair->value);
}

static dusq_error *store_query(const dusq__uri_parts *p, dusq__uri *out)
{
  if (p->query.len == 0)
    return NULL;
  size_t n = 1;
  for (const char *c = p->query.at; c < dusq__uri_end(p->query); c++)
    n += *c == '&';
  if (n > MAX_OPTIONS)
    return dusq__uri_malformed(p, p->query.at, "more than 256 options");
  out->query = dusq__alloc_array(n, sizeof *out->query);
  if (!out->query)
    return no_memory();
  dusq_error *error = NULL;
  for (dusq__uri_span rest = p->query; rest.at && !error;)
    error = store_pair(p, dusq__uri_cut(&rest, '&'), out);
  return error;
}

/* ---- the whole URI ----------------------------------------------------------------------------------------------- */

static dusq_error *store(const dusq__uri_parts *p, dusq__uri *out)
{
  out->scheme = dusq__uri_lower(p->scheme);
  out->driver = p->driver.at ? dusq__uri_lower(p->driver) : NULL;
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

dusq_error *dusq__uri_read(const char *text, dusq__uri_parts *p, dusq__uri *out)
{
  *p = (dusq__uri_parts){.text = text};
  if (!text || !*text)
    return dusq_error_new(DUSQ_E_URI, NULL, 0, "malformed URI: it is empty");
  size_t len = strnlen(text, MAX_LENGTH + 1);
  if (len > MAX_LENGTH)
    return dusq_error_new(DUSQ_E_URI, NULL, 0, "malformed URI: longer than %d bytes", MAX_LENGTH);
  dusq_error *error = dusq__uri_cut_parts(text, len, p);
  return error ? error : store(p, out);
}

dusq_status dusq__uri_parse(const char *text, dusq__uri *out, dusq_error **error)
{
  dusq__uri_parts p;
  *out = (dusq__uri){0};
  dusq_error *failure = dusq__uri_read(text, &p, out);
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
