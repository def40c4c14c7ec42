/* registry.h - which backend serves which scheme.  Built-in backends are constant; a caller's are added under a lock
 * and never removed.  Any thread.                                                                                    */
#ifndef DUSQ_SETUP_REGISTRY_H
#define DUSQ_SETUP_REGISTRY_H
#include <dusq/backend.h>

/* NULL when no backend serves the scheme. */
const dusq_backend *dusq__backend_find(const char *scheme);
/* Whether dusq has a backend for the scheme that may not have been built, so that the error can say "not built in". */
bool dusq__scheme_is_known(const char *scheme);

#endif
