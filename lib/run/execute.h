/* execute.h - one execution on a worker's connection: the statement is prepared if need be, and the outcome is in a
 * sink.  Also decides what a lost connection means for the outcome.  The worker's thread.                            */
#ifndef DUSQ_RUN_EXECUTE_H
#define DUSQ_RUN_EXECUTE_H
#include "run/connection.h"
#include "run/sink.h"
#include "run/worker.h"

/* Prepares and executes one statement.  False: the connection is lost.  `elsewhere`, if not NULL, becomes true when the
 * statement was not executed because it belongs to the other lane.                                                   */
bool dusq__execute(dusq__worker *worker, dusq__statement *statement, const dusq_value *values, size_t n, uint32_t flags,
                   dusq_sink *sink, bool *elsewhere);
/* The same for several rows of n values at once, by the backend's execute_many. */
bool dusq__execute_rows(dusq__worker *worker, dusq__statement *statement, const dusq_value *values, size_t n,
                        size_t rows, uint32_t flags, dusq_sink *sink);
bool dusq__execute_script(dusq__worker *worker, const char *script, dusq_sink *sink);
/* After a transaction that has failed with the error was rolled back: whether that came from a statement that no longer
 * fitted, and it may do better when all of it is run again.                                                          */
bool dusq__was_stale(dusq__worker *worker, const dusq_error *error);
/* Whether another lane is for statements like this one: readers do not write, and the writer has better things to do
 * than to read.                                                                                                      */
bool dusq__is_elsewhere(const dusq__lane *lane, uint32_t learned, uint32_t flags);
/* Translates the position of the sink's error, if any, into one in the caller's text. */
void dusq__place_error(dusq_sink *sink, const dusq__statement *statement);
/* Whether the request may have had a lasting effect. */
bool dusq__may_have_run(const dusq__request *request);
/* If the connection or the rows were lost: marks the outcome as unknown if what was sent may have had an effect. */
void dusq__judge(dusq_sink *sink, const dusq__statement *statement, bool may_have_run); /* NULL: a script */
void dusq__judge_loss(dusq_sink *sink, const dusq__request *request);
void dusq__mark_unknown(dusq_sink *sink); /* the sink has an error */

#endif
