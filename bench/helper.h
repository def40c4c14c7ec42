/* helper.h - processes beside a case: a way to the server that takes its time, and one that keeps a processor busy.
 * They end with the process that started them. */
#ifndef BENCH_HELPER_H
#define BENCH_HELPER_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct bench_helper {
  pid_t pid; /* 0: there is none */
  int port;  /* of 127.0.0.1, where a delay listens */
} bench_helper;

/* Both before the first thread is made.  False: it failed, and has complained. */
bool bench_delay_start(const char *host, const char *service, int64_t each_way_ns, bench_helper *out);
bool bench_neighbour_start(bench_helper *out);
void bench_helper_stop(bench_helper *helper);
bool bench_delay_built(void); /* it needs epoll and timerfd */

/* helper.c, for delay.c: a child that ends with its parent; 0 in the child, -1: it failed, and has complained. */
pid_t bench_helper_fork(void);

#endif
