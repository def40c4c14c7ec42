/* helper.c - how helpers begin and end, and the neighbour, which does nothing but keep a processor busy. */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "helper.h"
#include "bench.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

pid_t bench_helper_fork(void)
{
  pid_t parent = getpid(), pid = fork();
  if (pid < 0)
    bench_complain("fork: %s", strerror(errno));
  if (pid)
    return pid;
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
#if defined(__linux__)
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (getppid() != parent) /* it was gone before it could be watched */
    _exit(1);
  return 0;
}

bool bench_neighbour_start(bench_helper *out)
{
  pid_t pid = bench_helper_fork();
  if (pid < 0)
    return false;
  if (!pid) {
    uint64_t random = 1;
    while (bench_random(&random)) /* for ever: it is never 0 */
      ;
    _exit(0);
  }
  *out = (bench_helper){.pid = pid};
  return true;
}

void bench_helper_stop(bench_helper *helper)
{
  if (!helper->pid)
    return;
  kill(helper->pid, SIGKILL);
  while (waitpid(helper->pid, NULL, 0) < 0 && errno == EINTR)
    ;
  *helper = (bench_helper){0};
}
