/* count.h - dusq's own allocations, counted in windows that are not timed. */
#ifndef BENCH_COUNT_H
#define BENCH_COUNT_H
#include <stdbool.h>

bool bench_count_install(void); /* before anything else of dusq is called; false: it is too late */
void bench_count_start(void);
void bench_count_stop(double *allocations, double *bytes);

#endif
