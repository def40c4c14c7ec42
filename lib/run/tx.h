/* tx.h - the transaction on a connection, by the rules of <dusq/session.h>.  The worker's thread.
 *
 *   depth  failed_at  state     a statement            begin                commit                  rollback
 *   0      0          NONE      runs                   opens, depth 1       TX_STATE                nothing
 *   n      0          OPEN      runs; on an error      sets a savepoint,    n = 1: the server's     n = 1: the server's
 *                               failed_at = n          depth n + 1          n > 1: releases         n > 1: undoes
 *   n      k <= n     FAILED    TX_ABORTED             TX_ABORTED,          TX_ABORTED; n = 1:      n = 1: the server's
 *                                                      depth n + 1          rolls back; n > 1:      k = n > 1: undoes
 *                                                                           k at most n - 1
 *
 * commit and rollback make the depth n - 1, whatever becomes of them.                                                */
#ifndef DUSQ_RUN_TX_H
#define DUSQ_RUN_TX_H
#include "run/connection.h"
#include "run/sink.h"
#include "run/worker.h"

/* Why this statement (NULL: a script or job) must not run now; owned, or NULL. */
dusq_error *dusq__tx_obstacle(const dusq__worker *worker, const dusq__statement *statement);
/* After anything has run: what it says about the transaction.  `error` NULL: it was a success. */
void dusq__tx_note(dusq__worker *worker, const dusq_error *error);
/* Something of the transaction has failed without being run. */
void dusq__tx_fail(dusq__worker *worker, const dusq_error *error);
/* A call was told to have failed before this outcome of it was known; `begins`: it was a begin. */
void dusq__tx_lost(dusq__worker *worker, bool begins);
/* Whether what it does counts by itself, for no transaction is open, or it may end the one that is.  NULL: a script. */
bool dusq__tx_counts(const dusq__worker *worker, const dusq__statement *statement);
int dusq__tx_state(const dusq__worker *worker);
/* What the connection says; a backend that cannot tell is believed to have what it was asked for. */
int dusq__tx_server_state(const dusq__worker *worker);
/* What becomes of words that would begin a transaction inside another one; owned. */
dusq_error *dusq__tx_begins_again(void);

/* The outcome is in the sink.  False: the connection is lost. */
bool dusq__tx_begin(dusq__worker *worker, const dusq_tx_opts *opts, dusq_sink *sink);
bool dusq__tx_commit(dusq__worker *worker, dusq_sink *sink);
bool dusq__tx_rollback(dusq__worker *worker, dusq_sink *sink);
/* One call of the backend's, DUSQ_SAVEPOINT_..., outside of these rules. */
dusq_status dusq__tx_savepoint(dusq__worker *worker, int what, uint32_t level, const dusq_stop *stop,
                               dusq_error **error);
/* A begin or commit that was called off before it was run; what is open is failed or rolled back. */
bool dusq__tx_skip_begin(dusq__worker *worker, const dusq_error *error);
bool dusq__tx_skip_commit(dusq__worker *worker, const dusq_error *error);

#endif
