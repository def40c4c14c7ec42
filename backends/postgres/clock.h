/* clock.h - the monotonic clock. */
#ifndef DUSQ_POSTGRES_CLOCK_H
#define DUSQ_POSTGRES_CLOCK_H
#include <stdint.h>

int64_t dusq__pg_now(void); /* CLOCK_MONOTONIC, ns */

/* `timeout` ns after `moment`; INT64_MAX if that would overflow. */
static inline int64_t dusq__pg_later(int64_t moment, int64_t timeout)
{
  return timeout > INT64_MAX - moment ? INT64_MAX : moment + timeout;
}

#endif
