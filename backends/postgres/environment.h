/* environment.h - keeps libpq from using the environment. */
#ifndef DUSQ_POSTGRES_ENVIRONMENT_H
#define DUSQ_POSTGRES_ENVIRONMENT_H
#include <stdbool.h>

/* The value of a variable; NULL if it is not set, or empty. */
const char *dusq__pg_variable(const char *name);
/* The name of a variable that libpq would read although no option replaces it, or NULL.  `given` tells whether an
 * option of libpq is given.  `add` is called with libpq's default for an option that has one; it returns whether the
 * default was added.                                                                                                 */
const char *dusq__pg_environment(bool (*given)(const char *key, void *arg),
                                 bool (*add)(const char *key, const char *value, void *arg), void *arg);

#endif
