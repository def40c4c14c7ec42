/* tx.h - the state of a connection's transaction, by the rules of <dusq/session.h>.  The worker's thread.
 *
 *   depth  failed_at  state     a statement            begin                commit                  rollback
 *   0      0          NONE      runs                   opens, depth 1       TX_STATE                nothing
 *   n      0          OPEN      runs; on an error      sets a savepoint,    n = 1: COMMIT           n = 1: ROLLBACK
 *                               failed_at = n          depth n + 1          n > 1: releases it      n > 1: back to it
 *   n      k <= n     FAILED    TX_ABORTED             TX_ABORTED,          TX_ABORTED; n = 1:      n = 1: ROLLBACK
 *                                                      depth n + 1          ROLLBACK; n > 1:        k = n > 1: back
 *                                                                           k at most n - 1
 *
 * commit and rollback make the depth n - 1, whether they succeed or fail.                                            */
#ifndef DUSQ_RUN_TX_H
#define DUSQ_RUN_TX_H
#include "run/connection.h"
#include "run/sink.h"
#include "run/worker.h"

/* Why this statement (NULL: a script or job) must not run now; owned, or NULL. */
dusq_error *dusq__tx_obstacle(const dusq__worker *worker, const dusq__statement *statement);
/* The error of what is not run because the transaction has failed; owned, with its cause. */
dusq_error *dusq__tx_refused(const dusq__worker *worker);
/* Updates the state after anything has run.  `error` NULL: success.  `control` is that of the statement that was run,
 * or that failed.                                                                                                    */
void dusq__tx_note(dusq__worker *worker, const dusq_error *error, dusq__sql_control control);
/* The control of a statement, if a transaction is open that was begun by one; else NONE. */
dusq__sql_control dusq__tx_control_of(const dusq__worker *worker, const dusq__statement *statement);
/* Whether the text would commit a transaction that has failed: it is to be refused instead. */
bool dusq__tx_must_not_commit(const dusq__worker *worker, dusq__sql_control control);
/* Rolls back, and gives the reason to the sink.  False: the connection is lost. */
bool dusq__tx_refuse_commit(dusq__worker *worker, dusq_sink *sink);
/* Marks the transaction as failed without anything having run. */
void dusq__tx_fail(dusq__worker *worker, const dusq_error *error);
/* A call was told to have failed before its outcome was known; `begins`: the call was a begin. */
void dusq__tx_lost(dusq__worker *worker, bool begins);
/* Whether the effect lasts without a commit: no transaction is open, or the statement may end it.  NULL: a script. */
bool dusq__tx_counts(const dusq__worker *worker, const dusq__statement *statement);
int dusq__tx_state(const dusq__worker *worker);
/* The state that the connection reports; with a backend that cannot tell, the state that was asked for. */
int dusq__tx_server_state(const dusq__worker *worker);
/* The error of SQL text that would begin a transaction inside another one; owned. */
dusq_error *dusq__tx_begins_again(void);

/* The outcome is in the sink.  False: the connection is lost. */
bool dusq__tx_begin(dusq__worker *worker, const dusq_tx_opts *opts, dusq_sink *sink);
bool dusq__tx_commit(dusq__worker *worker, dusq_sink *sink);
bool dusq__tx_rollback(dusq__worker *worker, dusq_sink *sink);
/* Calls the backend's savepoint function, DUSQ_SAVEPOINT_..., without changing the state. */
dusq_status dusq__tx_savepoint(dusq__worker *worker, int what, uint32_t level, const dusq_stop *stop,
                               dusq_error **error);
/* A begin or commit that was stopped before it was run; the open transaction is failed or rolled back. */
bool dusq__tx_skip_begin(dusq__worker *worker, const dusq_error *error);
bool dusq__tx_skip_commit(dusq__worker *worker, const dusq_error *error);

#endif
