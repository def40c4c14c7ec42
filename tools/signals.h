/* signals.h - SIGINT and SIGTERM end the program in order: the first one is remembered, the second one kills. */
#ifndef DUSQ_TOOLS_SIGNALS_H
#define DUSQ_TOOLS_SIGNALS_H
#include <stdbool.h>

/* False when no pipe can be had.  A signal that was ignored when the program started stays so. */
bool signals_install(void);
/* The signal that was caught, or 0. */
int signals_caught(void);
/* Readable from then on. */
int signals_fd(void);

#endif
