/* setup.h - what every part of a pool reads: its options, its backend, its table of statements.
 *
 * All of it is constant while the pool is open, except the state of the close and members with a lock of their own.  It
 * is part of the pool's memory, which its home owns, so a reference to the home keeps it.  Any thread; nothing here
 * waits.                                                                                                             */
#ifndef DUSQ_SETUP_SETUP_H
#define DUSQ_SETUP_SETUP_H
#include "async/home.h"
#include "setup/config.h"
#include "setup/identity.h"
#include "setup/statement.h"

/* How far the close of a pool has come; the state only moves forward.  Only pool/close.c writes it. */
typedef enum dusq__pool_state {
  DUSQ__POOL_OPEN,
  DUSQ__POOL_DRAINING,  /* close was called; requests go on                    */
  DUSQ__POOL_CANCELING, /* the grace is over; requests are stopped             */
  DUSQ__POOL_LEAVING,   /* cancel_grace is over; stuck workers are left behind */
  DUSQ__POOL_CLOSED
} dusq__pool_state;

/* Times are in nanoseconds; INT64_MAX: no limit. */
typedef struct dusq__options {
  int64_t queue_timeout, connect_timeout, query_timeout, cancel_grace, idle_timeout, max_lifetime;
  size_t queue_limit, max_result_bytes, stack_size;
  uint32_t stmt_cache, batch_max, batch_min, min_connections;
  bool batch, reset, reset_all;
} dusq__options;

typedef struct dusq__setup {
  dusq_params params;
  dusq__options options;
  const dusq_backend *backend;
  void *instance;              /* the backend's instance; NULL: it is not open */
  bool pipelines;              /* as in its plan                               */
  dusq__home *home;
  dusq__statements statements;
  dusq__identity identity;
  atomic_int state;
} dusq__setup;

/* Reads the options of `params`, which the setup then owns, and initialises the table of statements.  DUSQ_E_NOMEM. */
dusq_status dusq__setup_init(dusq__setup *setup, const dusq_params *take_params, dusq__home *home);
/* Also closes the backend's instance, if there is one.  The reference to the home stays. */
void dusq__setup_fini(dusq__setup *setup);

static inline bool dusq__setup_is(const dusq__setup *setup, dusq__pool_state at_least)
{
  return atomic_load(&setup->state) >= (int)at_least;
}

#endif
