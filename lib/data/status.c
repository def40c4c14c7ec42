/* status.c - names and meanings of statuses.  Constant data; any thread. */
#include "data/status.h"

const char *dusq_strstatus(dusq_status status)
{
  switch (status) {
#define ROW(name, retryable, text)                                                                                     \
  case name:                                                                                                           \
    return text;
    DUSQ__STATUSES(ROW)
#undef ROW
  default:
    return "unknown status";
  }
}

const char *dusq_status_name(dusq_status status)
{
  switch (status) {
#define ROW(name, retryable, text)                                                                                     \
  case name:                                                                                                           \
    return #name;
    DUSQ__STATUSES(ROW)
#undef ROW
  default:
    return "DUSQ_E_UNKNOWN";
  }
}

bool dusq__status_retryable(dusq_status status)
{
  switch (status) {
#define ROW(name, retryable, text)                                                                                     \
  case name:                                                                                                           \
    return retryable;
    DUSQ__STATUSES(ROW)
#undef ROW
  default:
    return false;
  }
}
