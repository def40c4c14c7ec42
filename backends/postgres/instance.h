/* instance.h - what the connections of a pool share.  Constant once it is open, but for `left`; any thread. */
#ifndef DUSQ_POSTGRES_INSTANCE_H
#define DUSQ_POSTGRES_INSTANCE_H
#include "params.h"
#include <stdatomic.h>

typedef struct dusq__pg_instance {
  dusq__pg_params params;
  int64_t cancel_grace, connect_timeout; /* ns; DUSQ_FOREVER */
  size_t receive_limit; /* bytes of a result; SIZE_MAX: no limit */
  bool names;           /* prepared statements have names on the server */
  bool reset_all;       /* the option reset is "full" */
  bool read_write, primary; /* what target_session_attrs asks for */
  atomic_uint left;     /* how often a connection was given up because its server is not, or no longer, that one */
} dusq__pg_instance;

/* The slots open and shut. */
dusq_status dusq__pg_open(const dusq_params *options, dusq_plan *plan, void **out, dusq_error **error);
void dusq__pg_shut(void *instance);

#endif
