/* many.h - one statement with many rows of values.  The worker's thread. */
#ifndef DUSQ_RUN_MANY_H
#define DUSQ_RUN_MANY_H
#include "run/execute.h"

/* Runs in a transaction of its own, or inside the one that is open; the outcome is in the sink.  False: the connection
 * is lost.                                                                                                           */
bool dusq__many(dusq__worker *worker, dusq__request *request, dusq_sink *sink, bool inside);
/* Runs request i of the share by itself, and settles it. */
void dusq__run_many(dusq__worker *worker, size_t i);

#endif
