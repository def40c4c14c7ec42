/* uri.h - parsing a database URI: strictly, and without ever quoting a secret.
 *
 *   scheme[+driver]://[user[:password]@][host[:port][,host[:port]]...][/database][?key=value[&key=value]...]
 *   sqlite:relative.db   sqlite:/absolute.db   sqlite:///relative.db   sqlite:////absolute.db   sqlite::memory:
 *   sqlite: fake:name            (a scheme without an authority: everything up to '?' is the database)
 *
 * Percent escapes are decoded in each part, after it has been cut out.  Errors say which part is wrong and at which
 * byte, and quote only the scheme and keys.                                                                          */
#ifndef DUSQ_DATA_URI_H
#define DUSQ_DATA_URI_H
#include "data/uri_parts.h"

typedef struct dusq__pair {
  char *key, *value;
} dusq__pair;

typedef struct dusq__uri {
  char *scheme;   /* lower case, without +driver                                                           */
  char *driver;   /* the text after '+', or NULL; accepted and ignored                                     */
  char *user;     /* NULL: not given; "" is possible                                                       */
  char *password; /* NULL: not given; freed with dusq__free_secret                                         */
  char *host;     /* several hosts are joined by commas; IPv6 without brackets; NULL: none                 */
  char *port;     /* as many ports as hosts, joined by commas, "" for a host without one; NULL: none given */
  char *database; /* for sqlite the path or ":memory:"; NULL: none                                         */
  dusq__pair *query;
  size_t nquery;
} dusq__uri;

/* DUSQ_OK; DUSQ_E_URI or DUSQ_E_NOMEM with an owned error.  *out is safe for fini in any case. */
dusq_status dusq__uri_parse(const char *text, dusq__uri *out, dusq_error **error);
void dusq__uri_fini(dusq__uri *uri);
/* The same with the URI's parts; returns NULL or an owned error. */
dusq_error *dusq__uri_read(const char *text, dusq__uri_parts *parts, dusq__uri *out);

#endif
