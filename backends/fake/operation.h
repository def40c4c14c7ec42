/* operation.h - the effect of rules on operations other than statements.  On the worker of the connection. */
#ifndef DUSQ_FAKE_OPERATION_H
#define DUSQ_FAKE_OPERATION_H
#include "connection.h"

/* Waits and fails as the outcome of the operation says; rules are matched with `text`.  *happened tells whether it
 * takes effect.  It may take effect and still fail, when the connection breaks afterwards.                           */
dusq_status dusq__fake_operate(dusq__fake_conn *conn, dusq__fake_target target, dusq__fake_text text,
                               const dusq_stop *stop, bool *happened, dusq_error **error);

/* For operations without a text. */
static const dusq__fake_text dusq__fake_no_text = {"", 0};

#endif
