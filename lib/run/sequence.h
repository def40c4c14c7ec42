/* sequence.h - parts of a transaction that go to the backend together, so that they cost one trip.
 *
 * Only statements that the connection has prepared already are taken, for one that is new may need what the one before
 * it does; and a commit only if nothing before it brings rows, for rows that find no room fail the transaction.
 *
 * The parts are numbered in order, the begin and the commit with them.  Each is told as soon as its outcome is known,
 * and not when the last one's is, which may wait for a lock that somebody lets go of when he hears of the first.
 *
 * Belongs to the worker's thread, on its stack.                                                                      */
#ifndef DUSQ_RUN_SEQUENCE_H
#define DUSQ_RUN_SEQUENCE_H
#include "run/connection.h"
#include "run/sink.h"
#include "run/worker.h"

enum { DUSQ__SEQUENCE_MAX = 32 };

typedef struct dusq__sequence dusq__sequence;
struct dusq__sequence {
  dusq__worker *worker;
  /* takes what is in the sink of a part; NULL: it stays there */
  void (*tell)(dusq__sequence *all, size_t part, dusq_sink *sink);
  void *arg;
  size_t told;               /* parts before this one have been */
  const dusq_tx_opts *begin; /* NULL: none */
  dusq_sink begun, committed;
  bool commits, rowless;
  atomic_bool ignored;       /* whether statements inside a transaction were sent, which does not matter */
  size_t n;
  dusq__statement *statements[DUSQ__SEQUENCE_MAX];
  dusq__prepared *prepared[DUSQ__SEQUENCE_MAX];
  dusq_execution executions[DUSQ__SEQUENCE_MAX];
  dusq_sink sinks[DUSQ__SEQUENCE_MAX];
};

void dusq__sequence_init(dusq__sequence *all, dusq__worker *worker);
/* Lets go of the statements, and of what the sinks hold. */
void dusq__sequence_fini(dusq__sequence *all);

/* Each adds a part; false: it does not fit behind the others. */
bool dusq__sequence_begin(dusq__sequence *all, const dusq_tx_opts *opts, uint32_t flags, const dusq_stop *stop);
bool dusq__sequence_add(dusq__sequence *all, dusq__statement *statement, const dusq_value *values, size_t n,
                        uint32_t flags, const dusq_stop *stop);
bool dusq__sequence_commit(dusq__sequence *all, const dusq_stop *stop, atomic_bool *sent);

/* DUSQ_OK: every sink has an outcome, and the connection's transaction is noted.  DUSQ_E_CONNECTION_LOST: the same, and
 * so it is.  DUSQ_E_NOTSUP: nothing was done.                                                                        */
dusq_status dusq__sequence_run(dusq__sequence *all);

#endif
