/* process.h - a case or a family in a process of its own, which hands on what it finds out through a pipe. */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H
#include "grid.h"

typedef struct bench_task {
  const char *name;
  bench_case *run; /* or NULL: the family with this number */
  size_t family;
} bench_task;

/* Runs it to its end.  False: it failed, or a signal has come. */
bool bench_process_run(const bench_task *task, const bench_settings *settings, bench_report *report,
                       bench_sheet *sheet);
void bench_process_catch(void); /* SIGINT and SIGTERM, from now on */
bool bench_process_interrupted(void);

#endif
