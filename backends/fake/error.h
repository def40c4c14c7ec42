/* error.h - returning an error.  Any thread. */
#ifndef DUSQ_FAKE_ERROR_H
#define DUSQ_FAKE_ERROR_H
#include <dusq/backend.h>

/* Stores the error in *error, and returns its status. */
dusq_status dusq__fake_fail(dusq_error **error, dusq_error *take_error);
/* The same for an error that has only a status. */
dusq_status dusq__fake_fail_with(dusq_error **error, dusq_status status);

#endif
