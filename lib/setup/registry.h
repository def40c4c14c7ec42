/* registry.h - which backend serves which scheme.  The built-in ones are constant; a caller's are added behind a lock
 * and never go.  Any thread.                                                                                         */
#ifndef DUSQ_SETUP_REGISTRY_H
#define DUSQ_SETUP_REGISTRY_H
#include <dusq/backend.h>

/* NULL when nobody has it. */
const dusq_backend *dusq__backend_find(const char *scheme);
/* Whether the scheme is one that dusq has a backend for in principle, so that the error can say "not built in". */
bool dusq__scheme_is_known(const char *scheme);

#endif
