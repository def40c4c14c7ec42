/* connection.h - a connection to a fake.
 *
 * It belongs to its worker, whose thread calls the slots.  `interrupt` and the functions of <dusq/fake.h> run on other
 * threads; the fake's mtx guards what they access.  Each call is checked against the rules of <dusq/backend.h>, and
 * every violation is counted as a misuse.                                                                            */
#ifndef DUSQ_FAKE_CONNECTION_H
#define DUSQ_FAKE_CONNECTION_H
#include "fake.h"

typedef struct dusq__fake_waiter { /* a place where a thread may wait */
  pthread_cond_t wake;
  bool hanging, released; /* guarded by: the fake's mtx */
} dusq__fake_waiter;

typedef struct dusq__fake_settings { /* of the pool's URI */
  int64_t latency, connect_latency;
  bool fail_unmatched;
} dusq__fake_settings;

/* Guarded by: the fake's mtx. */
typedef struct dusq__fake_state {
  bool connected;       /* connect has returned it to the core */
  bool broken;
  bool busy;            /* a call is in progress */
  bool interrupted;     /* during this call */
  dusq__fake_mark mark; /* for the history */
  uint64_t steps;       /* number of statements and commits so far */
  size_t prepared;      /* number of prepared statements */
} dusq__fake_state;

/* Only its worker uses it. */
typedef struct dusq__fake_tx {
  bool open, read_only, lose_at_commit;
} dusq__fake_tx;

typedef struct dusq__fake_conn {
  dusq_fake *fake;              /* a reference, because a connection that is stuck outlives its pool */
  dusq__fake_settings settings;
  uint64_t number;              /* from 1 */
  uint32_t lane;
  dusq__fake_waiter worker;     /* where its worker waits */
  dusq__fake_waiter interrupt;  /* where the thread waits that interrupts it */
  struct dusq__fake_conn *prev, *next; /* guarded by: the fake's mtx */
  dusq__fake_state state;
  dusq__fake_tx tx;
  dusq_sink *committing;        /* told when a commit is sent; only its worker uses it */
} dusq__fake_conn;

/* A connection that is not connected yet, in the fake's list; NULL when memory is short. */
dusq__fake_conn *dusq__fake_conn_new(dusq_fake *fake, const dusq__fake_settings *settings, uint32_t lane);
void dusq__fake_conn_free(dusq__fake_conn *conn);

void dusq__fake_begin_call(dusq__fake_conn *conn);
/* Whether the connection is not broken. */
bool dusq__fake_end_call(dusq__fake_conn *conn);

bool dusq__fake_is_broken(dusq__fake_conn *conn);
void dusq__fake_break_locked(dusq__fake_conn *conn);

#endif
