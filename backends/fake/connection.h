/* connection.h - a connection to a fake.
 *
 * It belongs to its worker, which calls with it; `interrupt` and the functions of <dusq/fake.h> run on other threads.
 * What they touch is guarded by the fake's mtx.  Each call is checked against the rules of <dusq/backend.h>, and what
 * breaks them is counted as a misuse.                                                                                */
#ifndef DUSQ_FAKE_CONNECTION_H
#define DUSQ_FAKE_CONNECTION_H
#include "fake.h"

typedef struct dusq__fake_waiter { /* where a thread may wait */
  pthread_cond_t wake;
  bool hanging, released; /* guarded by: the fake's mtx */
} dusq__fake_waiter;

typedef struct dusq__fake_settings { /* of the pool's URI */
  int64_t latency, connect_latency;
  bool fail_unmatched;
} dusq__fake_settings;

/* Guarded by: the fake's mtx. */
typedef struct dusq__fake_state {
  bool connected;       /* the core has it; else it is being made */
  bool broken;
  bool busy;            /* a call is under way */
  bool interrupted;     /* during this call */
  dusq__fake_mark mark; /* for the history */
  uint64_t steps;       /* statements and commits so far */
  size_t prepared;      /* statements held */
} dusq__fake_state;

/* Its worker's own. */
typedef struct dusq__fake_tx {
  bool open, read_only, lose_at_commit;
} dusq__fake_tx;

typedef struct dusq__fake_conn {
  dusq_fake *fake;              /* counted: a connection that is stuck outlives its pool */
  dusq__fake_settings settings;
  uint64_t number;              /* from 1 */
  uint32_t lane;
  dusq__fake_waiter worker;     /* where its worker waits */
  dusq__fake_waiter interrupt;  /* where the thread waits that interrupts it */
  struct dusq__fake_conn *prev, *next; /* guarded by: the fake's mtx */
  dusq__fake_state state;
  dusq__fake_tx tx;
  dusq_sink *committing;        /* to be told when a commit is sent; the worker's own */
} dusq__fake_conn;

/* One that is not connected yet, in the fake's list; NULL when memory is short. */
dusq__fake_conn *dusq__fake_conn_new(dusq_fake *fake, const dusq__fake_settings *settings, uint32_t lane);
void dusq__fake_conn_free(dusq__fake_conn *conn);

void dusq__fake_begin_call(dusq__fake_conn *conn);
/* Whether the connection is still whole. */
bool dusq__fake_end_call(dusq__fake_conn *conn);

bool dusq__fake_is_broken(dusq__fake_conn *conn);
void dusq__fake_break_locked(dusq__fake_conn *conn);

#endif
