/* options.h - the command line. */
#ifndef DUSQ_TOOLS_OPTIONS_H
#define DUSQ_TOOLS_OPTIONS_H
#include "print.h"

enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_SIGNAL = 128 };

typedef struct options {
  const char *uri, *sql; /* sql: NULL for statements from the file */
  const char *file;      /* NULL for standard input                */
  char **values;
  size_t nvalues;
  size_t jobs;
  print_format format;
  const char *null;      /* the word that stands for NULL, or NULL */
  bool all_text, keep_going;
} options;

/* Reads what stands behind "dusq query".  True to go on; else *status is what to exit with, and all has been said. */
bool options_read(options *o, int argc, char **argv, int *status);

/* Prints to standard output; EXIT_FINE or, after a complaint, EXIT_FAILED. */
int print_help(const char *text);

/* The value for a placeholder: what is written as dusq writes integers and reals becomes one, other words are texts. */
dusq_value options_value(const options *o, const char *word);
/* Those of all words, to be freed; NULL if there are none, or memory is short. */
dusq_value *options_values(const options *o);

#endif
