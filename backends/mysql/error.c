/* error.c - errors of the backend itself. */
#include "error.h"

dusq_error *dusq__my_nomem(void)
{
  return dusq_error_new(DUSQ_E_NOMEM, NULL, 0, "out of memory");
}

dusq_error *dusq__my_canceled(void)
{
  return dusq_error_new(DUSQ_E_CANCELED, NULL, 0, "stopped before it was executed");
}

dusq_error *dusq__my_killed(void)
{
  return dusq_error_new(DUSQ_E_CANCELED, "70100", MY_ER_QUERY_INTERRUPTED, "stopped while it was executed");
}

dusq_error *dusq__my_connection_lost(void)
{
  return dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "the connection was given up");
}

dusq_error *dusq__my_too_large(size_t max_packet)
{
  return dusq_error_new(DUSQ_E_TOO_LARGE, NULL, 0, "larger than the server's max_allowed_packet (%zu)", max_packet);
}

dusq_error *dusq__my_not_utf8(size_t position)
{
  dusq_error *error = dusq_error_new(DUSQ_E_DATA, "22021", 0, "the SQL text is not UTF-8");
  dusq_error_set_number(error, DUSQ_ERROR_POSITION, (int64_t)position);
  return error;
}

dusq_status dusq__my_return_error(dusq_error **out, dusq_error *take_error)
{
  dusq_status status = dusq_error_status(take_error);
  if (out)
    *out = take_error;
  else
    dusq_error_unref(take_error);
  return status;
}
