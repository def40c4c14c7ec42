/* open.h - the pool that the command line asks for: opening and closing it. */
#ifndef DUSQ_TOOLS_OPEN_H
#define DUSQ_TOOLS_OPEN_H
#include "options.h"

/* NULL after a complaint. */
dusq_pool *open_pool(const options *o);
/* Waits for the close, but not for what is stuck in a driver.  Accepts NULL. */
void close_pool(dusq_pool *pool, int64_t grace);

#endif
