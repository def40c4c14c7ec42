/* environment.h - what libpq would take from the environment. */
#ifndef DUSQ_POSTGRES_ENVIRONMENT_H
#define DUSQ_POSTGRES_ENVIRONMENT_H
#include <stdbool.h>

/* The value of a variable; NULL if it is not set, or empty. */
const char *dusq__pg_variable(const char *name);
/* The name of a variable that libpq would read though the options do not mention it, or NULL.  `given` tells whether an
 * option of libpq is given.  `add` is called with libpq's own default for an option that has one; its result is whether
 * it was added.                                                                                                       */
const char *dusq__pg_environment(bool (*given)(const char *key, void *arg),
                                 bool (*add)(const char *key, const char *value, void *arg), void *arg);

#endif
