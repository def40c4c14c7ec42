/* report.h - what went wrong, in one line. */
#ifndef DUSQ_TOOLS_REPORT_H
#define DUSQ_TOOLS_REPORT_H
#include "options.h"

void complain_of(const options *o, const dusq_error *error, uint64_t number, size_t line);
/* After a signal: how far it came, for who ran a script. */
void complain_of_signal(const options *o, uint64_t statements);

#endif
