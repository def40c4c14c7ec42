/* tx_run.h - statements and scripts by the rules of tx.h.  The worker's thread. */
#ifndef DUSQ_RUN_TX_RUN_H
#define DUSQ_RUN_TX_RUN_H
#include "run/sink.h"
#include "run/worker.h"

/* The outcome is in the sink.  False: the connection is lost. */
bool dusq__tx_execute(dusq__worker *worker, dusq__statement *statement, const dusq_value *values, size_t n,
                      uint32_t flags, dusq_sink *sink);
bool dusq__tx_script(dusq__worker *worker, const char *script, dusq_sink *sink);
/* The same with a sink that has a stream.  If the reader stops it, the statement is undone, and the transaction goes
 * on.                                                                                                                */
bool dusq__tx_stream(dusq__worker *worker, dusq__request *request, dusq_sink *sink);

#endif
