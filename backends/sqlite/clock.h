/* clock.h - monotonic time in ns.  Any thread. */
#ifndef DUSQ_SQLITE_CLOCK_H
#define DUSQ_SQLITE_CLOCK_H
#include <stdint.h>

int64_t dusq__sqlite_now(void);
/* moment + timeout, at most INT64_MAX */
int64_t dusq__sqlite_later(int64_t moment, int64_t timeout);

#endif
