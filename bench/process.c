/* process.c - see process.h.
 *
 * The parent uses nothing of the library, so that every process begins with a fresh one. */
#include "process.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct message {
  bool is_cell;
  union {
    bench_figure figure;
    bench_cell cell;
  } as;
} message;

_Static_assert(sizeof(message) <= _POSIX_PIPE_BUF, "all or nothing");

static volatile sig_atomic_t interrupted;
static int messages_fd = -1; /* in a task's process */

void bench_complain(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  fputs("bench: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
}

static bool send_message(const message *one)
{
  ssize_t n;
  do
    n = write(messages_fd, one, sizeof *one);
  while (n < 0 && errno == EINTR);
  return n == (ssize_t)sizeof *one;
}

bool bench_tell(const bench_figure *figure)
{
  message one = {.is_cell = false, .as.figure = *figure};
  return send_message(&one);
}

bool bench_tell_cell(const bench_cell *cell)
{
  message one = {.is_cell = true, .as.cell = *cell};
  return send_message(&one);
}

static void run_task(const bench_task *task, const bench_settings *settings, int fd)
{
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  messages_fd = fd;
  bool good = task->run ? task->run(settings) : bench_grid_run(settings, task->family);
  fflush(stderr);
  _exit(good ? EXIT_SUCCESS : EXIT_FAILURE);
}

static bool read_messages(int fd, const char *from, bench_report *report, bench_sheet *sheet)
{
  message one;
  ssize_t n;
  while ((n = read(fd, &one, sizeof one)) > 0 || (n < 0 && errno == EINTR && !interrupted)) {
    if (n != (ssize_t)sizeof one)
      continue;
    if (!(one.is_cell ? bench_sheet_add(sheet, &one.as.cell) : bench_report_add(report, from, &one.as.figure)))
      return false;
    if (one.is_cell)
      bench_sheet_print(sheet);
  }
  return !n;
}

static bool wait_for(pid_t pid, const char *name)
{
  int status = 0;
  if (interrupted)
    kill(pid, SIGTERM);
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return false;
  if (WIFSIGNALED(status) && !interrupted)
    bench_complain("%s: ended by signal %d", name, WTERMSIG(status));
  return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

bool bench_process_run(const bench_task *task, const bench_settings *settings, bench_report *report,
                       bench_sheet *sheet)
{
  int ends[2];
  if (pipe(ends)) {
    bench_complain("pipe: %s", strerror(errno));
    return false;
  }
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    run_task(task, settings, ends[1]);
  }
  close(ends[1]);
  bool good = false;
  if (pid < 0) {
    bench_complain("fork: %s", strerror(errno));
  } else {
    good = read_messages(ends[0], task->name, report, sheet);
    good = wait_for(pid, task->name) && good;
  }
  close(ends[0]);
  return good && !interrupted;
}

static void on_signal(int number)
{
  interrupted = number;
}

void bench_process_catch(void)
{
  struct sigaction action = {.sa_handler = on_signal};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

bool bench_process_interrupted(void)
{
  return interrupted != 0;
}
