/* familiar.h - what other libraries call an option, and what they mean by a bare number.  Any thread; no state.
 *
 * A URI that was written for another library should fail with a message that tells what to write, and never mean
 * something else.                                                                                                    */
#ifndef DUSQ_SETUP_FAMILIAR_H
#define DUSQ_SETUP_FAMILIAR_H
#include <dusq/backend.h>

/* What to write instead of a key that no list has: a constant text, or NULL if the key is not familiar.  The case, "-"
 * and "_" do not matter.  `backend` may be NULL.                                                                     */
const char *dusq__familiar_key(const dusq_backend *backend, const char *key);

/* Checks a value of a URI's query.  DUSQ_E_URI for a bare number if the database's driver takes it for seconds, which a
 * duration without a unit is not: with an error that names both spellings.                                           */
dusq_status dusq__familiar_value(const dusq_backend *backend, const char *key, const char *value, dusq_error **error);

#endif
