/* input.h - statements from a file or standard input, read as they are wanted. */
#ifndef DUSQ_TOOLS_INPUT_H
#define DUSQ_TOOLS_INPUT_H
#include "split.h"

typedef struct input {
  const char *name; /* for messages */
  int fd;
  bool asks;        /* MySQL: the sql_mode decides where the next statement ends */
  bool follows;     /* MySQL: ... and what came before it may have set it        */
  bool regular;     /* reading it does not wait */
  uint64_t size;    /* what is left of a regular file, or 0 */
  splitter splitter;
} input;

typedef enum input_outcome { INPUT_STATEMENT, INPUT_ASK, INPUT_WAIT, INPUT_END, INPUT_FAILED } input_outcome;

/* `file` is NULL or "-" for standard input.  The URI tells the dialect.  False, after a complaint. */
bool input_open(input *in, const char *file, const char *uri, bool one_session);
void input_close(input *in);

/* The next statement.  ASK: first input_set_modes() wants to be called, once what came before has run.  WAIT: more must
 * be read, when poll() says so.  FAILED: after a complaint.                                                          */
input_outcome input_next(input *in, statement *out);
/* What `SELECT @@sql_mode` has told. */
void input_set_modes(input *in, const char *sql_mode);
/* Reads one piece, and waits for it.  False, after a complaint. */
bool input_read(input *in);

#endif
