/* error.c - see error.h. */
#include "error.h"

dusq_status dusq__fake_fail(dusq_error **error, dusq_error *take_error)
{
  dusq_status status = dusq_error_status(take_error);
  *error = take_error;
  return status;
}

dusq_status dusq__fake_fail_with(dusq_error **error, dusq_status status)
{
  return dusq__fake_fail(error, dusq_error_new(status, NULL, 0, "%s", dusq_strstatus(status)));
}
