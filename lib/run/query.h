/* query.h - a query or a script as a request of its own.
 *
 * Only this file decides whether a failed query may be run again: when it had not been sent, when the prepared
 * statement was stale (nothing had run), or when its caller marked it idempotent.  The worker's thread.              */
#ifndef DUSQ_RUN_QUERY_H
#define DUSQ_RUN_QUERY_H
#include "run/execute.h"

/* Run request i of the share by itself, and settle it. */
void dusq__run_query(dusq__worker *worker, size_t i);
void dusq__run_script(dusq__worker *worker, size_t i);

/* Why a request cannot be begun: it is to stop, or there is no connection.  Owned; NULL: it can be begun. */
dusq_error *dusq__obstacle(dusq__worker *worker, const dusq__request *request);
/* False: request i cannot be begun, and has been settled with the reason. */
bool dusq__ready(dusq__worker *worker, size_t i);
/* A statement has run by itself for so long; or the first of a batch, until its answer came. */
void dusq__note_quickest(dusq__worker *worker, int64_t ns);
/* Settles request i with what is in the sink. */
void dusq__finish_sink(dusq__worker *worker, size_t i, dusq_sink *sink, int64_t now);

#endif
