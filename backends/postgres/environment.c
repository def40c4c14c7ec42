/* environment.c - keeps libpq from using the environment.  The thread that opens the pool.
 *
 * A connection depends on its URI alone, wherever the program runs.  Options that libpq does not get are taken from
 * variables such as PGHOSTADDR and PGSERVICE, and an empty value counts as none.  So every option with a non-empty
 * default is passed explicitly; for the others, a variable that is set is an error.  With from_env, libpq decides what
 * the URI does not say.  ("Environment Variables" in libpq's manual)                                                 */
#include "environment.h"
#include <libpq-fe.h>
#include <stdlib.h>

const char *dusq__pg_variable(const char *name)
{
  const char *value = name ? getenv(name) : NULL;
  return value && *value ? value : NULL;
}

/* Variables without a corresponding option. */
static const char *variable_without_option(void)
{
  static const char *const names[] = {"PGSERVICE", "PGGEQO", NULL};
  for (const char *const *one = names; *one; one++)
    if (dusq__pg_variable(*one))
      return *one; /* the first one names a whole set of options, which PQconndefaults would read, too */
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
  PQconninfoFree(all); /* the names themselves are constants */
  return found;
}
