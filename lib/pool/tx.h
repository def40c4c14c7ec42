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
#ifndef DUSQ_POOL_TX_H
#define DUSQ_POOL_TX_H
#include "pool/execute.h"

/* Why this statement (NULL: a script or job) must not run now; owned, or NULL. */
dusq_error *dusq__tx_obstacle(const dusq__worker *worker, const dusq__statement *statement);
/* After anything has run: what it says about the transaction.  `error` NULL: it was a success. */
void dusq__tx_note(dusq__worker *worker, const dusq_error *error);
/* Something of the transaction has failed without being run. */
void dusq__tx_fail(dusq__worker *worker, const dusq_error *error);
/* A call of that kind was told to have failed before this outcome of it was known. */
void dusq__tx_lost(dusq__worker *worker, dusq__kind kind);
/* Whether what it does counts by itself, for no transaction is open, or it may end the one that is.  NULL: a script. */
bool dusq__tx_counts(const dusq__worker *worker, const dusq__statement *statement);
int dusq__tx_state(const dusq__worker *worker);

/* The outcome is in the sink.  False: the connection is lost. */
bool dusq__tx_begin(dusq__worker *worker, const dusq_tx_opts *opts, dusq_sink *sink);
bool dusq__tx_commit(dusq__worker *worker, dusq_sink *sink);
bool dusq__tx_rollback(dusq__worker *worker, dusq_sink *sink);
/* A begin or commit that was called off before it was run; what is open is failed or rolled back. */
bool dusq__tx_skip_begin(dusq__worker *worker, const dusq_error *error);
bool dusq__tx_skip_commit(dusq__worker *worker, const dusq_error *error);

/* A statement or script by the rules. */
bool dusq__tx_execute(dusq__worker *worker, dusq__statement *statement, const dusq_value *values, size_t n,
                      uint32_t flags, dusq_sink *sink);
/* The same with a sink that has a stream.  What its reader stops is undone, and the transaction goes on. */
bool dusq__tx_stream(dusq__worker *worker, dusq__request *request, dusq_sink *sink);
bool dusq__tx_script(dusq__worker *worker, const char *script, dusq_sink *sink);

/* DUSQ_E_INVAL for options that make no sense; else *out has all fields. */
dusq_status dusq__tx_read_opts(const dusq_tx_opts *given, dusq_tx_opts *out);

#endif
