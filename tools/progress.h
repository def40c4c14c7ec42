/* progress.h - one line on standard error that says how far it is: on a terminal, after a second, five times a second.
 */
#ifndef DUSQ_TOOLS_PROGRESS_H
#define DUSQ_TOOLS_PROGRESS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct progress {
  bool wanted;            /* standard error is a terminal           */
  bool shares;            /* and standard output is one, too        */
  bool script;            /* statements are counted                 */
  int64_t begun, next;    /* ns on CLOCK_MONOTONIC                  */
  size_t shown;           /* columns of the line that stands there  */
  uint64_t statements;    /* so far; the caller counts              */
  uint64_t bytes, total;  /* of the input; total 0 is unknown       */
} progress;

/* `typed`: the statements are being typed, where the line would stand; there is none then. */
void progress_begin(progress *p, bool script, bool typed, uint64_t total);
/* Draws the line if it is time to; cheap. */
void progress_tick(progress *p);
/* Takes the line away: before other output, and at the end. */
void progress_clear(progress *p);
/* How long poll() may wait, in ms; -1 for ever. */
int progress_patience(const progress *p);

#endif
