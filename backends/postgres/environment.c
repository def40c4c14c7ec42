/* environment.c - what libpq would take from the environment.  The thread that opens the pool.
 *
 * A connection depends on its URI alone, wherever the program runs.  libpq takes what it is not given from variables
 * such as PGHOSTADDR and PGSERVICE, and it treats an empty value as none.  So every default that is not empty is given
 * explicitly; for the others the variables can only be refused.  With from_env, libpq decides what the URI does not
 * say.  ("Environment Variables" in libpq's manual)                                                                   */
#include "environment.h"
#include <libpq-fe.h>
#include <stdlib.h>

const char *dusq__pg_variable(const char *name)
{
  const char *value = name ? getenv(name) : NULL;
  return value && *value ? value : NULL;
}

/* Variables for which no option exists. */
static const char *variable_without_option(void)
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
  const char *found = variable_without_option();
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
