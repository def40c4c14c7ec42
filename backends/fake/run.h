/* run.h - running one statement as its outcome says.  On the worker of its connection. */
#ifndef DUSQ_FAKE_RUN_H
#define DUSQ_FAKE_RUN_H
#include "connection.h"

typedef struct dusq__fake_call {
  dusq__fake_conn *conn;
  dusq__fake_text sql;
  bool reads;
  const dusq_value *values;
  size_t count;
  dusq_sink *sink;
} dusq__fake_call;
/* Runs one statement; the caller reports the outcome to the sink.  DUSQ_OK, or a status with an owned error in *error,
 * which is NULL if the sink refused a row.  A lost connection is shown by conn->broken.                              */
dusq_status dusq__fake_run(const dusq__fake_call *call, dusq_error **error);

#endif
