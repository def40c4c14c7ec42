/* sequence.h - parts of a transaction that go to the backend together, in one round trip.
 *
 * Only statements that the connection has already prepared are included, because a new one may depend on the effect of
 * the one before it.  A commit is included only if nothing before it returns rows, because rows that find no room fail
 * the transaction.
 *
 * The parts are numbered in order, including the begin and the commit.  Each part is told as soon as its own outcome is
 * known, not with the last part.  The last one may wait for a lock which another transaction releases only when its
 * caller hears of the first part.
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
  /* called with a part's sink when its outcome is known, to take what is in it; NULL: it stays there */
  void (*tell)(dusq__sequence *all, size_t part, dusq_sink *sink);
  void *arg;
  size_t told;               /* parts before this one have been told */
  const dusq_tx_opts *begin; /* NULL: there is no begin */
  dusq_sink begun, committed;
  bool commits, rowless;
  atomic_bool ignored;       /* the `sent` of statements inside a transaction, which does not matter */
  size_t n;
  dusq__statement *statements[DUSQ__SEQUENCE_MAX];
  dusq__prepared *prepared[DUSQ__SEQUENCE_MAX];
  dusq_execution executions[DUSQ__SEQUENCE_MAX];
  dusq_sink sinks[DUSQ__SEQUENCE_MAX];
};

void dusq__sequence_init(dusq__sequence *all, dusq__worker *worker);
/* Unpins the statements, and frees what the sinks hold. */
void dusq__sequence_fini(dusq__sequence *all);

/* Each adds a part; false: the part does not fit after the others. */
bool dusq__sequence_begin(dusq__sequence *all, const dusq_tx_opts *opts, uint32_t flags, const dusq_stop *stop);
bool dusq__sequence_add(dusq__sequence *all, dusq__statement *statement, const dusq_value *values, size_t n,
                        uint32_t flags, const dusq_stop *stop);
bool dusq__sequence_commit(dusq__sequence *all, const dusq_stop *stop, atomic_bool *sent);

/* DUSQ_OK: every sink has an outcome, and the connection's transaction state is updated.  DUSQ_E_CONNECTION_LOST: every
 * sink has an outcome, but the connection is lost.  DUSQ_E_NOTSUP: nothing was done.                                 */
dusq_status dusq__sequence_run(dusq__sequence *all);

#endif
