/* session_call.h - the calls of a session on its worker, each kind by itself.  The worker's thread. */
#ifndef DUSQ_RUN_SESSION_CALL_H
#define DUSQ_RUN_SESSION_CALL_H
#include "run/sink.h"
#include "run/worker.h"

/* Run call i of the share by itself, and settle it. */
void dusq__call_query(dusq__worker *worker, size_t i);
void dusq__call_script(dusq__worker *worker, size_t i);
void dusq__call_many(dusq__worker *worker, size_t i);
void dusq__call_begin(dusq__worker *worker, size_t i);
void dusq__call_commit(dusq__worker *worker, size_t i);
void dusq__call_rollback(dusq__worker *worker, size_t i);
void dusq__call_run(dusq__worker *worker, size_t i);
void dusq__call_stream(dusq__worker *worker, size_t i);
void dusq__call_end(dusq__worker *worker, size_t i);

/* Settles call i with what is in the sink.  `alone`: if it was told without an outcome, its transaction fails. */
void dusq__call_finish(dusq__worker *worker, size_t i, dusq_sink *sink, bool alone);
/* Handles a call that was stopped before its turn: the rest of its transaction is refused.  False: the connection is
 * lost.                                                                                                              */
bool dusq__call_skip(dusq__worker *worker, const dusq__request *request, const dusq_error *error);
/* Why a call cannot be begun: it is to stop, or the server has closed the connection.  Owned, or NULL. */
dusq_error *dusq__call_obstacle(dusq__worker *worker, const dusq__request *request);

#endif
