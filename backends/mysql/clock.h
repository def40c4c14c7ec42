/* clock.h - the monotonic clock.  Any thread; no state. */
#ifndef DUSQ_MYSQL_CLOCK_H
#define DUSQ_MYSQL_CLOCK_H
#include <stdint.h>

int64_t dusq__my_now(void); /* CLOCK_MONOTONIC, ns */
/* moment + timeout; INT64_MAX, which means never, on overflow. */
int64_t dusq__my_later(int64_t moment, int64_t timeout);

#endif
