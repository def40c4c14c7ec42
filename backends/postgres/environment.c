/* environment.c - what libpq would take from the environment.
 *
 * A connection is what its URI says, wherever the program runs.  libpq fills what it is not given from variables such
 * as PGHOSTADDR and PGSERVICE, and takes an empty value for none.  So every default that is not empty is given; what is
 * left can only be looked at.  With from_env, what its URI does not say is libpq's.
 * ("Environment Variables" in libpq's manual)                                                                        */
#include "internal.h"
#include <stdlib.h>

const char *dusq__pg_variable(const char *name)
{
  const char *value = name ? getenv(name) : NULL;
  return value && *value ? value : NULL;
}

/* What libpq sends besides, and what no option stands for. */
static const char *beyond_options(void)
{
  static const char *const names[] = {"PGSERVICE", "PGGEQO", NULL};
  for (const char *const *one = names; *one; one++)
    if (dusq__pg_variable(*one))
      return *one; /* the first is a whole set of options; PQconndefaults would read it, too */
  return NULL;
}

const char *dusq__pg_environment(bool (*given)(const char *key, void *arg),
                                 bool (*add)(const char *key, const char *value, void *arg), void *arg)
{
  const char *found = beyond_options();
  if (found)
    return found;
  PQconninfoOption *all = PQconndefaults();
  for (PQconninfoOption *one = all; one && one->keyword && !found; one++) {
    if (given(one->keyword, arg) || !dusq__pg_variable(one->envvar))
      continue;
    if (one->compiled && *one->compiled && add(one->keyword, one->compiled, arg))
      continue;
    found = one->envvar;
  }
  PQconninfoFree(all); /* the names are constants */
  return found;
}
