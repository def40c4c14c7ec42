/* run.h - what "dusq query" does. */
#ifndef DUSQ_TOOLS_RUN_H
#define DUSQ_TOOLS_RUN_H
#include "options.h"

/* Runs the statements and prints their results; returns the exit status, after complaints about what went wrong. */
int run_query(const options *o);

#endif
