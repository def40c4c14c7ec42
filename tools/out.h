/* out.h - standard output, written in large pieces, with the reason kept when that fails. */
#ifndef DUSQ_TOOLS_OUT_H
#define DUSQ_TOOLS_OUT_H
#include "buffer.h"

typedef struct output {
  buffer text; /* what has not been written yet */
  int fd;
  int error;   /* errno of the first failure; nothing is written after it */
} output;

/* Writes all; false when something has failed, now or earlier.  A signal that the program caught ends it (EINTR). */
bool out_flush(output *out);
/* The same if much is waiting. */
bool out_pass(output *out);
/* Flushes and closes, which is where some file systems tell that the disk is full. */
bool out_close(output *out);

/* One line to standard error: "dusq: " and the text, which is made safe for a terminal.  */
void complain(const char *format, ...) DUSQ_PRINTF(1, 2);

#endif
