/* environment.c - what libpq would take from the environment.
 *
 * A connection is what its URI says, wherever the program runs.  libpq fills what it is not given from variables such
 * as PGHOSTADDR and PGSERVICE, and takes an empty value for none.  So every default that is not empty is given; what is
 * left can only be looked at.  ("Environment Variables" in libpq's manual)                                           */
#include "internal.h"
#include <stdlib.h>
#include <string.h>

/* These can only make a connection refuse what it would accept. */
static bool only_stricter(const char *key)
{
  static const char *const keys[] = {"requirepeer", "require_auth", "sslcrldir", "sslcertmode",
                                     "ssl_max_protocol_version", NULL};
  for (const char *const *one = keys; *one; one++)
    if (!strcmp(*one, key))
      return true;
  return false;
}

static const char *variable(const char *name)
{
  const char *value = name ? getenv(name) : NULL;
  return value && *value ? value : NULL;
}

const char *dusq__pg_environment(bool (*given)(const char *key, void *arg),
                                 bool (*add)(const char *key, const char *value, void *arg), void *arg)
{
  static const char service[] = "PGSERVICE";
  if (variable(service))
    return service; /* a whole set of options; PQconndefaults would read it, too */
  const char *found = NULL;
  PQconninfoOption *all = PQconndefaults();
  for (PQconninfoOption *one = all; one && one->keyword && !found; one++) {
    if (given(one->keyword, arg) || !variable(one->envvar) || only_stricter(one->keyword))
      continue;
    if (one->compiled && *one->compiled && add(one->keyword, one->compiled, arg))
      continue;
    found = one->envvar;
  }
  PQconninfoFree(all); /* the names are constants */
  return found;
}
